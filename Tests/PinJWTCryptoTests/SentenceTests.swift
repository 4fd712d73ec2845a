import Testing

@testable import PinJWTCrypto

@Suite struct SentenceTests {
  @Test func interpolatesNumbersAndEscapes() {
    let bytes: [UInt8] = [0x61, 0x0a, 0xff, 0x5c]
    let sentence: Sentence = "It has \(-3) of \(Sentence(escaping: bytes.span)) for \(Algorithm.es256)."
    #expect(sentence.bytes == Array(#"It has -3 of a\x0a\xff\x5c for ES256."#.utf8))
  }

  @Test(arguments: [0, 1, 63, 64, 65, 4096]) func showsTheEndOfALongPath(length: Int) {
    let path = [UInt8](repeating: UInt8(ascii: "/"), count: length).enumerated().map { index, byte in
      index < length - 5 ? byte : UInt8(ascii: "a") + UInt8(index - (length - 5))
    }
    let shown = length > 64 ? Array("...".utf8) + path.suffix(61) : path
    #expect(Sentence(path: path.span).bytes == shown)
  }
}
