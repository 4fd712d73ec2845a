import PinJWTCrypto

/// JSON numbers as integers, read from their decimal digits: a Double would round what it cannot hold.
enum JSONNumber {
  struct Integer {
    /// Rounded down.
    let floor: Int64
    let isExact: Bool
  }

  /// The integer at or below a number that the scanner has accepted; nil when it does not fit.
  static func integer(_ text: borrowing Span<UInt8>) -> Integer? {
    var index = 0
    let isNegative = text.count > 0 && text[0] == UInt8(ascii: "-")
    if isNegative { index = 1 }
    var digits: [UInt8] = []
    var point: Int?
    while index < text.count, text[index] | 0x20 != UInt8(ascii: "e") {
      if text[index] == UInt8(ascii: ".") {
        point = digits.count
      } else {
        digits.append(text[index] &- UInt8(ascii: "0"))
      }
      index += 1
    }
    let whole = (point ?? digits.count) + exponent(text, from: index + 1)
    // Counted downwards, since Int64.min has no positive counterpart.
    var value: Int64 = 0
    for position in 0..<max(0, whole) {
      let digit = position < digits.count ? Int64(digits[position]) : 0
      let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (difference, below) = product.subtractingReportingOverflow(digit)
      guard !tooLarge, !below else { return nil }
      value = difference
    }
    var isExact = true
    for position in max(0, whole)..<max(max(0, whole), digits.count) where digits[position] != 0 { isExact = false }
    if isNegative {
      guard !isExact else { return Integer(floor: value, isExact: true) }
      let (floor, below) = value.subtractingReportingOverflow(1)
      return below ? nil : Integer(floor: floor, isExact: false)
    }
    guard value > Int64.min else { return nil }
    return Integer(floor: -value, isExact: isExact)
  }

  /// The exponent, held within a range in which every number is already 0 or too large.
  private static func exponent(_ text: borrowing Span<UInt8>, from start: Int) -> Int {
    var index = start
    guard index < text.count else { return 0 }
    let isNegative = text[index] == UInt8(ascii: "-")
    if isNegative || text[index] == UInt8(ascii: "+") { index += 1 }
    var value = 0
    while index < text.count {
      value = min(10_000, value * 10 + Int(text[index] &- UInt8(ascii: "0")))
      index += 1
    }
    return isNegative ? -value : value
  }
}
