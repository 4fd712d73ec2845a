import COpenSSL

/// What an RSA key must be: 2048 to 8192 bits (RFC 7518 §3.3; above, verifying costs an attacker nothing and the host
/// much), an odd exponent of 3 to 64 bits, and a private half that belongs to the public one.
enum RSACheck {
  static func checkPublic(_ n: borrowing BigNumber, _ e: borrowing BigNumber) throws(Failure) {
    guard n.bitCount >= 2048 else {
      throw Failure(
        .keyWeak, "n", "The RSA key has \(n.bitCount) bits; at least 2048 are required (RFC 7518 section 3.3).")
    }
    guard n.bitCount <= 8192 else {
      throw Failure(.keyFormat, "n", "The RSA key has \(n.bitCount) bits; at most 8192 are accepted.")
    }
    guard n.isOdd else { throw Failure(.keyFormat, "n", "The RSA modulus is even; check where the key comes from.") }
    guard e.isOdd, !e.isOne, e.bitCount <= 64 else {
      throw Failure(.keyFormat, "e", "The RSA exponent must be an odd number from 3 to 64 bits; 65537 is usual.")
    }
  }

  @unsafe static func check(_ pkey: OpaquePointer, isPrivate: Bool) throws(Failure) {
    let n = try unsafe LibcryptoKey.number(pkey, "n")
    let e = try unsafe LibcryptoKey.number(pkey, "e")
    try checkPublic(n, e)
    guard let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, pkey, nil) else { throw Failure.libcryptoMemory }
    defer { unsafe EVP_PKEY_CTX_free(context) }
    guard unsafe EVP_PKEY_public_check(context) == 1 else {
      throw Failure(.keyFormat, "n", "The RSA modulus is not one; check where the key comes from.")
    }
    if isPrivate, try unsafe !halvesAgree(pkey, n, e) {
      throw Failure(.keyFormat, "d", "The private half does not belong to the public half, or its primes are wrong.")
    }
  }

  /// n = p q, e d = 1 mod p - 1 and q - 1, the same for dp and dq, and qi q = 1 mod p (RFC 8017 §3.2). That p and q are
  /// prime is not tested: it takes seconds for large keys, and signing checks each result against the public half.
  @unsafe private static func halvesAgree(
    _ pkey: OpaquePointer, _ n: borrowing BigNumber, _ e: borrowing BigNumber
  ) throws(Failure) -> Bool {
    let p = try unsafe LibcryptoKey.number(pkey, "rsa-factor1")
    let q = try unsafe LibcryptoKey.number(pkey, "rsa-factor2")
    let d = try unsafe LibcryptoKey.number(pkey, "d")
    let qi = try unsafe LibcryptoKey.number(pkey, "rsa-coefficient1")
    let dp = try unsafe LibcryptoKey.number(pkey, "rsa-exponent1")
    let dq = try unsafe LibcryptoKey.number(pkey, "rsa-exponent2")
    guard p.isOdd, q.isOdd, !p.isOne, !q.isOne, let context = unsafe BN_CTX_secure_new() else { return false }
    defer { unsafe BN_CTX_free(context) }
    let product = try BigNumber()
    let p1 = try BigNumber()
    let q1 = try BigNumber()
    guard unsafe BN_mul(product.pointer, p.pointer, q.pointer, context) == 1, product.equals(n),
      unsafe BN_copy(p1.pointer, p.pointer) != nil, unsafe BN_sub_word(p1.pointer, 1) == 1,
      unsafe BN_copy(q1.pointer, q.pointer) != nil, unsafe BN_sub_word(q1.pointer, 1) == 1,
      d.isBelow(n), dp.isBelow(p), dq.isBelow(q), qi.isBelow(p)
    else { return false }
    guard try unsafe areInverse(e, d, p1, context), try unsafe areInverse(e, d, q1, context),
      try unsafe areInverse(e, dp, p1, context), try unsafe areInverse(e, dq, q1, context)
    else { return false }
    return try unsafe areInverse(qi, q, p, context)
  }

  @unsafe private static func areInverse(
    _ a: borrowing BigNumber, _ b: borrowing BigNumber, _ modulus: borrowing BigNumber, _ context: OpaquePointer
  ) throws(Failure) -> Bool {
    let product = try BigNumber()
    return unsafe BN_mod_mul(product.pointer, a.pointer, b.pointer, modulus.pointer, context) == 1 && product.isOne
  }
}
