import PinJWTCrypto

/// The three segments of a compact JWS (RFC 7515 §7.1), as ranges of the token's bytes.
struct CompactToken {
  let header: Range<Int>
  let payload: Range<Int>
  let signature: Range<Int>

  /// What the signature is over: header, dot and payload.
  var signingInput: Range<Int> { header.lowerBound..<payload.upperBound }

  /// Splits a token at its two dots; any other number of them is refused, in one pass.
  init(_ token: borrowing Span<UInt8>) throws(Failure) {
    var (first, second, dots) = (0, 0, 0)
    for index in token.indices where token[index] == UInt8(ascii: ".") {
      dots += 1
      if dots == 1 { first = index }
      if dots == 2 { second = index }
      if dots > 2 { break }
    }
    guard dots == 2 else {
      throw Failure(
        .tokenFormat, "", "The token must have three segments with dots between them (RFC 7515 section 7.1).")
    }
    header = 0..<first
    payload = first + 1..<second
    signature = second + 1..<token.count
    guard !header.isEmpty else { throw Failure(.tokenFormat, "header", "The token's header segment is empty.") }
  }

  /// The bytes of a segment, which `what` names.
  static func decoded(_ segment: borrowing Span<UInt8>, _ what: StaticString) throws(Failure) -> PinnedBytes {
    let bytes = PinnedBytes(count: Base64URL.decodedLength(segment.count))
    var target = bytes.mutableBytes
    guard Base64URL.decode(segment, into: &target) else {
      throw Failure(
        .tokenFormat, Sentence(text: what),
        "The token's \(what) segment is not base64url without padding (RFC 7515 section 2).")
    }
    return bytes
  }
}
