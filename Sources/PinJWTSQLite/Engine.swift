import CPOSIX
import PinJWTCrypto

/// What a process has of a database: its connections and who waits to write.
@safe final class Engine: @unchecked Sendable {
  // Sendable: `writer` belongs to the leader of the queue, inside the fork gate.
  let process: Int32
  let queue = WriteQueue()
  let readers = ReaderPool()
  private var writer: Tables?
  /// Whether this process has inherited connections, because the system's fork handlers were not called or gave up.
  let isStranded: Bool

  init(isStranded: Bool = false) {
    process = getpid()
    self.isStranded = isStranded
  }

  var isOpen: Bool { writer != nil || readers.isOpen }

  func closeConnections(keepingLog: Bool) {
    readers.close()
    writer?.connection.close(keepingLog: keepingLog)
    writer = nil
  }

  /// Opens the connection that writes, if it is not open.
  @discardableResult
  func openWriter(_ file: DatabaseFile) throws(Fault) -> Tables {
    if let writer { return writer }
    let opened = try Tables.openToWrite(file)
    writer = opened
    return opened
  }

  /// Runs a batch in one transaction, of which nothing has happened where this throws.
  ///
  /// A job that fails must leave the others as they are. None is expected to: where one does, all are run once more, each
  /// apart from the others.
  func write(_ batch: WriteBatch, _ file: DatabaseFile) throws(Fault) {
    let tables = try openWriter(file)
    do throws(Fault) {
      do throws(Fault) {
        try tables.writing { (tables) throws(Fault) in
          try batch.visit { (job) throws(Fault) in try job.run(tables) }
        }
      } catch {
        guard case .failed = error, batch.close().count > 1 else { throw error }
        try tables.writing { (tables) throws(Fault) in
          try batch.visit { (job) throws(Fault) in try runApart(job, tables) }
        }
      }
    } catch {
      if !tables.connection.isSound {
        writer = nil
        tables.connection.close(keepingLog: true)
      }
      throw error
    }
  }

  /// Runs a job so that it undoes nothing but its own work where it fails.
  private func runApart(_ job: WriteJob, _ tables: Tables) throws(Fault) {
    try tables.run(.savepoint)
    do throws(Fault) {
      try job.run(tables)
    } catch {
      // Some faults end the whole transaction.
      guard tables.connection.isInTransaction else { throw error }
      try tables.run(.returnToSavepoint)
      job.fail(error.failure(tables.connection.file))
    }
    try tables.run(.release)
  }
}
