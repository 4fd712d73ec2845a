import PinJWTCrypto

extension Key {
  /// The longest text of a key, in a file or a variable.
  public static let longestText = 65536

  /// A key from text that says itself what it is: PEM, a JWK, DER or, for HMAC, a secret.
  public static func make(_ algorithm: Algorithm, text: Span<UInt8>) throws(Failure) -> Key {
    if text.trimmedOfMark().starts(with: "{") { return try make(algorithm, jwk: text) }
    if algorithm.isSymmetric { return try make(algorithm, secretText: text) }
    if text.position(of: "-----BEGIN ", from: 0) != nil {
      let none: [UInt8] = []
      return try make(algorithm, pem: text, passphrase: none.span)
    }
    guard text.count > 0, text[0] == 0x30 else {
      throw Failure(
        .keyFormat, "key",
        "This is no key in PEM, as a JWK or in DER; \(algorithm) takes an asymmetric key in one of them.")
    }
    return try make(algorithm, der: text)
  }

  /// A secret as "base64url:" and its base64url, or as it is; the newline that ends a line of text is not part of it.
  private static func make(_ algorithm: Algorithm, secretText text: Span<UInt8>) throws(Failure) -> Key {
    let prefix: StaticString = "base64url:"
    guard text.starts(with: prefix) else { return try make(algorithm, secret: withoutNewline(text)) }
    let encoded = withoutNewline(text).extracting(prefix.utf8CodeUnitCount...)
    let secret = try SecretBytes.make(count: Base64URL.decodedLength(encoded.count))
    var target = secret.mutableBytes
    guard Base64URL.decode(encoded, into: &target) else {
      throw Failure(
        .keyFormat, "secret", "What follows \"base64url:\" is not base64url without padding (RFC 7515 section 2).")
    }
    return try make(algorithm, secret: secret.bytes)
  }

  /// Without the newline at the end of printable ASCII; in other bytes it may be part of a random secret.
  @_lifetime(copy text)
  private static func withoutNewline(_ text: Span<UInt8>) -> Span<UInt8> {
    guard text.count > 0, text[text.count - 1] == 0x0a else { return text }
    let end = text.count > 1 && text[text.count - 2] == 0x0d ? text.count - 2 : text.count - 1
    for index in 0..<end where text[index] < 0x20 || text[index] >= 0x7f { return text }
    return text.extracting(first: end)
  }
}
