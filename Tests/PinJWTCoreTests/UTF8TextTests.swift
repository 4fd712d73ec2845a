import Testing

@testable import PinJWTCore

@Suite struct UTF8TextTests {
  /// Ill-formed sequences by Unicode table 3-7.
  static let illFormed: [[UInt8]] = [
    [0x80], [0xbf], [0xc0, 0x80], [0xc1, 0xbf], [0xc2], [0xc2, 0x41], [0xc2, 0xc2], [0xe0, 0x80, 0x80],
    [0xe0, 0x9f, 0xbf], [0xe1, 0x80], [0xe1, 0x80, 0x41], [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf], [0xef, 0xbf],
    [0xf0, 0x80, 0x80, 0x80], [0xf0, 0x8f, 0xbf, 0xbf], [0xf1, 0x80, 0x80], [0xf1, 0x80, 0x80, 0x41],
    [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xfe], [0xff],
  ]

  /// The first and last characters of each length, and those around the surrogates.
  static let wellFormed: [[UInt8]] = [
    [], [0x00], [0x7f], [0xc2, 0x80], [0xdf, 0xbf], [0xe0, 0xa0, 0x80], [0xed, 0x9f, 0xbf], [0xee, 0x80, 0x80],
    [0xef, 0xbf, 0xbf], [0xf0, 0x90, 0x80, 0x80], [0xf4, 0x8f, 0xbf, 0xbf],
  ]

  private func isValid(_ bytes: [UInt8]) -> Bool { UTF8Text.isValid(bytes.span) }

  @Test(arguments: illFormed) func refuses(_ bytes: [UInt8]) {
    #expect(!isValid(bytes))
    #expect(!isValid([0x61] + bytes + [0x61]))
  }

  @Test(arguments: wellFormed) func accepts(_ bytes: [UInt8]) {
    #expect(isValid(bytes))
    #expect(isValid([0xc3, 0xa4] + bytes + [0x61]))
  }

  @Test func agreesWithTheStandardLibrary() {
    var generator = SeededGenerator(seed: 2)
    let pieces = Self.illFormed + Self.wellFormed
    for _ in 0..<3000 {
      var bytes = (0..<3).flatMap { _ in pieces[Int.random(in: 0..<pieces.count, using: &generator)] }
      if !bytes.isEmpty, Bool.random(using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      #expect(isValid(bytes) == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
    }
  }
}
