/// Whether an HMAC secret can be guessed (RFC 8725 §3.5): attackers try words, known defaults and patterns against a
/// single token, offline. Everything here is chosen so that random bytes, also as hexadecimal or base64 text, pass.
enum SecretStrength {
  /// Why the secret is guessable, to follow "The secret"; nil for one that seems random.
  static func weakness(_ secret: borrowing Span<UInt8>, leastBytes: Int) throws(Failure) -> StaticString? {
    if isServiceKey(secret) { return "is an API key of another service, which others know" }
    if repeats(secret) { return "repeats itself" }
    if bitsOfEntropy(secret) < Double(2 * leastBytes) { return "has little entropy for its length" }
    if try isMadeOfWords(secret) { return "is made of common words or is a known default" }
    return nil
  }

  /// Whether at some distance three of four bytes are the same again.
  private static func repeats(_ secret: borrowing Span<UInt8>) -> Bool {
    guard secret.count > 1 else { return true }
    for distance in 1...max(1, secret.count / 2) {
      var same = 0
      for index in distance..<secret.count where secret[index] == secret[index - distance] { same += 1 }
      if same * 4 >= (secret.count - distance) * 3 { return true }
    }
    return false
  }

  /// Shannon's entropy of the byte frequencies, for those bytes that do not go on with a count: of the two bytes before,
  /// or of two digits each, as hexadecimal does.
  private static func bitsOfEntropy(_ secret: borrowing Span<UInt8>) -> Double {
    var frequencies = [Int](repeating: 0, count: 256)
    var unforeseen = 0
    for index in secret.indices {
      frequencies[Int(secret[index])] += 1
      let goesOn =
        index >= 2 && counts(secret[index - 2], secret[index - 1], secret[index])
        || index >= 4 && counts(secret[index - 4], secret[index - 2], secret[index])
      if !goesOn { unforeseen += 1 }
    }
    var perByte = 0.0
    for count in frequencies where count > 0 {
      perByte += Double(count) / Double(secret.count) * log2(secret.count, over: count)
    }
    return perByte * Double(unforeseen)
  }

  private static func counts(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Bool {
    let step = second &- first
    return third &- second == step && (step == 0 || step == 1 || step == 255)
  }

  /// The binary logarithm of `whole / part`, to about three digits and without the mathematics library.
  private static func log2(_ whole: Int, over part: Int) -> Double {
    var value = Double(whole) / Double(part)
    var bits = 0.0
    while value >= 2 {
      value /= 2
      bits += 1
    }
    // Squaring yields the digits behind the point, one by one.
    var digit = 0.5
    for _ in 0..<10 {
      value *= value
      if value >= 2 {
        value /= 2
        bits += digit
      }
      digit /= 2
    }
    return bits
  }

  /// Whether little is left of a text without the words, years and keyboard rows in it.
  private static func isMadeOfWords(_ secret: borrowing Span<UInt8>) throws(Failure) -> Bool {
    for index in secret.indices where secret[index] < 0x20 || secret[index] >= 0x7f { return false }
    // A copy in lower case, in which found words are blanked.
    let text = try SecretBytes.make(copying: secret)
    var target = text.mutableBytes
    for index in target.indices { target[index] = target[index].lowercased }
    for word in words {
      var start = 0
      while let position = target.span.position(of: word, from: start) {
        for index in position..<position + word.utf8CodeUnitCount { target[index] = 0x20 }
        start = position + word.utf8CodeUnitCount
      }
    }
    var left = 0
    for index in target.indices where isAlphanumeric(target[index]) { left += 1 }
    return left < 12
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) || (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
  }

  /// What the secrets of tutorials, templates and documentation consist of, longer words before those that they contain.
  private static var words: [StaticString] {
    [
      // What two much copied tutorials print as their key: FastAPI's, and one of Spring's with what it decodes to.
      "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
      "404e635266556a586e3272357538782f413f4428472b4b6250645367566b5970", "@ncrfujxn2r5u8x/a?d(g+kbpdsgvkyp",
      "qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "abcdefghijklmnopqrstuvwxyz", "0123456789", "abcdefgh",
      "12345678", "123456", "qwerty", "abcdef", "authentication", "authorization", "configuration", "application",
      "development", "environment", "placeholder", "production", "dangerous", "passphrase", "signature", "changeit",
      "changeme", "generated", "localhost", "necessary", "password", "passw0rd", "p@ssw0rd", "refresh", "replace",
      "session", "signing", "staging", "symmetric", "testing", "backend", "default", "example", "express", "insecure",
      "jsonwebtoken", "django", "flask", "spring", "laravel", "symfony", "rails", "server", "service", "secure",
      "secret", "s3cr3t", "access", "admin", "private", "public", "string", "strong", "random", "unique", "please",
      "change", "should", "least", "bearer", "company", "project", "database", "security", "encryption", "website",
      "account", "github", "google", "master", "minimum", "welcome", "letmein", "iloveyou", "monkey", "dragon",
      "correct", "horse", "battery", "staple", "hello", "world", "foobar", "sample", "simple", "super", "token", "user",
      "really", "hs256", "hs384", "hs512", "hmac", "sha256", "sha512", "valid", "long", "your", "this", "that", "with",
      "must", "more", "some", "very", "than", "keep", "safe", "here", "what", "make", "sure", "know", "dont", "never",
      "share", "byte", "bits", "bit", "char", "characters", "auth", "key", "jwt", "api", "app", "dev", "prod", "test",
      "demo", "temp", "todo", "fixme", "foo", "bar", "baz", "for", "the", "and", "not", "use", "you", "env", "pass",
      "256", "384", "512", "1024", "2019", "2020", "2021", "2022", "2023", "2024", "2025", "2026", "2027", "123", "321",
      "abc", "xyz", "xxx", "000", "111", "is", "at", "my", "in", "to", "of", "it", "me", "do", "be", "we", "or", "an",
    ]
  }
}
