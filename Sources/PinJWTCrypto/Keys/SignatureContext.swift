import COpenSSL

/// libcrypto's contexts for one-shot signatures: made once with a key, copied for each use.
enum SignatureContext {
  /// A context that is ready to verify, which the caller releases.
  @unsafe static func verifying(_ algorithm: Algorithm, _ pkey: OpaquePointer) throws(Failure) -> OpaquePointer {
    try unsafe make(algorithm) { context, parameters in
      unsafe EVP_DigestVerifyInit(context, &parameters, algorithm.hash?.evp, nil, pkey)
    }
  }

  /// A context that is ready to sign, which the caller releases.
  @unsafe static func signing(_ algorithm: Algorithm, _ pkey: OpaquePointer) throws(Failure) -> OpaquePointer {
    try unsafe make(algorithm) { context, parameters in
      unsafe EVP_DigestSignInit(context, &parameters, algorithm.hash?.evp, nil, pkey)
    }
  }

  /// Signs with a copy of `template`; the number of bytes written.
  @unsafe static func sign(
    _ template: OpaquePointer, _ message: borrowing Span<UInt8>, into signature: inout MutableSpan<UInt8>
  ) throws(Failure) -> Int {
    _ = ERR_set_mark()
    defer { _ = ERR_pop_to_mark() }
    let context = try unsafe copy(of: template)
    defer { unsafe EVP_MD_CTX_free(context) }
    // Sound: each pointer goes with its own count, and libcrypto refuses a buffer that is too small.
    let written = unsafe withMutablePointer(&signature) { out, capacity in
      unsafe withPointer(message) { input, count in
        var length = capacity
        return unsafe EVP_DigestSign(context, out, &length, input, count) == 1 ? length : -1
      }
    }
    guard written >= 0 else { throw Failure.signingFailed }
    return written
  }

  /// Verifies with a copy of `template`.
  @unsafe static func verify(
    _ template: OpaquePointer, _ message: borrowing Span<UInt8>, _ signature: borrowing Span<UInt8>
  ) throws(Failure) -> Bool {
    _ = ERR_set_mark()
    defer { _ = ERR_pop_to_mark() }
    let context = try unsafe copy(of: template)
    defer { unsafe EVP_MD_CTX_free(context) }
    // Sound: each pointer goes with its own count.
    return unsafe withPointer(signature) { given, length in
      unsafe withPointer(message) { input, count in
        unsafe EVP_DigestVerify(context, given, length, input, count) == 1
      }
    }
  }

  /// A context of its own for one use, which the caller releases.
  @unsafe private static func copy(of template: OpaquePointer) throws(Failure) -> OpaquePointer {
    guard let context = unsafe EVP_MD_CTX_new() else { throw Failure.libcryptoMemory }
    guard unsafe EVP_MD_CTX_copy_ex(context, template) == 1 else {
      unsafe EVP_MD_CTX_free(context)
      throw Failure.libcryptoMemory
    }
    return unsafe context
  }

  @unsafe private static func make(
    _ algorithm: Algorithm, _ start: (OpaquePointer, inout OpaquePointer?) -> Int32
  ) throws(Failure) -> OpaquePointer {
    _ = ERR_set_mark()
    defer { _ = ERR_pop_to_mark() }
    guard let context = unsafe EVP_MD_CTX_new() else { throw Failure.libcryptoMemory }
    // Owned by `context`.
    var parameters: OpaquePointer?
    guard unsafe start(context, &parameters) == 1, unsafe setPadding(algorithm, parameters) else {
      unsafe EVP_MD_CTX_free(context)
      throw Failure(.keyMismatch, "key", "libcrypto does not let this key serve \(algorithm); make one for it.")
    }
    return unsafe context
  }

  /// RSASSA-PSS as in RFC 7518 §3.5: MGF1 with the same hash, a salt of the hash's length.
  @unsafe private static func setPadding(_ algorithm: Algorithm, _ parameters: OpaquePointer?) -> Bool {
    switch algorithm.family {
    case .rsaPKCS1:
      return unsafe EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PADDING) > 0
    case .rsaPSS:
      let hash = unsafe algorithm.hash?.evp
      return unsafe EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) > 0
        && EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, hash) > 0
        && EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) > 0
    case .hmac, .ecdsa, .eddsa:
      return true
    }
  }
}
