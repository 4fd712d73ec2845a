import CPOSIX
import CPostgres
import PinJWTCrypto
import Synchronization

/// Keeps forks out of the steps by which a connection begins and ends. They go through here, and a fork waits until nobody
/// is inside.
///
/// These steps lock what belongs to the whole process: tables of OpenSSL, which each TLS context of libpq looks through,
/// and libraries that libpq asks about its user. A child that was made while another thread was in there would wait for
/// ever at its own first connection. What goes over a connection that is made locks nothing but its own.
@safe final class ForkGate: @unchecked Sendable {
  // Sendable: all that changes is atomic.
  /// The process that the counts are of: a child made without the system's handlers has none of its own.
  private let process = Atomic<Int32>(getpid())
  private let inside = Atomic<Int>(0)
  private let forking = Atomic<Int>(0)
  private let hasHandlers = Atomic<Bool>(false)

  /// How long a fork waits, in milliseconds: the look-up of a host's name may take longer.
  private static let longestWait: Int64 = 1000

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

  /// Runs `body` while no fork happens. Not to be nested, and short.
  func pass<Result>(_ body: () -> Result) -> Result {
    enter()
    defer { inside.subtract(1, ordering: .sequentiallyConsistent) }
    return body()
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
      // Rather than never to fork, or where a signal's handler forks in the middle: most often the child is none the worse.
      guard Clock.monotonicMilliseconds() - start < ForkGate.longestWait else { return }
      usleep(50)
    }
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
    guard let found = unsafe UnsafeRawPointer(bitPattern: postgres_word_load(&address)) else { return nil }
    return unsafe Unmanaged<ForkGate>.fromOpaque(found).takeUnretainedValue()
  }

  /// The gate that came first, if another thread made one too.
  private static func publish(_ made: ForkGate) -> ForkGate {
    let ours = unsafe Unmanaged.passRetained(made)
    // Sound: as above; ours is released where it is not the one.
    let winner = unsafe postgres_word_claim(&address, UInt(bitPattern: ours.toOpaque()))
    if unsafe UInt(bitPattern: ours.toOpaque()) == winner { return made }
    unsafe ours.release()
    return existing ?? made
  }
}
