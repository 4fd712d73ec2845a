import PinJWTCrypto

// Small readings of bytes that servers and callers chose.

extension Span where Element == UInt8 {
  var first: UInt8? { isEmpty ? nil : self[0] }
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
