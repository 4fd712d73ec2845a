/// Base64 with the standard alphabet (RFC 4648 §4), as PEM has it. Tokens use Core's base64url instead.
enum Base64 {
  /// Decodes `text` into `bytes`, passing over white space; the number of bytes, or nil when it is not base64 or does
  /// not fit. `anyForm` takes the URL-safe alphabet and missing padding too, for recognising what is not to be accepted.
  static func decode(
    _ text: borrowing Span<UInt8>, into bytes: inout MutableSpan<UInt8>, anyForm: Bool = false
  ) -> Int? {
    var written = 0
    var bits: UInt32 = 0
    var held = 0
    var padding = 0
    for index in text.indices {
      let character = text[index]
      if isSpace(character) { continue }
      if character == UInt8(ascii: "=") {
        padding += 1
        continue
      }
      let standard = anyForm ? standardCharacter(character) : character
      guard padding == 0, let value = value(standard) else { return nil }
      bits = bits << 6 | UInt32(value)
      held += 6
      if held >= 8 {
        held -= 8
        guard written < bytes.count else { return nil }
        bytes[written] = UInt8(truncatingIfNeeded: bits >> UInt32(held))
        written += 1
      }
    }
    let expected = held == 4 ? 2 : held == 2 ? 1 : 0
    guard held != 6, padding == expected || (anyForm && padding == 0), bits & (1 << UInt32(held) - 1) == 0 else {
      return nil
    }
    return written
  }

  /// Appends the base64 of `bytes` in lines of 64 characters (RFC 7468 §2).
  static func append(_ bytes: borrowing Span<UInt8>, to text: inout SecretText) throws(Failure) {
    var column = 0
    var index = 0
    while index < bytes.count {
      let left = bytes.count - index
      let first = bytes[index]
      let second = left > 1 ? bytes[index + 1] : 0
      let third = left > 2 ? bytes[index + 2] : 0
      try text.append(character(first >> 2))
      try text.append(character(first << 4 | second >> 4))
      try text.append(left > 1 ? character(second << 2 | third >> 6) : UInt8(ascii: "="))
      try text.append(left > 2 ? character(third) : UInt8(ascii: "="))
      index += 3
      column += 4
      if column == 64 || index >= bytes.count {
        try text.append(UInt8(ascii: "\n"))
        column = 0
      }
    }
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0d) }

  private static func standardCharacter(_ character: UInt8) -> UInt8 {
    switch character {
    case UInt8(ascii: "-"): UInt8(ascii: "+")
    case UInt8(ascii: "_"): UInt8(ascii: "/")
    default: character
    }
  }

  private static func value(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }

  private static func character(_ value: UInt8) -> UInt8 {
    let value = value & 63
    return switch value {
    case 0..<26: UInt8(ascii: "A") + value
    case 26..<52: UInt8(ascii: "a") + (value - 26)
    case 52..<62: UInt8(ascii: "0") + (value - 52)
    case 62: UInt8(ascii: "+")
    default: UInt8(ascii: "/")
    }
  }
}
