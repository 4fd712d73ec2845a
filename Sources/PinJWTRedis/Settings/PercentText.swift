import PinJWTCrypto

/// Percent-encoded text (RFC 3986 section 2.1).
enum PercentText {
  static func decode(_ text: borrowing Span<UInt8>) throws(Failure) -> [UInt8] {
    var decoded: [UInt8] = []
    var index = 0
    while index < text.count { decoded.append(try next(text, &index)) }
    return decoded
  }

  /// As `decode`, into guarded memory.
  static func decodeSecret(_ text: borrowing Span<UInt8>) throws(Failure) -> SecretBytes {
    var decoded = try SecretText(capacity: max(1, text.count))
    var index = 0
    while index < text.count { try decoded.append(try next(text, &index)) }
    return try SecretBytes.make(copying: decoded.bytes)
  }

  private static func next(_ text: borrowing Span<UInt8>, _ index: inout Int) throws(Failure) -> UInt8 {
    let byte = text[index]
    guard byte == UInt8(ascii: "%") else {
      // Blanks and invisible bytes come from a slip of the pen or from an attack, never from an encoder.
      guard byte > 0x20, byte != 0x7f else {
        throw RedisURL.refusal("The URL has a blank or a control character; write it percent-encoded.")
      }
      index += 1
      return byte
    }
    guard let high = text.hexValue(at: index + 1), let low = text.hexValue(at: index + 2), high | low != 0 else {
      throw RedisURL.refusal("The URL has a % without two hexadecimal digits behind it, or a %00; write % as %25.")
    }
    index += 3
    return high << 4 | low
  }
}
