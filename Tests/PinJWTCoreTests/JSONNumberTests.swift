import Testing

@testable import PinJWTCore

@Suite struct JSONNumberTests {
  private func integer(_ number: String) -> JSONNumber.Integer? {
    let bytes = utf8(number)
    return JSONNumber.integer(bytes.span)
  }

  @Test(
    arguments: [
      ("0", 0), ("-0", 0), ("0.0", 0), ("-0.0", 0), ("0e5", 0), ("0e999999999", 0), ("0.000e-7", 0), ("1", 1),
      ("-1", -1),
      ("42", 42), ("1e3", 1000), ("1E3", 1000), ("1e+3", 1000), ("1000.0", 1000), ("1000.000", 1000), ("10e-1", 1),
      ("-10e-1", -1), ("1.5e1", 15), ("123.456e3", 123456), ("0.001e3", 1), ("1e18", 1_000_000_000_000_000_000),
      ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min), ("0.9223372036854775807e19", Int64.max),
      ("922337203685477580700e-2", Int64.max), ("-92233720368547758080e-1", Int64.min),
      ("1e00000000000000000003", 1000),
      ("100000000000000000000000000000e-29", 1), ("0.00000000000000000000000000001e29", 1),
      ("253402300799", 253_402_300_799),
    ] as [(String, Int64)])
  func readsWholeNumbers(_ number: String, _ value: Int64) {
    let read = integer(number)
    #expect(read?.floor == value)
    #expect(read?.isExact == true)
  }

  @Test(
    arguments: [
      ("0.5", 0), ("-0.5", -1), ("1.9999", 1), ("-1.5", -2), ("-1.0001", -2), ("123.456e2", 12345), ("15e-1", 1),
      ("-15e-1", -2), ("1e-1", 0), ("-1e-1", -1), ("1e-999999999", 0), ("-1e-999999999", -1), ("0.00001", 0),
      ("9223372036854775807.5", Int64.max), ("-9223372036854775807.5", Int64.min),
      ("9223372036854775806.9999", Int64.max - 1),
      ("1234567890.123", 1_234_567_890),
    ] as [(String, Int64)])
  func roundsFractionsDown(_ number: String, _ floor: Int64) {
    let read = integer(number)
    #expect(read?.floor == floor)
    #expect(read?.isExact == false)
  }

  @Test(arguments: [
    "9223372036854775808", "-9223372036854775809", "9223372036854775808.5", "-9223372036854775808.5",
    "18446744073709551616", "18446744073709551617", "1e19", "-1e19", "1e999999999", "-1e999999999", "1e10000", "1e9999",
    "92233720368547758.08e2", "1e18446744073709551617", "1e9223372036854775808",
    String(repeating: "9", count: 128),
  ])
  func refusesWhatDoesNotFit(_ number: String) {
    let read = integer(number)
    #expect(read == nil)
  }

  @Test func agreesWithInt64() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<2000 {
      let value = Int64(bitPattern: generator.next()) >> Int64.random(in: 0..<63, using: &generator)
      for spelling in ["\(value)", "\(value).0", "\(value).000e0", "\(value)0e-1", "\(value)00E-2"] {
        let read = integer(spelling)
        #expect(read?.floor == value && read?.isExact == true, "\(spelling)")
      }
      guard value > Int64.min else { continue }
      let fraction = integer("\(value).25")
      #expect(fraction?.floor == (value < 0 ? value - 1 : value) && fraction?.isExact == false || value == 0)
    }
  }

  @Test func movesThePointByTheExponent() {
    let digits = "1234567890123456789"
    for place in 1..<digits.count {
      let (whole, fraction) = (digits.prefix(place), digits.dropFirst(place))
      let moved = integer("\(whole).\(fraction)e\(fraction.count)")
      #expect(moved?.floor == Int64(digits))
      let cut = integer("\(digits)e-\(fraction.count)")
      #expect(cut?.floor == Int64(whole))
      #expect(cut?.isExact == false)
    }
  }
}
