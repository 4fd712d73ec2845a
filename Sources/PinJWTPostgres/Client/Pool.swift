import CPOSIX
import PinJWTCrypto
import PinJWTStores

extension Connection: PooledConnection {}

/// The connections to the server.
final class Pool: Sendable {
  private let url: PostgresURL
  private let gate: ForkGate
  private let pool: ConnectionPool<Connection>

  /// Steps by which a connection begins and ends lock what belongs to the whole process: tables of OpenSSL, which each TLS
  /// context of libpq looks through, and libraries that libpq asks about its user. A fork does not come between them.
  ///
  /// How long a fork waits for a connection that begins, in milliseconds: the look-up of a host's name may take longer.
  private static let longestWait: Int64 = 1000

  /// Opens the first connection, by which the tables are made.
  static func open(_ url: PostgresURL) throws(Fault) -> Pool {
    let gate: ForkGate
    do throws(Failure) { gate = try ForkGate.shared(waiting: longestWait) } catch { throw .broken(error) }
    let pool = Pool(url, gate)
    do throws(Fault) {
      let first = try Connection.open(url, gate, migrating: true, pool.deadline)
      guard let place = pool.pool.take(pool.deadline) else { return pool }
      place.connection = first
      pool.pool.giveBack(place)
    } catch {
      // Nobody has to be kept signed in by what has not begun: trying again will not help.
      guard case .denied(let failure) = error else { throw error }
      throw .denied(Failure(.storeState, "store", failure.message))
    }
    return pool
  }

  private init(_ url: PostgresURL, _ gate: ForkGate) {
    self.url = url
    self.gate = gate
    pool = ConnectionPool(size: url.pool)
  }

  var deadline: Deadline { Deadline(after: url.deadline) }

  /// Runs `body` in a transaction, until no other one comes between.
  func transaction<Result>(
    _ body: (Connection, Deadline) throws(Fault) -> Result
  ) throws(Failure) -> Result {
    let deadline = deadline
    while true {
      do throws(Fault) {
        return try with(deadline) { (connection) throws(Fault) in
          do throws(Fault) {
            return try body(connection, deadline)
          } catch {
            throw Pool.undone(error, connection, deadline)
          }
        }
      } catch {
        guard case .conflict(let failure) = error else { throw error.failure }
        posix_pause(5)
        guard !deadline.isAlmostOver else { throw failure }
      }
    }
  }

  /// What a fault comes to once nothing of the transaction is left, where that can be known.
  private static func undone(_ fault: Fault, _ connection: Connection, _ deadline: Deadline) -> Fault {
    switch fault {
    case .broken: return fault
    case .lost(let failure):
      // Before the commit was sent, the server undoes everything by itself. After it, only the caller's next attempt tells.
      return connection.mayHaveWritten ? fault : .conflict(failure)
    case .conflict, .failed, .denied:
      // Where that fails, the connection is closed, which does the same.
      do throws(Fault) { _ = try connection.run([Step(.rollback)], deadline) } catch { return .broken(fault.failure) }
      return fault
    }
  }

  /// Runs `body` with a connection, which is closed where it is of no use any more.
  private func with<Result>(
    _ deadline: Deadline, _ body: (Connection) throws(Fault) -> Result
  ) throws(Fault) -> Result {
    guard let place = pool.take(deadline) else {
      throw .failed(
        Fault.store(
          "None of the \(pool.size) connections to PostgreSQL was free for \(deadline.total) ms; raise pinjwt_pool= in the URL."
        ))
    }
    defer { pool.giveBack(place) }
    do throws(Fault) {
      return try body(connected(place, deadline))
    } catch {
      if place.connection?.isInFlight == true { place.connection = nil }
      if case .broken = error { place.connection = nil }
      throw error
    }
  }

  private func connected(_ place: ConnectionPool<Connection>.Place, _ deadline: Deadline) throws(Fault) -> Connection {
    if let connection = place.connection, connection.isFresh { return connection }
    place.connection = nil
    let connection = try Connection.open(url, gate, migrating: false, deadline)
    place.connection = connection
    return connection
  }
}
