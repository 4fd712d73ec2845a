import Testing

@testable import PinJWTCrypto

@Suite struct AlgorithmTests {
  @Test func hasTheNamesAndNumbersOfTheHeader() {
    let names = Algorithm.allCases.map { algorithm in
      var name: [UInt8] = []
      name.append(text: algorithm.name)
      return text(name)
    }
    #expect(
      names == [
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
        "ES256K", "EdDSA",
        "Ed25519", "Ed448",
      ])
    #expect(Algorithm.allCases.map(\.rawValue) == Array(1...16))
  }

  @Test func pairsHashesAndCurves() {
    #expect(
      Algorithm.allCases.map { $0.hash?.digestLength ?? 0 } == [
        32, 48, 64, 32, 48, 64, 32, 48, 64, 32, 48, 64, 32, 0, 0, 0,
      ])
    #expect([Algorithm.es256, .es384, .es512, .es256k].map(\.curve) == [.p256, .p384, .p521, .secp256k1])
    #expect(Algorithm.allCases.filter { $0.curve == nil }.count == 12)
    #expect(Algorithm.allCases.filter { $0.serves(.ed25519) } == [.eddsa, .ed25519])
    #expect(Algorithm.allCases.filter { $0.serves(.ed448) } == [.eddsa, .ed448])
  }
}
