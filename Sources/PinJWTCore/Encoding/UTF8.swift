import PinJWTCrypto

/// Well-formed UTF-8 (RFC 3629 §4, Unicode table 3-7).
package enum UTF8Text {
  /// The length of the character of two to four bytes at `index`; 0 when it is not well-formed.
  static func length(_ text: borrowing Span<UInt8>, at index: Int) -> Int {
    let lead = text[index]
    let length: Int
    var (low, high): (UInt8, UInt8) = (0x80, 0xbf)
    switch lead {
    case 0xc2...0xdf: length = 2
    case 0xe0...0xef:
      length = 3
      if lead == 0xe0 { low = 0xa0 }
      if lead == 0xed { high = 0x9f }
    case 0xf0...0xf4:
      length = 4
      if lead == 0xf0 { low = 0x90 }
      if lead == 0xf4 { high = 0x8f }
    default: return 0
    }
    guard text.count - index >= length, (low...high).contains(text[index + 1]) else { return 0 }
    for next in 2..<max(2, length) where text[index + next] & 0xc0 != 0x80 { return 0 }
    return length
  }

  package static func isValid(_ text: borrowing Span<UInt8>) -> Bool {
    var index = 0
    while index < text.count {
      if text[index] < 0x80 {
        index += 1
      } else {
        let length = length(text, at: index)
        guard length > 0 else { return false }
        index += length
      }
    }
    return true
  }
}
