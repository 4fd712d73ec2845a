import PinJWTCore
import PinJWTCrypto
import PinJWTStores
import Testing

@testable import PinJWTSessions

@Suite struct RevocationTests {
  @Test func logoutTakesAnyTokenOfTheFamily() throws {
    let fixture = try Fixture()
    let first = try fixture.sessions.login("alice")
    let third = try fixture.sessions.refresh(try fixture.sessions.refresh(first))
    let claims = try fixture.claims(third)
    try fixture.sessions.logout(first)
    #expect(refusal { _ = try fixture.sessions.refresh(third) } == .revoked)
    #expect(refusal { try fixture.sessions.check(claims) } == .revoked)
    try fixture.sessions.logout(third)
    #expect(fixture.log.all.filter { $0.kind == .revoked }.count == 1)
  }

  @Test func aForeignSidIsRefused() throws {
    let fixture = try Fixture()
    let alice = try fixture.sessions.login("alice")
    let bob = try fixture.sessions.login("bob")
    #expect(refusal { try fixture.sessions.revoke("bob", alice) } == .refreshInvalid)
    try fixture.sessions.revoke("alice", alice)
    #expect(refusal { _ = try fixture.sessions.refresh(alice) } == .revoked)
    _ = try fixture.sessions.refresh(bob)
  }

  @Test func revokesAllOrAllButOne() throws {
    let fixture = try Fixture { try $0.setLimit(0) }
    let grants = try (0..<1200).map { _ in try fixture.sessions.login("alice") }
    let bob = try fixture.sessions.login("bob")
    let user = utf8("alice")
    let kept = grants[7].sidBytes
    #expect(try fixture.sessions.revokeUser(user.span, except: kept.span) == 1199)
    _ = try fixture.sessions.refresh(grants[7])
    for index in [0, 6, 8, 499, 500, 1199] {
      #expect(refusal { _ = try fixture.sessions.refresh(grants[index]) } == .revoked)
    }
    let none: [UInt8] = []
    #expect(try fixture.sessions.revokeUser(user.span, except: none.span) == 1)
    #expect(try fixture.sessions.list("alice") == "[]")
    _ = try fixture.sessions.refresh(bob)
  }

