import CPOSIX
import PinJWTCrypto

/// Group commit without a thread: of those who come to write one leads, runs what all of them brought in one transaction,
/// and ends their waiting once that is on the disk.
@safe final class WriteQueue: @unchecked Sendable {
  // Sendable: all is touched under the lock only.
  private let lock = Lock()
  private var jobs: [WriteJob] = []
  private var isLed = false
  /// How many wanted to write when the last transaction ended.
  private var company = 1

  private static let most = 64
  /// How long a leader waits for those who were just served to come again, in nanoseconds: less than a commit takes.
  private static let patience: Int64 = 200_000

  /// Returns when the job has ended. `write` is called with jobs to be run, and ends each of them.
  func submit(_ job: WriteJob, _ write: ([WriteJob]) -> Void) {
    if !add(job) {
      guard case .leads = job.waitForTurn() else { return }
    }
    waitForCompany()
    let batch = lock.withLock { take() }
    write(batch)
    // The next one begins before the others are woken.
    handOver(batch.count)?.give(.leads)
    for other in batch where other !== job { other.give(.ended) }
  }

  /// Whether the job leads.
  private func add(_ job: WriteJob) -> Bool {
    lock.withLock {
      jobs.append(job)
      if isLed { return false }
      isLed = true
      return true
    }
  }

  /// The first of the jobs is the leader's.
  private func take() -> [WriteJob] {
    let batch = Array(jobs.prefix(WriteQueue.most))
    jobs.removeFirst(batch.count)
    return batch
  }

  private func handOver(_ served: Int) -> WriteJob? {
    lock.withLock {
      company = served + jobs.count
      if jobs.isEmpty { isLed = false }
      return jobs.first
    }
  }

  private func waitForCompany() {
    let start = Nanoseconds.now()
    while lock.withLock({ jobs.count < min(company, WriteQueue.most) }),
      Nanoseconds.now() &- start < WriteQueue.patience
    {
      sched_yield()
    }
  }
}

private enum Nanoseconds {
  static func now() -> Int64 {
    var spec = timespec()
    guard unsafe clock_gettime(CLOCK_MONOTONIC, &spec) == 0 else { return .max }
    return Int64(spec.tv_sec) &* 1_000_000_000 &+ Int64(spec.tv_nsec)
  }
}
