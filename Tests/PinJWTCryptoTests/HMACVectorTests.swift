import Testing

@testable import PinJWTCrypto

@Suite struct HMACVectorTests {
  private func tag(_ algorithm: Algorithm, _ key: [UInt8], _ message: [UInt8]) throws -> [UInt8] {
    try KeyMaterial(algorithm, judged: try secret(key)).signature(message)
  }

  /// RFC 4231, test cases 1 to 4, 6 and 7.
  static let vectors: [(key: [UInt8], message: [UInt8], tags: [String])] = [
    (
      [UInt8](repeating: 0x0b, count: 20), utf8("Hi There"),
      [
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
        "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
      ]
    ),
    (
      utf8("Jefe"), utf8("what do ya want for nothing?"),
      [
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
      ]
    ),
    (
      [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
      [
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
        "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
      ]
    ),
    (
      Array(1...25), [UInt8](repeating: 0xcd, count: 50),
      [
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb",
        "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd",
      ]
    ),
    (
      [UInt8](repeating: 0xaa, count: 131), utf8("Test Using Larger Than Block-Size Key - Hash Key First"),
      [
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
        "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
      ]
    ),
    (
      [UInt8](repeating: 0xaa, count: 131),
      utf8(
        "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm."
      ),
      [
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e",
        "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58",
      ]
    ),
  ]

  @Test(arguments: vectors.indices) func makesTheTagsOfRFC4231(_ index: Int) throws {
    let vector = Self.vectors[index]
    for (algorithm, expected) in zip([Algorithm.hs256, .hs384, .hs512], vector.tags) {
      let made = try tag(algorithm, vector.key, vector.message)
      #expect(hex(made) == expected)
      let key = try KeyMaterial(algorithm, judged: try secret(vector.key))
      #expect(try key.holds(vector.message, made))
    }
  }

  /// HMAC hashes a secret longer than the hash's block, and only then.
  @Test func hashesSecretsLongerThanABlock() throws {
    let message = utf8("message")
    for (count, same) in [(63, false), (64, false), (65, true), (255, true), (1024, true)] {
      let long = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
      #expect(try (tag(.hs256, long, message) == tag(.hs256, sha256(long.span), message)) == same, "\(count) bytes")
    }
  }

  @Test(arguments: [Algorithm.hs256, .hs384, .hs512]) func padsSecretsWithZeros(_ algorithm: Algorithm) throws {
    let block = algorithm == .hs256 ? 64 : 128
    let short = [UInt8](repeating: 7, count: block - 1)
    let message = utf8("message")
    #expect(try tag(algorithm, short, message) == tag(algorithm, short + [0], message))
    #expect(try tag(algorithm, short, message) != tag(algorithm, short + [0, 0], message))
  }

  @Test(arguments: [Algorithm.hs256, .hs384, .hs512]) func refusesEveryChangedBit(_ algorithm: Algorithm) throws {
    let key = try KeyMaterial.generate(algorithm)
    let message = utf8("message")
    let tag = try key.signature(message)
    #expect(tag.count == key.signatureLength)
    for bit in 0..<tag.count * 8 {
      var changed = tag
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(try !key.holds(message, changed))
    }
    for other in [[], Array(tag.dropLast()), tag + [0], [UInt8](repeating: 0, count: tag.count)] {
      #expect(try !key.holds(message, other))
    }
    #expect(try !key.holds(utf8("Message"), tag))
    #expect(try key.holds(message, tag))
  }

  @Test func signsEveryLength() throws {
    let key = try KeyMaterial.generate(.hs512)
    var tags = Set<[UInt8]>()
    for count in 0...300 { tags.insert(try key.signature([UInt8](repeating: 0x61, count: count))) }
    #expect(tags.count == 301)
  }

  @Test func refusesABufferThatIsTooSmall() throws {
    let key = try KeyMaterial.generate(.hs256)
    let message = utf8("message")
    var tag = [UInt8](repeating: 0, count: 31)
    var status: Status?
    var target = tag.mutableSpan
    do throws(Failure) { try key.sign(message.span, into: &target) } catch { status = error.status }
    #expect(status == .crypto)
    #expect(tag == [UInt8](repeating: 0, count: 31))
  }
}
