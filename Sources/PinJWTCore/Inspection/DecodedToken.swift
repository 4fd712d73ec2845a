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
    let header = try CompactToken.decoded(token.extracting(segments.header), "header")
    payload = try CompactToken.decoded(token.extracting(segments.payload), "payload")
    signatureLength = try CompactToken.decoded(token.extracting(segments.signature), "signature").count
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
}
