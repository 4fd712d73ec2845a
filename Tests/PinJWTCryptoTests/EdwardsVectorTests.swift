import Testing

@testable import PinJWTCrypto

/// The first vectors of RFC 8032 sections 7.1 and 7.4: an empty message.
@Suite struct EdwardsVectorTests {
  static let ed25519 = (
    d: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    x: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    signature:
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
  )
  static let ed448 = (
    d:
      "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b",
    x:
      "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180",
    signature:
      "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4dbb61149f05a7363268c71d95808ff2e652600"
  )

  @Test(arguments: [Algorithm.eddsa, .ed25519]) func signsAsEd25519(_ algorithm: Algorithm) throws {
    let vector = Self.ed25519
    let pair = try KeyMaterial(
      algorithm, .okp(.ed25519, x: bytes(hex: vector.x)), .scalar(try secret(bytes(hex: vector.d))))
    #expect(try hex(pair.signature([])) == vector.signature)
    let half = try KeyMaterial(algorithm, .okp(.ed25519, x: bytes(hex: vector.x)), nil)
    #expect(try half.holds([], bytes(hex: vector.signature)))
  }

  @Test(arguments: [Algorithm.eddsa, .ed448]) func signsAsEd448(_ algorithm: Algorithm) throws {
    let vector = Self.ed448
    let pair = try KeyMaterial(
      algorithm, .okp(.ed448, x: bytes(hex: vector.x)), .scalar(try secret(bytes(hex: vector.d))))
    #expect(try hex(pair.signature([])) == vector.signature)
    let half = try KeyMaterial(algorithm, .okp(.ed448, x: bytes(hex: vector.x)), nil)
    #expect(try half.holds([], bytes(hex: vector.signature)))
  }

  /// RFC 8032 §5.1.7: S is below the order of the group.
  @Test func refusesALargerS() throws {
    let half = try KeyMaterial(.ed25519, .okp(.ed25519, x: bytes(hex: Self.ed25519.x)), nil)
    var signature = bytes(hex: Self.ed25519.signature)
    let order = bytes(hex: "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
    var carry = 0
    for index in 0..<32 {
      let sum = Int(signature[32 + index]) + Int(order[index]) + carry
      signature[32 + index] = UInt8(sum & 0xff)
      carry = sum >> 8
    }
    #expect(try !half.holds([], signature))
  }

  @Test(arguments: [
    (EdwardsCurve.ed25519, Algorithm.ed448), (.ed448, .ed25519), (.ed25519, .es256), (.ed448, .hs256),
    (.ed25519, .rs256),
  ])
  func servesItsOwnPinsOnly(_ curve: EdwardsCurve, _ algorithm: Algorithm) throws {
    let (x, d) = curve == .ed25519 ? (Self.ed25519.x, Self.ed25519.d) : (Self.ed448.x, Self.ed448.d)
    #expect(refusal { _ = try KeyMaterial(algorithm, .okp(curve, x: bytes(hex: x)), nil) } == .keyMismatch)
    #expect(
      refusal { _ = try KeyMaterial(algorithm, .okp(curve, x: bytes(hex: x)), .scalar(try secret(bytes(hex: d)))) }
        == .keyMismatch)
  }

  @Test(arguments: [EdwardsCurve.ed25519, .ed448]) func refusesHalvesThatDiffer(_ curve: EdwardsCurve) throws {
    let algorithm: Algorithm = curve == .ed25519 ? .ed25519 : .ed448
    let other = try TestKeys.publicComponents(try KeyMaterial.generate(algorithm))
    let d = bytes(hex: curve == .ed25519 ? Self.ed25519.d : Self.ed448.d)
    #expect(refusal { _ = try KeyMaterial(algorithm, other, .scalar(try secret(d))) } == .keyFormat)
    guard case .okp(_, let x) = other else { return }
    #expect(refusal { _ = try KeyMaterial(algorithm, .okp(curve, x: Array(x.dropLast())), nil) } == .keyFormat)
    #expect(refusal { _ = try KeyMaterial(algorithm, .okp(curve, x: x + [0]), nil) } == .keyFormat)
    #expect(refusal { _ = try KeyMaterial(algorithm, .okp(curve, x: x), .scalar(try secret(d + [0]))) } == .keyFormat)
    #expect(
      refusal { _ = try KeyMaterial(algorithm, .okp(curve, x: x), .scalar(try secret(Array(d.dropLast())))) }
        == .keyFormat)
  }
}
