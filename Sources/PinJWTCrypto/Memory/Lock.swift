import CPOSIX

/// A mutex with a condition to wait for.
@safe public final class Lock: @unchecked Sendable {
  // Sendable: both are made to be used by several threads, and stay at their address until deinit.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  public init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe condition = .allocate(capacity: 1)
    // Neither fails with default attributes.
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(condition, nil)
  }

  deinit {
    // Sound: nobody holds the lock, since whoever does has a reference.
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  public func withLock<Result, Fault>(_ body: () throws(Fault) -> Result) throws(Fault) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return try body()
  }

  /// Lets go of the lock, which the caller holds, until `wakeAll`; may also return without it.
  public func wait() {
    unsafe pthread_cond_wait(condition, mutex)
  }

  public func wakeAll() {
    unsafe pthread_cond_broadcast(condition)
  }
}
