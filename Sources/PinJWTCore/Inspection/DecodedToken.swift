import PinJWTCrypto

/// A compact token taken apart without verifying anything.
struct DecodedToken {
  let header: PinnedBytes
  let payload: PinnedBytes
  let signatureLength: Int
  private let headerValues: PinnedBytes
  private let headerMembers: [JSONMember]

  init(_ token: Span<UInt8>) throws(Failure) {
    let segments = try CompactToken(token)
    let header = try DecodedToken.decoded(token.extracting(segments.header), "header")
    payload = try DecodedToken.decoded(token.extracting(segments.payload), "payload")
    signatureLength = try DecodedToken.decoded(token.extracting(segments.signature), "signature").count
    let values = PinnedBytes(copying: header.bytes)
    headerMembers = try Header.members(header, values)
    headerValues = values
    self.header = header
  }

  func withHeader(_ body: (borrowing JSONView) -> Void) {
    let (text, values) = (header, headerValues)
    body(JSONView(text: text.bytes, decoded: values.bytes, members: headerMembers))
  }

  /// The payload's members; nil when it is not a JSON object.
  var claims: Claims? {
    do throws(Failure) {
      return try Claims.make(header: header, json: payload)
    } catch {
      return nil
    }
  }

  private static func decoded(_ segment: Span<UInt8>, _ what: StaticString) throws(Failure) -> PinnedBytes {
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
