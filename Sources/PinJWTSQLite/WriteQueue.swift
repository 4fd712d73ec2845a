import PinJWTCrypto

/// Group commit without a thread: those who come to write form a batch. The first of them leads, runs what all of them
/// bring in one transaction, and ends their waiting once that is on the disk.
@safe final class WriteQueue: @unchecked Sendable {
  // Sendable: all is touched under the lock only, where the leaders wait for their turn.
  private let lock = Lock()
  /// Those that have not ended, oldest first: one being written, and one that grows.
  private var batches: [WriteBatch] = []
  /// How many wanted to write when the last transaction ended.
  private var company = 1

  /// Returns when the job has ended. `write` is called with a batch, and runs each of its jobs or fails them all.
  func submit(_ job: WriteJob, _ write: (WriteBatch) -> Void) {
    let (batch, leads) = join(job)
    guard leads else { return batch.waitForEnd() }
    batch.begin(company: awaitTurn(batch))
    write(batch)
    handOver(batch)
    // Last, so that the next one begins before the others are woken.
    batch.end()
  }

  /// The batch that the job is in, and whether it is the first there.
  private func join(_ job: WriteJob) -> (WriteBatch, Bool) {
    lock.withLock {
      if let newest = batches.last, newest.add(job) { return (newest, false) }
      let batch = WriteBatch(job)
      batches.append(batch)
      return (batch, true)
    }
  }

  /// Returns how many are likely to come.
  private func awaitTurn(_ batch: WriteBatch) -> Int {
    lock.withLock {
      while batches.first !== batch { lock.wait() }
      return company
    }
  }

  private func handOver(_ batch: WriteBatch) {
    lock.withLock {
      company = batches.reduce(0) { $0 + $1.count }
      batches.removeFirst()
      if !batches.isEmpty { lock.wakeAll() }
    }
  }
}
