import PinJWTCrypto

extension CompactToken {
  /// Refuses a token whose signature is not the key's over its first two segments (RFC 7515 §5.2).
  func checkSignature(_ token: borrowing Span<UInt8>, _ key: Key) throws(Failure) {
    guard !signature.isEmpty else {
      throw Failure(.tokenFormat, "signature", "The token has no signature; an unsigned token is never accepted.")
    }
    let expected = key.material.signatureLength
    guard Base64URL.decodedLength(signature.count) == expected else {
      // What is not base64url at all is malformed rather than forged.
      guard Base64URL.decode(token.extracting(signature)) != nil else { throw malformedSignature }
      throw forged
    }
    var bytes = [UInt8](repeating: 0, count: expected)
    var target = bytes.mutableSpan
    guard Base64URL.decode(token.extracting(signature), into: &target) else { throw malformedSignature }
    guard try key.material.verify(token.extracting(signingInput), signature: bytes.span) else { throw forged }
  }

  private var malformedSignature: Failure {
    Failure(
      .tokenFormat, "signature", "The token's signature segment is not base64url without padding (RFC 7515 section 2).")
  }

  private var forged: Failure {
    Failure(.signature, "", "The signature is not the key's: the token was forged, changed or signed by another key.")
  }
}
