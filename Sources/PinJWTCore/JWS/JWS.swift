import PinJWTCrypto

/// JWS over any payload, without claims (RFC 7515): webhooks, files. What it signs is never a JWT, and it accepts none.
public enum JWS {
  static let largestPayload = 1_048_576
  static let largestToken = 2_097_152

  /// A type for the header; nil is "JOSE" when signing and anything but a JWT's when verifying.
  public static func checkedType(_ type: borrowing Span<UInt8>) throws(Failure) -> [UInt8]? {
    guard type.count > 0 else { return nil }
    try Limits.checkText(type, "typ")
    guard !MediaType.isJWT(type) else {
      throw Failure(
        .argument, "typ", "A JWS over any payload must not have the typ of a JWT; use pinjwt_sign for tokens.")
    }
    var bytes: [UInt8] = []
    bytes.append(bytes: type)
    return bytes
  }

  /// The length of the JWS that `sign` makes.
  public static func length(_ key: Key, _ type: [UInt8]?, payload: borrowing Span<UInt8>) throws(Failure) -> Int {
    try key.requireSigning()
    guard payload.count <= largestPayload else {
      throw Failure(
        .tokenSize, "payload", "The payload has \(payload.count) bytes; at most \(largestPayload) can be signed.")
    }
    return Base64URL.encodedLength(header(key, type).count) + 1 + Base64URL.encodedLength(payload.count) + 1
      + Base64URL.encodedLength(key.material.signatureLength)
  }

  /// A compact JWS over `payload`.
  public static func sign(_ key: Key, _ type: [UInt8]?, payload: borrowing Span<UInt8>) throws(Failure) -> [UInt8] {
    var jws: [UInt8] = []
    let header = header(key, type)
    jws.append(base64URL: header.span)
    jws.append(UInt8(ascii: "."))
    jws.append(base64URL: payload)
    try jws.appendSignature(key)
    return jws
  }

  /// The payload of a JWS whose signature holds.
  public static func verify(_ key: Key, _ type: [UInt8]?, _ jws: Span<UInt8>) throws(Failure) -> [UInt8] {
    try key.requireVerifying()
    guard jws.count <= largestToken else {
      throw Failure(.tokenSize, "", "The JWS has \(jws.count) bytes; at most \(largestToken) are accepted.")
    }
    let segments = try CompactToken(jws)
    let rules = HeaderRules(algorithms: [key.algorithm], type: type.map { .exactly($0) } ?? .anyButJWT)
    _ = try Header(segment: jws.extracting(segments.header), rules)
    try segments.checkSignature(jws, key)
    guard let payload = Base64URL.decode(jws.extracting(segments.payload)) else {
      throw Failure(
        .tokenFormat, "payload", "The payload segment is not base64url without padding (RFC 7515 section 2).")
    }
    return payload
  }

  private static func header(_ key: Key, _ type: [UInt8]?) -> [UInt8] {
    if let type { return Header.written(key, type: type.span) }
    var jose: [UInt8] = []
    jose.append(text: "JOSE")
    return Header.written(key, type: jose.span)
  }
}
