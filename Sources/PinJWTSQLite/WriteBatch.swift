import CPOSIX
import PinJWTCrypto
import Synchronization

/// What is written in one transaction. It grows while the leader works: who was just served by the last one comes again
/// meanwhile.
final class WriteBatch: @unchecked Sendable {
  // Sendable: what changes is touched under the lock only, or the leader's.
  private let lock = Lock()
  private var jobs: [WriteJob]
  private var isOpen = true
  private var hasEnded = false
  /// As many as `jobs`, to be looked at without the lock.
  private let arrived = Atomic<Int>(1)
  private var company = 1
  private var patientUntil: Int64 = 0

  private static let most = 64
  /// How long a leader waits for who may come, in nanoseconds from its beginning: less than a commit takes.
  private static let patience: Int64 = 200_000

  init(_ first: WriteJob) {
    jobs = [first]
  }

  var count: Int { arrived.load(ordering: .relaxed) }

  /// False where it takes no more.
  func add(_ job: WriteJob) -> Bool {
    lock.withLock {
      guard isOpen, jobs.count < WriteBatch.most else { return false }
      jobs.append(job)
      arrived.store(jobs.count, ordering: .relaxed)
      return true
    }
  }

  // MARK: The leader's part

  /// `company` is how many are likely to come.
  func begin(company: Int) {
    self.company = min(company, WriteBatch.most)
    patientUntil = Clock.monotonicNanoseconds() &+ WriteBatch.patience
  }

  /// Calls `body` with each of the jobs, those too that come meanwhile.
  func visit<Fault>(_ body: (WriteJob) throws(Fault) -> Void) throws(Fault) {
    var index = 0
    while let job = job(index) {
      try body(job)
      index += 1
    }
  }

  private func job(_ index: Int) -> WriteJob? {
    waitForArrival(index)
    return lock.withLock {
      if index < jobs.count { return jobs[index] }
      isOpen = false
      return nil
    }
  }

  private func waitForArrival(_ index: Int) {
    while count <= index, count < company, Clock.monotonicNanoseconds() < patientUntil { sched_yield() }
  }

  /// Lets nobody come any more; all who have.
  func close() -> [WriteJob] {
    lock.withLock {
      isOpen = false
      return jobs
    }
  }

  /// Fails all of them, also those that have not been run.
  func fail(_ failure: Failure) {
    for job in close() { job.fail(failure) }
  }

  // MARK: Waiting for the end

  func waitForEnd() {
    lock.withLock {
      while !hasEnded { lock.wait() }
    }
  }

  func end() {
    lock.withLock { hasEnded = true }
    // Not under the lock, which those who wake take.
    lock.wakeAll()
  }
}
