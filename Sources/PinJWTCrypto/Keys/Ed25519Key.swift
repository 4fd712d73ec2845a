import CSodium

/// An Ed25519 key (RFC 8032 §5.1, RFC 8037) on libsodium.
@safe public final class Ed25519Key: Sendable {
  public let algorithm: Algorithm
  public let publicKey: [UInt8]
  /// The seed and the public key, as libsodium keeps them; nil for a public key.
  private let secretKey: SecretBytes?

  static let signatureLength = 64
  static let keyLength = 32

  /// A public key; points of small order, off the curve or in another than the shortest form are refused.
  static func make(_ algorithm: Algorithm, publicKey: [UInt8]) throws(Failure) -> Ed25519Key {
    try check(publicKey.span)
    return Ed25519Key(algorithm, publicKey, nil)
  }

  /// A private key from its seed of 32 bytes; `publicKey`, where known, must be its public half.
  static func make(
    _ algorithm: Algorithm, seed: SecretBytes, publicKey known: [UInt8]?
  ) throws(Failure) -> Ed25519Key {
    guard seed.count == Ed25519Key.keyLength else {
      throw Failure(.keyFormat, "d", "An Ed25519 private key has 32 bytes, this one \(seed.count).")
    }
    let pair = try SecretBytes.make(count: 64)
    var publicKey = [UInt8](repeating: 0, count: Ed25519Key.keyLength)
    var target = pair.mutableBytes
    // Sound: libsodium writes 32 and 64 bytes and reads 32, which are the lengths of the buffers.
    let made = unsafe withMutablePointer(&target) { secret, _ in
      var open = publicKey.mutableSpan
      return unsafe withMutablePointer(&open) { open, _ in
        unsafe seed.withPointer { seed, _ in unsafe crypto_sign_ed25519_seed_keypair(open, secret, seed) }
      }
    }
    guard made == 0 else { throw Failure(.crypto, "key", "libsodium could not make the key.") }
    if let known, !known.span.equals(publicKey.span) {
      throw Failure(.keyFormat, "x", "The public half does not belong to the private half.")
    }
    return Ed25519Key(algorithm, publicKey, pair)
  }

  private init(_ algorithm: Algorithm, _ publicKey: [UInt8], _ secretKey: SecretBytes?) {
    self.algorithm = algorithm
    self.publicKey = publicKey
    self.secretKey = secretKey
  }

  var isPrivate: Bool { secretKey != nil }

  /// The private key's 32 bytes, `d` of a JWK; nil for a public key.
  func seed() throws(Failure) -> SecretBytes? {
    guard let secretKey else { return nil }
    return try SecretBytes.make(copying: secretKey.bytes.extracting(first: Ed25519Key.keyLength))
  }

  /// Writes the signature over `message` into the first 64 bytes of `signature`.
  func sign(_ message: borrowing Span<UInt8>, into signature: inout MutableSpan<UInt8>) throws(Failure) {
    guard let secretKey else { throw Failure(.keyUse, "key", "The key has no private half.") }
    guard signature.count >= Ed25519Key.signatureLength else {
      throw Failure(.crypto, "", "The buffer for the signature is too small.")
    }
    // Sound: 64 bytes are written, by the guard; the message goes with its count; the secret key has 64 bytes.
    let done = unsafe withMutablePointer(&signature) { out, _ in
      unsafe withPointer(message) { input, count in
        unsafe secretKey.withPointer { secret, _ in
          unsafe crypto_sign_ed25519_detached(out, nil, input, UInt64(count), secret)
        }
      }
    }
    guard done == 0 else { throw Failure(.crypto, "key", "libsodium could not make the signature.") }
  }

  /// Whether `signature` is this key's over `message`; S of the group's order or more is refused (RFC 8032 §5.1.7).
  func verify(_ message: borrowing Span<UInt8>, _ signature: borrowing Span<UInt8>) -> Bool {
    guard signature.count == Ed25519Key.signatureLength else { return false }
    let publicKey = publicKey
    // Sound: the signature has 64 bytes and the key 32; the message goes with its count.
    return unsafe withPointer(signature) { given, _ in
      unsafe withPointer(message) { input, count in
        unsafe withPointer(publicKey.span) { key, _ in
          unsafe crypto_sign_ed25519_verify_detached(given, input, UInt64(count), key) == 0
        }
      }
    }
  }

  private static func check(_ publicKey: borrowing Span<UInt8>) throws(Failure) {
    guard publicKey.count == keyLength else {
      throw Failure(.keyFormat, "x", "An Ed25519 public key has 32 bytes, this one \(publicKey.count).")
    }
    guard sodium_init() >= 0 else { throw Failure(.crypto, "key", "libsodium could not be started.") }
    // Sound: 32 bytes are read, by the guard.
    let valid = unsafe withPointer(publicKey) { key, _ in unsafe crypto_core_ed25519_is_valid_point(key) }
    guard valid == 1 else {
      throw Failure(.keyFormat, "x", "The Ed25519 public key is not a valid point of the curve.")
    }
  }
}
