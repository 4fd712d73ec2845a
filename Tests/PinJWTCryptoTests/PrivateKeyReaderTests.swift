import Testing

@testable import PinJWTCrypto

/// Private keys in DER, put together here from the numbers of the key of `TestPEM`.
@Suite struct PrivateKeyReaderTests {
  private let ec = "2a8648ce3d0201"
  private let p256 = "2a8648ce3d030107"

  private func element(_ tag: UInt8, _ parts: [UInt8]...) -> [UInt8] {
    let content = parts.flatMap { $0 }
    let length = UInt8(truncatingIfNeeded: content.count)
    return content.count < 0x80
      ? [tag, length] + content
      : content.count < 0x100
        ? [tag, 0x81, length] + content : [tag, 0x82, UInt8(content.count >> 8), length] + content
  }

  private func name(_ identifier: String) -> [UInt8] { element(6, bytes(hex: identifier)) }
  private func parameters(_ identifier: String) -> [UInt8] { element(0xa0, name(identifier)) }
  private func point(_ point: String) -> [UInt8] { element(0xa1, element(3, [0], bytes(hex: point))) }

  private func sec1(_ d: String = TestPEM.d, _ rest: [UInt8]..., version: UInt8 = 1) -> [UInt8] {
    element(0x30, [2, 1, version], element(4, bytes(hex: d)), rest.flatMap { $0 })
  }

  private func pkcs8(_ identifier: [UInt8], _ key: [UInt8], _ rest: [UInt8] = [], version: UInt8 = 0) -> [UInt8] {
    element(0x30, [2, 1, version], element(0x30, identifier), element(4, key), rest)
  }

  private func status(_ der: [UInt8], _ algorithm: Algorithm = .es256) -> Status? {
    refusal { _ = try KeyMaterial(algorithm, der: der.span) }
  }

  /// Whether the private key is read, with its public half.
  private func isTheKey(_ der: [UInt8]) throws -> Bool {
    let material = try KeyMaterial(.es256, der: der.span)
    guard case .ec(.p256, let x, let y) = try material.publicComponents(),
      case .scalar(let d) = try material.privateComponents()
    else { return false }
    return hex(x) == TestPEM.x && hex(y) == TestPEM.y && hex(bytes(d)) == TestPEM.d
  }

  /// PBES2 and PBES1 with 2^24 iterations, which would take minutes, and with one fewer, which are only wrong.
  @Test func boundsTheIterationsOfAPassphrase() throws {
    func iterations(_ bytes: [UInt8]) -> [UInt8] { element(2, bytes) }
    let salt = element(4, [UInt8](repeating: 7, count: 8))
    let sealed = element(4, [UInt8](repeating: 9, count: 48))
    let passphrase = utf8("x")
    let iv = element(4, [UInt8](repeating: 1, count: 16))
    func pbes2(_ count: [UInt8]) -> [UInt8] {
      let derivation = element(0x30, name("2a864886f70d01050c"), element(0x30, salt, iterations(count)))
      let cipher = element(0x30, name("60864801650304012a"), iv)
      let scheme = element(0x30, name("2a864886f70d01050d"), element(0x30, derivation, cipher))
      return element(0x30, scheme, sealed)
    }
    let much = pbes2([1, 0, 0, 0])
    #expect(refusal { _ = try EncryptedKey.decrypt(much.span, passphrase.span) } == .unsupported)
    let old = element(
      0x30, element(0x30, name("2a864886f70d01050a"), element(0x30, salt, iterations([1, 0, 0, 0]))), sealed)
    #expect(refusal { _ = try EncryptedKey.decrypt(old.span, passphrase.span) } == .unsupported)
    let fewer = pbes2([3])
    #expect(refusal { _ = try EncryptedKey.decrypt(fewer.span, passphrase.span) } == .keyPassphrase)
  }

