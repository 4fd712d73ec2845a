import CPOSIX

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

  /// Whether these bytes begin by the ASCII bytes of `text`.
  public func starts(with text: StaticString) -> Bool {
    count >= text.utf8CodeUnitCount && extracting(first: text.utf8CodeUnitCount).equals(text)
  }

  /// Where the ASCII bytes of `text` first stand at or after `start`.
  public func position(of text: StaticString, from start: Int) -> Int? {
    let length = text.utf8CodeUnitCount
    guard start >= 0, count >= length, start <= count - length else { return nil }
    for index in start...count - length where extracting(index..<index + length).equals(text) { return index }
    return nil
  }

  /// These bytes without white space at either end.
  @_lifetime(copy self)
  public func trimmed() -> Span<UInt8> {
    var first = 0
    var end = count
    while first < end, Base64.isSpace(self[first]) { first += 1 }
    while end > first, Base64.isSpace(self[end - 1]) { end -= 1 }
    return extracting(first..<end)
  }

  /// These bytes without a byte order mark and white space after it.
  @_lifetime(copy self)
  public func trimmedOfMark() -> Span<UInt8> {
    let isMarked = count >= 3 && self[0] == 0xef && self[1] == 0xbb && self[2] == 0xbf
    return extracting((isMarked ? 3 : 0)..<count).trimmed()
  }

  /// At most the first `length` bytes.
  @_lifetime(copy self)
  public func shortened(to length: Int) -> Span<UInt8> { extracting(first: Swift.min(length, count)) }

  /// All of it as a decimal number without sign, blanks or superfluous zeros; nil where it is none or above `limit`.
  public func decimal(upTo limit: Int64) -> Int64? {
    guard (1...18).contains(count), count == 1 || self[0] != UInt8(ascii: "0") else { return nil }
    var number: Int64 = 0
    for index in indices {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self[index]) else { return nil }
      // At most 18 digits: below 10^18.
      number = number * 10 + Int64(self[index] - UInt8(ascii: "0"))
    }
    return number <= limit ? number : nil
  }

  /// The value of a hexadecimal digit.
  public func hexValue(at index: Int) -> UInt8? {
    guard index >= 0, index < count else { return nil }
    let byte = self[index].lowercased
    if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { return byte - UInt8(ascii: "0") }
    if (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte) { return byte - UInt8(ascii: "a") + 10 }
    return nil
  }

  /// Whether these bytes are exactly `other`. Not constant in time: never for secrets.
  public func equals(_ other: borrowing Span<UInt8>) -> Bool {
    guard other.count == count else { return false }
    // Sound: both have `count` bytes, and are read inside the closures only.
    return unsafe withPointer(self) { mine, count in
      unsafe withPointer(other) { others, _ in unsafe memcmp(mine, others, count) == 0 }
    }
  }
}

extension UInt8 {
  /// An ASCII letter in lower case; any other byte as it is.
  public var lowercased: UInt8 { self >= 0x41 && self <= 0x5a ? self | 0x20 : self }
}

extension Array where Element == UInt8 {
  /// Whether these bytes are exactly `other`. Not constant in time: never for secrets.
  public func equals(_ other: borrowing Span<UInt8>) -> Bool { span.equals(other) }

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
