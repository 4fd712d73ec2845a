import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct KeyTextTests {
  private func status(_ algorithm: Algorithm, _ text: [UInt8]) -> Status? {
    refusal { _ = try Key.make(algorithm, text: text.span) }
  }

  private func secret(_ text: [UInt8]) throws -> [UInt8] {
    guard case .hmac(let key) = try Key.make(.hs256, text: text.span).material else { return [] }
    var copy: [UInt8] = []
    let secret = key.secret
    copy.append(bytes: secret.bytes)
    return copy
  }

  @Test func readsSecrets() throws {
    let random = pseudoRandom(32)
    let encoded = utf8("base64url:") + base64URL(random)
    for end in ["", "\n", "\r\n"] { #expect(try secret(encoded + utf8(end)) == random) }
    #expect(status(.hs256, encoded + utf8("\n\n")) == .keyFormat)
    #expect(status(.hs256, encoded + utf8("=")) == .keyFormat)
    let line = base64URL(random)
    for end in ["", "\n", "\r\n"] { #expect(try secret(line + utf8(end)) == line) }
    #expect(try secret(line + utf8("\n\n")) == line + utf8("\n\n"))
    #expect(try secret(random + [0x0a]) == random + [0x0a])
    #expect(status(.hs256, []) == .keyWeak)
    #expect(status(.es256, line) == .keyFormat)
  }

  @Test func readsJWKsAndPEM() throws {
    #expect(status(.es256, utf8(" \n" + TestKeys.ec())) == nil)
    #expect(status(.hs256, utf8(TestKeys.secret(bytes: 32) + "\n")) == nil)
    #expect(status(.hs256, utf8(TestKeys.ec())) == .keyMismatch)
    let pem = bytes(try Key.make(generating: .es256).material.pem(privateHalf: true))
    #expect(status(.es256, pem) == nil)
    #expect(status(.eddsa, pem) == .keyMismatch)
    #expect(status(.hs256, pem) == .keyFormat)
    #expect(status(.es256, [0x30, 0]) == .keyFormat)
  }
}
