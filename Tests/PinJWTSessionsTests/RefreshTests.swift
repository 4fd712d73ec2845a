import PinJWTCore
import PinJWTCrypto
import PinJWTStores
import Testing

@testable import PinJWTSessions

@Suite struct RefreshTests {
  @Test func rotates() throws {
    let fixture = try Fixture()
    let first = try fixture.sessions.login("alice", claims: #"{"scope":"read"}"#)
    let second = try fixture.sessions.refresh(first)
    let third = try fixture.sessions.refresh(second)
    #expect(first.token != second.token && second.token != third.token)
    #expect([first, second, third].map(\.generation) == [0, 1, 2])
    #expect(first.sidText == third.sidText)
    let claims = try fixture.claims(third)
    let json = claims.json
    let startsWell = json.bytes.starts(with: #"{"scope":"read","sub":"alice","client_id":"web","sid":""#)
    #expect(startsWell)
    #expect(fixture.log.take().map(\.kind) == [.login, .refreshed, .refreshed])
  }

  @Test func givesTheSameSuccessorWithinTheGrace() throws {
    let fixture = try Fixture()
    let first = try fixture.sessions.login("alice")
    let second = try fixture.sessions.refresh(first)
    fixture.clock.advance(seconds: 10)
    let again = try fixture.sessions.refresh(first)
    #expect(again.token == second.token)
    #expect(again.isReplayed && !second.isReplayed)
    #expect(try fixture.claims(again).json.count > 0)
    fixture.clock.advance(milliseconds: 1)
    // The window counts from the rotation: asking in it does not move it.
    #expect(refusal { _ = try fixture.sessions.refresh(first) } == .refreshReused)
  }

  @Test func aClockSetBackGivesNoMoreGrace() throws {
    let fixture = try Fixture()
    let first = try fixture.sessions.login("alice")
    _ = try fixture.sessions.refresh(first)
    fixture.clock.advance(seconds: -9)
    #expect(try fixture.sessions.refresh(first).isReplayed)
    fixture.clock.advance(seconds: -2)
    #expect(refusal { _ = try fixture.sessions.refresh(first) } == .refreshReused)
  }

  @Test func aUsedTokenEndsTheSession() throws {
    let fixture = try Fixture { try $0.setGrace(0) }
    let first = try fixture.sessions.login("alice")
    let second = try fixture.sessions.refresh(first)
    let claims = try fixture.claims(second)
    try fixture.sessions.check(claims)
    #expect(refusal { _ = try fixture.sessions.refresh(first) } == .refreshReused)
    #expect(refusal { _ = try fixture.sessions.refresh(second) } == .revoked)
    #expect(refusal { _ = try fixture.sessions.refresh(first) } == .revoked)
    #expect(refusal { try fixture.sessions.check(claims) } == .revoked)
    let told = try #require(fixture.log.take().last)
    #expect(told.kind == .reuseDetected && told.status == .refreshReused && told.sub == utf8("alice"))
    #expect(told.reason == RevocationReason.reused.rawValue)
  }

  @Test func endsByIdleAndAbsoluteTime() throws {
    let fixture = try Fixture {
      try $0.setIdle(100)
      try $0.setAbsolute(250)
    }
    var grant = try fixture.sessions.login("alice")
    #expect(grant.refreshSeconds == 100)
    for _ in 0..<2 {
      fixture.clock.advance(seconds: 99)
      grant = try fixture.sessions.refresh(grant)
    }
    // 198 s after the login: 52 are left.
    #expect(grant.refreshSeconds == 52)
    fixture.clock.advance(seconds: 52)
    #expect(refusal { _ = try fixture.sessions.refresh(grant) } == .refreshExpired)
    #expect(fixture.log.take().last?.kind == .sessionExpired)

    let idle = try fixture.sessions.login("bob")
    fixture.clock.advance(seconds: 100)
    #expect(refusal { _ = try fixture.sessions.refresh(idle) } == .refreshExpired)
  }

  @Test func isForItsClientOnly() throws {
    let fixture = try Fixture()
    let grant = try fixture.sessions.login("alice", client: "web")
    #expect(refusal { _ = try fixture.sessions.refresh(grant, client: "app") } == .refreshInvalid)
    #expect(refusal { _ = try fixture.sessions.refresh(grant, client: "") } == .refreshInvalid)
    _ = try fixture.sessions.refresh(grant, client: "web")
  }

  @Test func madeUpTokensDoNotReachTheStore() throws {
    let fixture = try Fixture()
    let counting = CountingStore(fixture.store)
    let sessions = try Fixture.sessions(counting, fixture.policy, fixture.key)
    let grant = try sessions.login("alice")
    let before = counting.calls
    for position in grant.token.indices {
      var forged = grant.token
      forged[position] = forged[position] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      #expect(refusal { _ = try sessions.refresh(forged) } == .refreshInvalid)
    }
    for count in 0..<grant.token.count {
      #expect(refusal { _ = try sessions.refresh(Array(grant.token.prefix(count))) } == .refreshInvalid)
    }
    #expect(refusal { _ = try sessions.refresh(grant.token + [UInt8(ascii: "A")]) } == .refreshInvalid)
    #expect(counting.calls == before)
    _ = try sessions.refresh(grant)
  }

  /// A valid checksum does not help without the pepper: what another server with another pepper, or another issuer with
  /// the same one, has made is refused.
  @Test func tokensOfOthersDoNotReachTheStore() throws {
    let fixture = try Fixture()
    let counting = CountingStore(fixture.store)
    let sessions = try Fixture.sessions(counting, fixture.policy, fixture.key, peppers: [2])
    let other = try Fixture.sessions(
      counting, try Fixture.policy(issuer: "https://other.example"), fixture.key, peppers: [1])
    let grant = try fixture.sessions.login("alice")
    #expect(refusal { _ = try sessions.refresh(grant) } == .refreshInvalid)
    #expect(refusal { try sessions.logout(grant) } == .refreshInvalid)
    #expect(refusal { _ = try other.refresh(grant) } == .refreshInvalid)
    #expect(counting.calls == 0)
  }

  @Test func rollsForwardByOne() throws {
    let fixture = try Fixture()
    let first = try fixture.sessions.login("alice")
    let before = fixture.store.snapshot()
    let second = try fixture.sessions.refresh(first)
    fixture.store.restore(before)
    let third = try fixture.sessions.refresh(second)
    #expect(third.generation == 2)
    #expect(fixture.log.take().last?.kind == .rolledForward)
    // The chain goes on; the token that the store had forgotten is a used one.
    _ = try fixture.sessions.refresh(third)
    #expect(refusal { _ = try fixture.sessions.refresh(first) } == .refreshReused)
  }

  @Test func aStoreRolledBackFurtherIsNotBelieved() throws {
    let fixture = try Fixture()
    let first = try fixture.sessions.login("alice")
    let before = fixture.store.snapshot()
    let third = try fixture.sessions.refresh(try fixture.sessions.refresh(first))
    fixture.store.restore(before)
    #expect(refusal { _ = try fixture.sessions.refresh(third) } == .storeState)
    #expect(fixture.log.take().last?.kind == .rolledBack)
    #expect(refusal { _ = try fixture.sessions.refresh(first) } == .revoked)
  }

  @Test func twoBranchesOfARestoreAreNotBelieved() throws {
    let fixture = try Fixture()
    let first = try fixture.sessions.login("alice")
    let before = fixture.store.snapshot()
    let lost = try fixture.sessions.refresh(first)
    fixture.store.restore(before)
    _ = try fixture.sessions.refresh(first)
    // The same generation, another token.
    #expect(refusal { _ = try fixture.sessions.refresh(lost) } == .storeState)
  }

  @Test func peppersRotate() throws {
    let fixture = try Fixture()
    var grant = try fixture.sessions.login("alice")
    let old = grant
    try fixture.sessions.setPeppers(try Fixture.peppers([2, 1]))
    // The successor is made under the new one, and given again under it.
    grant = try fixture.sessions.refresh(old)
    #expect(try fixture.sessions.refresh(old).token == grant.token)
    try fixture.sessions.setPeppers(try Fixture.peppers([2]))
    #expect(refusal { _ = try fixture.sessions.refresh(old) } == .refreshInvalid)
    grant = try fixture.sessions.refresh(grant)
    #expect(grant.generation == 2)
    // The same user's sessions stay together whatever the pepper.
    let other = try fixture.sessions.login("alice")
    #expect(other.sidText.prefix(5) == grant.sidText.prefix(5))
  }

  /// While some servers have the new pepper in front and others behind, one successor has two texts: whichever is used
  /// first, the other is its replay.
  @Test func peppersInAnotherOrderLogNobodyOut() throws {
    let fixture = try Fixture()
    let (old, new) = (fixture.sessions, try Fixture.sessions(fixture.store, fixture.policy, fixture.key))
    try old.setPeppers(try Fixture.peppers([1, 2]))
    try new.setPeppers(try Fixture.peppers([2, 1]))
    let first = try old.login("alice")
    let (one, other) = (try old.refresh(first), try new.refresh(first))
    #expect(one.token != other.token)
    for (used, replayed) in [(one, other), (other, one)] {
      _ = try new.refresh(used)
      #expect(try old.refresh(replayed).isReplayed)
    }
    fixture.store.alter { $0.seal[0] ^= 1 }
    #expect(refusal { _ = try old.refresh(other) } == .storeState)
  }

  /// What a session's end makes impossible to revoke has ended with it.
  @Test func noAccessTokenOutlivesItsSession() throws {
    let fixture = try Fixture {
      try $0.setIdle(100)
      try $0.setAbsolute(150)
    }
    let first = try fixture.sessions.login("alice")
    #expect(first.accessSeconds == 100)
    fixture.clock.advance(seconds: 99)
    let second = try fixture.sessions.refresh(first)
    #expect(second.accessSeconds == 51)
    #expect(try fixture.claims(second).time("exp") == fixture.clock.now / 1000 + 51)
    fixture.clock.advance(seconds: 51)
    #expect(refusal { _ = try fixture.claims(second) } == .expired)
  }

  @Test func anAlteredSealIsNotBelieved() throws {
    let fixture = try Fixture()
    let first = try fixture.sessions.login("alice")
    _ = try fixture.sessions.refresh(first)
    fixture.store.alter { $0.seal[0] ^= 1 }
    #expect(refusal { _ = try fixture.sessions.refresh(first) } == .storeState)
  }

  @Test func refusesBadArguments() throws {
    let fixture = try Fixture()
    let sessions = fixture.sessions
    #expect(refusal { _ = try sessions.login("") } == .argument)
    #expect(refusal { _ = try sessions.login(String(repeating: "u", count: 257)) } == .argument)
    #expect(refusal { _ = try sessions.login("a\nb") } == .argument)
    #expect(refusal { _ = try sessions.login("a\u{85}b") } == .argument)
    #expect(refusal { _ = try sessions.login("a", device: "x\u{7f}") } == .argument)
    #expect(refusal { _ = try sessions.login("a", claims: "[]") } == .claimsFormat)
    #expect(refusal { _ = try sessions.login("a", claims: #"{"a":1,"a":2}"#) } == .claimsFormat)
    for name in ["iss", "sub", "exp", "nbf", "iat", "jti", "sid", "ver", "auth_time", "client_id"] {
      #expect(refusal { _ = try sessions.login("a", claims: #"{"x":1,"\#(name)":"y"}"#) } == .claimInvalid)
    }
    let grant = try sessions.login("\"é\\", claims: " { } ")
    let claims = try fixture.claims(grant)
    let values = claims.decoded
    let subject = try #require(claims.string("sub"))
    let expected = utf8("\"é\\")
    let isTheSame = values.bytes.extracting(subject).equals(expected.span)
    #expect(isTheSame)
  }
}
