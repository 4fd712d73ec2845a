import CPOSIX
import Synchronization

/// A mutex with a condition to wait for, which can be used after a fork too: what the child inherits may be held by a
/// thread that it does not have, so the first one that comes there makes it anew.
@safe public final class Lock: @unchecked Sendable {
  // Sendable: both are made to be used by several threads, and stay at their address until deinit.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  /// The process that both were made in; -1 while they are made anew.
  private let process: Atomic<Int32>

  public init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe condition = .allocate(capacity: 1)
    process = Atomic(getpid())
    unsafe makeAnew()
  }

  deinit {
    // Sound: nobody holds the lock, since whoever does has a reference. One that a fork has left behind is not touched.
    if process.load(ordering: .relaxed) == getpid() {
      unsafe pthread_cond_destroy(condition)
      unsafe pthread_mutex_destroy(mutex)
    }
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  public func withLock<Result, Fault>(_ body: () throws(Fault) -> Result) throws(Fault) -> Result {
    adopt()
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return try body()
  }

  /// Lets go of the lock, which the caller holds, until `wakeAll`; may also return without it.
  public func wait() {
    unsafe pthread_cond_wait(condition, mutex)
  }

  /// As `wait`, but no longer than so many milliseconds.
  public func wait(milliseconds: Int64) {
    var until = timespec()
    guard milliseconds > 0, unsafe clock_gettime(CLOCK_MONOTONIC, &until) == 0 else { return }
    // A day is more than any caller has, and keeps the sums small.
    let nanoseconds = Int64(until.tv_nsec) + min(milliseconds, 86_400_000) * 1_000_000
    until.tv_sec += Int(nanoseconds / 1_000_000_000)
    until.tv_nsec = Int(nanoseconds % 1_000_000_000)
    unsafe pthread_cond_timedwait(condition, mutex, &until)
  }

  public func wakeAll() {
    unsafe pthread_cond_broadcast(condition)
  }

  /// Wakes one of those who wait, if there is one.
  public func wakeOne() {
    unsafe pthread_cond_signal(condition)
  }

  /// Makes the lock one of this process.
  private func adopt() {
    let current = getpid()
    while true {
      let owner = process.load(ordering: .acquiring)
      if owner == current { return }
      if owner != -1, process.compareExchange(expected: owner, desired: -1, ordering: .acquiring).exchanged {
        unsafe makeAnew()
        process.store(current, ordering: .releasing)
        return
      }
      sched_yield()
    }
  }

  /// Neither fails with these attributes. The condition's clock is one that nobody sets.
  @unsafe private func makeAnew() {
    unsafe pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    unsafe pthread_condattr_init(&attributes)
    unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    unsafe pthread_cond_init(condition, &attributes)
    unsafe pthread_condattr_destroy(&attributes)
  }
}
