import Testing

@testable import PinJWTCrypto

@Suite struct StatusTests {
  @Test func hasNamesLikeItsCases() {
    for status in Status.allCases {
      var name: [UInt8] = []
      name.append(text: status.name)
      let words = text(name).dropFirst("PINJWT_E_".count).lowercased().filter { $0 != "_" }
      #expect(words == "\(status)".lowercased())
      #expect(text(name).hasPrefix("PINJWT_E_"))
    }
  }
}
