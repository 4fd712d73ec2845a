import Foundation
import PinJWTCrypto
import PinJWTStores
import Synchronization
import Testing

@testable import PinJWTSessions

@Suite struct DenialsTests {
  static let mark = [UInt8](repeating: 7, count: 8)
  static let later: Int64 = 2_000_000_000_000

  private func denials(_ store: SessionStore) throws -> Denials {
    try Denials.make(store, [UInt8](repeating: 0, count: 16))
  }

  private func has(_ denials: Denials, _ name: String, staleness: Int64 = 5000) throws -> Bool {
    let name = utf8(name)
    denials.staleness.store(staleness, ordering: .relaxed)
    return try denials.withCopy { $0.has(.jti, name.span) }
  }

  @Test func readsOnFromWhereItWas() throws {
    let store = ScriptedStore()
    let denials = try denials(store)
    store.change { $0.append(.jti, utf8("a"), 0, until: Self.later, Self.mark) }
    #expect(try has(denials, "a"))
    #expect(try !has(denials, "b"))
    #expect(store.readCount == 1)
    store.change { $0.append(.jti, utf8("b"), 0, until: Self.later, Self.mark) }
    try denials.sync()
    #expect(try has(denials, "b"))
    #expect(denials.count == 2)
  }

  @Test func kindsDoNotMeet() throws {
    let store = ScriptedStore()
    let denials = try denials(store)
    store.change { $0.append(.sid, utf8("a"), 0, until: Self.later, Self.mark) }
    store.change { $0.append(.user, utf8("u"), 3, until: Self.later, Self.mark) }
    store.change { $0.append(.user, utf8("u"), 2, until: Self.later, Self.mark) }
    store.change { $0.append(.before, [], 5000, until: Self.later, Self.mark) }
    store.change { $0.append(.before, [], 4000, until: Self.later, Self.mark) }
    #expect(try !has(denials, "a"))
    func isDenied(jti: String = "j", sid: String = "s", user: String = "v", version: Int64 = 0) throws -> Bool {
      let (jti, sid, user) = (utf8(jti), utf8(sid), utf8(user))
      return try denials.withCopy { $0.has(jti: jti.span, sid: sid.span, user: user.span, version: version) }
    }
    #expect(try isDenied(sid: "a"))
    #expect(try !isDenied(jti: "a", user: "a"))
    #expect(try isDenied(user: "u", version: 2))
    #expect(try !isDenied(jti: "u", sid: "u", user: "u", version: 3))
    #expect(try denials.withCopy { $0.before } == 5000)
  }

  /// A feed that was lost and begun anew, one that lost its end and went on, and one from which the reader's last entry
  /// was purged: in each, what was written meanwhile is seen.
  @Test func missesNothingWhenTheFeedIsAnother() throws {
    let store = ScriptedStore()
    let denials = try denials(store)
    for name in ["a", "b", "c"] {
      store.change { $0.append(.jti, utf8(name), 0, until: Self.later, Self.mark) }
    }
    #expect(try has(denials, "c"))
    store.change { feed in
      feed = MemoryFeed(epoch: [UInt8](repeating: 2, count: 16))
      for name in ["d", "e", "f", "g"] { feed.append(.jti, utf8(name), 0, until: Self.later, Self.mark) }
    }
    try denials.sync()
    #expect(try has(denials, "d"))
    // What was known stays denied.
    #expect(try has(denials, "a"))
    let other = [UInt8](repeating: 8, count: 8)
    store.change { feed in
      feed = MemoryFeed(epoch: [UInt8](repeating: 2, count: 16))
      for name in ["h", "i", "j", "k", "l"] { feed.append(.jti, utf8(name), 0, until: Self.later, other) }
    }
    try denials.sync()
    #expect(try has(denials, "h"))
    store.change { feed in
      for name in ["m", "n"] { feed.append(.jti, utf8(name), 0, until: Self.later, other) }
      feed.entries.removeFirst(6)
    }
    try denials.sync()
    #expect(try has(denials, "n"))
  }

