import Testing

@testable import PinJWTCrypto

@Suite struct Ed25519PointTests {
  private func refused(_ x: String) -> Status? {
    refusal { _ = try KeyMaterial(.ed25519, .okp(.ed25519, x: bytes(hex: x)), nil) }
  }

  @Test(arguments: [
    // Of small order.
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    // The same, not in their shortest form.
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000080",
    // y = 2 is on no point.
    "0200000000000000000000000000000000000000000000000000000000000000",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  ])
  func refuses(_ x: String) {
    #expect(refused(x) == .keyFormat)
  }

  @Test func acceptsTheKeyOfRFC8032() {
    #expect(refused(EdwardsVectorTests.ed25519.x) == nil)
  }
}
