import PinJWTCrypto

/// NumericDate (RFC 7519 §2): seconds since 1970, which may have a fraction.
enum NumericDate {
  /// Rounded down; nil when it is not a number from 0 to the end of the year 9999.
  static func seconds(_ view: borrowing JSONView, _ value: JSONValue) -> Int64? {
    guard value.kind == .number, view.text[value.range.lowerBound] != UInt8(ascii: "-"),
      let number = JSONNumber.integer(view.source(value)), number.floor < Limits.endOfTime
    else { return nil }
    return number.floor
  }
}
