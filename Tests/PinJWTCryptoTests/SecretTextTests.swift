import Testing

@testable import PinJWTCrypto

@Suite struct SecretTextTests {
  @Test(arguments: [0, 1, 3, 512]) func growsAsNeeded(_ capacity: Int) throws {
    var text = try SecretText(capacity: capacity)
    var expected: [UInt8] = []
    for round in 0..<100 {
      let more = [UInt8](repeating: UInt8(round), count: round)
      try text.append(bytes: more.span)
      try text.append(UInt8(round))
      try text.append(text: "abc")
      expected += more + [UInt8(round)] + utf8("abc")
    }
    let written = bytes(text)
    #expect(written == expected)
    #expect(text.count == expected.count)
  }
}
