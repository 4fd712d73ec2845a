import Testing

@testable import PinJWTCrypto

@Suite struct SecretCheckTests {
  private func refused(_ bytes: [UInt8], _ algorithm: Algorithm = .hs256) -> Status? {
    refusal { _ = try KeyMaterial(algorithm, secret: bytes.span) }
  }

  private func refusedAsK(_ bytes: [UInt8], _ algorithm: Algorithm = .hs256) -> Status? {
    refusal { _ = try KeyMaterial(algorithm, k: try secret(bytes)) }
  }

  @Test(arguments: [(Algorithm.hs256, 32), (.hs384, 48), (.hs512, 64)]) func boundsTheLength(
    _ algorithm: Algorithm, _ least: Int
  ) {
    for (count, status) in [(0, Status.keyWeak), (least - 1, .keyWeak), (least, nil), (255, nil), (256, .keyFormat)] {
      #expect(refused(pseudoRandom(count), algorithm) == status)
    }
    for (count, status) in [(0, Status.keyWeak), (least - 1, .keyWeak), (least, nil), (1024, nil), (1025, .keyFormat)] {
      #expect(refusedAsK(pseudoRandom(count), algorithm) == status)
    }
  }

  @Test(arguments: Algorithm.allCases.filter { !$0.isSymmetric }) func isForHMACOnly(_ algorithm: Algorithm) {
    let bytes = pseudoRandom(64)
    #expect(refused(bytes, algorithm) == .keyMismatch)
    #expect(refusedAsK(bytes, algorithm) == .keyMismatch)
  }

  static let disguises = [
    TestPEM.spki, "\n " + TestPEM.spki, TestPEM.certificate, "-----BEGIN RSA PUBLIC KEY-----",
    "-----BEGIN CERTIFICATE-----\n",
    "some text before -----BEGIN PUBLIC KEY-----", "---- BEGIN SSH2 PUBLIC KEY ----\n",
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ",
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNo",
    "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZ", "sk-ecdsa-sha2-nistp256@openssh.com AAAA",
    "AAAAB3NzaC1yc2EAAAADAQABAAABgQC",
    "AAAAC3NzaC1lZDI1NTE5AAAAIJ", "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAI", #"{"kty":"oct","k":"AAAA"}"#,
    " \n{ \"use\":\"sig\", \"kty\" : \"RSA\"}", #"{"keys":[]}"#, #"{"k\u0074y":"oct"}"#, #"[{"kty":"oct"}]"#,
    "\u{feff}{\"kty\":\"oct\"}",
  ]

  @Test(arguments: disguises) func refusesWhatIsReallyAKey(_ text: String) {
    // Long enough, so that it is not refused as weak.
    let bytes = utf8(text) + [UInt8](repeating: 0x20, count: max(0, 64 - text.utf8.count))
    #expect(refused(bytes) == .keyFormat)
    #expect(refusedAsK(bytes) == .keyFormat)
    #expect(refused(utf8(text)) == .keyFormat)
  }

  @Test(arguments: [TestPEM.spki, TestPEM.sec1, TestPEM.pkcs8, TestPEM.certificate, TestPEM.weakRSA]) func refusesDER(
    _ pem: String
  ) throws {
    let der = try TestPEM.der(pem)
    #expect(refused(der) == .keyFormat)
    #expect(refusedAsK(der) == .keyFormat)
    let body = utf8(pem.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined())
    #expect(refused(body) == .keyFormat)
    #expect(refusedAsK(body) == .keyFormat)
    #expect(refusedAsK(utf8(" ") + body + utf8("\n")) == .keyFormat)
    let forURLs = text(body).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    #expect(refused(utf8(forURLs)) == .keyFormat)
    #expect(refusedAsK(utf8(forURLs)) == .keyFormat)
    let hex = der.flatMap { [hexDigit($0 >> 4), hexDigit($0)] }
    #expect(refused(hex) == .keyFormat)
    #expect(refusedAsK(hex) == .keyFormat)
  }

  @Test func refusesSSHKeysAsBytes() {
    #expect(refused([0, 0, 0, 11] + utf8("ssh-ed25519") + [0, 0, 0, 32] + pseudoRandom(32)) == .keyFormat)
  }

  @Test(arguments: [
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A", "{9d2f7c6b1e8a4035fe7711c0d2b89e64", "ssh9d2f7c6b1e8a4035fe7711c0d2b89e64",
    "AAAA9d2f7c6b1e8a4035fe7711c0d2b89e64", "-----BEGINNING-9d2f7c6b1e8a4035fe7711c0d2b89e64",
    "30649d2f7c6b1e8a4035fe7711c0d2b89e64",
  ])
  func takesTextsThatOnlyLookAlike(_ text: String) {
    #expect(refused(utf8(text)) == nil)
  }

  @Test func takesBytesThatOnlyLookLikeDER() {
    var bytes = pseudoRandom(32)
    bytes[0] = 0x30
    #expect(refused(bytes) == nil)
    bytes[1] = 30
    #expect(refused(bytes) == nil)
    bytes[2] = 0x02
    #expect(refused(bytes) == .keyFormat)
    bytes[1] = 29
    #expect(refused(bytes) == nil)
    for second in UInt8(0x80)...0xff {
      bytes[1] = second
      #expect(refused(bytes) == nil)
    }
  }
}
