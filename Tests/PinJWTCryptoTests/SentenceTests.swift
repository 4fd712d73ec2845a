import Testing

@testable import PinJWTCrypto

@Suite struct SentenceTests {
  @Test func interpolatesNumbersAndEscapes() {
    let bytes: [UInt8] = [0x61, 0x0a, 0xff, 0x5c]
    let sentence: Sentence = "It has \(-3) of \(Sentence(escaping: bytes.span)) for \(Algorithm.es256)."
    #expect(sentence.bytes == Array(#"It has -3 of a\x0a\xff\x5c for ES256."#.utf8))
  }
}
