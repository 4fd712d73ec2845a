import Testing

@testable import PinJWTCrypto

@Suite struct Ed448PointTests {
  private func refused(_ encoded: [UInt8]) -> Status? { refusal { try Ed448Point.check(encoded.span) } }

  /// 57 bytes that begin by `first`.
  private func point(_ first: UInt8, last: UInt8 = 0) -> [UInt8] {
    [first] + [UInt8](repeating: 0, count: 55) + [last]
  }

  /// p + `offset`, little-endian, for an offset that changes the first byte only.
  private func prime(plus offset: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xff, count: 56) + [0]
    bytes[28] = 0xfe
    bytes[0] = UInt8(0xff + offset)
    return bytes
  }

  @Test func acceptsTheKeyOfRFC8032() {
    #expect(refused(bytes(hex: EdwardsVectorTests.ed448.x)) == nil)
  }

  @Test(arguments: [0, 0x80] as [UInt8]) func refusesSmallOrder(_ sign: UInt8) {
    // y = 0, 1 and -1.
    #expect(refused(point(0, last: sign)) == .keyFormat)
    #expect(refused(point(1, last: sign)) == .keyFormat)
    var minusOne = prime(plus: -1)
    minusOne[56] = sign
    #expect(refused(minusOne) == .keyFormat)
  }

  /// By Euler's criterion, computed elsewhere, y = 3, 4, 5, 7, 8 and 9 are on the curve; 2, 6, 10 and 11 are not.
  @Test(
    arguments: [
      (2, false), (3, true), (4, true), (5, true), (6, false), (7, true), (8, true), (9, true), (10, false),
      (11, false),
    ]
      as [(UInt8, Bool)])
  func tellsPointsFromOthers(_ y: UInt8, _ isOnCurve: Bool) {
    for sign in [0, 0x80] as [UInt8] {
      #expect(refused(point(y, last: sign)) == (isOnCurve ? nil : .keyFormat))
    }
  }

  @Test func refusesOtherFormsOfAPoint() {
    // p itself is y = 0, written in another way.
    #expect(refused(prime(plus: 0)) == .keyFormat)
    // p + 3 is y = 3.
    var three = point(2)
    for index in 28..<56 { three[index] = 0xff }
    #expect(refused(three) == .keyFormat)
    #expect(refused([UInt8](repeating: 0xff, count: 56) + [0]) == .keyFormat)
    // Bits that must be zero.
    for bit in 0..<7 { #expect(refused(point(3, last: 1 << bit)) == .keyFormat) }
  }

  @Test(arguments: [0, 1, 56, 58, 114]) func refusesOtherLengths(_ count: Int) {
    #expect(refused([UInt8](repeating: 3, count: count)) == .keyFormat)
  }

  @Test func isAskedByEveryWayIn() throws {
    for x in [point(1), point(2), prime(plus: 0)] {
      #expect(refusal { _ = try KeyMaterial(.ed448, .okp(.ed448, x: x), nil) } == .keyFormat)
      // SubjectPublicKeyInfo of Ed448.
      let der = bytes(hex: "3043300506032b6571033a00") + x
      #expect(refusal { _ = try KeyMaterial(.ed448, der: der.span) } == .keyFormat)
    }
    let der = bytes(hex: "3043300506032b6571033a00") + bytes(hex: EdwardsVectorTests.ed448.x)
    #expect(refusal { _ = try KeyMaterial(.ed448, der: der.span) } == nil)
  }

  @Test func acceptsGeneratedKeys() throws {
    for _ in 0..<20 {
      guard case .okp(.ed448, let x) = try KeyMaterial.generate(.ed448).publicComponents() else {
        Issue.record("not an Ed448 key")
        return
      }
      #expect(refused(x) == nil)
    }
  }
}
