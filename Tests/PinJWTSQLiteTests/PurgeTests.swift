import PinJWTCrypto
import PinJWTStores
import Testing

@testable import PinJWTSQLite

@Suite struct PurgeTests {
  private let folder: Folder
  private let store: SQLiteStore

  init() throws {
    folder = try Folder()
    store = try open(folder.file())
  }

  @Test func removesSessionsAfterTheirEnd() throws {
    for number in 1...3 { try store.login(number, idle: 0) }
    try store.login(4, absolute: 0)
    try store.login(5)
    #expect(try store.purge(retain: 50_000).count == 0)
    // What was looked at too early with a long time is found with a shorter one.
    let first = try store.purge(limit: 3)
    #expect(first.count == 3 && first.more)
    let second = try store.purge(limit: 3)
    #expect(second.count == 1 && !second.more)
    #expect(try store.refresh(1, 0).verdict == .unknown)
    #expect(try store.refresh(5, 0).verdict == .rotated)
  }

  @Test func keepsASessionThatWasUsed() throws {
    try store.login(1, idle: 1000)
    #expect(try store.refresh(1, 0, idle: 100_000).verdict == .rotated)
    // Its first end is over by then, the one that the use moved is not.
    let past = try store.purge(Purge(space: space, retain: -50_000, grace: 10_000, limit: 100))
    #expect(past.count == 0)
    #expect(try store.refresh(1, 1, idle: 10).verdict == .rotated)
    #expect(try store.purge(Purge(space: space, retain: -50_000, grace: 10_000, limit: 100)).count == 1)
    #expect(try store.refresh(1, 2).verdict == .unknown)
  }

  @Test func erasesSealsAfterTheGrace() throws {
    for number in 1...3 {
      try store.login(number)
      try store.refresh(number, 0)
    }
    #expect(try store.purge(grace: 50_000).count == 0)
    let all = Purge(space: space, retain: 0, grace: -50_000, limit: 2)
    let first = try store.purge(all)
    #expect(first.count == 2 && first.more)
    #expect(try store.purge(all).count == 1)
    #expect(try store.purge(all).count == 0)
    for row in try store.sessions() { #expect(row.seal == [] && row.nonce == [] && row.generation == 1) }
    #expect(try store.refresh(1, 1).verdict == .rotated)
    #expect(try store.sessions().filter { !$0.seal.isEmpty }.map { $0.sid } == [sid(1)])
    #expect(try store.purge(all).count == 1)
    // Without the seal there is no successor to give again.
    #expect(try store.refresh(2, 0).verdict == .reused)
  }

  @Test func removesDenialsAndUsedKeysAfterTheirTime() throws {
    for number in 1...4 { try store.denyToken("t\(number)", until: number < 3 ? 1 : 0) }
    for number in 1...4 {
      _ = try store.consume(Consumption(space: space, key: bytes(32, number), until: number < 3 ? 1 : .max))
    }
    let first = try store.purge(limit: 3)
    #expect(first.count == 3 && first.more)
    let second = try store.purge(limit: 3)
    #expect(second.count == 1 && !second.more)
    #expect(try store.read().entries.count == 2)
    #expect(try store.consume(Consumption(space: space, key: bytes(32, 1), until: .max)))
    #expect(try !store.consume(Consumption(space: space, key: bytes(32, 4), until: .max)))
    #expect(try store.purge(Purge(space: otherSpace, retain: 0, grace: 0, limit: 9)).count == 0)
  }

  @Test func counts() throws {
    #expect(try store.statistics(space: space) == Statistics())
    for number in 1...5 { try store.login(number) }
    try store.login(6, idle: 0)
    try store.login(7, absolute: 0)
    try store.login(8, space: otherSpace)
    _ = try store.end(.selector(selector(1)))
    try store.denyToken("t")
    _ = try store.consume(Consumption(space: space, key: bytes(32, 1), until: 1))
    var expected = Statistics()
    expected.live = 4
    expected.revoked = 1
    expected.expired = 2
    expected.denials = 2
    expected.consumed = 1
    #expect(try store.statistics(space: space) == expected)
  }
}
