// Private keys out of DER. libcrypto's own decoders free copies of a key without wiping them, so only numbers are read
// here, into guarded memory, and the key is built from them as one out of a JWK is.

/// Reads a private key in one of its three forms. nil means that the bytes are not in that form, or go on behind it.
enum PrivateKeyReader {
  private typealias Tag = DERCursor.Tag

  /// PrivateKeyInfo (RFC 5208 §5), or OneAsymmetricKey, which may hold the public key too (RFC 5958 §2).
  static func pkcs8(_ algorithm: Algorithm, _ der: borrowing Span<UInt8>) throws(Failure) -> KeyMaterial? {
    guard let content = DERCursor.only(Tag.sequence, der, in: der.indices) else { return nil }
    var cursor = DERCursor(content)
    guard let version = cursor.nextInteger(der), version.count == 1, der[version.lowerBound] <= 1 else { return nil }
    let identifierStart = cursor.rest.lowerBound
    guard let identifier = cursor.next(Tag.sequence, der) else { return nil }
    let identifierEnd = cursor.rest.lowerBound
    guard let key = cursor.next(Tag.octetString, der) else { return nil }
    // Attributes say nothing about the key itself.
    if cursor.isNext(Tag.context0, der), cursor.next(Tag.context0, der) == nil { return nil }
    var publicKey: [UInt8]?
    if der[version.lowerBound] == 1, cursor.isNext(Tag.publicKey, der) {
      guard let bits = cursor.next(Tag.publicKey, der), let first = bits.first, der[first] == 0 else { return nil }
      var bytes: [UInt8] = []
      bytes.append(bytes: der.extracting(bits.dropFirst()))
      publicKey = bytes
    }
    guard cursor.isAtEnd else { return nil }

    var parts = DERCursor(identifier)
    guard let kind = parts.next(Tag.objectIdentifier, der) else { return nil }
    let parameters = parts.rest
    switch ObjectIdentifier(der.extracting(kind)) {
    case .rsa:
      guard parameters.isEmpty || DERCursor.only(Tag.null, der, in: parameters)?.isEmpty == true else {
        throw malformed
      }
      guard let material = try pkcs1(algorithm, der, in: key) else { throw malformed }
      return material
    case .rsaPSS:
      guard algorithm.family == .rsaPSS else { throw Failure.mismatch(algorithm) }
      guard let numbers = try rsaNumbers(der, in: key) else { throw malformed }
      let identifier = der.extracting(identifierStart..<identifierEnd)
      return .libcrypto(try LibcryptoKey.rsaPSS(algorithm, identifier, numbers.n, numbers.e, numbers.secret))
    case .ec:
      guard let material = try sec1(algorithm, der, in: key, parameters) else { throw malformed }
      return material
    case .ed25519:
      return try edwards(.ed25519, algorithm, der, in: key, parameters, publicKey)
    case .ed448:
      return try edwards(.ed448, algorithm, der, in: key, parameters, publicKey)
    case .other:
      throw Failure.mismatch(algorithm)
    }
  }

  /// RSAPrivateKey (RFC 8017 §A.1.2) of two primes.
  static func pkcs1(
    _ algorithm: Algorithm, _ der: borrowing Span<UInt8>, in range: Range<Int>
  ) throws(Failure) -> KeyMaterial? {
    guard let numbers = try rsaNumbers(der, in: range) else { return nil }
    return try KeyMaterial(algorithm, .rsa(n: numbers.n, e: numbers.e), .rsa(numbers.secret))
  }

  /// ECPrivateKey (RFC 5915 §3). `parameters` are those that stand beside it in PKCS#8.
  static func sec1(
    _ algorithm: Algorithm, _ der: borrowing Span<UInt8>, in range: Range<Int>, _ parameters: Range<Int>? = nil
  ) throws(Failure) -> KeyMaterial? {
    guard let content = DERCursor.only(Tag.sequence, der, in: range) else { return nil }
    var cursor = DERCursor(content)
    guard cursor.skip(version: 1, der), let scalar = cursor.next(Tag.octetString, der) else { return nil }
    var own: Range<Int>?
    if cursor.isNext(Tag.context0, der) {
      own = cursor.next(Tag.context0, der)
      if own == nil { return nil }
    }
    var point: Range<Int>?
    if cursor.isNext(Tag.context1, der) {
      guard let wrapped = cursor.next(Tag.context1, der),
        let bits = DERCursor.only(Tag.bitString, der, in: wrapped), !bits.isEmpty, der[bits.lowerBound] == 0
      else { return nil }
      point = bits.dropFirst()
    }
    guard cursor.isAtEnd, let named = parameters ?? own else { return nil }
    // Both at once must say the same: which of them counts would be open.
    if let own, !der.extracting(own).equals(der.extracting(named)) { return nil }

    guard let curve = algorithm.curve else { throw Failure.mismatch(algorithm) }
    guard let name = DERCursor.only(Tag.objectIdentifier, der, in: named) else {
      throw Failure(.keyFormat, "curve", "The key spells out its curve; write it with a named curve.")
    }
    guard der.extracting(name).equals(hex: curve.objectIdentifier) else {
      throw Failure(
        .keyMismatch, "curve", "The key is on another curve than \(curve.name), which \(algorithm) requires.")
    }
    guard scalar.count <= curve.coordinateLength else { return nil }
    // Some writers leave leading zeros out.
    let d = try SecretBytes.make(count: curve.coordinateLength)
    var target = d.mutableBytes
    for (offset, index) in scalar.enumerated() {
      target[curve.coordinateLength - scalar.count + offset] = der[index]
    }
    let (x, y) =
      if let point { try ECPoint.coordinates(curve, der.extracting(point)) } else { try ECPoint.coordinates(curve, d) }
    return .libcrypto(try LibcryptoKey.ec(algorithm, curve, x, y, d))
  }

