import COpenSSL

/// Keys in DER: PKCS#8, PKCS#1, SEC 1 and SPKI (RFC 5208, RFC 8017 A.1, RFC 5915, RFC 5280 §4.1).
enum DER {
  enum Form {
    case pkcs8
    case pkcs1
    case sec1
    case spki
    case pkcs1Public
  }

  /// What is read as a key at most; the longest keys are a few kilobytes.
  static let longest = 65536

  /// The key that `der` is, whatever its form.
  static func key(_ algorithm: Algorithm, _ der: borrowing Span<UInt8>) throws(Failure) -> KeyMaterial {
    for form in [Form.pkcs8, .spki, .pkcs1, .sec1, .pkcs1Public] {
      if let material = try read(algorithm, der, form) { return material }
    }
    guard !EncryptedKey.isOne(der) else {
      throw Failure(
        .keyPassphrase, "der", "The key is encrypted; give it as PEM together with its passphrase.")
    }
    throw Failure(.keyFormat, "der", "These bytes are not a DER key (PKCS#8, PKCS#1, SEC 1 or SPKI) and nothing else.")
  }

  /// The key that `der` is, in the form that its label gave.
  static func key(_ algorithm: Algorithm, _ der: borrowing Span<UInt8>, _ form: Form) throws(Failure) -> KeyMaterial {
    guard let material = try read(algorithm, der, form) else {
      throw Failure(.keyFormat, "pem", "The PEM block does not hold the key that its label says; make the file anew.")
    }
    return material
  }

  /// The key in an encrypted PKCS#8.
  static func key(
    _ algorithm: Algorithm, encrypted der: borrowing Span<UInt8>, _ passphrase: borrowing Span<UInt8>
  ) throws(Failure) -> KeyMaterial {
    let plain = try EncryptedKey.decrypt(der, passphrase)
    // One wrong passphrase of 256 leaves a padding that passes for right, and rubbish before it.
    guard let material = try read(algorithm, plain.bytes, .pkcs8) else { throw Failure.wrongPassphrase }
    return material
  }

  /// nil when the bytes are not in this form, or go on behind it.
  private static func read(
    _ algorithm: Algorithm, _ der: borrowing Span<UInt8>, _ form: Form
  ) throws(Failure) -> KeyMaterial? {
    switch form {
    case .pkcs8: return try PrivateKeyReader.pkcs8(algorithm, der)
    case .pkcs1: return try PrivateKeyReader.pkcs1(algorithm, der, in: der.indices)
    case .sec1: return try PrivateKeyReader.sec1(algorithm, der, in: der.indices)
    case .spki, .pkcs1Public:
      guard let pkey = unsafe publicKey(der, form) else { return nil }
      return try unsafe material(algorithm, pkey)
    }
  }

  /// A public key, which the caller releases; nil when the bytes are not in this form, or go on behind it.
  @unsafe static func publicKey(_ der: borrowing Span<UInt8>, _ form: Form) -> OpaquePointer? {
    _ = ERR_set_mark()
    defer { _ = ERR_pop_to_mark() }
    // Sound: libcrypto reads at most `count` bytes and moves `position` to where it stopped.
    return unsafe withPointer(der) { bytes, count in
      var position: UnsafePointer<UInt8>? = unsafe bytes
      let pkey =
        unsafe form == .spki
        ? d2i_PUBKEY(nil, &position, count) : d2i_PublicKey(EVP_PKEY_RSA, nil, &position, count)
      guard unsafe position == bytes + count else {
        unsafe EVP_PKEY_free(pkey)
        return nil
      }
      return unsafe pkey
    }
  }

  /// Takes over a public `pkey`. Ed25519 keys move on to libsodium.
  @unsafe private static func material(_ algorithm: Algorithm, _ pkey: OpaquePointer) throws(Failure) -> KeyMaterial {
    guard unsafe EVP_PKEY_get_base_id(pkey) == EVP_PKEY_ED25519 else {
      return .libcrypto(try unsafe LibcryptoKey.adopt(algorithm, pkey, isPrivate: false))
    }
    defer { unsafe EVP_PKEY_free(pkey) }
    guard algorithm.serves(.ed25519) else { throw Failure.mismatch(algorithm) }
    return .ed25519(try Ed25519Key.make(algorithm, publicKey: try unsafe LibcryptoKey.rawPublicKey(pkey)))
  }
}

extension KeyMaterial {
  /// A key from DER; HMAC pins are refused, since their secrets have no such form.
  public init(_ algorithm: Algorithm, der: borrowing Span<UInt8>) throws(Failure) {
    guard !algorithm.isSymmetric else { throw Failure.mismatch(algorithm) }
    guard der.count <= DER.longest else {
      throw Failure(.keyFormat, "der", "A key has at most \(DER.longest) bytes of DER, these are \(der.count).")
    }
    self = try DER.key(algorithm, der)
  }
}
