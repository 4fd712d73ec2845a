import Testing

@testable import PinJWTCrypto

@Suite struct SecretBytesTests {
  @Test func keepsACopyOfWhatItIsGiven() throws {
    let bytes: [UInt8] = [1, 2, 3]
    let secret = try SecretBytes.make(copying: bytes.span)
    let same = secret.bytes.equals(bytes.span)
    #expect(same)
  }

  @Test func startsAsZeroBytes() throws {
    let secret = try SecretBytes.make(count: 5)
    let zeros = [UInt8](repeating: 0, count: 5)
    let same = secret.bytes.equals(zeros.span)
    #expect(same)
  }

  @Test func refusesANegativeLength() {
    #expect(throws: Failure.self) { try SecretBytes.make(count: -1) }
  }
}
