import PinJWTCrypto

extension CompactToken {
  /// Refuses a token whose signature is not the key's over its first two segments (RFC 7515 §5.2).
  func checkSignature(_ token: borrowing Span<UInt8>, _ key: Key) throws(Failure) {
    try checkSignature(token, .one(key))
  }

  /// The same with the keys that the token may be of.
  func checkSignature(_ token: borrowing Span<UInt8>, _ choice: KeyChoice) throws(Failure) {
    guard !signature.isEmpty else {
      throw Failure(.tokenFormat, "signature", "The token has no signature; an unsigned token is never accepted.")
    }
    // What is not base64url at all is malformed rather than forged.
    guard let bytes = Base64URL.decode(token.extracting(signature)) else { throw malformedSignature }
    switch choice {
    case .one(let key):
      if try holds(token, bytes, key) { return }
    case .several(let keys):
      for key in keys where try holds(token, bytes, key) { return }
    }
    throw forged
  }

  private func holds(_ token: borrowing Span<UInt8>, _ bytes: [UInt8], _ key: Key) throws(Failure) -> Bool {
    guard bytes.count == key.material.signatureLength else { return false }
    return try key.material.verify(token.extracting(signingInput), signature: bytes.span)
  }

  private var malformedSignature: Failure {
    Failure(
      .tokenFormat, "signature", "The token's signature segment is not base64url without padding (RFC 7515 section 2).")
  }

  private var forged: Failure {
    Failure(.signature, "", "The signature is not the key's: the token was forged, changed or signed by another key.")
  }
}
