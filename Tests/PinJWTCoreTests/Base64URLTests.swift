import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct Base64URLTests {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  private func decode(_ text: [UInt8]) -> [UInt8]? { Base64URL.decode(text.span) }

  private func decode(_ text: String) -> [UInt8]? { decode(utf8(text)) }

  /// Bit by bit, as RFC 4648 §4 describes it.
  private func spelledOut(_ bytes: [UInt8]) -> [UInt8] {
    var bits = bytes.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
    while bits.count % 6 != 0 { bits.append(0) }
    return stride(from: 0, to: bits.count, by: 6).map { start in
      Self.alphabet[bits[start..<start + 6].reduce(0) { $0 << 1 | Int($1) }]
    }
  }

  @Test func roundTripsEveryLength() {
    var generator = SeededGenerator(seed: 1)
    for count in 0...300 {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let encoded = base64URL(bytes)
      #expect(encoded == spelledOut(bytes))
      #expect(encoded.count == Base64URL.encodedLength(count))
      #expect(Base64URL.decodedLength(encoded.count) == count)
      #expect(decode(encoded) == bytes)
    }
  }

  @Test(arguments: [
    ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
    ("foobar", "Zm9vYmFy"),
  ])
  func knowsTheVectorsOfRFC4648(_ plain: String, _ encoded: String) {
    #expect(text(base64URL(utf8(plain))) == encoded)
    #expect(decode(encoded) == utf8(plain))
  }

  @Test func usesTheAlphabetForURLs() {
    #expect(text(base64URL([0xfb, 0xff, 0xbf])) == "-_-_")
    #expect(decode("-_-_") == [0xfb, 0xff, 0xbf])
  }

  @Test(arguments: ["A", "AAAAA", "AAAAAAAAA"])
  func refusesImpossibleLengths(_ text: String) {
    #expect(decode(text) == nil)
  }

  @Test(arguments: ["Zg==", "Zg=", "Zm8=", "=", "====", "Zm9v="])
  func refusesPadding(_ text: String) {
    #expect(decode(text) == nil)
  }

  @Test(arguments: ["Zm 9v", " Zm9v", "Zm9v ", "Zm9v\n", "Zm9\tvYmF", "Zm9v\r\nYmFy", "Zm9v\0"])
  func refusesWhiteSpaceAndNUL(_ text: String) {
    #expect(decode(text) == nil)
  }

  @Test(arguments: ["+_-_", "-_-/", "Zm9+", "Zm9/"])
  func refusesTheOtherAlphabet(_ text: String) {
    #expect(decode(text) == nil)
  }

  @Test func refusesEveryByteOutsideTheAlphabetAtEveryPlace() {
    for byte in UInt8.min...UInt8.max where !Self.alphabet.contains(byte) {
      for length in [2, 3, 4, 6, 7, 8] {
        for place in 0..<length {
          var text = [UInt8](repeating: UInt8(ascii: "A"), count: length)
          text[place] = byte
          #expect(decode(text) == nil, "byte \(byte) at \(place) of \(length)")
        }
      }
    }
  }

  @Test func refusesBitsBehindTheLastByte() {
    for (index, character) in Self.alphabet.enumerated() {
      let two = decode([UInt8(ascii: "A"), character])
      #expect((two != nil) == (index % 16 == 0))
      let three = decode([UInt8(ascii: "A"), UInt8(ascii: "A"), character])
      #expect((three != nil) == (index % 4 == 0))
    }
  }

  @Test func refusesATargetThatIsTooSmall() {
    let text = utf8("Zm9vYmE")
    var bytes = [UInt8](repeating: 0, count: 4)
    var target = bytes.mutableSpan
    let decoded = Base64URL.decode(text.span, into: &target)
    #expect(!decoded)
  }

  @Test func leavesALargerTargetsEndAlone() {
    let text = utf8("Zm9v")
    var bytes = [UInt8](repeating: 7, count: 4)
    var target = bytes.mutableSpan
    let decoded = Base64URL.decode(text.span, into: &target)
    #expect(decoded)
    #expect(bytes == utf8("foo") + [7])
  }
}
