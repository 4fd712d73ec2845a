import Testing

@testable import PinJWTCrypto

@Suite struct PEMTests {
  private func refused(_ pem: String, _ passphrase: String = "", _ algorithm: Algorithm = .es256) -> Status? {
    refusal { _ = try read(algorithm, pem: pem, passphrase) }
  }

  /// Whether it is the key of these tests.
  private func isTheKey(_ material: KeyMaterial, isPrivate: Bool) throws -> Bool {
    guard case .ec(.p256, let x, let y) = try material.publicComponents() else { return false }
    guard hex(x) == TestPEM.x, hex(y) == TestPEM.y, material.isPrivate == isPrivate else { return false }
    guard case .scalar(let d) = try material.privateComponents() else { return !isPrivate }
    return hex(bytes(d)) == TestPEM.d
  }

  @Test(arguments: [TestPEM.sec1, TestPEM.pkcs8, TestPEM.parameters + TestPEM.sec1]) func readsPrivateKeys(
    _ pem: String
  ) throws {
    #expect(try isTheKey(try read(.es256, pem: pem), isPrivate: true))
    #expect(try isTheKey(try read(.es256, pem: pem, "ignored"), isPrivate: true))
    #expect(try isTheKey(try read(.es256, pem: "some text\n" + pem.replacing("\n", with: "\r\n")), isPrivate: true))
  }

  @Test func readsPublicKeys() throws {
    #expect(try isTheKey(try read(.es256, pem: TestPEM.spki), isPrivate: false))
    #expect(refused(TestPEM.explicitCurve) == .keyFormat)
  }

  @Test(arguments: [TestPEM.encrypted, TestPEM.traditional]) func opensEncryptedKeys(_ pem: String) throws {
    #expect(try isTheKey(try read(.es256, pem: pem, "open"), isPrivate: true))
    #expect(try isTheKey(try read(.es256, pem: pem.replacing("\n", with: "\r\n"), "open"), isPrivate: true))
    for wrong in ["", "Open", "open ", "ope", String(repeating: "x", count: 1024)] {
      #expect(refused(pem, wrong) == .keyPassphrase, "\(wrong)")
    }
  }

  @Test(arguments: [
    "", "text", TestPEM.certificate, TestPEM.parameters, TestPEM.sec1 + TestPEM.sec1, TestPEM.spki + TestPEM.pkcs8,
    TestPEM.sec1 + TestPEM.parameters, TestPEM.parameters + TestPEM.sec1 + TestPEM.parameters,
    "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
    TestPEM.spki.replacing("PUBLIC", with: "PRIVATE"), TestPEM.pkcs8.replacing("PRIVATE", with: "PUBLIC"),
    TestPEM.pkcs8.replacing("PRIVATE KEY", with: "OPENSSH PRIVATE KEY"),
    TestPEM.pkcs8.replacing("PRIVATE", with: "DSA PRIVATE"),
    TestPEM.sec1.replacing("-----\nMHc", with: "-----\nComment: x\n\nMHc"),
  ])
  func refusesWhatIsNoKey(_ pem: String) {
    #expect(refused(pem) == .keyFormat)
  }

  @Test func refusesWhatIsBehindTheKey() throws {
    let der = try TestPEM.der(TestPEM.pkcs8) + [0]
    #expect(refused(try TestPEM.pem("PRIVATE KEY", der)) == .keyFormat)
    #expect(refusal { _ = try KeyMaterial(.es256, der: der.span) } == .keyFormat)
    #expect(refusal { _ = try KeyMaterial(.es256, der: der.span.extracting(first: der.count - 1)) } == nil)
    #expect(refusal { _ = try KeyMaterial(.es256, der: der.span.extracting(first: der.count - 2)) } == .keyFormat)
  }

  @Test func limitsTheLength() throws {
    let padding = 65536 - TestPEM.spki.utf8.count
    #expect(refused(String(repeating: "x", count: padding) + TestPEM.spki) == nil)
    #expect(refused(String(repeating: "x", count: padding + 1) + TestPEM.spki) == .keyFormat)
    let der = [UInt8](repeating: 0x30, count: 65537)
    #expect(refusal { _ = try KeyMaterial(.es256, der: der.span) } == .keyFormat)
  }

