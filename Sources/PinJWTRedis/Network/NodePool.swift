import CPOSIX
import PinJWTCrypto

/// The connections to one server, at most so many at once; who comes when all are in use waits.
///
/// A process that is forked off begins with none: it closes what it inherited without a word, for the connections are the
/// parent's.
@safe final class NodePool: @unchecked Sendable {
  // Sendable: the places are touched under the lock, and one that is taken by its taker only.
  let node: NodeAddress
  private let settings: RedisURL
  private let context: TLSContext?
  private let lock = Lock()
  /// Never changed, so that a fork finds it whole.
  private let places: [Place]
  private var process: Int32

  final class Place {
    fileprivate var connection: Connection?
    fileprivate var isTaken = false
  }

  init(_ node: NodeAddress, _ settings: RedisURL, _ context: TLSContext?) {
    self.node = node
    self.settings = settings
    self.context = context
    var places: [Place] = []
    for _ in 0..<max(1, settings.options.pool) { places.append(Place()) }
    self.places = places
    process = getpid()
  }

  deinit {
    adopt()
  }

  /// Runs `body` with a connection. After a failure of `body` the connection is closed.
  func with<Result>(
    _ deadline: Deadline, _ body: (Connection) throws(Broken) -> Result
  ) throws(Broken) -> Result {
    let place = try take(deadline)
    do throws(Broken) {
      let connection = try connected(place, deadline)
      let result = try body(connection)
      giveBack(place)
      return result
    } catch {
      place.connection = nil
      giveBack(place)
      throw error
    }
  }

  /// Closes those that are not in use.
  func closeIdle() {
    var closed: [Connection] = []
    lock.withLock {
      guard process == getpid() else { return }
      for place in places where !place.isTaken {
        if let connection = place.connection { closed.append(connection) }
        place.connection = nil
      }
    }
    withExtendedLifetime(closed) {}
  }

  /// A place, best one with a connection.
  private func take(_ deadline: Deadline) throws(Broken) -> Place {
    let place = lock.withLock { () -> Place? in
      adopt()
      while true {
        if let place = free { return place }
        guard !deadline.isOver else { return nil }
        lock.wait(milliseconds: deadline.left)
      }
    }
    guard let place else {
      throw Broken(
        Failure(
          .store, "store",
          "All \(places.count) connections to \(node.shown) were in use for \(deadline.total) ms; raise pool= in the URL."
        ))
    }
    return place
  }

  /// Takes a place, under the lock.
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

  private func connected(_ place: Place, _ deadline: Deadline) throws(Broken) -> Connection {
    if let connection = place.connection {
      if connection.isFresh { return connection }
      place.connection = nil
    }
    let connection = try opened(deadline)
    // Each time: by now it may be another server, or have been told to evict.
    try ServerCheck.check(connection, deadline)
    place.connection = connection
    return connection
  }

  private func opened(_ deadline: Deadline) throws(Broken) -> Connection {
    do throws(Failure) { return try Connection.open(node, settings, context, deadline) } catch { throw Broken(error) }
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
