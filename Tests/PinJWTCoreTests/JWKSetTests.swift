import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct JWKSetTests {
  private static let x = #""x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#
  private static let okp = #"{"kty":"OKP","crv":"Ed25519",\#(x)"#

  private func load(_ keys: [String], allowed: [Algorithm]) throws -> (skipped: Int, ids: [String]) {
    let json = utf8(#"{"keys":[\#(keys.joined(separator: ","))],"other":1}"#)
    let read = try JWKSet.read(json.span, allowed: allowed)
    return (read.skipped, read.contents.entries.map { text($0.key.id.array) })
  }

  @Test func skipsAndCountsWhatCannotServe() throws {
    let good = TestKeys.ec(#","kid":"good""#)
    let bad = [
      #"{"kty":"XYZ","kid":"1"}"#, #"{"kid":"2"}"#, #"{"kty":5}"#, TestKeys.ec(#","kid":"3","use":"enc""#),
      TestKeys.ec(#","kid":"4","alg":"ECDH-ES""#), TestKeys.ec(#","kid":"5","key_ops":["deriveKey"]"#),
      #"{"kty":"EC","crv":"P-384","kid":"6","x":"AA","y":"AA"}"#, #"{"kty":"EC","crv":"P-999","kid":"7"}"#,
      #"{"kty":"RSA","kid":"8","n":"AQAB","e":"AQAB"}"#, TestKeys.ec(#","kid":9"#),
      #"{"kty":"EC","crv":"P-256","kid":"10","x":"\#(TestKeys.ecX)","y":"\#(TestKeys.ecX)"}"#,
      Self.okp + #","kid":"11"}"#,
      TestKeys.ec(#","kid":"""#),
    ]
    let read = try load([bad[0], good] + bad[1...], allowed: [.es256, .rs256])
    #expect(read.skipped == bad.count)
    #expect(read.ids == ["good"])
  }

  @Test func givesAKeyWithoutAlgTheOnlyPinThatFits() throws {
    let rsa = try TestKeys.make(.rs256)
    let jwk = text(bytes(try rsa.jwk(privateHalf: false)))
      .replacing(#","alg":"RS256""#, with: "")
    #expect(try load([jwk], allowed: [.rs256, .es256]).ids.count == 1)
    #expect(try load([jwk], allowed: [.rs256, .ps256]).skipped == 1)
    #expect(try load([jwk], allowed: [.rs256, .rs256]).skipped == 0)
    #expect(try load([Self.okp + "}"], allowed: [.eddsa]).ids == ["kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"])
    #expect(try load([Self.okp + "}"], allowed: [.ed448]).skipped == 1)
    #expect(try load([Self.okp + #","alg":"EdDSA"}"#], allowed: [.eddsa, .ed25519]).skipped == 0)
    #expect(try load([Self.okp + #","alg":"EdDSA"}"#], allowed: [.ed25519]).skipped == 1)
  }

  @Test func refusesTwoKeysOfOneKid() throws {
    let pair = [TestKeys.ec(#","kid":"a""#), Self.okp + #","kid":"a"}"#]
    #expect(refusal { _ = try load(pair, allowed: [.es256, .eddsa]) } == .keyDuplicate)
    // One that cannot serve does not count: providers give keys for encryption the kid of those for signatures.
    #expect(try load(pair, allowed: [.es256]).ids == ["a"])
    #expect(refusal { _ = try load([TestKeys.ec(), TestKeys.ec()], allowed: [.es256]) } == .keyDuplicate)
  }

  @Test func refusesSecretsAmongPublicKeys() throws {
    let secret = TestKeys.secret(bytes: 32, #","kid":"s""#)
    #expect(refusal { _ = try load([TestKeys.ec(), secret], allowed: [.es256]) } == .keyUse)
    #expect(refusal { _ = try load([secret, TestKeys.ec()], allowed: [.hs256]) } == .keyUse)
    #expect(try load([secret, TestKeys.secret(bytes: 32)], allowed: [.hs256]).ids == ["s"])
  }

  @Test(arguments: [
    "", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[1]}"#, #"{"keys":[[]]}"#, #"{"keys":[null]}"#, #"{"keys":[]"#,
    #"{"keys":[],"keys":[]}"#, #"{"keys":[{"kty":"EC","kty":"EC"}]}"#,
  ])
  func refusesWhatIsNoSet(_ json: String) {
    let bytes = utf8(json)
    #expect(refusal { _ = try JWKSet.read(bytes.span, allowed: [.es256]) } == .keyFormat)
  }

  @Test func limitsLengthAndNumber() throws {
    let many = [String](repeating: #"{"kty":"x"}"#, count: 1024)
    #expect(try load(many, allowed: [.es256]).skipped == 1024)
    #expect(refusal { _ = try load(many + ["{}"], allowed: [.es256]) } == .keyFormat)
    let long = utf8(#"{"keys":[],"x":"\#(String(repeating: "x", count: 1_048_576))"}"#)
    #expect(refusal { _ = try JWKSet.read(long.span, allowed: [.es256]) } == .keyFormat)
  }

  @Test func keepsTheSetWhenALoadFails() throws {
    let set = KeySet()
    let good = utf8(#"{"keys":[\#(TestKeys.ec())]}"#)
    #expect(try set.load(good.span, allowed: [.es256]) == 0)
    let bad = utf8(#"{"keys":[\#(TestKeys.ec()),\#(TestKeys.ec())]}"#)
    #expect(refusal { _ = try set.load(bad.span, allowed: [.es256]) } == .keyDuplicate)
    #expect(set.count == 1)
    let empty = utf8(#"{"keys":[]}"#)
    #expect(try set.load(empty.span, allowed: [.es256]) == 0)
    #expect(set.count == 0)
  }
}
