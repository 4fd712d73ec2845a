import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct JoinedVerifierTests {
  private static let now: Int64 = 1_000_000

  private func policy(_ issuer: String?) -> Policy {
    var policy = Policy()
    policy.issuer = issuer.map(utf8)
    return policy
  }

  private func part(_ issuer: String?, _ key: Key) throws -> Verifier {
    .single(try PolicyVerifier.make(policy(issuer), key))
  }

  @Test func picksThePartByIssuer() throws {
    let (a, b) = (try Key.make(generating: .es256), try Key.make(generating: .ed25519))
    let joined = try Verifier.join([try part("a", a), try part("b", b)])
    for (issuer, key) in [("a", a), ("b", b)] {
      let token = try Signer.make(policy(issuer), key).token("{}", at: Self.now)
      #expect(refusal { _ = try joined.claims(of: token, at: Self.now) } == nil)
    }
    // The right key for the wrong issuer.
    let crossed = try Signer.make(policy("b"), a).token("{}", at: Self.now)
    #expect(refusal { _ = try joined.claims(of: crossed, at: Self.now) } == .algorithm)
  }

  @Test(
    arguments: [
      ("{}", .claimMissing), (#"{"iss":"c"}"#, .issuer), (#"{"iss":1}"#, .claimInvalid),
      (#"{"iss":null}"#, .claimInvalid),
      ("[]", .claimsFormat), (#"{"iss":"a","iss":"b"}"#, .claimsFormat), (#"{"iss":"a"}"#, .signature),
    ] as [(String, Status)])
  func refusesWhatPicksNoPart(_ payload: String, _ status: Status) throws {
    let key = try TestKeys.hs256()
    let joined = try Verifier.join([try part("a", key), try part("b", key)])
    let forged = try token(#"{"alg":"HS256"}"#, payload, try Key.make(generating: .hs256))
    #expect(refusal { _ = try joined.claims(of: forged, at: Self.now) } == status)
  }

  @Test func refusesForms() throws {
    let joined = try Verifier.join([try part("a", try TestKeys.hs256())])
    #expect(refusal { _ = try joined.claims(of: utf8("a.b"), at: Self.now) } == .tokenFormat)
    #expect(refusal { _ = try joined.claims(of: utf8("a.!!!!.c"), at: Self.now) } == .tokenFormat)
    #expect(refusal { _ = try joined.claims(of: [UInt8](repeating: 0x61, count: 16385), at: Self.now) } == .tokenSize)
    #expect(refusal { _ = try joined.claims(of: utf8("a.b"), at: -1) } == .argument)
  }

  @Test func holdsEachPartToItsOwnSize() throws {
    let key = try TestKeys.hs256()
    var large = policy("large")
    large.maxTokenSize = 100_000
    let joined = try Verifier.join([
      .single(try PolicyVerifier.make(policy("small"), key)), .single(try PolicyVerifier.make(large, key)),
    ])
    let padding = String(repeating: "x", count: 20_000)
    for (issuer, status) in [("small", Status.tokenSize), ("large", nil)] {
      let token = try token(#"{"alg":"HS256"}"#, #"{"iss":"\#(issuer)","exp":1000001,"x":"\#(padding)"}"#, key)
      #expect(refusal { _ = try joined.claims(of: token, at: Self.now) } == status)
    }
  }

  @Test func refusesPartsThatCannotBeJoined() throws {
    let key = try TestKeys.hs256()
    let a = try part("a", key)
    #expect(refusal { _ = try Verifier.join([]) } == .argument)
    #expect(refusal { _ = try Verifier.join([a, a]) } == .argument)
    #expect(refusal { _ = try Verifier.join([a, try part("a", key)]) } == .argument)
    #expect(refusal { _ = try Verifier.join([try part(nil, key)]) } == .argument)
    let joined = try Verifier.join([a])
    #expect(refusal { _ = try Verifier.join([joined]) } == .argument)
    #expect(refusal { _ = try Verifier.join((0..<1025).map { try part("\($0)", key) }) } == .argument)
  }
}
