import COpenSSL

extension KeyMaterial {
  /// A new key: HMAC as long as the hash, RSA of 3072 bits with the exponent 65537, EdDSA on Ed25519.
  public static func generate(_ algorithm: Algorithm) throws(Failure) -> KeyMaterial {
    switch algorithm {
    case .hs256, .hs384, .hs512:
      let secret = try randomSecret(count: algorithm.hash?.digestLength ?? 64)
      return try KeyMaterial(algorithm, judged: secret)
    case .eddsa, .ed25519:
      let seed = try randomSecret(count: Ed25519Key.keyLength)
      return .ed25519(try Ed25519Key.make(algorithm, seed: seed, publicKey: nil))
    case .ed448:
      let secret = try randomSecret(count: EdwardsCurve.ed448.keyLength)
      return .libcrypto(try LibcryptoKey.ed448(algorithm, privateKey: secret))
    case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512, .es256, .es384, .es512, .es256k:
      let pkey = try unsafe generatePair(algorithm)
      return .libcrypto(try unsafe LibcryptoKey.adopt(algorithm, pkey, isPrivate: true))
    }
  }

  private static func randomSecret(count: Int) throws(Failure) -> SecretBytes {
    let secret = try SecretBytes.make(count: count)
    var target = secret.mutableBytes
    try fillRandomly(&target)
    return secret
  }

  @unsafe private static func generatePair(_ algorithm: Algorithm) throws(Failure) -> OpaquePointer {
    _ = ERR_set_mark()
    defer { _ = ERR_pop_to_mark() }
    let kind: StaticString = algorithm.isRSA ? "RSA" : "EC"
    let context = unsafe EVP_PKEY_CTX_new_from_name(nil, kind.cString, nil)
    defer { unsafe EVP_PKEY_CTX_free(context) }
    guard unsafe context != nil, unsafe EVP_PKEY_keygen_init(context) == 1 else { throw Failure.libcryptoMemory }
    if let curve = algorithm.curve {
      guard unsafe EVP_PKEY_CTX_set_group_name(context, curve.groupName.cString) == 1 else {
        throw Failure(.unsupported, "alg", "libcrypto here does not have the curve \(curve.name).")
      }
    } else {
      guard unsafe EVP_PKEY_CTX_set_rsa_keygen_bits(context, 3072) == 1 else { throw Failure.libcryptoMemory }
    }
    var pkey: OpaquePointer?
    guard unsafe EVP_PKEY_generate(context, &pkey) == 1, let pkey = unsafe pkey else {
      throw Failure(.crypto, "key", "libcrypto could not make the key.")
    }
    return unsafe pkey
  }
}
