import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct SecretSearchTests {
  private func status(_ claims: String, allowing names: [String] = []) throws -> Status? {
    var policy = Policy()
    for name in names {
      let bytes = utf8(name)
      try policy.allowSensitive(bytes.span)
    }
    let signer = try Signer.make(policy, try TestKeys.hs256())
    return refusal { _ = try signer.token(claims, at: 1_000_000) }
  }

  @Test(arguments: [
    "password", "passwd", "passphrase", "client_secret", "private_key", "secret_key", "api_secret", "cvv", "cvc",
    "card_number", "credit_card_number", "clientSecret", "privateKey", "secretKey", "apiSecret", "cardNumber",
    "creditCardNumber",
  ])
  func refusesNames(_ name: String) throws {
    for claims in [
      #"{"\#(name)":"x"}"#, #"{"a":{"b":[{"\#(name)":"x"}]}}"#, #"{"a":[],"\#(name)":"x"}"#, #"{"\#(name)":["x"]}"#,
    ] {
      #expect(try status(claims) == .sensitive, "\(claims)")
      #expect(try status(claims, allowing: [name]) == nil)
    }
    for value in [#""""#, "true", "null", "5", "{}"] { #expect(try status(#"{"\#(name)":\#(value)}"#) == nil) }
    for other in ["has_\(name)", "\(name)_changed_at", name.uppercased()] {
      #expect(try status(#"{"\#(other)":"x"}"#) == nil)
    }
  }

  @Test func refusesNamesThatAreEscaped() throws { #expect(try status(#"{"pass\u0077ord":"x"}"#) == .sensitive) }

  @Test(arguments: [
    "-----BEGIN PRIVATE KEY-----\\nMIG", "-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN OPENSSH PRIVATE KEY-----",
    "AKIAIOSFODNN7EXAMPLE", "ghp" + "_16C7e42F292c6912E7710c838347Ae178B4a", "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc",
  ])
  func refusesValues(_ value: String) throws {
    #expect(try status(#"{"x":"\#(value)"}"#) == .sensitive)
    #expect(try status(#"{"x":["","\#(value)"]}"#) == .sensitive)
    #expect(try status(#"{"y":{"x":"\#(value)"}}"#, allowing: ["y"]) == nil)
    #expect(try status(#"{"y":{"x":"\#(value)"},"z":"\#(value)"}"#, allowing: ["y"]) == .sensitive)
  }

  @Test func refusesPrivateJWKs() throws {
    #expect(try status(#"{"cnf":{"jwk":\#(TestKeys.ec())}}"#) == nil)
    #expect(try status(#"{"cnf":{"jwk":\#(TestKeys.ec(TestKeys.ecPrivate))}}"#) == .sensitive)
    #expect(try status(#"{"cnf":{"jwk":\#(TestKeys.secret(bytes: 32))}}"#) == .sensitive)
    #expect(try status(#"{"cnf":{"jwk":\#(TestKeys.secret(bytes: 32))}}"#, allowing: ["jwk"]) == nil)
    #expect(try status(#"{"kty":"EC","d":"x"}"#) == .sensitive)
    #expect(try status(#"{"kty":"EC","x":{"d":"x"}}"#) == nil)
  }

  @Test func takesNumbersAsSubjects() throws {
    let signer = try Signer.make(Policy(), try TestKeys.hs256())
    for index in 0..<2_000 {
      let sub = 1_700_000_000_000_000_000 + index * 7_919_000_003
      #expect(refusal { _ = try signer.token(#"{"sub":"\#(sub)"}"#, at: 1_000_000) } == nil)
    }
  }
}