  /// The keys of RFC 8410 §10.3, without and with attributes and the public key.
  @Test func readsKeysThatHoldTheirPublicHalf() throws {
    let short = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC"
    let long =
      "MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC"
      + "oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
    func pem(_ body: String) -> [UInt8] { utf8("-----BEGIN PRIVATE KEY-----\n\(body)\n-----END PRIVATE KEY-----\n") }
    let none: [UInt8] = []
    let (first, second) = (pem(short), pem(long))
    let alone = try KeyMaterial(.eddsa, pem: first.span, passphrase: none.span)
    let pair = try KeyMaterial(.eddsa, pem: second.span, passphrase: none.span)
    guard case .okp(.ed25519, let x) = try alone.publicComponents(),
      case .okp(.ed25519, let y) = try pair.publicComponents()
    else {
      Issue.record("not on Ed25519")
      return
    }
    #expect(x == y)
    #expect(hex(x) == "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1")
    let wrong = pem(long.replacing("Gb9ECWmE", with: "Gb9ECWmF"))
    #expect(refusal { _ = try KeyMaterial(.eddsa, pem: wrong.span, passphrase: none.span) } == .keyFormat)
  }

  @Test func readsPointsInEachForm() throws {
    let uncompressed = "04" + TestPEM.x + TestPEM.y
    // y ends in an odd byte.
    let compressed = "03" + TestPEM.x
    for form in [[], point(uncompressed), point(compressed)] {
      #expect(try isTheKey(sec1(TestPEM.d, parameters(p256), form)))
      #expect(try isTheKey(pkcs8(name(ec) + name(p256), sec1(TestPEM.d, form))))
      #expect(try isTheKey(pkcs8(name(ec) + name(p256), sec1(TestPEM.d, parameters(p256), form))))
    }
    for wrong in ["02" + TestPEM.x, "04" + TestPEM.x + TestPEM.x, "00", "", "04", "05" + TestPEM.x] {
      #expect(status(sec1(TestPEM.d, parameters(p256), point(wrong))) == .keyFormat, "\(wrong)")
    }
  }

  @Test func bindsTheCurve() {
    let p384 = "2b81040022"
    #expect(status(sec1(TestPEM.d)) == .keyFormat)
    #expect(status(sec1(TestPEM.d, parameters(p384))) == .keyMismatch)
    #expect(status(sec1(TestPEM.d, parameters(p256)), .es384) == .keyMismatch)
    #expect(status(sec1(TestPEM.d, parameters(p256)), .es256k) == .keyMismatch)
    #expect(status(sec1(TestPEM.d, parameters(p256)), .rs256) == .keyMismatch)
    #expect(status(pkcs8(name(ec) + name(p384), sec1(TestPEM.d))) == .keyMismatch)
    #expect(status(pkcs8(name(ec) + name(p256), sec1(TestPEM.d, parameters(p384)))) == .keyFormat)
    #expect(status(pkcs8(name(ec), sec1(TestPEM.d, parameters(p256)))) == .keyFormat)
    #expect(status(pkcs8(name(ec) + element(0x30, [2, 1, 1]), sec1(TestPEM.d))) == .keyFormat)
    #expect(status(pkcs8(name(ec) + name(p256) + [5, 0], sec1(TestPEM.d))) == .keyFormat)
  }

  @Test func limitsTheScalar() throws {
    let short = String(repeating: "01", count: 31)
    #expect(status(sec1(short, parameters(p256))) == nil)
    #expect(status(sec1("00" + short, parameters(p256))) == nil)
    #expect(status(sec1("0000" + short, parameters(p256))) == .keyFormat)
    for wrong in ["", "00", String(repeating: "ff", count: 32)] {
      #expect(status(sec1(wrong, parameters(p256))) == .keyFormat, "\(wrong)")
    }
    #expect(status(sec1(short, parameters(p256), point("04" + TestPEM.x + TestPEM.y))) == .keyFormat)
  }

