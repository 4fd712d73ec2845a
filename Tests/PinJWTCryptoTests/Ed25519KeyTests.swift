import Testing

@testable import PinJWTCrypto

@Suite struct Ed25519KeyTests {
  private func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.utf8.map { $0 < 0x3a ? $0 - 0x30 : $0 - 0x57 }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  /// RFC 8037 A.4: the JWS signing input and its signature.
  @Test func signsTheExampleOfRFC8037() throws {
    let seed = try SecretBytes.make(
      copying: bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").span)
    let publicKey = bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    let key = try Ed25519Key.make(.eddsa, seed: seed, publicKey: publicKey)
    let input = Array("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".utf8)
    var signature = [UInt8](repeating: 0, count: 64)
    var target = signature.mutableSpan
    try key.sign(input.span, into: &target)
    #expect(
      signature
        == bytes(
          "860c98d2297f3060a33f42739672d61b53cf3adefed3d3c672f320dc021b411e"
            + "9d59b8628dc351e248b88b29468e0e41855b0fb7d83bb15be902bfccb8cd0a02"))
    let holds = key.verify(input.span, signature.span)
    #expect(holds)
  }

  @Test func refusesKeysOfAnotherLength() throws {
    for length in [0, 31, 33] {
      let publicKey = [UInt8](repeating: 1, count: length)
      #expect(throws: Failure.self) { try Ed25519Key.make(.eddsa, publicKey: publicKey) }
      let seed = try SecretBytes.make(count: length)
      #expect(throws: Failure.self) { try Ed25519Key.make(.eddsa, seed: seed, publicKey: nil) }
    }
  }
}
