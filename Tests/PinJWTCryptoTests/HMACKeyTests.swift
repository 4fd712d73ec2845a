import Testing

@testable import PinJWTCrypto

@Suite struct HMACKeyTests {
  private func tag(_ algorithm: Algorithm, key: [UInt8], _ message: [UInt8]) throws -> [UInt8] {
    let secret = try SecretBytes.make(copying: key.span)
    let hmac = try #require(try HMACKey.make(algorithm, secret))
    var tag = [UInt8](repeating: 0, count: hmac.signatureLength)
    var target = tag.mutableSpan
    try hmac.sign(message.span, into: &target)
    let holds = hmac.verify(message.span, tag.span)
    #expect(holds)
    return tag
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String(UnicodeScalar(hexDigit($0 >> 4))) + String(UnicodeScalar(hexDigit($0))) }.joined()
  }

  /// RFC 4231 §4.2 and §4.3: keys shorter than a block.
  @Test func computesTheTagsOfRFC4231() throws {
    let key = [UInt8](repeating: 0x0b, count: 20)
    let message = Array("Hi There".utf8)
    let expected: [(Algorithm, String)] = [
      (.hs256, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
      (
        .hs384,
        "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6"
      ),
      (
        .hs512,
        "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4"
          + "be9d914eeb61f1702e696c203a126854"
      ),
    ]
    for (algorithm, tag) in expected { #expect(hex(try self.tag(algorithm, key: key, message)) == tag) }
  }

  /// RFC 4231 §4.7: a key longer than a block is hashed first.
  @Test func hashesLongKeys() throws {
    let key = [UInt8](repeating: 0xaa, count: 131)
    let message = Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)
    let long = try tag(.hs256, key: key, message)
    #expect(hex(long) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    #expect(try tag(.hs256, key: sha256(key.span), message) == long)
  }

  @Test func refusesAnyOtherTag() throws {
    let secret = try SecretBytes.make(copying: [UInt8](repeating: 7, count: 32).span)
    let hmac = try #require(try HMACKey.make(.hs256, secret))
    let message: [UInt8] = [1, 2, 3]
    var tag = [UInt8](repeating: 0, count: 32)
    var target = tag.mutableSpan
    try hmac.sign(message.span, into: &target)
    for index in tag.indices {
      var changed = tag
      changed[index] ^= 0x80
      let holds = hmac.verify(message.span, changed.span)
      #expect(!holds)
    }
    for length in [0, 31] {
      let holds = hmac.verify(message.span, tag.span.extracting(first: length))
      #expect(!holds)
    }
  }

  @Test func servesOnlyHMACPins() throws {
    let secret = try SecretBytes.make(count: 64)
    for algorithm in Algorithm.allCases {
      let key = try HMACKey.make(algorithm, secret)
      #expect((key != nil) == algorithm.isSymmetric)
    }
  }
}
