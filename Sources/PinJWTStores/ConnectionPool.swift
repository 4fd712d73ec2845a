import CPOSIX
import PinJWTCrypto

/// A connection that a pool can keep.
public protocol PooledConnection: AnyObject {
  /// In a child: closes its copy of what the parent has open, and says nothing to the server.
  func abandon()
}

/// The connections to one server, at most so many at once; who comes when all are in use waits.
///
/// A process that is forked off begins with none: it closes what it inherited without a word, for the connections are the
/// parent's.
@safe public final class ConnectionPool<Connection: PooledConnection>: @unchecked Sendable {
  // Sendable: the places are touched under the lock, and one that is taken by its taker only.
  private let lock = Lock()
  /// Never changed, so that a fork finds it whole.
  private let places: [Place]
  private var process: Int32

  public final class Place {
    public var connection: Connection?
    fileprivate var isTaken = false
  }

  public init(size: Int) {
    places = (0..<max(1, size)).map { _ in Place() }
    process = getpid()
  }

  deinit {
    adopt()
  }

  public var size: Int { places.count }

  /// A place, best one with a connection, to be given back; nil where none was free while there was time to begin: an
  /// operation that is given up costs its connection.
  public func take(_ deadline: Deadline) -> Place? {
    lock.withLock {
      adopt()
      while true {
        guard !deadline.isAlmostOver else {
          // The place that this one was woken for is another's.
          lock.wakeOne()
          return nil
        }
        if let place = free { return place }
        lock.wait(milliseconds: deadline.left)
      }
    }
  }

  public func giveBack(_ place: Place) {
    lock.withLock {
      place.isTaken = false
      lock.wakeOne()
    }
  }

  /// Closes those that are not in use.
  public func closeIdle() {
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
