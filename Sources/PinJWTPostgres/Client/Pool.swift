import CPOSIX
import PinJWTCrypto

/// The connections to the server, at most so many at once; who comes when all are in use waits.
///
/// A process that is forked off begins with none: it closes what it inherited without a word, for the connections are the
/// parent's.
final class Pool: @unchecked Sendable {
  // Sendable: the places are touched under the lock, and one that is taken by its taker only.
  private let url: PostgresURL
  private let gate: ForkGate
  private let lock = Lock()
  /// Never changed, so that a fork finds it whole.
  private let places: [Place]
  private var process: Int32

  private final class Place {
    var connection: Connection?
    var isTaken = false
  }

  /// Opens the first connection, by which the tables are made.
  static func open(_ url: PostgresURL) throws(Fault) -> Pool {
    let gate: ForkGate
    do throws(Failure) { gate = try ForkGate.shared() } catch { throw .broken(error) }
    let pool = Pool(url, gate)
    do throws(Fault) {
      pool.places.first?.connection = try Connection.open(url, gate, migrating: true, pool.deadline)
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
    places = (0..<max(1, url.pool)).map { _ in Place() }
    process = getpid()
  }

  deinit {
    adopt()
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
        guard !Pool.isAlmostOver(deadline) else { throw failure }
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
    let place = try take(deadline)
    do throws(Fault) {
      let connection = try connected(place, deadline)
      let result = try body(connection)
      giveBack(place)
      return result
    } catch {
      if place.connection?.isInFlight == true { place.connection = nil }
      if case .broken = error { place.connection = nil }
      giveBack(place)
      throw error
    }
  }

  private func connected(_ place: Place, _ deadline: Deadline) throws(Fault) -> Connection {
    if let connection = place.connection, connection.isFresh { return connection }
    place.connection = nil
    let connection = try Connection.open(url, gate, migrating: false, deadline)
    place.connection = connection
    return connection
  }

  private func take(_ deadline: Deadline) throws(Fault) -> Place {
    let place = lock.withLock { () -> Place? in
      adopt()
      while true {
        guard !Pool.isAlmostOver(deadline) else {
          // The place that this one was woken for is another's.
          lock.wakeOne()
          return nil
        }
        if let place = free { return place }
        lock.wait(milliseconds: deadline.left)
      }
    }
    guard let place else {
      throw .failed(
        Fault.store(
          "None of the \(places.count) connections to PostgreSQL was free for \(deadline.total) ms; raise pinjwt_pool= in the URL."
        ))
    }
    return place
  }

  /// Whether too little time is left to begin: an operation that is given up costs its connection.
  private static func isAlmostOver(_ deadline: Deadline) -> Bool { deadline.left <= deadline.total / 20 }

  /// Takes a place, under the lock: best one with a connection.
  private var free: Place? {
    var vacant: Place?
    for place in places where !place.isTaken {
      if place.connection != nil {
        place.isTaken = true
        return place
      }
      if vacant == nil { vacant = place }
    }
    vacant?.isTaken = true
    return vacant
  }

  private func giveBack(_ place: Place) {
    lock.withLock {
      place.isTaken = false
      lock.wakeOne()
    }
  }

  /// Makes the pool one of this process, under the lock or when nobody else has the pool.
  private func adopt() {
    guard process != getpid() else { return }
    for place in places {
      if let connection = place.connection {
        connection.abandon()
        // Where another thread of the parent was in the middle of using it, it is in no state to be released.
        if place.isTaken { _ = unsafe Unmanaged.passRetained(connection) }
      }
      place.connection = nil
      place.isTaken = false
    }
    process = getpid()
  }
}
