import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct VerifierTests {
  private static let now: Int64 = 1_000_000
  private static let header = #"{"alg":"HS256","typ":"JWT"}"#

  private func refused(_ token: [UInt8], _ policy: Policy = Policy(), at now: Int64 = now) -> Status? {
    refusal { _ = try PolicyVerifier.make(policy, try TestKeys.hs256()).claims(of: token, at: now) }
  }

  @Test func acceptsTheTokenOfRFC7515() throws {
    // Appendix A.1.
    let secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
    let key = try key(.hs256, jwk: #"{"kty":"oct","k":"\#(secret)"}"#)
    let token =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    var policy = Policy()
    policy.issuer = utf8("joe")
    let claims = try PolicyVerifier.make(policy, key).claims(of: utf8(token), at: 1_300_819_379)
    #expect(claims == "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}")
    #expect(refusal { _ = try PolicyVerifier.make(policy, key).claims(of: utf8(token), at: 1_300_819_380) } == .expired)
  }

  @Test(arguments: Algorithm.allCases) func acceptsWhatTheKeySigned(_ algorithm: Algorithm) throws {
    let key = try TestKeys.make(algorithm)
    let token = try Signer.make(Policy(), key).token("{}", at: Self.now)
    #expect(refusal { _ = try PolicyVerifier.make(Policy(), key).claims(of: token, at: Self.now) } == nil)
    if !algorithm.isSymmetric {
      let half = try key.publicHalf()
      #expect(refusal { _ = try PolicyVerifier.make(Policy(), half).claims(of: token, at: Self.now) } == nil)
    }
  }

  @Test(arguments: [Algorithm.hs256, .es256, .ed25519]) func refusesAnotherKeysToken(_ algorithm: Algorithm) throws {
    let token = try Signer.make(Policy(), try Key.make(generating: algorithm)).token("{}", at: Self.now)
    let other = try PolicyVerifier.make(Policy(), try Key.make(generating: algorithm))
    let status = refusal { _ = try other.claims(of: token, at: Self.now) }
    #expect(status == .signature)
  }

  @Test func refusesEveryChangedCharacter() throws {
    let token = try token(Self.header, #"{"exp":1000001}"#, try TestKeys.hs256())
    #expect(refused(token) == nil)
    let before: Set<Status?> = [.tokenFormat, .header, .algorithm, .critical, .type, .signature]
    for index in token.indices {
      var changed = token
      changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      #expect(before.contains(refused(changed)), "character \(index)")
    }
  }

  @Test func takesUnusualHeaders() throws {
    let key = try TestKeys.hs256()
    for header in [
      #"{"typ":"jwt","alg":"HS256"}"#, #" { "alg" : "\u0048S256" } "#, #"{"alg":"HS256","kid":"any","jku":"x"}"#,
    ] {
      let token = try token(header, #"{"exp":1000001}"#, key)
      #expect(refused(token) == nil)
      let read = try PolicyVerifier.make(Policy(), key).verify(token.span, at: Self.now).header
      #expect(text(read.array) == header)
    }
  }

  @Test(
    arguments: [
      (#"{"alg":"none"}"#, .algorithm), (#"{"alg":"HS512"}"#, .algorithm), (#"{"alg":"HS256","crit":[]}"#, .critical),
      (#"{"alg":"HS256","typ":"at+jwt"}"#, .type), ("{}", .header), ("[]", .header),
    ] as [(String, Status)])
  func refusesHeadersThatTheKeySigned(_ header: String, _ status: Status) throws {
    #expect(refused(try token(header, #"{"exp":1000001}"#, try TestKeys.hs256())) == status)
  }

  @Test func judgesTheSignatureBeforeTheClaims() throws {
    let other = try Key.make(generating: .hs256)
    for payload in [#"{"exp":1}"#, "not JSON", ""] {
      #expect(refused(try token(Self.header, payload, other)) == .signature)
    }
    let key = try TestKeys.hs256()
    #expect(refused(try token(Self.header, "not JSON", key)) == .claimsFormat)
    #expect(refused(try token(Self.header, "", key)) == .claimsFormat)
    #expect(refused(try token(Self.header, "[]", key)) == .claimsFormat)
    #expect(refused(try token(Self.header, "{}", key)) == .claimMissing)
  }

  @Test func refusesAPayloadThatIsNotBase64URL() throws {
    let key = try TestKeys.hs256()
    var signed = base64URL(utf8(Self.header)) + utf8(".e30=")
    try signed.appendSignature(key)
    #expect(refused(signed) == .tokenFormat)
  }

  @Test func refusesTokensOfAnotherForm() throws {
    let whole = text(try token(Self.header, #"{"exp":1000001}"#, try TestKeys.hs256()))
    let unsigned = whole.prefix(through: whole.lastIndex(of: ".") ?? whole.startIndex)
    for form in [
      "", ".", "..", String(unsigned), String(unsigned.dropLast()), whole + ".", whole + "=", " " + whole, whole + "\n",
      "Bearer " + whole, String(unsigned) + "!!!!", String(unsigned) + "A",
      whole.replacing(".", with: "..", maxReplacements: 1),
    ] {
      #expect(refused(utf8(form)) == .tokenFormat, "\(form)")
    }
    for form in [whole + "AAAA", String(whole.dropLast(3)), String(unsigned) + "AAAA"] {
      #expect(refused(utf8(form)) == .signature, "\(form)")
    }
  }

  @Test func limitsTheSizeFirst() {
    var policy = Policy()
    policy.maxTokenSize = 256
    #expect(refused([UInt8](repeating: UInt8(ascii: "x"), count: 257), policy) == .tokenSize)
    #expect(refused([UInt8](repeating: UInt8(ascii: "x"), count: 256), policy) == .tokenFormat)
  }

  @Test func bindsNow() throws {
    let token = try token(Self.header, #"{"exp":1000001}"#, try TestKeys.hs256())
    #expect(refused(token, at: -1) == .argument)
    #expect(refused(token, at: 253_402_300_800) == .argument)
    #expect(refused(token, at: 1_000_001) == .expired)
  }

  @Test func refusesKeysThatMayNotVerify() throws {
    let secret = try key(.hs256, jwk: TestKeys.secret(bytes: 32, #","key_ops":["sign"]"#))
    #expect(refusal { _ = try PolicyVerifier.make(Policy(), secret) } == .keyUse)
    let publicOnly = try key(.es256, jwk: TestKeys.ec(#","key_ops":["sign"]"#))
    #expect(refusal { _ = try PolicyVerifier.make(Policy(), publicOnly) } == .keyUse)
    let pair = try key(.es256, jwk: TestKeys.ec(TestKeys.ecPrivate + #","key_ops":["sign"]"#))
    #expect(refusal { _ = try PolicyVerifier.make(Policy(), pair) } == nil)
  }

  // MARK: Revocation

  @Test(arguments: [(Verdict.allow, nil), (.revoked, .revoked), (.unanswered, .store)] as [(Verdict, Status?)])
  func obeysTheVerdict(_ verdict: Verdict, _ status: Status?) throws {
    var policy = Policy()
    policy.revocation = { _ in verdict }
    #expect(refused(try token(Self.header, #"{"exp":1000001}"#, try TestKeys.hs256()), policy) == status)
  }

  @Test func asksLastAndShowsTheClaims() throws {
    let asked = EventLog()
    var policy = Policy()
    policy.revocation = { claims in
      let name = utf8("jti")
      let holds = (try? claims.string(name.span)).map { Array(claims.decoded.array[$0]) == utf8("j1") }
      asked.handler(Event(.verified, nil, at: holds == true ? 1 : 0, kid: []))
      return .allow
    }
    let key = try TestKeys.hs256()
    #expect(refused(try token(Self.header, #"{"exp":1000000,"jti":"j1"}"#, key), policy) == .expired)
    #expect(
      refused(try token(Self.header, #"{"exp":1000001}"#, try Key.make(generating: .hs256)), policy) == .signature)
    #expect(asked.all.isEmpty)
    #expect(refused(try token(Self.header, #"{"exp":1000001,"jti":"j\u0031"}"#, key), policy) == nil)
    #expect(asked.all.map(\.at) == [1])
  }

  // MARK: Events

  @Test func tellsOfEveryOutcome() throws {
    let log = EventLog()
    var policy = Policy()
    policy.eventHandler = log.handler
    let key = try TestKeys.hs256()
    let header = #"{"alg":"HS256","kid":"k\u0031"}"#
    #expect(refused(try token(header, #"{"exp":1000001,"jti":"j","sub":"s"}"#, key), policy) == nil)
    #expect(refused(try token(header, #"{"exp":1000000,"jti":"j","sub":"s"}"#, key), policy) == .expired)
    #expect(
      refused(try token(header, #"{"exp":1000001,"jti":"j","sub":"s"}"#, try Key.make(generating: .hs256)), policy)
        == .signature)
    #expect(refused(utf8("x"), policy) == .tokenFormat)
    #expect(refused(try token(header, #"{"exp":1000001,"jti":5}"#, key), policy) == .claimInvalid)
    #expect(refused(utf8("x"), policy, at: -1) == .argument)
    let events = log.all
    try #require(events.count == 5)
    #expect(events.map(\.kind) == [.verified, .rejected, .rejected, .rejected, .rejected])
    #expect(events.map(\.status) == [nil, .expired, .signature, .tokenFormat, .claimInvalid])
    #expect(events.map(\.at) == [Int64](repeating: Self.now, count: 5))
    #expect(events.map { text($0.what) } == ["", "exp", "", "", "jti"])
    #expect(events.map { text($0.jti) } == ["j", "j", "", "", ""])
    #expect(events.map { text($0.sub) } == ["s", "s", "", "", ""])
    #expect(events.map { text($0.kid) } == ["k1", "k1", "k1", "", "k1"])
  }

  @Test func tellsOfRevokedTokens() throws {
    let log = EventLog()
    var policy = Policy()
    policy.eventHandler = log.handler
    policy.revocation = { _ in .revoked }
    #expect(refused(try token(Self.header, #"{"exp":1000001,"jti":"j"}"#, try TestKeys.hs256()), policy) == .revoked)
    #expect(log.all.map(\.status) == [.revoked])
    #expect(log.all.map { text($0.jti) } == ["j"])
  }
}
