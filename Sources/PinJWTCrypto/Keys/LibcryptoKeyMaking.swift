import COpenSSL

extension LibcryptoKey {
  // EVP_PKEY_PUBLIC_KEY and EVP_PKEY_KEYPAIR, whose macros Swift does not see.
  private static var publicSelection: Int32 { OSSL_KEYMGMT_SELECT_PUBLIC_KEY | parameterSelection }
  private static var pairSelection: Int32 { publicSelection | OSSL_KEYMGMT_SELECT_PRIVATE_KEY }
  private static var parameterSelection: Int32 {
    OSSL_KEYMGMT_SELECT_DOMAIN_PARAMETERS | OSSL_KEYMGMT_SELECT_OTHER_PARAMETERS
  }

  static func rsa(
    _ algorithm: Algorithm, _ n: [UInt8], _ e: [UInt8], _ secret: RSAPrivateComponents?
  ) throws(Failure) -> LibcryptoKey {
    let builder = try KeyBuilder()
    let modulus = try BigNumber(n.span)
    let exponent = try BigNumber(e.span)
    // Before libcrypto sees numbers of any size.
    try RSACheck.checkPublic(modulus, exponent)
    try builder.push("n", modulus)
    try builder.push("e", exponent)
    guard let secret else {
      let none: [UInt8] = []
      let pkey = try unsafe builder.build("RSA", selection: publicSelection, nil, none.span)
      return try unsafe adopt(algorithm, pkey, isPrivate: false)
    }
    let pkey = try unsafe rsaPair(builder, "RSA", secret, others: nil)
    return try unsafe adopt(algorithm, pkey, isPrivate: true)
  }

  /// A private key whose AlgorithmIdentifier, `identifier`, restricts it to RSASSA-PSS (RFC 4055 §1.2).
  static func rsaPSS(
    _ algorithm: Algorithm, _ identifier: borrowing Span<UInt8>, _ n: [UInt8], _ e: [UInt8],
    _ secret: RSAPrivateComponents
  ) throws(Failure) -> LibcryptoKey {
    let builder = try KeyBuilder()
    try RSACheck.checkPublic(try BigNumber(n.span), try BigNumber(e.span))
    // libcrypto reads the restrictions, and the public numbers with them, out of the public form.
    let spki = try rsaSPKI(identifier, n.span, e.span)
    guard let open = unsafe DER.publicKey(spki.bytes, .spki) else {
      throw Failure(.keyFormat, "key", "The parameters of the RSA-PSS key are malformed; make the file anew.")
    }
    defer { unsafe EVP_PKEY_free(open) }
    var others: UnsafeMutablePointer<OSSL_PARAM>?
    guard unsafe EVP_PKEY_todata(open, publicSelection, &others) == 1 else { throw Failure.libcryptoMemory }
    defer { unsafe OSSL_PARAM_free(others) }
    let pkey = try unsafe rsaPair(builder, "RSA-PSS", secret, others: others)
    return try unsafe adopt(algorithm, pkey, isPrivate: true)
  }

  /// The key, which the caller releases, of the private numbers and the public ones in `builder` or `others`.
  @unsafe private static func rsaPair(
    _ builder: borrowing KeyBuilder, _ kind: StaticString, _ secret: RSAPrivateComponents,
    others: UnsafeMutablePointer<OSSL_PARAM>?
  ) throws(Failure) -> OpaquePointer? {
    let d = try BigNumber(secret.d.bytes)
    let p = try BigNumber(secret.p.bytes)
    let q = try BigNumber(secret.q.bytes)
    let dp = try BigNumber(secret.dp.bytes)
    let dq = try BigNumber(secret.dq.bytes)
    let qi = try BigNumber(secret.qi.bytes)
    try builder.push("d", d)
    try builder.push("rsa-factor1", p)
    try builder.push("rsa-factor2", q)
    try builder.push("rsa-exponent1", dp)
    try builder.push("rsa-exponent2", dq)
    try builder.push("rsa-coefficient1", qi)
    let none: [UInt8] = []
    return try unsafe builder.build(kind, selection: pairSelection, nil, none.span, others: others)
  }

  private static func rsaSPKI(
    _ identifier: borrowing Span<UInt8>, _ n: borrowing Span<UInt8>, _ e: borrowing Span<UInt8>
  ) throws(Failure) -> SecretText {
    var numbers = try SecretText()
    try numbers.append(integer: n)
    try numbers.append(integer: e)
    var bits = try SecretText()
    try bits.append(0)
    try bits.append(der: DERCursor.Tag.sequence, numbers.bytes)
    var parts = try SecretText()
    try parts.append(bytes: identifier)
    try parts.append(der: DERCursor.Tag.bitString, bits.bytes)
    return try SecretText.der(DERCursor.Tag.sequence, parts.bytes)
  }

  static func ec(
    _ algorithm: Algorithm, _ curve: Curve, _ x: [UInt8], _ y: [UInt8], _ d: SecretBytes?
  ) throws(Failure) -> LibcryptoKey {
    let length = curve.coordinateLength
    guard x.count == length, y.count == length, d == nil || d?.count == length else {
      throw Failure(
        .keyFormat, "x", "The numbers of a \(curve.name) key have \(length) bytes each, with leading zeros.")
    }
    // SEC 1 §2.3.3, uncompressed.
    var point: [UInt8] = []
    point.append(4)
    point.append(contentsOf: x)
    point.append(contentsOf: y)
    let builder = try KeyBuilder()
    try builder.push("group", text: curve.groupName)
    guard let d else {
      let pkey = try unsafe builder.build("EC", selection: publicSelection, "pub", point.span)
      return try unsafe adopt(algorithm, pkey, isPrivate: false)
    }
    let scalar = try BigNumber(d.bytes)
    try builder.push("priv", scalar)
    let pkey = try unsafe builder.build("EC", selection: pairSelection, "pub", point.span)
    return try unsafe adopt(algorithm, pkey, isPrivate: true)
  }

