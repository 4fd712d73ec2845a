import PinJWTCrypto

/// Base64url without padding (RFC 7515 §2, RFC 4648 §5), strict: no padding, white space, other alphabet, impossible
/// length or bits that are not zero behind the last byte. One text for one value.
package enum Base64URL {
  /// The length of the text for `count` bytes.
  package static func encodedLength(_ count: Int) -> Int { count / 3 * 4 + (count % 3 == 0 ? 0 : count % 3 + 1) }

  /// The number of bytes that a text of `length` characters stands for.
  package static func decodedLength(_ length: Int) -> Int { length / 4 * 3 + (length % 4 == 0 ? 0 : length % 4 - 1) }

  /// Decodes `text` into the first `decodedLength` bytes of `bytes`; false when the text is not base64url or they do not
  /// fit.
  package static func decode(_ text: borrowing Span<UInt8>, into bytes: inout MutableSpan<UInt8>) -> Bool {
    let rest = text.count % 4
    guard rest != 1, bytes.count >= decodedLength(text.count) else { return false }
    var written = 0
    var bad: UInt8 = 0
    var index = 0
    while index < text.count - rest {
      let (a, b) = (value(text[index]), value(text[index + 1]))
      let (c, d) = (value(text[index + 2]), value(text[index + 3]))
      bad |= a | b | c | d
      bytes[written] = a << 2 | b >> 4
      bytes[written + 1] = b << 4 | c >> 2
      bytes[written + 2] = c << 6 | d
      written += 3
      index += 4
    }
    if rest == 2 {
      let (a, b) = (value(text[index]), value(text[index + 1]))
      bad |= a | b | (b & 0x0f == 0 ? 0 : 0x80)
      bytes[written] = a << 2 | b >> 4
    } else if rest == 3 {
      let (a, b, c) = (value(text[index]), value(text[index + 1]), value(text[index + 2]))
      bad |= a | b | c | (c & 0x03 == 0 ? 0 : 0x80)
      bytes[written] = a << 2 | b >> 4
      bytes[written + 1] = b << 4 | c >> 2
    }
    return bad & 0x80 == 0
  }

  /// Decodes a text into new bytes; nil when it is not base64url.
  package static func decode(_ text: borrowing Span<UInt8>) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: decodedLength(text.count))
    var target = bytes.mutableSpan
    return decode(text, into: &target) ? bytes : nil
  }

  /// Calls `append` with each character of the text for `bytes`.
  package static func encode<Fault>(
    _ bytes: borrowing Span<UInt8>, _ append: (UInt8) throws(Fault) -> Void
  ) throws(Fault) {
    var index = 0
    while index < bytes.count {
      let left = bytes.count - index
      let first = bytes[index]
      let second = left > 1 ? bytes[index + 1] : 0
      let third = left > 2 ? bytes[index + 2] : 0
      try append(character(first >> 2))
      try append(character(first << 4 | second >> 4))
      if left > 1 { try append(character(second << 2 | third >> 6)) }
      if left > 2 { try append(character(third)) }
      index += 3
    }
  }

  /// The six bits that a character stands for; 0x80 or more for any other byte.
  @inline(__always)
  private static func value(_ character: UInt8) -> UInt8 {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): character &- UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): character &- UInt8(ascii: "a") &+ 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character &- UInt8(ascii: "0") &+ 52
    case UInt8(ascii: "-"): 62
    case UInt8(ascii: "_"): 63
    default: 0x80
    }
  }

  private static func character(_ value: UInt8) -> UInt8 {
    let value = value & 63
    return switch value {
    case 0..<26: UInt8(ascii: "A") &+ value
    case 26..<52: UInt8(ascii: "a") &+ (value &- 26)
    case 52..<62: UInt8(ascii: "0") &+ (value &- 52)
    case 62: UInt8(ascii: "-")
    default: UInt8(ascii: "_")
    }
  }
}

extension Array where Element == UInt8 {
  /// Appends the base64url of `bytes`.
  package mutating func append(base64URL bytes: borrowing Span<UInt8>) {
    Base64URL.encode(bytes) { append($0) }
  }
}
