import CPOSIX
import CSQLite
import PinJWTCrypto
import Synchronization

/// Keeps SQLite out of forks. Whatever calls it goes through here, and a fork waits until nobody is inside and then closes
/// every connection; parent and child open their own again at their next call.
///
/// A child must inherit nothing of SQLite's. It would deadlock on a mutex of SQLite's that another thread of its parent
/// held. And it can neither use nor leave alone what the parent had open: SQLite keeps one list per process of the files
/// that are open and the locks on them, so a new connection of the child to the same file joins what it inherited and
/// takes no locks of its own, which do not pass to a child. The parent or any other process then takes itself for the
/// last user, removes the log, and what the child commits after that is lost.
@safe final class ForkGate: @unchecked Sendable {
  // Sendable: the counts are atomic, `members` is touched under the lock only.
  /// The process that the counts are of: a child made without the system's handlers has none of its own.
  private let process = Atomic<Int32>(getpid())
  private let inside = Atomic<Int>(0)
  private let forking = Atomic<Int>(0)
  private let hasHandlers = Atomic<Bool>(false)
  private let lock = Lock()
  private var members: [Database] = []

  /// How long a fork waits, in milliseconds.
  private static let longestWait: Int64 = 10_000

  /// The address of the gate of this process and its children; 0 before the first one is made.
  nonisolated(unsafe) private static var address: UInt = 0

  /// The one gate, made at the first call.
  static func shared() throws(Failure) -> ForkGate {
    let gate = existing ?? publish(ForkGate())
    if !gate.hasHandlers.load(ordering: .acquiring) {
      // Twice by two threads at once does no harm: each handler can run again.
      guard
        pthread_atfork(
          { ForkGate.existing?.beforeFork() }, { ForkGate.existing?.afterFork() }, { ForkGate.existing?.inChild() })
          == 0
      else { throw Failure(.memory, "store", "There is no memory to prepare for forks.") }
      gate.hasHandlers.store(true, ordering: .releasing)
    }
    return gate
  }

  /// Runs `body` while no fork happens. Not to be nested, and short: it must not wait for anything but SQLite.
  func pass<Result, Thrown>(_ body: () throws(Thrown) -> Result) throws(Thrown) -> Result {
    enter()
    defer { inside.subtract(1, ordering: .sequentiallyConsistent) }
    return try body()
  }

  /// Closes the database's connections before each fork from now on.
  func add(_ database: Database) {
    pass { lock.withLock { members.append(database) } }
  }

  func remove(_ database: Database) {
    pass { lock.withLock { members.removeAll { $0 === database } } }
  }

  private func enter() {
    while true {
      inside.add(1, ordering: .sequentiallyConsistent)
      if forking.load(ordering: .sequentiallyConsistent) == 0 { return }
      // A fork that waits comes first.
      inside.subtract(1, ordering: .sequentiallyConsistent)
      usleep(50)
    }
  }

  private func beforeFork() {
    guard isOfThisProcess else { return }
    forking.add(1, ordering: .sequentiallyConsistent)
    let start = Clock.monotonicMilliseconds()
    while inside.load(ordering: .sequentiallyConsistent) > 0 {
      // A disk that hangs, or a fork by a signal's handler that came in between: rather than never to fork, leave the child
      // without the database, which it finds to be stranded.
      guard Clock.monotonicMilliseconds() - start < ForkGate.longestWait else { return }
      usleep(50)
    }
    // Nobody is inside, hence nobody has the lock or uses a connection; two forks at once come one after the other here.
    lock.withLock { for database in members { database.closeConnections() } }
  }

  private func afterFork() {
    guard isOfThisProcess else { return }
    forking.subtract(1, ordering: .sequentiallyConsistent)
  }

  private func inChild() {
    process.store(getpid(), ordering: .sequentiallyConsistent)
    // The one thread of the child is inside of nothing, and no other fork of the parent's is a fork of the child's.
    inside.store(0, ordering: .sequentiallyConsistent)
    forking.store(0, ordering: .sequentiallyConsistent)
  }

  private var isOfThisProcess: Bool { process.load(ordering: .sequentiallyConsistent) == getpid() }

  private static var existing: ForkGate? {
    // Sound: the word is read and set by atomic operations only, and what it leads to is never released.
    guard let found = unsafe UnsafeRawPointer(bitPattern: sqlite_word_load(&address)) else { return nil }
    return unsafe Unmanaged<ForkGate>.fromOpaque(found).takeUnretainedValue()
  }

  /// The gate that came first, if another thread made one too.
  private static func publish(_ made: ForkGate) -> ForkGate {
    let ours = unsafe Unmanaged.passRetained(made)
    // Sound: as above; ours is released where it is not the one.
    let winner = unsafe sqlite_word_claim(&address, UInt(bitPattern: ours.toOpaque()))
    if unsafe UInt(bitPattern: ours.toOpaque()) == winner { return made }
    unsafe ours.release()
    return existing ?? made
  }
}
