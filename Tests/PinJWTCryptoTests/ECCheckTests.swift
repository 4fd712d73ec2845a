import Testing

@testable import PinJWTCrypto

@Suite struct ECCheckTests {
  private static let x = bytes(hex: TestPEM.x)
  private static let y = bytes(hex: TestPEM.y)
  private static let d = bytes(hex: TestPEM.d)
  /// The order of P-256.
  private static let order = bytes(hex: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
  /// The prime of P-256's field.
  private static let prime = bytes(hex: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff")

  private func refused(x: [UInt8] = x, y: [UInt8] = y, d: [UInt8]? = nil) -> Status? {
    refusal { _ = try KeyMaterial(.es256, .ec(.p256, x: x, y: y), try d.map { .scalar(try secret($0)) }) }
  }

  @Test func acceptsARealKey() {
    #expect(refused() == nil)
    #expect(refused(d: Self.d) == nil)
  }

  @Test func refusesPointsOffTheCurve() {
    for index in 0..<32 {
      var (x, y) = (Self.x, Self.y)
      y[index] ^= 1
      #expect(refused(y: y) == .keyFormat)
      #expect(refused(y: y, d: Self.d) == .keyFormat)
      x[index] ^= 1
      #expect(refused(x: x, y: y) == .keyFormat)
    }
    let zeros = [UInt8](repeating: 0, count: 32)
    #expect(refused(x: zeros, y: zeros) == .keyFormat)
    #expect(refused(x: Self.y, y: Self.x) == .keyFormat)
  }

  @Test func refusesCoordinatesOutsideTheField() {
    let ones = [UInt8](repeating: 0xff, count: 32)
    for bad in [Self.prime, ones] {
      #expect(refused(x: bad) == .keyFormat)
      #expect(refused(y: bad) == .keyFormat)
      #expect(refused(x: bad, y: bad) == .keyFormat)
    }
  }

  @Test(arguments: [0, 1, 31, 33, 64]) func refusesOtherLengths(_ count: Int) {
    let number = [UInt8](repeating: 0, count: count)
    #expect(refused(x: number) == .keyFormat)
    #expect(refused(y: number) == .keyFormat)
    #expect(refused(d: number) == .keyFormat)
  }

  @Test func refusesAPrivateHalfOutsideTheGroup() {
    let zeros = [UInt8](repeating: 0, count: 32)
    for bad in [zeros, Self.order, [UInt8](repeating: 0xff, count: 32)] { #expect(refused(d: bad) == .keyFormat) }
  }

  @Test func refusesAPrivateHalfOfAnotherKey() {
    var d = Self.d
    d[31] ^= 1
    #expect(refused(d: d) == .keyFormat)
    // The opposite point has another private half.
    var y = [UInt8](repeating: 0, count: 32)
    var borrow = 0
    for index in (0..<32).reversed() {
      let difference = Int(Self.prime[index]) - Int(Self.y[index]) - borrow
      y[index] = UInt8(difference & 0xff)
      borrow = difference < 0 ? 1 : 0
    }
    #expect(refused(y: y) == nil)
    #expect(refused(y: y, d: Self.d) == .keyFormat)
  }

  @Test(arguments: Algorithm.allCases.filter { $0 != .es256 }) func fitsTheCurveToThePin(_ algorithm: Algorithm) {
    let status = refusal { _ = try KeyMaterial(algorithm, .ec(.p256, x: Self.x, y: Self.y), nil) }
    #expect(status == .keyMismatch)
  }

  @Test(arguments: [Algorithm.es256, .es384, .es512, .es256k]) func keepsCurvesApart(_ algorithm: Algorithm) throws {
    let components = try TestKeys.publicComponents(try KeyMaterial.generate(algorithm))
    for other in Algorithm.allCases where other != algorithm {
      #expect(refusal { _ = try KeyMaterial(other, components, nil) } == .keyMismatch)
    }
  }
}
