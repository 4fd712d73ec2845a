import COpenSSL

/// EncryptedPrivateKeyInfo (RFC 5208 §6): a PKCS#8 key under a passphrase.
enum EncryptedKey {
  /// Whether the bytes are one and nothing else.
  static func isOne(_ der: borrowing Span<UInt8>) -> Bool {
    _ = ERR_set_mark()
    defer { _ = ERR_pop_to_mark() }
    let wrapped = unsafe read(der)
    defer { unsafe X509_SIG_free(wrapped) }
    return unsafe wrapped != nil
  }

  /// The bytes of the key, decrypted straight into guarded memory.
  static func decrypt(
    _ der: borrowing Span<UInt8>, _ passphrase: borrowing Span<UInt8>
  ) throws(Failure) -> SecretBytes {
    _ = ERR_set_mark()
    defer { _ = ERR_pop_to_mark() }
    guard let wrapped = unsafe read(der) else { throw malformed }
    guard !costsTooMuch(der) else {
      unsafe X509_SIG_free(wrapped)
      throw Failure(
        .unsupported, "pem",
        "The encryption of the key asks for over 16 million iterations; encrypt it with fewer, which are plenty.")
    }
    guard let context = unsafe EVP_CIPHER_CTX_new() else {
      unsafe X509_SIG_free(wrapped)
      throw Failure.libcryptoMemory
    }
    defer {
      unsafe EVP_CIPHER_CTX_free(context)
      unsafe X509_SIG_free(wrapped)
    }
    var identifier: UnsafePointer<X509_ALGOR>?
    var encrypted: UnsafePointer<ASN1_OCTET_STRING>?
    unsafe X509_SIG_get0(wrapped, &identifier, &encrypted)
    guard let identifier = unsafe identifier, let encrypted = unsafe encrypted else { throw malformed }
    // Sound: the passphrase goes with its length, and identifier belongs to `wrapped`.
    let prepared = unsafe withPointer(passphrase) { bytes, count in
      unsafe EVP_PBE_CipherInit(
        identifier.pointee.algorithm, UnsafeRawPointer(bytes).assumingMemoryBound(to: CChar.self),
        Int32(truncatingIfNeeded: count), identifier.pointee.parameter, context, 0)
    }
    guard prepared == 1 else { throw hasUnreadableParameters() ? malformed : unsupported }
    let length = unsafe ASN1_STRING_length(encrypted)
    let plain = try SecretBytes.make(count: Int(length) + Int(EVP_MAX_BLOCK_LENGTH))
    var target = plain.mutableBytes
    var (written, last): (Int32, Int32) = (0, 0)
    // Sound: libcrypto writes at most a block more than the `length` bytes that it reads, for which there is room.
    let opened = unsafe withMutablePointer(&target) { target, _ in
      unsafe EVP_CipherUpdate(context, target, &written, ASN1_STRING_get0_data(encrypted), length) == 1
        && EVP_CipherFinal_ex(context, target + Int(written), &last) == 1
    }
    let count = Int(written) + Int(last)
    guard opened, count >= 0, count <= plain.count else { throw Failure.wrongPassphrase }
    return try SecretBytes.make(copying: plain.bytes.extracting(first: count))
  }

  /// Whether deriving the key from the passphrase takes over 2^24 iterations, a matter of minutes (RFC 8018 §A.2, §A.3,
  /// RFC 7914 §7).
  private static func costsTooMuch(_ der: borrowing Span<UInt8>) -> Bool {
    guard let content = DERCursor.only(DERCursor.Tag.sequence, der, in: der.indices) else { return false }
    var cursor = DERCursor(content)
    guard let identifier = cursor.next(DERCursor.Tag.sequence, der) else { return false }
    var parameters = identifier
    // Two levels down for PBES2, whose parameters name another algorithm, one for those of PKCS#5 1.5 and PKCS#12.
    while true {
      var inner = DERCursor(parameters)
      if inner.isNext(DERCursor.Tag.objectIdentifier, der) {
        guard inner.next(DERCursor.Tag.objectIdentifier, der) != nil else { return false }
      }
      if inner.isNext(DERCursor.Tag.octetString, der) {
        guard inner.next(DERCursor.Tag.octetString, der) != nil, let number = inner.nextInteger(der) else {
          return false
        }
        return number.count > 3
      }
      guard let next = inner.next(DERCursor.Tag.sequence, der) else { return false }
      parameters = next
    }
  }

  /// What the caller frees; nil when the bytes are something else, or go on behind it.
  @unsafe private static func read(_ der: borrowing Span<UInt8>) -> OpaquePointer? {
    // Sound: libcrypto reads at most `count` bytes and moves `position` to where it stopped.
    unsafe withPointer(der) { bytes, count in
      var position: UnsafePointer<UInt8>? = unsafe bytes
      let wrapped = unsafe d2i_X509_SIG(nil, &position, count)
      guard unsafe position == bytes + count else {
        unsafe X509_SIG_free(wrapped)
        return nil
      }
      return unsafe wrapped
    }
  }

  /// Whether libcrypto could not prepare because it found the parameters malformed, and not only unknown.
  private static func hasUnreadableParameters() -> Bool {
    // The macros that take an error apart are not seen by Swift.
    let code = Int(ERR_peek_last_error())
    let library = Int32(code >> ERR_LIB_OFFSET & Int(ERR_LIB_MASK))
    let reason = Int32(code & Int(ERR_REASON_MASK))
    return library == ERR_LIB_ASN1 || library == ERR_LIB_EVP && reason == EVP_R_DECODE_ERROR
  }

  private static var malformed: Failure {
    Failure(.keyFormat, "pem", "The PEM block is not an encrypted private key; make the file anew.")
  }

  private static var unsupported: Failure {
    Failure(
      .unsupported, "pem", "libcrypto does not offer the encryption of this key; encrypt it anew, with AES-256-CBC.")
  }
}

extension Failure {
  static var wrongPassphrase: Failure {
    Failure(.keyPassphrase, "passphrase", "The passphrase does not open the private key; give the right one.")
  }
}
