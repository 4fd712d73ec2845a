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
      if let pkey = unsafe read(der, form) { return try unsafe material(algorithm, pkey, form) }
    }
    if isEncrypted(der) {
      throw Failure(
        .keyPassphrase, "der", "The key is encrypted; give it as PEM together with its passphrase.")
    }
    throw Failure(.keyFormat, "der", "These bytes are not a DER key (PKCS#8, PKCS#1, SEC 1 or SPKI) and nothing else.")
  }

  /// The key that `der` is, in the form that its label gave.
  static func key(_ algorithm: Algorithm, _ der: borrowing Span<UInt8>, _ form: Form) throws(Failure) -> KeyMaterial {
    guard let pkey = unsafe read(der, form) else {
      throw Failure(.keyFormat, "pem", "The PEM block does not hold the key that its label says; make the file anew.")
    }
    return try unsafe material(algorithm, pkey, form)
  }

  /// The key in an encrypted PKCS#8.
  static func key(
    _ algorithm: Algorithm, encrypted der: borrowing Span<UInt8>, _ passphrase: borrowing Span<UInt8>
  ) throws(Failure) -> KeyMaterial {
    _ = ERR_set_mark()
    defer { _ = ERR_pop_to_mark() }
    // Sound: libcrypto reads at most `count` bytes.
    let wrapped = unsafe withPointer(der) { bytes, count in
      var position: UnsafePointer<UInt8>? = unsafe bytes
      return unsafe d2i_X509_SIG(nil, &position, count)
    }
    guard let wrapped = unsafe wrapped else {
      throw Failure(.keyFormat, "pem", "The PEM block is not an encrypted private key; make the file anew.")
    }
    defer { unsafe X509_SIG_free(wrapped) }
    // Sound: the passphrase goes with its length.
    let info = unsafe withPointer(passphrase) { bytes, count in
      unsafe PKCS8_decrypt(
        wrapped, UnsafeRawPointer(bytes).assumingMemoryBound(to: CChar.self), Int32(truncatingIfNeeded: count))
    }
    guard let info = unsafe info else {
      throw Failure(.keyPassphrase, "passphrase", "The passphrase does not open the private key; give the right one.")
    }
    defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
    guard let pkey = unsafe EVP_PKCS82PKEY(info) else {
      throw Failure(.keyFormat, "pem", "The encrypted block does not hold a private key; make the file anew.")
    }
    return try unsafe material(algorithm, pkey, .pkcs8)
  }

  /// Whether the bytes are an encrypted PKCS#8.
  static func isEncrypted(_ der: borrowing Span<UInt8>) -> Bool {
    _ = ERR_set_mark()
    defer { _ = ERR_pop_to_mark() }
    // Sound: libcrypto reads at most `count` bytes.
    let wrapped = unsafe withPointer(der) { bytes, count in
      var position: UnsafePointer<UInt8>? = unsafe bytes
      return unsafe d2i_X509_SIG(nil, &position, count)
    }
    defer { unsafe X509_SIG_free(wrapped) }
    return unsafe wrapped != nil
  }

  /// The key, which the caller releases; nil when the bytes are not in this form, or go on behind it.
  @unsafe private static func read(_ der: borrowing Span<UInt8>, _ form: Form) -> OpaquePointer? {
    _ = ERR_set_mark()
    defer { _ = ERR_pop_to_mark() }
    // Sound: libcrypto reads at most `count` bytes and moves `position` to where it stopped.
    return unsafe withPointer(der) { bytes, count in
      var position: UnsafePointer<UInt8>? = unsafe bytes
      let pkey: OpaquePointer?
      switch form {
      case .pkcs8:
        let info = unsafe d2i_PKCS8_PRIV_KEY_INFO(nil, &position, count)
        unsafe pkey = unsafe info == nil ? nil : EVP_PKCS82PKEY(info)
        unsafe PKCS8_PRIV_KEY_INFO_free(info)
      case .pkcs1: unsafe pkey = d2i_PrivateKey(EVP_PKEY_RSA, nil, &position, count)
      case .sec1: unsafe pkey = d2i_PrivateKey(EVP_PKEY_EC, nil, &position, count)
      case .spki: unsafe pkey = d2i_PUBKEY(nil, &position, count)
      case .pkcs1Public: unsafe pkey = d2i_PublicKey(EVP_PKEY_RSA, nil, &position, count)
      }
      guard unsafe position == bytes + count else {
        unsafe EVP_PKEY_free(pkey)
        return nil
      }
      return unsafe pkey
    }
  }

  /// Takes over `pkey`. Ed25519 keys move on to libsodium.
  @unsafe private static func material(
    _ algorithm: Algorithm, _ pkey: OpaquePointer, _ form: Form
  ) throws(Failure) -> KeyMaterial {
    let isPrivate = form != .spki && form != .pkcs1Public
    guard unsafe EVP_PKEY_get_base_id(pkey) == EVP_PKEY_ED25519 else {
      return .libcrypto(try unsafe LibcryptoKey.adopt(algorithm, pkey, isPrivate: isPrivate))
    }
    defer { unsafe EVP_PKEY_free(pkey) }
    guard algorithm.serves(.ed25519) else { throw Failure.mismatch(algorithm) }
    if isPrivate {
      let seed = try unsafe LibcryptoKey.rawPrivateKey(pkey)
      return .ed25519(try Ed25519Key.make(algorithm, seed: seed, publicKey: nil))
    }
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
