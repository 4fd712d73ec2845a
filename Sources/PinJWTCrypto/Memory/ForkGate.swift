import CPOSIX
import Synchronization

/// What has to be put in order before its process forks.
open class ForkMember: @unchecked Sendable {
  // Sendable: each subclass says how it is safe to share.
  public init() {}

  /// Called while nobody is inside the gate.
  open func prepareForFork() {}
}

/// Keeps forks out of steps that they must not come between: these go through here, and a fork waits until nobody is inside.
///
/// A child has only the thread that forked. What another thread of its parent was in the middle of stays as it was: a lock
/// of a C library that is for the whole process would never be let go. One gate for each library that has this in it.
@safe public final class ForkGate: @unchecked Sendable {
  // Sendable: the counts are atomic, `members` is touched under the lock only.
  /// The process that the counts are of: a child made without the system's handlers has none of its own.
  private let process = Atomic<Int32>(getpid())
  private let inside = Atomic<Int>(0)
  private let forking = Atomic<Int>(0)
  private let hasHandlers = Atomic<Bool>(false)
  private let lock = Lock()
  private var members: [ForkMember] = []
  /// How long a fork waits, in milliseconds.
  private let longestWait: Int64

  /// The address of the gate of this process and its children; 0 before the first one is made.
  nonisolated(unsafe) private static var address: UInt = 0

  private init(_ longestWait: Int64) {
    self.longestWait = longestWait
  }

  /// The one gate, made at the first call; a fork waits for so many milliseconds at most.
  public static func shared(waiting longestWait: Int64) throws(Failure) -> ForkGate {
    let gate = existing ?? publish(ForkGate(longestWait))
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

  /// Runs `body` while no fork happens. Not to be nested, and short.
  public func pass<Result, Thrown>(_ body: () throws(Thrown) -> Result) throws(Thrown) -> Result {
    enter()
    defer { inside.subtract(1, ordering: .sequentiallyConsistent) }
    return try body()
  }

  /// Prepares the member before each fork from now on.
  public func add(_ member: ForkMember) {
    pass { lock.withLock { members.append(member) } }
  }

  public func remove(_ member: ForkMember) {
    pass { lock.withLock { members.removeAll { $0 === member } } }
  }

  private func enter() {
    while true {
      inside.add(1, ordering: .sequentiallyConsistent)
      if forking.load(ordering: .sequentiallyConsistent) == 0 || !isOfThisProcess { return }
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
      // Rather than never to fork: something hangs, or a signal's handler forks in the middle of a step.
      guard Clock.monotonicMilliseconds() - start < longestWait else { return }
      usleep(50)
    }
    // Nobody is inside, hence nobody has the lock; two forks at once come one after the other here.
    lock.withLock { for member in members { member.prepareForFork() } }
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
    guard let found = unsafe UnsafeRawPointer(bitPattern: posix_word_load(&address)) else { return nil }
    return unsafe Unmanaged<ForkGate>.fromOpaque(found).takeUnretainedValue()
  }

  /// The gate that came first, if another thread made one too.
  private static func publish(_ made: ForkGate) -> ForkGate {
    let ours = unsafe Unmanaged.passRetained(made)
    // Sound: as above; ours is released where it is not the one.
    let winner = unsafe posix_word_claim(&address, UInt(bitPattern: ours.toOpaque()))
    if unsafe UInt(bitPattern: ours.toOpaque()) == winner { return made }
    unsafe ours.release()
    return existing ?? made
  }
}
