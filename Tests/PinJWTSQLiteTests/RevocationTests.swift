import PinJWTCrypto
import PinJWTStores
import Testing

@testable import PinJWTSQLite

@Suite struct RevocationTests {
  private let folder: Folder
  private let store: SQLiteStore
  private let alice = Array("alice".utf8)

  init() throws {
    folder = try Folder()
    store = try open(folder.file())
  }

  @Test func endsOne() throws {
    for number in 1...3 { try store.login(number) }
    let ended = try store.end(.selector(selector(1)), reason: .logout)
    #expect(ended.found && !ended.more && ended.sessions.map { $0.sid } == [sid(1)])
    #expect(ended.sessions.first?.revoked == ended.now && ended.sessions.first?.reason == .logout)
    let again = try store.end(.selector(selector(1)))
    #expect(again.found && again.sessions.isEmpty)
    #expect(try !store.end(.selector(selector(77))).found)
    #expect(try !store.end(.selector(selector(2)), space: otherSpace).found)
    // Nobody else's, and nobody else's space.
    #expect(try !store.end(.sid(user: Array("bob".utf8), sid: sid(2))).found)
    #expect(try !store.end(.sid(user: alice, sid: sid(2)), space: otherSpace).found)
    #expect(try store.end(.sid(user: alice, sid: sid(2))).sessions.map { $0.sid } == [sid(2)])
    #expect(try store.end(.sid(user: alice, sid: sid(2))).found)
    #expect(try store.sessions().map { $0.sid } == [sid(3)])
    #expect(try store.read().entries.map { $0.key } == [sid(1), sid(2)])
  }

  @Test func endsAllOrAllButOne() throws {
    for number in 1...7 { try store.login(number) }
    try store.login(8, user: "bob")
    try store.login(9, idle: 0)
    _ = try store.end(.sid(user: alice, sid: sid(7)))
    let first = try store.end(.user(alice, except: sid(3)), limit: 4, reason: .user)
    #expect(first.more && first.found && first.sessions.map { $0.sid } == [sid(1), sid(2), sid(4), sid(5)])
    let second = try store.end(.user(alice, except: sid(3)), limit: 4)
    #expect(!second.more && second.sessions.map { $0.sid } == [sid(6)])
    #expect(try store.sessions().map { $0.sid } == [sid(3)])
    #expect(try store.end(.user(alice, except: [])).sessions.count == 1)
    #expect(try store.end(.user(Array("nobody".utf8), except: [])).found)
    #expect(try store.sessions(of: "bob").count == 1)
  }

  @Test func sweepsWhatBeganBefore() throws {
    for number in 1...5 { try store.login(number) }
    try store.login(6, space: otherSpace)
    let last = try #require(try store.sessions().last)
    #expect(try store.sweep(Sweep(space: space, before: last.created + 1, limit: 3)).count == 3)
    let rest = try store.sweep(Sweep(space: space, before: last.created + 1, limit: 3))
    #expect(rest.count == 2 && !rest.more)
    #expect(try store.sweep(Sweep(space: space, before: last.created + 1, limit: 3)).count == 0)
    #expect(try store.sweep(Sweep(space: bytes(16, 5), before: .max, limit: 3)).count == 0)
    #expect(try store.refresh(1, 0).session?.reason == .before)
    #expect(try store.refresh(6, 0, space: otherSpace).verdict == .rotated)
    #expect(try store.read().entries.isEmpty)
  }

  @Test func raisesTheVersion() throws {
    #expect(try store.raise() == 1)
    #expect(try store.raise() == 2)
    #expect(try store.raise("bob") == 1)
    let entries = try store.read().entries
    #expect(entries.map { $0.kind } == [.user, .user, .user])
    #expect(entries.map { $0.value } == [1, 2, 1])
    #expect(entries.map { $0.key } == [alice, alice, Array("bob".utf8)])
  }

  @Test func consumesOnce() throws {
    let key = bytes(32, 1)
    #expect(try store.consume(Consumption(space: space, key: key, until: .max)))
    #expect(try !store.consume(Consumption(space: space, key: key, until: .max)))
    #expect(try store.consume(Consumption(space: otherSpace, key: key, until: .max)))
    #expect(try store.consume(Consumption(space: space, key: bytes(32, 2), until: .max)))
  }

  @Test func listsWhatIsLive() throws {
    #expect(try store.sessions().isEmpty)
    for number in 1...4 { try store.login(number) }
    try store.login(5, idle: 0)
    try store.login(6, absolute: 0)
    _ = try store.end(.selector(selector(2)))
    #expect(try store.sessions().map { $0.sid } == [sid(1), sid(3), sid(4)])
    #expect(try store.sessions(limit: 2).map { $0.sid } == [sid(1), sid(3)])
    try store.raise()
    try store.login(7)
    #expect(try store.sessions().map { $0.sid } == [sid(7)])
  }
}
