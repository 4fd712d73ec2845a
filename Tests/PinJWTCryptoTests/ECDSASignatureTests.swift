import Testing

@testable import PinJWTCrypto

@Suite struct ECDSASignatureTests {
  private static let algorithms = [Algorithm.es256, .es384, .es512, .es256k]

  @Test(arguments: algorithms) func hasTheLengthOfItsCurve(_ algorithm: Algorithm) throws {
    let key = try KeyMaterial.generate(algorithm)
    let length = 2 * (algorithm.curve?.coordinateLength ?? 0)
    for round in 0..<40 {
      let message = utf8("message \(round)")
      let signature = try key.signature(message)
      #expect(signature.count == length)
      #expect(try key.holds(message, signature))
    }
  }

  @Test(arguments: algorithms) func refusesZerosAndOnes(_ algorithm: Algorithm) throws {
    let key = try KeyMaterial.generate(algorithm)
    let half = key.signatureLength / 2
    let message = utf8("message")
    let good = try key.signature(message)
    let zeros = [UInt8](repeating: 0, count: half)
    let ones = [UInt8](repeating: 0xff, count: half)
    for bad in [
      zeros + zeros, ones + ones, zeros + good.suffix(half), good.prefix(half) + zeros, ones + good.suffix(half),
    ] {
      #expect(try !key.holds(message, bad))
    }
  }

  @Test(arguments: algorithms) func refusesDER(_ algorithm: Algorithm) throws {
    let key = try KeyMaterial.generate(algorithm)
    let message = utf8("message")
    let signature = try key.signature(message)
    guard let curve = algorithm.curve else { return }
    let der = try ECDSASignature.der(signature.span, curve)
    #expect(try !key.holds(message, der))
    #expect(try !key.holds(message, Array(der.prefix(signature.count))))
  }

  @Test(arguments: algorithms) func convertsThereAndBack(_ algorithm: Algorithm) throws {
    guard let curve = algorithm.curve else { return }
    let length = curve.coordinateLength
    // Leading zeros, and a high bit that DER prefixes with a zero.
    for (r, s) in [(0, 0), (1, 0x80), (0x80, 1), (0xff, 0xff)] as [(UInt8, UInt8)] {
      let signature = [r] + [UInt8](repeating: 5, count: length - 1) + [s] + [UInt8](repeating: 9, count: length - 1)
      let der = try ECDSASignature.der(signature.span, curve)
      var back = [UInt8](repeating: 0xee, count: 2 * length)
      var target = back.mutableSpan
      try ECDSASignature.write(der: der.span, curve, into: &target)
      #expect(back == signature)
    }
  }
}
