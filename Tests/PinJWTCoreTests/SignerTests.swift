import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct SignerTests {
  private static let now: Int64 = 1_000_000

  private func policy() -> Policy {
    var policy = Policy()
    policy.issuer = utf8("iss")
    policy.subject = utf8("sub")
    policy.audiences = [utf8("aud"), utf8("other")]
    return policy
  }

  private func refused(_ claims: String, _ policy: Policy, at now: Int64 = now) -> Status? {
    refusal {
      let signer = try Signer.make(policy, try TestKeys.hs256())
      _ = try signer.token(claims, at: now)
    }
  }

  @Test func signsWhatThePolicyTakes() throws {
    let key = try TestKeys.hs256()
    let token = try Signer.make(policy(), key).token(#"{"scope":"read"}"#, at: Self.now)
    let claims = try PolicyVerifier.make(policy(), key).claims(of: token, at: Self.now)
    #expect(
      claims.hasPrefix(
        #"{"scope":"read","iss":"iss","sub":"sub","aud":["aud","other"],"iat":1000000,"exp":1000900,"jti":""#))
    #expect(text(token).hasPrefix(text(base64URL(utf8(#"{"alg":"HS256","typ":"JWT"}"#))) + "."))
  }

  @Test func draftTellsTheLength() throws {
    let signer = try Signer.make(policy(), try TestKeys.hs256())
    for padding in 0..<5 {
      let json = utf8(#"{"x":""# + String(repeating: "y", count: padding) + #""}"#)
      let draft = try signer.draft(json.span, at: Self.now)
      let token = try signer.sign(draft)
      #expect(token.count == draft.length)
    }
  }

  @Test func writesTypeAndKid() throws {
    var policy = Policy()
    policy.type = utf8("at+jwt")
    let kid = utf8("key 1")
    let key = try TestKeys.hs256().withID(kid.span)
    let token = try Signer.make(policy, key).token("{}", at: Self.now)
    #expect(text(token).hasPrefix(text(base64URL(utf8(#"{"alg":"HS256","typ":"at+jwt","kid":"key 1"}"#))) + "."))
    #expect(refusal { _ = try PolicyVerifier.make(policy, key).claims(of: token, at: Self.now) } == nil)
  }

  @Test(
    arguments: [
      (#"{"iss":"x"}"#, .issuer), (#"{"sub":"x"}"#, .subject), (#"{"aud":"x"}"#, .audience),
      (#"{"aud":[]}"#, .claimInvalid),
      (#"{"iss":null}"#, .claimInvalid), (#"{"exp":"x"}"#, .claimInvalid), (#"{"iat":"x"}"#, .claimInvalid),
      (#"{"jti":5}"#, .claimInvalid), (#"{"exp":1000000,"iat":5}"#, .expired), (#"{"exp":5,"iat":4}"#, .expired),
      (#"{"iat":999100}"#, .expired), (#"{"iat":999101}"#, nil), (#"{"iat":1000010}"#, nil),
      (#"{"iat":1000011}"#, .notYetValid),
      (#"{"exp":1007200}"#, nil), (#"{"exp":1007201}"#, .lifetime), (#"{"exp":1000005,"iat":1000005}"#, .claimInvalid),
      (#"{"nbf":1000500}"#, nil), (#"{"nbf":"x"}"#, .claimInvalid), ("[]", .claimsFormat), ("", .claimsFormat),
      (#"{"a":1,"a":1}"#, .claimsFormat), (#"{"aud":"other"}"#, nil),
    ] as [(String, Status?)])
  func refusesWhatContradictsThePolicy(_ claims: String, _ status: Status?) {
    #expect(refused(claims, policy()) == status)
  }

  /// A leeway is for the other side's clock: what is expired already is not signed.
  @Test func signsNothingThatHasExpired() {
    var policy = Policy()
    policy.leeway = 300
    #expect(refused(#"{"iat":999000,"exp":1000000}"#, policy) == .expired)
    #expect(refused(#"{"iat":999000,"exp":1000001}"#, policy) == nil)
  }

  /// Two rules are broken: exp is not after now, nor after the iat that was filled in.
  @Test(arguments: [0, 999_999, 1_000_000] as [Int64]) func refusesAPastExpWithoutIat(_ exp: Int64) {
    let statuses: Set<Status?> = [.expired, .claimInvalid]
    #expect(statuses.contains(refused(#"{"exp":\#(exp)}"#, Policy())))
    #expect(refused(#"{"exp":1000001}"#, Policy()) == nil)
  }

  @Test func requiresClaims() {
    var policy = Policy()
    policy.requiredClaims = [utf8("scope"), utf8("jti")]
    #expect(refused("{}", policy) == .claimMissing)
    #expect(refused(#"{"scope":null}"#, policy) == .claimMissing)
    #expect(refused(#"{"scope":1}"#, policy) == nil)
  }

  @Test func bindsNow() {
    #expect(refused("{}", Policy(), at: -1) == .argument)
    #expect(refused("{}", Policy(), at: 253_402_300_800) == .argument)
    #expect(refused("{}", Policy(), at: 253_402_300_799) == .claimInvalid)
    #expect(refused("{}", Policy(), at: 0) == nil)
  }

  @Test func limitsTheToken() throws {
    var policy = Policy()
    policy.maxTokenSize = 300
    let signer = try Signer.make(policy, try TestKeys.hs256())
    var lengths: [Int] = []
    for padding in 0..<300 {
      let json = utf8(#"{"x":""# + String(repeating: "y", count: padding) + #""}"#)
      do {
        lengths.append(try signer.draft(json.span, at: Self.now).length)
      } catch {
        #expect(error.status == .tokenSize)
        break
      }
    }
    #expect(lengths.max() ?? 0 >= 299)
    #expect(lengths.max() ?? 0 <= 300)
    #expect(refused(#"{"x":""# + String(repeating: "y", count: 1_048_576) + #""}"#, Policy()) == .tokenSize)
  }

  @Test func refusesKeysThatCannotSign() throws {
    let pair = try Key.make(generating: .es256)
    let half = try pair.publicHalf()
    #expect(refusal { _ = try Signer.make(Policy(), half) } == .keyUse)
    let restricted = try key(.hs256, jwk: TestKeys.secret(bytes: 32, #","key_ops":["verify"]"#))
    #expect(refusal { _ = try Signer.make(Policy(), restricted) } == .keyUse)
  }

  @Test func refusesALifetimeOverTheMaximum() throws {
    var policy = Policy()
    policy.lifetime = 7201
    let key = try TestKeys.hs256()
    #expect(refusal { _ = try Signer.make(policy, key) } == .lifetime)
    policy.lifetime = 7200
    #expect(refusal { _ = try Signer.make(policy, key) } == nil)
  }

  @Test func tellsOfSignedTokensOnly() throws {
    let log = EventLog()
    var policy = policy()
    policy.eventHandler = log.handler
    let kid = utf8("k")
    let signer = try Signer.make(policy, try TestKeys.hs256().withID(kid.span))
    #expect(refusal { _ = try signer.token(#"{"iss":"x"}"#, at: Self.now) } == .issuer)
    let json = utf8("{}")
    _ = try signer.draft(json.span, at: Self.now)
    #expect(log.all.isEmpty)
    _ = try signer.token(#"{"jti":"j\u0031"}"#, at: Self.now)
    let events = log.all
    try #require(events.count == 1)
    #expect(events[0].kind == .signed)
    #expect(events[0].status == nil)
    #expect(events[0].at == Self.now)
    #expect(events[0].jti == utf8("j1"))
    #expect(events[0].sub == utf8("sub"))
    #expect(events[0].kid == utf8("k"))
    #expect(events[0].what == [])
  }
}
