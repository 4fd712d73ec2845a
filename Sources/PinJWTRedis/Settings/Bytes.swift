import PinJWTCrypto

// Small readings of bytes that servers and callers chose.

extension Span where Element == UInt8 {
  var first: UInt8? { isEmpty ? nil : self[0] }

  /// All of it as a decimal number without sign, blanks or superfluous zeros; nil where it is none or above `limit`.
  func decimal(upTo limit: Int64) -> Int64? {
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
  func hexDigit(at index: Int) -> UInt8? {
    guard index >= 0, index < count else { return nil }
    let byte = self[index].lowercased
    if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { return byte - UInt8(ascii: "0") }
    if (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte) { return byte - UInt8(ascii: "a") + 10 }
    return nil
  }
}

extension Array where Element == UInt8 {
  init(copying bytes: borrowing Span<UInt8>) {
    self = []
    append(bytes: bytes)
  }

  init(text: StaticString) {
    self = []
    append(text: text)
  }

  mutating func append(hex bytes: borrowing Span<UInt8>) {
    for index in bytes.indices {
      append(hexDigit(bytes[index] >> 4))
      append(hexDigit(bytes[index]))
    }
  }
}