  @Test func refusesOtherStructures() {
    let key = sec1(TestPEM.d)
    #expect(status(pkcs8(name(ec) + name(p256), key, element(0xa0, [0x30, 0]))) == nil)
    #expect(status(pkcs8(name(ec) + name(p256), key, [5, 0])) == .keyFormat)
    #expect(status(pkcs8(name(ec) + name(p256), key, version: 2)) == .keyFormat)
    #expect(status(pkcs8(name(ec) + name(p256), key + [0])) == .keyFormat)
    #expect(status(pkcs8(name("2a8648ce3d0209") + name(p256), key)) == .keyMismatch)
    #expect(status(sec1(TestPEM.d, parameters(p256), version: 2)) == .keyFormat)
    #expect(status(sec1(TestPEM.d, parameters(p256), [5, 0])) == .keyFormat)
  }

  @Test func readsEdwardsKeys() {
    for (algorithm, identifier, length) in [(Algorithm.ed25519, "2b6570", 32), (.ed448, "2b6571", 57)] {
      let key = [UInt8](repeating: 7, count: length)
      #expect(status(pkcs8(name(identifier), element(4, key)), algorithm) == nil)
      #expect(status(pkcs8(name(identifier), element(4, key)), .es256) == .keyMismatch)
      #expect(status(pkcs8(name(identifier), element(4, key + [7])), algorithm) == .keyFormat)
      #expect(status(pkcs8(name(identifier), element(4, key) + [0]), algorithm) == .keyFormat)
      #expect(status(pkcs8(name(identifier) + [5, 0], element(4, key)), algorithm) == .keyFormat)
      #expect(status(pkcs8(name(identifier), key), algorithm) == .keyFormat)
    }
  }

  @Test func readsRSAKeys() throws {
    let (n, e, secret) = try TestKeys.rsaNumbers()
    func integer(_ bytes: [UInt8]) -> [UInt8] { element(2, (bytes.first ?? 0) >= 0x80 ? [0] : [], bytes) }
    let numbers = [
      n, e, bytes(secret.d), bytes(secret.p), bytes(secret.q), bytes(secret.dp), bytes(secret.dq), bytes(secret.qi),
    ]
    let body = numbers.flatMap(integer)
    let key = element(0x30, [2, 1, 0], body)
    let rsa = name("2a864886f70d010101")
    #expect(status(key, .rs256) == nil)
    #expect(status(pkcs8(rsa + [5, 0], key), .ps256) == nil)
    #expect(status(pkcs8(rsa, key), .rs256) == nil)
    #expect(status(pkcs8(rsa + [5, 1, 0], key), .rs256) == .keyFormat)
    #expect(status(pkcs8(rsa + [5, 0], key), .es256) == .keyMismatch)
    #expect(status(element(0x30, [2, 1, 1], body), .rs256) == .keyFormat)
    #expect(status(element(0x30, [2, 1, 0], body, [2, 1, 1]), .rs256) == .keyFormat)
    // Negative, with a needless zero, empty.
    for wrong in [[0xff], [0, 1, 0, 1], []] as [[UInt8]] {
      let changed = integer(n) + element(2, wrong) + numbers[2...].flatMap(integer)
      #expect(status(element(0x30, [2, 1, 0], changed), .rs256) == .keyFormat, "\(wrong)")
    }
    let pss = name("2a864886f70d01010a")
    #expect(status(pkcs8(pss, key), .ps384) == nil)
    #expect(status(pkcs8(pss, key), .rs256) == .keyMismatch)
    #expect(status(pkcs8(pss + [4, 0], key), .ps384) == .keyFormat)
  }

  @Test(arguments: [
    "0401", "04", "", "048000", "04810100", "0482000100", "0484000000010000", "058100", "0402ff",
  ])
  func refusesLengthsThatAreNotDER(_ text: String) {
    let der = bytes(hex: text)
    #expect(DERCursor.only(4, der.span, in: der.indices) == nil)
  }
}
