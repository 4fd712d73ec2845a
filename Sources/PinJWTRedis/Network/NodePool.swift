import PinJWTCrypto
import PinJWTStores

extension Connection: PooledConnection {}

/// The connections to one server.
final class NodePool: Sendable {
  let node: NodeAddress
  private let settings: RedisURL
  private let context: TLSContext?
  private let pool: ConnectionPool<Connection>

  init(_ node: NodeAddress, _ settings: RedisURL, _ context: TLSContext?) {
    self.node = node
    self.settings = settings
    self.context = context
    pool = ConnectionPool(size: Int(settings.options.pool))
  }

  /// Runs `body` with a connection. After a failure of `body` the connection is closed.
  func with<Result>(
    _ deadline: Deadline, _ body: (Connection) throws(Broken) -> Result
  ) throws(Broken) -> Result {
    guard let place = pool.take(deadline) else { throw busy(deadline) }
    defer { pool.giveBack(place) }
    do throws(Broken) {
      return try body(connected(place, deadline))
    } catch {
      place.connection = nil
      throw error
    }
  }

  /// Closes those that are not in use.
  func closeIdle() {
    pool.closeIdle()
  }

  private func busy(_ deadline: Deadline) -> Broken {
    Broken(
      Failure(
        .store, "store",
        "None of the \(pool.size) connections to \(node.shown) was free for \(deadline.total) ms; raise pool= in the URL."
      ))
  }

  private func connected(_ place: ConnectionPool<Connection>.Place, _ deadline: Deadline) throws(Broken) -> Connection {
    if let connection = place.connection, connection.isFresh { return connection }
    place.connection = nil
    let connection = try opened(deadline)
    place.connection = connection
    return connection
  }

  private func opened(_ deadline: Deadline) throws(Broken) -> Connection {
    let connection: Connection
    do throws(Failure) {
      connection = try Connection.open(node, settings, context, deadline)
    } catch {
      throw Broken(error)
    }
    // Each time: by now it may be another server, or have been told to evict.
    try ServerCheck.check(connection, deadline)
    return connection
  }
}