  @Test func theOldestGoesBeyondTheLimit() throws {
    let fixture = try Fixture { try $0.setLimit(3) }
    var grants: [Grant] = []
    for _ in 0..<5 {
      grants.append(try fixture.sessions.login("alice"))
      fixture.clock.advance(seconds: 1)
    }
    #expect(
      grants.map { grant in refusal { _ = try fixture.sessions.refresh(grant) } } == [
        .revoked, .revoked, nil, nil, nil,
      ])
    let revoked = fixture.log.all.filter { $0.kind == .revoked }
    #expect(revoked.map(\.reason) == [RevocationReason.displaced.rawValue, RevocationReason.displaced.rawValue])
  }

  @Test func aBumpEndsSessionsAndAccessTokens() throws {
    let fixture = try Fixture()
    let before = try fixture.sessions.login("alice")
    let claims = try fixture.claims(before)
    #expect(try fixture.sessions.bump("alice") == 1)
    #expect(refusal { _ = try fixture.sessions.refresh(before) } == .revoked)
    #expect(refusal { try fixture.sessions.check(claims) } == .revoked)
    let after = try fixture.sessions.login("alice")
    try fixture.sessions.check(try fixture.claims(after))
    _ = try fixture.sessions.refresh(after)
    #expect(try fixture.sessions.bump("alice") == 2)
  }

  @Test func revokesWhatBeganBeforeATime() throws {
    let fixture = try Fixture()
    let before = try fixture.sessions.login("alice")
    let claims = try fixture.claims(before)
    fixture.clock.advance(seconds: 60)
    let after = try fixture.sessions.login("bob")
    #expect(refusal { _ = try fixture.sessions.revokeBefore(fixture.clock.now / 1000 + 2) } == .argument)
    #expect(try fixture.sessions.revokeBefore(fixture.clock.now / 1000) == 1)
    #expect(refusal { _ = try fixture.sessions.refresh(before) } == .revoked)
    #expect(refusal { try fixture.sessions.check(claims) } == .revoked)
    try fixture.sessions.check(try fixture.claims(after))
    #expect(try fixture.sessions.revokeBefore(nil) == 1)
    #expect(refusal { _ = try fixture.sessions.refresh(after) } == .revoked)
  }

  @Test func deniesOneToken() throws {
    let fixture = try Fixture()
    let grant = try fixture.sessions.login("alice")
    let claims = try fixture.claims(grant)
    let jti = grant.jtiBytes
    try fixture.sessions.deny(jti: jti.span, expires: 0)
    #expect(refusal { try fixture.sessions.check(claims) } == .revoked)
    try fixture.sessions.check(try fixture.claims(try fixture.sessions.refresh(grant)))
  }

  @Test func otherProcessesSeeRevocations() throws {
    let fixture = try Fixture()
    let other = try Fixture.sessions(fixture.store, fixture.policy, fixture.key)
    let issuer = utf8("https://issuer.example")
    let checker = try Sessions.make(checking: fixture.store, issuer: issuer.span, maxLifetime: 7200)
    let grant = try fixture.sessions.login("alice")
    let claims = try fixture.claims(grant)
    try checker.check(claims)
    try other.revoke("alice", grant)
    #expect(refusal { try other.check(claims) } == .revoked)
    try checker.sync()
    #expect(refusal { try checker.check(claims) } == .revoked)
    #expect(refusal { _ = try checker.refresh(grant) } == .argument)
    #expect(refusal { _ = try checker.login("alice") } == .argument)
  }

  @Test func aTokenThatCannotBeJudgedIsRefused() throws {
    let fixture = try Fixture()
    let signer = try Signer.make(fixture.policy, fixture.key)
    func status(_ json: String) throws -> Status? {
      let claims = utf8(json)
      let draft = try signer.draft(claims.span, at: 1_000_000_000)
      let token = try signer.sign(draft)
      let verified = try PolicyVerifier.make(fixture.policy, fixture.key).verify(token.span, at: 1_000_000_000)
      return refusal { try fixture.sessions.check(verified) }
    }
    #expect(try status(#"{"sub":"a","sid":"s","ver":0,"auth_time":1}"#) == nil)
    #expect(try status(#"{"sid":"s","ver":0,"auth_time":1}"#) == .claimMissing)
    #expect(try status(#"{"sub":"a","ver":0,"auth_time":1}"#) == .claimMissing)
    #expect(try status(#"{"sub":"a","sid":"s","auth_time":1}"#) == .claimMissing)
    #expect(try status(#"{"sub":"a","sid":"s","ver":0}"#) == .claimMissing)
    #expect(try status(#"{"sub":"a","sid":7,"ver":0,"auth_time":1}"#) == .claimInvalid)
    #expect(try status(#"{"sub":"a","sid":"s","ver":"0","auth_time":1}"#) == .claimInvalid)
    #expect(try status(#"{"sub":"a","sid":"s","ver":0.5,"auth_time":1}"#) == .claimInvalid)
    let other = try Fixture.policy(issuer: "https://other.example")
    let foreign = try Fixture.sessions(fixture.store, other, fixture.key)
    #expect(refusal { try foreign.check(try fixture.claims(try fixture.sessions.login("a"))) } == .issuer)
  }

  @Test func oneShotTokensAreUsedOnce() throws {
    let fixture = try Fixture()
    func token(_ type: String?, _ json: String) throws -> Claims {
      var policy = Policy()
      let type = type.map { utf8($0) }
      if let type { try policy.setType(type.span) }
      let claims = utf8(json)
      let signer = try Signer.make(policy, fixture.key)
      let draft = try signer.draft(claims.span, at: 1_000_000_000)
      let token = try signer.sign(draft)
      return try PolicyVerifier.make(policy, fixture.key).verify(token.span, at: 1_000_000_000)
    }
    let reset = try token("reset+jwt", #"{"sub":"a","jti":"1"}"#)
    try fixture.sessions.consume(reset)
    #expect(refusal { try fixture.sessions.consume(reset) } == .revoked)
    try fixture.sessions.consume(try token("mail+jwt", #"{"sub":"a","jti":"1"}"#))
    try fixture.sessions.consume(try token("reset+jwt", #"{"sub":"a","jti":"2"}"#))
    #expect(refusal { try fixture.sessions.consume(try token(nil, #"{"sub":"a","jti":"3"}"#)) } == .type)
    let access = try fixture.claims(try fixture.sessions.login("a"))
    #expect(refusal { try fixture.sessions.consume(access) } == .type)
    let denied = utf8("4")
    try fixture.sessions.deny(jti: denied.span, expires: 0)
    #expect(refusal { try fixture.sessions.consume(try token("reset+jwt", #"{"jti":"4"}"#)) } == .revoked)
    #expect(fixture.log.all.filter { $0.kind == .consumed }.count == 3)
  }

  @Test func purgesWhatNoAnswerNeeds() throws {
    let fixture = try Fixture { try $0.setIdle(1000) }
    let grant = try fixture.sessions.login("alice")
    _ = try fixture.sessions.refresh(grant)
    let jti = grant.jtiBytes
    try fixture.sessions.deny(jti: jti.span, expires: 0)
    // Not before the longest grace that any process on the store may have.
    fixture.clock.advance(seconds: 300)
    #expect(try fixture.sessions.purge(limit: 10).count == 0)
    fixture.clock.advance(seconds: 1)
    #expect(try fixture.sessions.purge(limit: 10).count == 1)
    #expect(try fixture.sessions.purge(limit: 10).count == 0)
    #expect(refusal { _ = try fixture.sessions.refresh(grant) } == .refreshReused)
    fixture.clock.advance(seconds: 7200 + 300)
    #expect(try fixture.sessions.purge(limit: 10).count == 2)
    fixture.clock.advance(seconds: 86_400)
    #expect(try fixture.sessions.purge(limit: 10).count == 1)
    #expect(refusal { _ = try fixture.sessions.refresh(grant) } == .refreshInvalid)
  }
}
