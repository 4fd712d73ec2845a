import Testing

@testable import PinJWTCrypto

@Suite struct SecretStrengthTests {
  private func weakness(_ bytes: [UInt8], _ algorithm: Algorithm = .hs256) -> String? {
    do {
      _ = try KeyMaterial(algorithm, secret: bytes.span)
      return nil
    } catch {
      guard error.status == .keyWeak else { return "\(error.status)" }
      return String(decoding: error.message.bytes, as: UTF8.self)
    }
  }

  private func isRefused(_ text: String, for reason: String) -> Bool {
    weakness(utf8(text))?.hasPrefix("The secret \(reason)") ?? false
  }

  @Test(arguments: [
    String(repeating: "a", count: 32), String(repeating: "ab", count: 20), String(repeating: "secret", count: 6),
    "passwordpasswordpasswordpassword", "0123456789abcdef0123456789abcdef", "12345678901234567890123456789012",
    "secretsecretsecretsecretsecretsx", String(repeating: "\0", count: 64),
  ])
  func refusesRepetition(_ text: String) { #expect(isRefused(text, for: "repeats itself")) }

  @Test(arguments: [
    "abcdefghijklmnopqrstuvwxyz012345", "aaaabbbbccccddddeeeeffffgggghhhh", "00000000000000010000000000000010",
    "zyxwvutsrqponmlkjihgfedcba987654",
  ])
  func refusesLittleEntropy(_ text: String) {
    #expect(weakness(utf8(text)) != nil)
    #expect(weakness(utf8(text))?.contains("openssl rand -hex 32") ?? false)
  }

  /// What tutorials, templates and debuggers show.
  @Test(arguments: [
    "a-string-secret-at-least-256-bits-long", "your-256-bit-secret-your-256-bit-",
    "my-super-secret-jwt-key-for-production",
    "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long", "change-this-secret-key-in-production!",
    "this_is_my_very_long_secret_key_for_jwt_tokens", "SuperSecretKeyForDevelopmentOnly123!",
    "please_change_this_jwt_secret_2024",
    "correct horse battery staple 123456", "qwertyuiopasdfghjklzxcvbnm123456", "Welcome123Password456Secret789!!",
    "django-insecure-secret-key-change-me", "THIS IS A SECRET KEY USED FOR SIGNING", "replace-me-with-a-32-char-secret",
  ])
  func refusesWords(_ text: String) { #expect(weakness(utf8(text)) != nil, "\(text)") }

  @Test(arguments: [
    "AKIAIOSFODNN7EXAMPLEAKIAIOSFODNN", "ghp" + "_16C7e42F292c6912E7710c838347Ae178B4a",
    "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dcTYooMQ",
    "github_pat_11ABCDEFG0aBcDeFgHiJkL_mNoPqRsTuVwXyZ0123456789abcdef", "glpat-abc123DEF456ghi789JKL0mnop",
    "xoxb-123456789012-abcdefghijklmnop", "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
  ])
  func refusesKeysOfOtherServices(_ text: String) { #expect(isRefused(text, for: "is an API key")) }

  /// Bytes, hexadecimal of 16 bytes and more, base64 of 24 bytes and more: never refused.
  @Test func takesRandomSecrets() {
    var generator = SystemRandomNumberGenerator()
    let letters = utf8("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    for _ in 0..<2_000 {
      let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
      #expect(weakness(bytes) == nil)
      #expect(weakness(bytes.flatMap { [hexDigit($0 >> 4), hexDigit($0)] }) == nil)
      let text = (0..<32).map { _ in letters.randomElement(using: &generator) ?? 0 }
      #expect(weakness(text) == nil)
    }
  }

  /// 128 bits in 32 characters are few for HS256, and pass.
  @Test func takesShortHexadecimal() {
    var generator = SystemRandomNumberGenerator()
    var refused = 0
    for _ in 0..<4_000 {
      let text = (0..<32).map { _ in hexDigit(UInt8.random(in: 0...15, using: &generator)) }
      if weakness(text) != nil { refused += 1 }
    }
    #expect(refused == 0)
  }
}
