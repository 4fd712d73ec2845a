import Testing

@testable import PinJWTCrypto

/// Fixed texts in bytes.
@Suite struct TextTests {
  private static let sample = utf8("abcabc")

  @Test func findsPositions() {
    let span = Self.sample.span
    let found = [
      span.position(of: "abc", from: 0), span.position(of: "abc", from: 1), span.position(of: "abc", from: 3),
      span.position(of: "abc", from: 4), span.position(of: "c", from: 5), span.position(of: "c", from: 6),
      span.position(of: "abcabcd", from: 0), span.position(of: "abc", from: -1), span.position(of: "abc", from: .max),
    ]
    #expect(found == [0, 3, 3, nil, 5, nil, nil, nil, nil])
  }

  @Test func compares() {
    let span = Self.sample.span
    let equal = [
      span.equals("abcabc"), span.equals("abcabd"), span.equals("abcab"), span.equals("abcabca"), span.equals(""),
    ]
    #expect(equal == [true, false, false, false, false])
    let starts = [
      span.starts(with: "abc"), span.starts(with: ""), span.starts(with: "b"), span.starts(with: "abcabca"),
    ]
    #expect(starts == [true, true, false, false])
  }

  @Test(arguments: [
    ("  a b\r\n", "a b"), ("", ""), (" \t\n", ""), ("a", "a"), ("\u{feff} a", "a"), (" \u{feff}a", "\u{feff}a"),
    ("\u{a0}a", "\u{a0}a"),
  ])
  func trims(_ padded: String, _ trimmed: String) {
    let bytes = utf8(padded)
    var copy: [UInt8] = []
    copy.append(bytes: bytes.span.trimmedOfMark())
    #expect(text(copy) == trimmed)
  }

  @Test(arguments: [0, 7, -1, 10, .max, .min] as [Int64]) func writesDecimals(_ number: Int64) {
    var bytes: [UInt8] = []
    bytes.append(decimal: number)
    #expect(text(bytes) == "\(number)")
  }
}