  @Test func readsAFeedOfManyPages() throws {
    let store = ScriptedStore()
    let denials = try denials(store)
    store.change { feed in
      for number in 0..<12_345 { feed.append(.jti, utf8("\(number)"), 0, until: Self.later, Self.mark) }
    }
    try denials.sync()
    #expect(store.readCount == 3)
    #expect(denials.count == 12_345)
    for number in [0, 4999, 5000, 12_344] { #expect(try has(denials, "\(number)")) }
  }

  @Test func refusesBeforeTheFirstLoadAndWhenTooOld() throws {
    let store = ScriptedStore()
    let denials = try denials(store)
    store.isDown.store(true, ordering: .sequentiallyConsistent)
    #expect(refusal { _ = try has(denials, "a") } == .store)
    store.isDown.store(false, ordering: .sequentiallyConsistent)
    #expect(try !has(denials, "a"))
    store.isDown.store(true, ordering: .sequentiallyConsistent)
    // The copy may still be used for its time.
    #expect(try !has(denials, "a"))
    usleep(60_000)
    #expect(try !has(denials, "a", staleness: 10_000))
    #expect(refusal { _ = try has(denials, "a", staleness: 20) } == .store)
    #expect(refusal { _ = try has(denials, "a", staleness: 0) } == .store)
    #expect(refusal { try denials.sync() } == .store)
  }

  /// A store that is down is not asked by each check while the copy can still be used.
  @Test func asksAFailingStoreSeldom() throws {
    let store = ScriptedStore()
    let denials = try denials(store)
    try denials.sync()
    usleep(100_000)
    store.isDown.store(true, ordering: .sequentiallyConsistent)
    let before = store.readCount
    for _ in 0..<1000 { #expect(try !has(denials, "a", staleness: 400)) }
    #expect(store.readCount - before == 1)
  }

  /// With staleness 0 a check sees what was denied before it began, also when another reading is under way.
  @Test func staleness0AsksEachTime() throws {
    let store = ScriptedStore()
    let denials = try denials(store)
    for number in 0..<50 {
      store.change { $0.append(.jti, utf8("\(number)"), 0, until: Self.later, Self.mark) }
      #expect(try has(denials, "\(number)", staleness: 0))
    }
    let missed = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      for number in 0..<200 {
        let name = "\(thread)/\(number)"
        store.change { $0.append(.jti, utf8(name), 0, until: Self.later, Self.mark) }
        do {
          if try !has(denials, name, staleness: 0) { missed.add(1, ordering: .relaxed) }
        } catch {
          missed.add(1, ordering: .relaxed)
        }
      }
    }
    #expect(missed.load(ordering: .relaxed) == 0)
  }

  /// While one thread reads a slow store, the others go on with the copy.
  @Test func oneReadsAndTheOthersGoOn() throws {
    let store = SlowStore()
    let denials = try denials(store)
    try denials.sync()
    usleep(120_000)
    store.isSlow.store(true, ordering: .sequentiallyConsistent)
    let done = Atomic<Int>(0)
    let reader = Thread { _ = try? self.has(denials, "a", staleness: 500) }
    reader.start()
    while store.waiting.load(ordering: .sequentiallyConsistent) == 0 { usleep(1000) }
    for _ in 0..<100 {
      if try !has(denials, "a", staleness: 60_000) { done.add(1, ordering: .relaxed) }
    }
    #expect(done.load(ordering: .relaxed) == 100)
    #expect(store.waiting.load(ordering: .sequentiallyConsistent) == 1)
    store.isSlow.store(false, ordering: .sequentiallyConsistent)
  }

  /// A reading that has taken longer than the copy may be old tells nothing of now.
  @Test func aSlowReadingIsNotEnough() throws {
    let store = SlowStore()
    let denials = try denials(store)
    store.isSlow.store(true, ordering: .sequentiallyConsistent)
    let answered = Atomic<Int>(0)
    let refused = Atomic<Int>(0)
    let threads = (0..<4).map { _ in
      Thread {
        let status = refusal { _ = try self.has(denials, "a", staleness: 50) }
        if status != nil { refused.add(1, ordering: .sequentiallyConsistent) }
        answered.add(1, ordering: .sequentiallyConsistent)
      }
    }
    for thread in threads { thread.start() }
    while store.waiting.load(ordering: .sequentiallyConsistent) == 0 { usleep(1000) }
    usleep(200_000)
    let before = store.reads.load(ordering: .sequentiallyConsistent)
    store.isSlow.store(false, ordering: .sequentiallyConsistent)
    while answered.load(ordering: .sequentiallyConsistent) < 4 { usleep(1000) }
    // All have been answered by a reading that began after the slow one.
    #expect(refused.load(ordering: .sequentiallyConsistent) == 0)
    #expect(store.reads.load(ordering: .sequentiallyConsistent) > before)
  }

  /// Readers beside a writer that makes the table grow: nothing that was there is ever not found.
  @Test func growsWhileItIsRead() throws {
    let copy = DenialCopy(try ShortHash())
    let written = Atomic<Int>(0)
    let missed = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: 4) { thread in
      if thread == 0 {
        for number in 0..<60_000 {
          copy.add(FeedEntry(sequence: 0, kind: .jti, key: utf8("\(number)"), value: 0, until: Self.later), at: 0)
          written.store(number + 1, ordering: .releasing)
        }
        return
      }
      var number = thread
      while written.load(ordering: .acquiring) < 60_000 {
        let count = written.load(ordering: .acquiring)
        guard count > 0 else { continue }
        number = (number &* 48_271) % 2_147_483_647
        let name = utf8("\(number % count)")
        if !copy.has(.jti, name.span) { missed.add(1, ordering: .relaxed) }
      }
    }
    #expect(missed.load(ordering: .relaxed) == 0)
    #expect(copy.count == 60_000)
    let unknown = utf8("none")
    let isThere = copy.has(.jti, unknown.span)
    #expect(!isThere)
  }

  /// What has had its time goes when the table would grow.
  @Test func forgetsWhatHasHadItsTime() throws {
    let copy = DenialCopy(try ShortHash())
    for number in 0..<200_000 {
      let now = Int64(number) * 100
      copy.add(
        FeedEntry(sequence: 0, kind: .jti, key: utf8("\(number)"), value: 0, until: now + 100_000), at: now)
    }
    // 1000 at a time are live.
    #expect(copy.count < 5000)
    for number in 199_100..<200_000 {
      let name = utf8("\(number)")
      let isThere = copy.has(.jti, name.span)
      #expect(isThere)
    }
  }
}

/// A store whose feed does not answer for a while.
final class SlowStore: SessionStore, @unchecked Sendable {
  let isSlow = Atomic<Bool>(false)
  let waiting = Atomic<Int>(0)
  let reads = Atomic<Int>(0)

  override func feed(_ request: FeedRequest) throws(Failure) -> FeedPage {
    reads.add(1, ordering: .sequentiallyConsistent)
    if isSlow.load(ordering: .sequentiallyConsistent) {
      waiting.add(1, ordering: .sequentiallyConsistent)
      while isSlow.load(ordering: .sequentiallyConsistent) { usleep(1000) }
    }
    return FeedPage(
      entries: [], position: FeedPosition(epoch: [UInt8](repeating: 1, count: 16)), more: false, now: 1)
  }
}
