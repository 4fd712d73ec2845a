import Foundation
import PinJWTCrypto
import PinJWTStores
import Testing

@testable import PinJWTSQLite

@Suite struct RotationTests {
  private let folder: Folder
  private let store: SQLiteStore

  init() throws {
    folder = try Folder()
    store = try open(folder.file())
  }

  @Test func keepsASessionAsItCame() throws {
    let created = try store.login(1, idle: 1000, absolute: 5000).session
    #expect(created.rotated == created.created && created.end == created.created + 5000)
    #expect(created.idleEnd == created.created + 1000)
    #expect(try store.sessions() == [created])
    var bare = session(2, user: "u", claims: "")
    bare.client = []
    bare.device = []
    bare.address = []
    bare.agent = []
    bare.jti = []
    let stored = try store.create(
      Creation(space: space, session: bare, idle: 1000, absolute: 5000, cap: 0, denial: terms))
    #expect(try store.sessions(of: "u") == [stored.session])
    // What a session need not have yet.
    var rich = session(3, user: "rich", claims: String(repeating: "c", count: 4096))
    rich.previous = bytes(32, 1)
    rich.seal = bytes(32, 2)
    rich.nonce = bytes(16, 3)
    rich.generation = 4_294_967_295
    let kept = try store.create(
      Creation(space: space, session: rich, idle: 1000, absolute: 5000, cap: 0, denial: terms))
    #expect(kept.session.seal == rich.seal)
    #expect(try store.sessions(of: "rich") == [kept.session])
  }

  @Test func movesOn() throws {
    let created = try store.login(1).session
    let rotated = try store.refresh(1, 0)
    #expect(rotated.verdict == .rotated && rotated.previousJTI == created.jti)
    let row = try #require(rotated.session)
    #expect(row.generation == 1 && row.current == hash(1, 1) && row.previous == hash(1, 0))
    #expect(row.seal == bytes(32, 1, 0, 4) && row.nonce == bytes(16, 1, 0, 5))
    #expect(row.created == created.created && row.claims == created.claims)
    #expect(row.idleEnd == row.rotated + 60_000)
    #expect(try store.sessions() == [row])
    // Within the grace the row stays as it is, however often the old token comes.
    for _ in 0..<3 {
      let replayed = try store.refresh(1, 0)
      #expect(replayed.verdict == .replayed && replayed.session == row)
    }
    #expect(try store.refresh(1, 1).verdict == .rotated)
    #expect(try store.refresh(1, 2, idle: 10_000_000).session?.idleEnd == created.end)
  }

  @Test func endsTheSessionOfATokenUsedAgain() throws {
    try store.login(1)
    try store.refresh(1, 0)
    try store.refresh(1, 1)
    let reused = try store.refresh(1, 0)
    #expect(reused.verdict == .reused && reused.session?.reason == .reused && reused.session?.revoked != 0)
    #expect(reused.session?.seal == [])
    #expect(try store.refresh(1, 2).verdict == .revoked)
    #expect(try store.refresh(1, 2).session == reused.session)
    let page = try store.read()
    #expect(page.entries.map { $0.kind } == [.sid])
    #expect(page.entries.map { $0.key } == [sid(1)])
    #expect(page.entries.first?.until == reused.now + terms.keep)
  }

  @Test func rollsForwardAndNotesARollback() throws {
    try store.login(1)
    #expect(try store.refresh(1, 1).verdict == .rolledForward)
    #expect(try store.refresh(1, 2).session?.generation == 3)
    #expect(try store.refresh(1, 3, hash: bytes(32, 66)).verdict == .rolledBack)
    #expect(try store.read().entries.map { $0.key } == [sid(1)])
    try store.login(2)
    #expect(try store.refresh(2, 2).verdict == .rolledBack)
    #expect(try store.refresh(2, 0).verdict == .revoked)
  }

  @Test func refuses() throws {
    try store.login(1)
    #expect(try store.refresh(2, 0).verdict == .unknown)
    #expect(try store.refresh(1, 0, space: otherSpace).verdict == .unknown)
    #expect(try store.refresh(1, 0, client: "app").verdict == .otherClient)
    try store.login(3, user: "bob", idle: 0)
    #expect(try store.refresh(3, 0).verdict == .expired)
    try store.raise()
    #expect(try store.refresh(1, 0).verdict == .superseded)
    #expect(try store.login(4).session.version == 1)
    #expect(try store.refresh(4, 0).verdict == .rotated)
  }

  @Test func displacesTheOldest() throws {
    for number in 1...3 { #expect(try store.login(number, cap: 3).displaced.isEmpty) }
    try store.login(9, user: "bob", cap: 3)
    _ = try store.end(.sid(user: Array("alice".utf8), sid: sid(2)))
    #expect(try store.login(4, cap: 3).displaced.isEmpty)
    let displaced = try store.login(5, cap: 3).displaced
    #expect(displaced.map { $0.sid } == [sid(1)])
    #expect(displaced.first?.reason == .displaced)
    #expect(try store.refresh(1, 0).verdict == .revoked)
    #expect(try store.login(6, cap: 1).displaced.map { $0.sid } == [sid(3), sid(4), sid(5)])
    #expect(try store.sessions().map { $0.sid } == [sid(6)])
    #expect(try store.sessions(of: "bob").count == 1)
    #expect(try store.read().entries.map { $0.key } == [sid(2), sid(1), sid(3), sid(4), sid(5)])
    // Those of before a bump are not live, and are not displaced.
    try store.raise()
    #expect(try store.login(7, cap: 1).displaced.isEmpty)
  }

  /// No index changes with a rotation, and the row is written over where it stands.
  @Test func writesOnePage() throws {
    try store.login(1)
    try store.refresh(1, 0)
    func log() throws -> Int {
      try #require(try FileManager.default.attributesOfItem(atPath: folder.file("sessions.db-wal"))[.size] as? Int)
    }
    for generation in Int64(1)..<20 {
      let before = try log()
      #expect(try store.refresh(1, generation).verdict == .rotated)
      #expect(try log() - before == 24 + 4096)
    }
  }

  @Test func refusesTheSameSelectorTwice() throws {
    try store.login(1)
    #expect(refusal { try store.login(1) }?.status == .storeState)
    #expect(try store.refresh(1, 0).verdict == .rotated)
    #expect(try store.login(1, space: otherSpace).session.generation == 0)
  }
}
