/// Fixed ASCII texts and bytes: comparing and writing them.

extension Span where Element == UInt8 {
  /// Whether these bytes are exactly the ASCII bytes of `text`. Not constant in time: never for secrets.
  public func equals(_ text: StaticString) -> Bool {
    guard text.utf8CodeUnitCount == count else { return false }
    // Sound: the pointer is valid inside the closure for utf8CodeUnitCount bytes, which is `count`.
    return text.withUTF8Buffer { buffer in
      for index in 0..<count where unsafe buffer[index] != self[index] { return false }
      return true
    }
  }

  /// Whether these bytes are exactly `other`. Not constant in time: never for secrets.
  public func equals(_ other: borrowing Span<UInt8>) -> Bool {
    guard other.count == count else { return false }
    for index in 0..<count where other[index] != self[index] { return false }
    return true
  }
}

extension Array where Element == UInt8 {
  /// Appends the bytes of a fixed text.
  public mutating func append(text: StaticString) {
    // Sound: the buffer is read inside the closure only.
    text.withUTF8Buffer { unsafe append(contentsOf: $0) }
  }

  /// Appends bytes.
  public mutating func append(bytes: borrowing Span<UInt8>) {
    reserveCapacity(count + bytes.count)
    for index in bytes.indices { append(bytes[index]) }
  }

  /// Appends a number in decimal.
  public mutating func append(decimal number: Int64) {
    if number < 0 { append(UInt8(ascii: "-")) }
    var rest = number.magnitude
    var digits: [UInt8] = []
    repeat {
      digits.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    append(contentsOf: digits.reversed())
  }
}
