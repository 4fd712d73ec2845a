import Foundation
import PinJWTCrypto
import PinJWTStores
import Synchronization
import Testing

@testable import PinJWTSQLite

private func inThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) {
  DispatchQueue.concurrentPerform(iterations: count) { number in
    do { try body(number) } catch { Issue.record(error) }
  }
}

private func fault(_ status: Status) -> Fault { .failed(Failure(status, "store", "It failed, as it was to.")) }

private func deny(_ tables: Tables, _ key: [UInt8]) throws(Fault) {
  try tables.deny(tables.spaceToWrite(space), .jti, key, value: 0, until: .max, mark: bytes(8, 1))
}

/// Threads at one database, and what comes between them.
@Suite struct DatabaseTests {
  private let folder: Folder

  init() throws {
    folder = try Folder()
  }

  @Test func undoesAloneWhatFails() throws {
    let database = try database(folder.file())
    defer { database.close() }
    let engine = Engine()
    defer { engine.closeConnections(keepingLog: false) }
    let jobs = (0..<5).map { number in
      AnswerJob<Int> { (tables) throws(Fault) in
        try deny(tables, [UInt8(number)])
        if number == 2 { throw fault(.keyWeak) }
        return number
      }
    }
    try engine.write(batch(jobs), database.file)
    #expect(refusal { _ = try jobs[2].answer() }?.status == .keyWeak)
    for number in [0, 1, 3, 4] { #expect(try jobs[number].answer() == number) }
    let entries = try database.read { (tables) throws(Fault) in
      try tables.entries(tables.space(space)?.id ?? 0, after: 0, limit: 9).entries
    }
    #expect(entries.map { $0.key } == [[0], [1], [3], [4]])
    #expect(entries.map { $0.sequence } == [1, 2, 3, 4])
  }

  @Test func tellsAllWhereNothingIsCommitted() throws {
    let database = try database(folder.file())
    defer { database.close() }
    let engine = Engine()
    defer { engine.closeConnections(keepingLog: false) }
    let jobs = (0..<3).map { number in
      AnswerJob<Int> { (tables) throws(Fault) in
        try deny(tables, [UInt8(number)])
        // As a full disk does to the whole transaction.
        if number == 1 { try tables.run(.rollBack) }
        if number == 1 { throw fault(.store) }
        return number
      }
    }
    #expect(throws: Fault.self) { try engine.write(batch(jobs), database.file) }
    #expect(try database.read { (tables) throws(Fault) in try tables.space(space) == nil })
    // The connection is made anew, and works.
    try engine.write(WriteBatch(jobs[2]), database.file)
    #expect(try jobs[2].answer() == 2)
  }

  @Test func takesThoseWhoComeWhileItIsWritten() throws {
    let database = try database(folder.file())
    defer { database.close() }
    let engine = Engine()
    defer { engine.closeConnections(keepingLog: false) }
    let late = AnswerJob<Int> { (tables) throws(Fault) in
      try deny(tables, [1])
      return 1
    }
    let growing = Growing()
    let first = AnswerJob<Bool> { (tables) throws(Fault) in
      try deny(tables, [0])
      return growing.batch?.add(late) ?? false
    }
    let written = WriteBatch(first)
    growing.batch = written
    try engine.write(written, database.file)
    #expect(try first.answer())
    #expect(try late.answer() == 1)
    // What has been written or failed takes nobody any more, who would wait for nothing.
    let refused = WriteBatch(late)
    refused.fail(Failure(.store, "store", "Nothing is written."))
    for batch in [written, refused] { #expect(!batch.add(late)) }
    #expect(refusal { _ = try late.answer() }?.status == .store)
  }

  @Test func writesTogether() throws {
    let database = try database(folder.file())
    defer { database.close() }
    inThreads(64) { number in
      for round in 0..<20 {
        let written = try database.write { (tables) throws(Fault) in
          try deny(tables, [UInt8(number), UInt8(round)])
          return number
        }
        #expect(written == number)
      }
    }
    let entries = try database.read { (tables) throws(Fault) in
      try tables.entries(tables.space(space)?.id ?? 0, after: 0, limit: 2000).entries
    }
    #expect(Set(entries.map { $0.key }).count == 1280)
    #expect(entries.map { $0.sequence } == Array(1...1280))
  }

  @Test func readsWhileAnotherWrites() throws {
    let store = try open(folder.file())
    try store.login(1)
    try store.denyToken("t")
    let position = try store.read().position
    let other = try Connection.ready(DatabaseFile.make(Array(folder.file().utf8)))
    try other.execute("BEGIN IMMEDIATE")
    #expect(try store.sessions().count == 1)
    #expect(try store.read().entries.count == 1)
    #expect(try store.read(position).entries.isEmpty)
    #expect(try store.statistics(space: space).live == 1)
    try other.execute("ROLLBACK")
  }

  @Test func givesUpWhereOthersHoldTheLock() throws {
    let store = try open("sqlite:" + folder.file() + "?busy_ms=50")
    try store.login(1)
    let other = try Connection.ready(DatabaseFile.make(Array(folder.file().utf8)))
    try other.execute("BEGIN IMMEDIATE")
    let refused = refusal { try store.refresh(1, 0) }
    #expect(refused?.status == .store && refused?.message.contains("locked") == true)
    try other.execute("ROLLBACK")
    #expect(try store.refresh(1, 0).verdict == .rotated)
  }

  /// Of any number who present one token, one moves the session on, and all get the same successor.
  @Test func rotatesOnceForAll() throws {
    let store = try open(folder.file())
    try store.login(1)
    for generation in Int64(0)..<50 {
      let rotated = Atomic<Int>(0)
      inThreads(16) { _ in
        let answer = try store.refresh(1, generation)
        #expect(answer.session?.current == hash(1, generation + 1))
        #expect(answer.session?.seal == bytes(32, 1, Int(generation), 4))
        switch answer.verdict {
        case .rotated: rotated.add(1, ordering: .relaxed)
        case .replayed: break
        default: Issue.record("Another verdict: \(answer.verdict)")
        }
      }
      #expect(rotated.load(ordering: .relaxed) == 1)
    }
  }

  @Test func keepsTheLimitExactly() throws {
    let store = try open(folder.file())
    inThreads(32) { number in
      for round in 0..<4 { try store.login(number * 4 + round, cap: 3) }
    }
    let live = try store.sessions()
    #expect(live.count == 3)
    let denied = try store.read(limit: 1000).entries.map { $0.key }
    #expect(Set(denied).count == 125 && denied.count == 125)
    #expect(Set(denied).isDisjoint(with: live.map { $0.sid }))
  }

  @Test func seesAFileThatWasReplaced() throws {
    let store = try open(folder.file())
    try store.login(1)
    let copy = try Connection.ready(DatabaseFile.make(Array(folder.file().utf8)))
    try copy.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy.close()
    try FileManager.default.copyItem(atPath: folder.file(), toPath: folder.file("copy"))
    try store.login(2)
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: folder.file() + suffix) }
    try FileManager.default.moveItem(atPath: folder.file("copy"), toPath: folder.file())
    // What the old file has is no answer any more; the next call uses the new one.
    #expect(refusal { try store.login(3) }?.status == .store)
    #expect(refusal { _ = try store.sessions() } == nil)
    try store.login(3)
    #expect(try store.sessions().map { $0.sid } == [sid(1), sid(3)])
    try FileManager.default.removeItem(atPath: folder.file())
    #expect(refusal { try store.login(4) }?.status == .store)
    // It is not made anew, without the sessions and denials that it had.
    let refused = refusal { try store.login(4) }
    #expect(refused?.status == .storeState && refused?.message.contains("no file") == true)
  }
}

/// What a job needs to know the batch that it is in.
private final class Growing {
  var batch: WriteBatch?
}

/// A batch of jobs that have come.
private func batch(_ jobs: [AnswerJob<Int>]) -> WriteBatch {
  let batch = WriteBatch(jobs[0])
  for job in jobs.dropFirst() { #expect(batch.add(job)) }
  return batch
}
