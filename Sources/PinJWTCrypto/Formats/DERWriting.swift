/// Writing DER.
extension SecretText {
  /// One element of DER (X.690 §8.1).
  static func der(_ tag: UInt8, _ content: borrowing Span<UInt8>) throws(Failure) -> SecretText {
    var text = try SecretText(capacity: content.count + 8)
    try text.append(der: tag, content)
    return text
  }

  mutating func append(der tag: UInt8, _ content: borrowing Span<UInt8>) throws(Failure) {
    try append(header: tag, content.count)
    try append(bytes: content)
  }

  /// A number below 128.
  mutating func append(version: UInt8) throws(Failure) {
    try append(header: DERCursor.Tag.integer, 1)
    try append(version)
  }

  /// A number that is not negative, from its big-endian bytes (X.690 §8.3).
  mutating func append(integer bytes: borrowing Span<UInt8>) throws(Failure) {
    var start = 0
    while start < bytes.count - 1, bytes[start] == 0 { start += 1 }
    let digits = bytes.extracting(start..<bytes.count)
    let needsZero = digits.count == 0 || digits[0] >= 0x80
    try append(header: DERCursor.Tag.integer, digits.count + (needsZero ? 1 : 0))
    if needsZero { try append(0) }
    try append(bytes: digits)
  }

  private mutating func append(header tag: UInt8, _ length: Int) throws(Failure) {
    try append(tag)
    if length >= 0x100 {
      try append(0x82)
      try append(UInt8(truncatingIfNeeded: length >> 8))
    } else if length >= 0x80 {
      try append(0x81)
    }
    try append(UInt8(truncatingIfNeeded: length))
  }
}