  /// CurvePrivateKey (RFC 8410 §7).
  private static func edwards(
    _ curve: EdwardsCurve, _ algorithm: Algorithm, _ der: borrowing Span<UInt8>, in range: Range<Int>,
    _ parameters: Range<Int>, _ publicKey: [UInt8]?
  ) throws(Failure) -> KeyMaterial {
    guard algorithm.serves(curve) else { throw Failure.mismatch(algorithm) }
    guard parameters.isEmpty, let key = DERCursor.only(Tag.octetString, der, in: range) else { throw malformed }
    let secret = try SecretBytes.make(copying: der.extracting(key))
    switch curve {
    case .ed25519: return .ed25519(try Ed25519Key.make(algorithm, seed: secret, publicKey: publicKey))
    case .ed448:
      guard let publicKey else { return .libcrypto(try LibcryptoKey.ed448(algorithm, privateKey: secret)) }
      return try KeyMaterial(algorithm, .okp(.ed448, x: publicKey), .scalar(secret))
    }
  }

  private static func rsaNumbers(
    _ der: borrowing Span<UInt8>, in range: Range<Int>
  ) throws(Failure) -> (n: [UInt8], e: [UInt8], secret: RSAPrivateComponents)? {
    guard let content = DERCursor.only(Tag.sequence, der, in: range) else { return nil }
    var cursor = DERCursor(content)
    // Version 1 has more than two primes.
    guard cursor.skip(version: 0, der), let n = cursor.nextInteger(der), let e = cursor.nextInteger(der),
      let d = cursor.nextInteger(der), let p = cursor.nextInteger(der), let q = cursor.nextInteger(der),
      let dp = cursor.nextInteger(der), let dq = cursor.nextInteger(der), let qi = cursor.nextInteger(der),
      cursor.isAtEnd
    else { return nil }
    var (modulus, exponent): ([UInt8], [UInt8]) = ([], [])
    modulus.append(bytes: der.extracting(n))
    exponent.append(bytes: der.extracting(e))
    let secret = RSAPrivateComponents(
      d: try SecretBytes.make(copying: der.extracting(d)), p: try SecretBytes.make(copying: der.extracting(p)),
      q: try SecretBytes.make(copying: der.extracting(q)), dp: try SecretBytes.make(copying: der.extracting(dp)),
      dq: try SecretBytes.make(copying: der.extracting(dq)), qi: try SecretBytes.make(copying: der.extracting(qi)))
    return (modulus, exponent, secret)
  }

  private static var malformed: Failure {
    Failure(.keyFormat, "key", "The private key inside the PKCS#8 structure is malformed; make the file anew.")
  }
}

/// The kinds of keys that PKCS#8 names (RFC 8017 §A, RFC 5480 §2.1.1, RFC 8410 §3).
private enum ObjectIdentifier {
  case rsa, rsaPSS, ec, ed25519, ed448, other

  init(_ bytes: borrowing Span<UInt8>) {
    if bytes.equals(hex: "2a864886f70d010101") {
      self = .rsa
    } else if bytes.equals(hex: "2a864886f70d01010a") {
      self = .rsaPSS
    } else if bytes.equals(hex: "2a8648ce3d0201") {
      self = .ec
    } else if bytes.equals(hex: "2b6570") {
      self = .ed25519
    } else if bytes.equals(hex: "2b6571") {
      self = .ed448
    } else {
      self = .other
    }
  }
}

extension Curve {
  /// RFC 5480 §2.1.1.1, SEC 2 §A.2.1.
  fileprivate var objectIdentifier: StaticString {
    switch self {
    case .p256: "2a8648ce3d030107"
    case .p384: "2b81040022"
    case .p521: "2b81040023"
    case .secp256k1: "2b8104000a"
    }
  }
}

extension Span where Element == UInt8 {
  /// Whether these bytes are those that `text` says in lower-case hexadecimal digits.
  fileprivate func equals(hex text: StaticString) -> Bool {
    guard text.utf8CodeUnitCount == 2 * count else { return false }
    // Sound: the pointer is valid inside the closure for utf8CodeUnitCount bytes, which is twice `count`.
    return text.withUTF8Buffer { digits in
      for index in 0..<count
      where unsafe digits[2 * index] != hexDigit(self[index] >> 4) || digits[2 * index + 1] != hexDigit(self[index]) {
        return false
      }
      return true
    }
  }
}