  @Test(arguments: Algorithm.allCases.filter { $0 != .es256 }) func fitsTheKeyToThePin(_ algorithm: Algorithm) throws {
    #expect(refused(TestPEM.pkcs8, "", algorithm) == .keyMismatch)
    #expect(refused(TestPEM.spki, "", algorithm) == .keyMismatch)
    #expect(refused(TestPEM.encrypted, "open", algorithm) == .keyMismatch)
    let der = try TestPEM.der(TestPEM.sec1)
    #expect(refusal { _ = try KeyMaterial(algorithm, der: der.span) } == .keyMismatch)
  }

  @Test func refusesOtherKindsOfKeys() {
    #expect(refused(TestPEM.x25519, "", .eddsa) == .keyMismatch)
    #expect(refused(TestPEM.weakRSA, "", .rs256) == .keyWeak)
  }

  @Test(arguments: [TestPEM.sec1, TestPEM.pkcs8, TestPEM.spki]) func readsDER(_ pem: String) throws {
    let der = try TestPEM.der(pem)
    #expect(try isTheKey(try KeyMaterial(.es256, der: der.span), isPrivate: pem != TestPEM.spki))
  }

  /// That the passphrase is right or wrong cannot be known then.
  @Test(arguments: ["open", "wrong"]) func tellsWhatLibcryptoDoesNotOffer(_ passphrase: String) throws {
    #expect(refused(TestPEM.legacyCipher, passphrase) == .unsupported)
    #expect(refused(TestPEM.traditional.replacing("AES-128-CBC", with: "X-128-CBC"), passphrase) == .unsupported)
    for headers in ["Comment: ENCRYPTED", "Proc-Type: 4,ENCRYPTED", "Proc-Type: 4,ENCRYPTED\nDEK-Info:"] {
      let key = TestPEM.sec1.replacing("KEY-----\nMHc", with: "KEY-----\n\(headers)\n\nMHc")
      #expect(refused(key, passphrase) == .unsupported, "\(headers)")
    }
    let des = "DES-CBC,3DAE333C149F39A1\n"
    let traditional = TestPEM.traditional.replacing("AES-128-CBC,3DAE333C149F39A1D718E623CAD86ADF\n", with: des)
    #expect(traditional.contains(des))
    #expect(refused(traditional, passphrase) == .unsupported)
    let der = try TestPEM.der(TestPEM.encrypted)
    // PBES2, PBKDF2, hmacWithSHA256, aes256-CBC.
    for name in ["2a864886f70d01050d", "2a864886f70d01050c", "2a864886f70d0209", "60864801650304012a"] {
      let known = bytes(hex: name)
      let last = try #require((0..<der.count - known.count).first { Array(der[$0..<$0 + known.count]) == known })
      var changed = der
      changed[last + known.count - 1] = 0x7f
      #expect(refused(try TestPEM.pem("ENCRYPTED PRIVATE KEY", changed), passphrase) == .unsupported, "\(name)")
    }
  }

  @Test func refusesMalformedEncryption() throws {
    let der = try TestPEM.der(TestPEM.encrypted)
    #expect(refused(try TestPEM.pem("ENCRYPTED PRIVATE KEY", der), "open") == nil)
    #expect(refused(try TestPEM.pem("ENCRYPTED PRIVATE KEY", der + [0]), "open") == .keyFormat)
    let longer = der + [0]
    #expect(refusal { _ = try KeyMaterial(.es256, der: longer.span) } == .keyFormat)
    // The number of rounds becomes an OCTET STRING.
    let rounds = try #require((0..<der.count - 4).first { Array(der[$0..<$0 + 4]) == [2, 2, 0x03, 0xe8] })
    var changed = der
    changed[rounds] = 4
    #expect(refused(try TestPEM.pem("ENCRYPTED PRIVATE KEY", changed), "open") == .keyFormat)
  }

  @Test func refusesEncryptedDER() throws {
    let der = try TestPEM.der(TestPEM.encrypted)
    #expect(refusal { _ = try KeyMaterial(.es256, der: der.span) } == .keyPassphrase)
  }

  @Test func survivesChangedDER() throws {
    for pem in [TestPEM.sec1, TestPEM.pkcs8, TestPEM.spki, TestPEM.encrypted, TestPEM.x25519] {
      let der = try TestPEM.der(pem)
      for index in der.indices {
        var changed = der
        changed[index] ^= 0x41
        let status = refusal { _ = try KeyMaterial(.es256, der: changed.span) }
        #expect([nil, .keyFormat, .keyMismatch, .keyPassphrase].contains(status), "\(String(describing: status))")
      }
    }
  }
}