  static func ed448(_ algorithm: Algorithm, publicKey: [UInt8]) throws(Failure) -> LibcryptoKey {
    try Ed448Point.check(publicKey.span)
    let pkey = unsafe withPointer(publicKey.span) { bytes, count in
      unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED448, nil, bytes, count)
    }
    return try unsafe adopt(algorithm, pkey, isPrivate: false)
  }

  static func ed448(_ algorithm: Algorithm, privateKey: SecretBytes) throws(Failure) -> LibcryptoKey {
    guard privateKey.count == EdwardsCurve.ed448.keyLength else {
      throw Failure(.keyFormat, "d", "An Ed448 private key has 57 bytes, this one \(privateKey.count).")
    }
    let pkey = unsafe privateKey.withPointer { bytes, count in
      unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED448, nil, bytes, count)
    }
    return try unsafe adopt(algorithm, pkey, isPrivate: true)
  }

  /// Checks a key that libcrypto has read and takes it over, also when it throws; nil is one that could not be read.
  @unsafe static func adopt(
    _ algorithm: Algorithm, _ pkey: OpaquePointer?, isPrivate: Bool
  ) throws(Failure) -> LibcryptoKey {
    guard let pkey = unsafe pkey else {
      throw Failure(.keyFormat, "key", "The numbers are not those of a valid key; check where the key comes from.")
    }
    let kind: Kind
    do throws(Failure) {
      kind = try unsafe check(algorithm, pkey, isPrivate: isPrivate)
    } catch {
      unsafe EVP_PKEY_free(pkey)
      throw error
    }
    return try unsafe LibcryptoKey.make(algorithm, kind, owning: pkey, isPrivate: isPrivate)
  }

  /// Whether the key fits the pin and is a valid one.
  @unsafe private static func check(
    _ algorithm: Algorithm, _ pkey: OpaquePointer, isPrivate: Bool
  ) throws(Failure) -> Kind {
    _ = ERR_set_mark()
    defer { _ = ERR_pop_to_mark() }
    let type = unsafe EVP_PKEY_get_base_id(pkey)
    if type == EVP_PKEY_RSA ? algorithm.isRSA : type == EVP_PKEY_RSA_PSS && algorithm.family == .rsaPSS {
      try unsafe RSACheck.check(pkey, isPrivate: isPrivate)
      return .rsa
    }
    if type == EVP_PKEY_EC, let curve = algorithm.curve {
      try unsafe ECCheck.check(pkey, curve, algorithm, isPrivate: isPrivate)
      return .ec(curve)
    }
    if type == EVP_PKEY_ED448, algorithm.serves(.ed448) {
      let publicKey = try unsafe rawPublicKey(pkey)
      try Ed448Point.check(publicKey.span)
      return .ed448
    }
    throw Failure.mismatch(algorithm)
  }

  /// A number of the key by libcrypto's name for it.
  func number(_ name: StaticString) throws(Failure) -> BigNumber { try unsafe LibcryptoKey.number(pkey, name) }

  @unsafe static func number(_ pkey: OpaquePointer, _ name: StaticString) throws(Failure) -> BigNumber {
    // Made beforehand, so that libcrypto copies a secret into memory that is wiped.
    let number = try BigNumber()
    var pointer: OpaquePointer? = unsafe number.pointer
    guard unsafe EVP_PKEY_get_bn_param(pkey, name.cString, &pointer) == 1 else {
      throw Failure(.keyFormat, "key", "The key lacks one of its numbers (\(name)); check where the key comes from.")
    }
    return number
  }

  /// The public key of an Ed448 key.
  func rawPublicKey() throws(Failure) -> [UInt8] { try unsafe LibcryptoKey.rawPublicKey(pkey) }

  @unsafe static func rawPublicKey(_ pkey: OpaquePointer) throws(Failure) -> [UInt8] {
    var length = 0
    guard unsafe EVP_PKEY_get_raw_public_key(pkey, nil, &length) == 1 else { throw Failure.libcryptoMemory }
    var bytes = [UInt8](repeating: 0, count: length)
    var target = bytes.mutableSpan
    let done = unsafe withMutablePointer(&target) { target, _ in
      unsafe EVP_PKEY_get_raw_public_key(pkey, target, &length)
    }
    guard done == 1, length == bytes.count else { throw Failure.libcryptoMemory }
    return bytes
  }

  /// The private key of an Ed448 key.
  func rawPrivateKey() throws(Failure) -> SecretBytes {
    let bytes = try SecretBytes.make(count: EdwardsCurve.ed448.keyLength)
    var target = bytes.mutableBytes
    var length = 0
    // By this function and not by EVP_PKEY_get_raw_private_key, which frees a copy without wiping it. Sound: libcrypto
    // writes at most the bytes that there are.
    let done = unsafe withMutablePointer(&target) { target, count in
      unsafe EVP_PKEY_get_octet_string_param(pkey, StaticString("priv").cString, target, count, &length)
    }
    guard done == 1, length == bytes.count else { throw Failure.libcryptoMemory }
    return bytes
  }
}
