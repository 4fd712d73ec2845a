import Testing

@testable import PinJWTCrypto

func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Bytes that look random and are the same in every run: a secret that is not refused as guessable.
func pseudoRandom(_ count: Int) -> [UInt8] {
  var word: UInt64 = 0x5eed
  return (0..<count).map { _ in
    word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: word >> 56)
  }
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

func hex(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

func bytes(hex text: String) -> [UInt8] {
  let digits = text.compactMap { $0.hexDigitValue.map(UInt8.init) }
  return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

func bytes(_ secret: SecretBytes) -> [UInt8] {
  var copy: [UInt8] = []
  copy.append(bytes: secret.bytes)
  return copy
}

func bytes(_ secret: borrowing SecretText) -> [UInt8] {
  var copy: [UInt8] = []
  copy.append(bytes: secret.bytes)
  return copy
}

func secret(_ bytes: [UInt8]) throws -> SecretBytes { try SecretBytes.make(copying: bytes.span) }

/// The status with which `body` refuses; nil when it does not.
func refusal(_ body: () throws -> Void) -> Status? {
  do {
    try body()
    return nil
  } catch {
    if let failure = error as? Failure { return failure.status }
    Issue.record("Another error than the library's: \(error)")
    return nil
  }
}

extension KeyMaterial {
  func signature(_ message: [UInt8]) throws -> [UInt8] {
    var signature = [UInt8](repeating: 0, count: signatureLength)
    var target = signature.mutableSpan
    try sign(message.span, into: &target)
    return signature
  }

  func holds(_ message: [UInt8], _ signature: [UInt8]) throws -> Bool {
    try verify(message.span, signature: signature.span)
  }
}

func read(_ algorithm: Algorithm, pem: String, _ passphrase: String = "") throws -> KeyMaterial {
  let (text, secret) = (utf8(pem), utf8(passphrase))
  return try KeyMaterial(algorithm, pem: text.span, passphrase: secret.span)
}

enum TestKeys {
  /// Made once: RSA takes a while.
  private static let rsa = Result { try KeyMaterial.generate(.rs256) }

  static func make(_ algorithm: Algorithm) throws -> KeyMaterial {
    guard algorithm.isRSA else { return try KeyMaterial.generate(algorithm) }
    return try KeyMaterial(algorithm, try publicComponents(rsa.get()), try rsa.get().privateComponents())
  }

  static func publicComponents(_ material: KeyMaterial) throws -> PublicComponents {
    guard let components = try material.publicComponents() else { throw Status.keyMismatch }
    return components
  }

  /// n and e, and the private numbers.
  static func rsaNumbers() throws -> (n: [UInt8], e: [UInt8], RSAPrivateComponents) {
    guard case .rsa(let n, let e) = try publicComponents(rsa.get()),
      case .rsa(let secret) = try rsa.get().privateComponents()
    else { throw Status.keyMismatch }
    return (n, e, secret)
  }

  static let asymmetric = Algorithm.allCases.filter { !$0.isSymmetric }
}

/// One key on P-256 in its forms, made for these tests.
enum TestPEM {
  static let parameters = """
    -----BEGIN EC PARAMETERS-----
    BggqhkjOPQMBBw==
    -----END EC PARAMETERS-----

    """
  static let sec1 = """
    -----BEGIN EC PRIVATE KEY-----
    MHcCAQEEIKrH/SF18+ouVjZhbUZwGEGgV8EaE5Vmy9ch8zp+Qw/JoAoGCCqGSM49
    AwEHoUQDQgAES+9KDUQyx9tvO0UGHYxFJrOuQk3EjIqGQEz+TkY0FIKNKcwq3H6X
    c0F0KvJVwdyd+l5mJ7Cpd5+/xiYl39w6Gw==
    -----END EC PRIVATE KEY-----

    """
  static let pkcs8 = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqsf9IXXz6i5WNmFt
    RnAYQaBXwRoTlWbL1yHzOn5DD8mhRANCAARL70oNRDLH2287RQYdjEUms65CTcSM
    ioZATP5ORjQUgo0pzCrcfpdzQXQq8lXB3J36XmYnsKl3n7/GJiXf3Dob
    -----END PRIVATE KEY-----

    """
  static let spki = """
    -----BEGIN PUBLIC KEY-----
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAES+9KDUQyx9tvO0UGHYxFJrOuQk3E
    jIqGQEz+TkY0FIKNKcwq3H6Xc0F0KvJVwdyd+l5mJ7Cpd5+/xiYl39w6Gw==
    -----END PUBLIC KEY-----

    """
  /// The passphrase is "open".
  static let encrypted = """
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAi+9SvPssZq4wICA+gw
    DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAa097eW5vvS1cnNXDgDGEcEgZAK
    QaFBPhkRuHuPNwH9Y64UcPZ76OmDjl++se7+wwHpma2zQxYQTSvs5pUU++XNROuA
    EVBzXeqDKsPSQKZEHCh9NzvKYwFQUvQgtEo/C62Fv42hHWjx7JcXbFZ+eMsEkFds
    X8+uETgxWmzvF0vnhKiRU2zAkVPvjHD20hts+qbYunFsyp8+oZ9QISGLd0CPBEU=
    -----END ENCRYPTED PRIVATE KEY-----

    """
  /// The passphrase is "open".
  static let traditional = """
    -----BEGIN EC PRIVATE KEY-----
    Proc-Type: 4,ENCRYPTED
    DEK-Info: AES-128-CBC,3DAE333C149F39A1D718E623CAD86ADF

    QHxLeLMYZsFAOWhvqTM0Lu9GXgUnLqWdhzSiIGDOAijezhl+pVuw2wio7028incz
    vOtRt/r0d6EbyREefORnBGCx9CKU7RuKNk+N6HYlNPSFBhJajxnY+Z4V6AI+KHtx
    vxaN9S/D+5S5fW1FhoaDxPNFKfwHd0rqTsCL9ME48cU=
    -----END EC PRIVATE KEY-----

    """
  /// Under DES, with MD5, which libcrypto no longer offers by itself.
  static let legacyCipher = """
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    MIGwMBsGCSqGSIb3DQEFAzAOBAgYmhv97NVQqgICCAAEgZAoJ7jRJc9y+06PaVLh
    FQH4Hz3gOiVc2/3k5anfxMOffx1TnvOfPBjSEOHKk6nxXmLDckce2pLETcZw27kY
    Hh+WPPKoAc5UBigV9VPrXxmZFYBb8qLgRZKKRTE+G6cIdrwggA5/T+1h3gcYP4MB
    Zg8+nXcjV0panmC+BxjobEdC4HvNvk9aHoHofbxTXIyQDig=
    -----END ENCRYPTED PRIVATE KEY-----

    """
  /// The curve is spelled out instead of named.
  static let explicitCurve = """
    -----BEGIN PUBLIC KEY-----
    MIIBSzCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAA
    AAAAAAAAAAAA////////////////MFsEIP////8AAAABAAAAAAAAAAAAAAAA////
    ///////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSd
    NgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5
    RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA
    //////////+85vqtpxeehPO5ysL8YyVRAgEBA0IABEvvSg1EMsfbbztFBh2MRSaz
    rkJNxIyKhkBM/k5GNBSCjSnMKtx+l3NBdCryVcHcnfpeZiewqXefv8YmJd/cOhs=
    -----END PUBLIC KEY-----

    """
  static let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBbjCCAROgAwIBAgIUPxmV028gLy9521qyw6/i1GlJsm0wCgYIKoZIzj0EAwIw
    DDEKMAgGA1UEAwwBdDAeFw0yNjExMjQyMjE2MzFaFw0zNjExMjEyMjE2MzFaMAwx
    CjAIBgNVBAMMAXQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARL70oNRDLH2287
    RQYdjEUms65CTcSMioZATP5ORjQUgo0pzCrcfpdzQXQq8lXB3J36XmYnsKl3n7/G
    JiXf3Dobo1MwUTAdBgNVHQ4EFgQUnhVTkVDvx6EcFlzELTeSnNxj0H0wHwYDVR0j
    BBgwFoAUnhVTkVDvx6EcFlzELTeSnNxj0H0wDwYDVR0TAQH/BAUwAwEB/zAKBggq
    hkjOPQQDAgNJADBGAiEAx/DA1Ya9TNSXj0fOJIyMjUswIgM6R1GWM4wmH8degc4C
    IQCL4eu+z6+JVFiDZlbkyKyOb4b3tgrrcjyoAIwUfWqKlA==
    -----END CERTIFICATE-----

    """
  static let weakRSA = """
    -----BEGIN PUBLIC KEY-----
    MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDYmVdtPk5Mg1Urw9kXPyDt/TPZ
    CEz4/O+3sRwsj4hIi0X/CSh0PU5HJgOMmKWeiW9pFF3vBDzkcizlLLx2HVRf/50w
    X15yj73H/QRrqJ1K0FdgaQSbcmRXXgKgdxan4cyqmdlLkk8wczr0sNREPJyz+Fb+
    5xiR30jQ04iK3yM0hwIDAQAB
    -----END PUBLIC KEY-----

    """
  static let x25519 = """
    -----BEGIN PRIVATE KEY-----
    MC4CAQAwBQYDK2VuBCIEIHh/mvZo79G8A6OjZAp5Srp3t0/m5M26g7aDxIlcMJJS
    -----END PRIVATE KEY-----

    """
  static let x = "4bef4a0d4432c7db6f3b45061d8c4526b3ae424dc48c8a86404cfe4e46341482"
  static let y = "8d29cc2adc7e977341742af255c1dc9dfa5e6627b0a9779fbfc62625dfdc3a1b"
  static let d = "aac7fd2175f3ea2e5636616d46701841a057c11a139566cbd721f33a7e430fc9"

  /// The text with one block of these bytes.
  static func pem(_ label: String, _ der: [UInt8]) throws -> String {
    var body = try SecretText()
    try Base64.append(der.span, to: &body)
    return "-----BEGIN \(label)-----\n\(text(bytes(body)))-----END \(label)-----\n"
  }

  /// The bytes of a text with one block.
  static func der(_ pem: String) throws -> [UInt8] {
    let text = utf8(pem)
    guard let block = try PEMBlock.next(text.span, from: 0) else { throw Status.keyFormat }
    let der = try block.decoded(text.span)
    return bytes(der)
  }
}
