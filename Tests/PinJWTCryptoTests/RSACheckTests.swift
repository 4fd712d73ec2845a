import Testing

@testable import PinJWTCrypto

@Suite struct RSACheckTests {
  private func refused(_ n: [UInt8], _ e: [UInt8]) -> Status? {
    refusal { _ = try KeyMaterial(.rs256, .rsa(n: n, e: e), nil) }
  }

  /// A number of `bits` bits that no small prime divides in general: the modulus of a real key, cut or prolonged.
  private func number(bits: Int) throws -> [UInt8] {
    let n = try TestKeys.rsaNumbers().n
    var number = (0..<(bits + 7) / 8).map { n[$0 % n.count] }
    let top = (bits - 1) % 8
    number[0] = number[0] & UInt8((1 << (top + 1)) - 1) | 1 << top
    number[number.count - 1] |= 1
    return number
  }

  @Test func acceptsARealKey() throws {
    let (n, e, _) = try TestKeys.rsaNumbers()
    #expect(n.count == 384)
    #expect(e == [1, 0, 1])
    #expect(refused(n, e) == nil)
  }

  @Test(
    arguments: [(8, .keyWeak), (1024, .keyWeak), (2047, .keyWeak), (8193, .keyFormat), (16384, .keyFormat)]
      as [(Int, Status)])
  func boundsTheModulus(_ bits: Int, _ status: Status) throws {
    #expect(refused(try number(bits: bits), [1, 0, 1]) == status)
  }

  @Test(
    arguments: [
      ([], .keyFormat), ([0], .keyFormat), ([1], .keyFormat), ([2], .keyFormat), ([3], nil), ([4], .keyFormat),
      ([17], nil),
      ([1, 0, 0], .keyFormat), ([1, 0, 1], nil), ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], nil),
      ([1, 0, 0, 0, 0, 0, 0, 0, 1], .keyFormat),
    ] as [([UInt8], Status?)])
  func boundsTheExponent(_ e: [UInt8], _ status: Status?) throws {
    #expect(refused(try TestKeys.rsaNumbers().n, e) == status)
  }

  @Test func refusesAnEvenModulus() throws {
    var n = try TestKeys.rsaNumbers().n
    n[n.count - 1] ^= 1
    #expect(refused(n, [1, 0, 1]) == .keyFormat)
  }

  @Test func refusesAModulusWithASmallFactor() {
    // 2^2047 + 1 is a multiple of three.
    var n = [UInt8](repeating: 0, count: 256)
    n[0] = 0x80
    n[255] = 1
    #expect(refused(n, [1, 0, 1]) == .keyFormat)
  }

  // MARK: The private half

  private func refused(_ change: (inout [[UInt8]]) -> Void) throws -> Status? {
    let (n, e, secrets) = try TestKeys.rsaNumbers()
    // d, p, q, dp, dq, qi.
    var numbers = [secrets.d, secrets.p, secrets.q, secrets.dp, secrets.dq, secrets.qi].map { bytes($0) }
    change(&numbers)
    let held = try numbers.map { try secret($0) }
    let components = RSAPrivateComponents(d: held[0], p: held[1], q: held[2], dp: held[3], dq: held[4], qi: held[5])
    return refusal { _ = try KeyMaterial(.rs256, .rsa(n: n, e: e), .rsa(components)) }
  }

  @Test func acceptsTheRightPrivateHalf() throws {
    #expect(try refused { _ in } == nil)
  }

  @Test(arguments: 0..<6) func refusesAChangedNumber(_ index: Int) throws {
    for bit in [1, 2, 0x80] as [UInt8] {
      #expect(try refused { $0[index][$0[index].count - 1] ^= bit } == .keyFormat)
      #expect(try refused { $0[index][0] ^= bit } == .keyFormat)
    }
  }

  @Test(arguments: 0..<6) func refusesZeroAndOne(_ index: Int) throws {
    #expect(try refused { $0[index] = [0] } == .keyFormat)
    #expect(try refused { $0[index] = [1] } == .keyFormat)
  }

  @Test func refusesSwappedNumbers() throws {
    #expect(try refused { $0.swapAt(1, 2) } == .keyFormat)
    #expect(try refused { $0.swapAt(3, 4) } == .keyFormat)
    #expect(
      try refused {
        $0.swapAt(1, 2)
        $0.swapAt(3, 4)
      } == .keyFormat)
  }

  @Test func refusesTheTrivialFactors() throws {
    let n = try TestKeys.rsaNumbers().n
    #expect(
      try refused {
        $0[1] = n
        $0[2] = [1]
      } == .keyFormat)
    #expect(
      try refused {
        $0[1] = [1]
        $0[2] = n
      } == .keyFormat)
  }

  @Test(arguments: Algorithm.allCases.filter { !$0.isRSA }) func servesRSAPinsOnly(_ algorithm: Algorithm) throws {
    let (n, e, secrets) = try TestKeys.rsaNumbers()
    #expect(refusal { _ = try KeyMaterial(algorithm, .rsa(n: n, e: e), nil) } == .keyMismatch)
    #expect(refusal { _ = try KeyMaterial(algorithm, .rsa(n: n, e: e), .rsa(secrets)) } == .keyMismatch)
  }
}
