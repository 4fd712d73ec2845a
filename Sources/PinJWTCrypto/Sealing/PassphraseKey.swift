import CSodium

/// What it costs to try one passphrase.
public struct PassphraseCost: Equatable, Sendable {
  /// Passes over the memory.
  public let operations: UInt64
  /// In bytes.
  public let memory: Int

  /// For tests only.
  public static let minimum = PassphraseCost(operations: 1, memory: 8192)
  public static let interactive = PassphraseCost(operations: 2, memory: 64 << 20)
  public static let moderate = PassphraseCost(operations: 3, memory: 256 << 20)
  public static let sensitive = PassphraseCost(operations: 4, memory: 1 << 30)

  private init(operations: UInt64, memory: Int) {
    self.operations = operations
    self.memory = memory
  }

  /// The cost that a file names; nil when it is none of these, so that no file can ask for any amount of memory.
  public init?(operations: Int64, memory: Int64) {
    for cost in [PassphraseCost.minimum, .interactive, .moderate, .sensitive]
    where Int64(exactly: cost.operations) == operations && Int64(cost.memory) == memory {
      self = cost
      return
    }
    return nil
  }
}

/// A key made from a passphrase (Argon2id, RFC 9106), which seals bytes (XChaCha20-Poly1305).
public final class PassphraseKey: Sendable {
  public static let saltLength = 16
  public static let nonceLength = 24
  private static let keyLength = 32
  private static let tagLength = 16

  public let salt: [UInt8]
  public let cost: PassphraseCost
  private let key: SecretBytes

  private init(_ key: SecretBytes, _ salt: [UInt8], _ cost: PassphraseCost) {
    self.key = key
    self.salt = salt
    self.cost = cost
  }

  /// With a new salt.
  public static func make(_ passphrase: SecretBytes, _ cost: PassphraseCost) throws(Failure) -> PassphraseKey {
    var salt = [UInt8](repeating: 0, count: saltLength)
    var target = salt.mutableSpan
    try fillRandomly(&target)
    return try make(passphrase, salt: salt, cost)
  }

  public static func make(
    _ passphrase: SecretBytes, salt: [UInt8], _ cost: PassphraseCost
  ) throws(Failure) -> PassphraseKey {
    guard salt.count == saltLength, sodium_init() >= 0 else {
      throw Failure(.crypto, "passphrase", "The salt has not its length, or libsodium could not be started.")
    }
    let key = try SecretBytes.make(count: keyLength)
    var target = key.mutableBytes
    // Sound: each pointer goes with its own count, and the salt has its length by the guard.
    let done = unsafe withMutablePointer(&target) { key, count in
      unsafe withPointer(salt.span) { salt, _ in
        unsafe passphrase.withPointer { phrase, length in
          unsafe crypto_pwhash(
            key, UInt64(count), UnsafeRawPointer(phrase).assumingMemoryBound(to: CChar.self), UInt64(length), salt,
            cost.operations, cost.memory, crypto_pwhash_ALG_ARGON2ID13)
        }
      }
    }
    guard done == 0 else {
      throw Failure(.memory, "passphrase", "There is no memory to derive the key from the passphrase.")
    }
    return PassphraseKey(key, salt, cost)
  }

  /// Encrypts `bytes` and binds them to `context`, which is not encrypted. The nonce is random, and long enough for that.
  public func seal(
    _ bytes: borrowing Span<UInt8>, _ context: borrowing Span<UInt8>
  ) throws(Failure) -> (nonce: [UInt8], sealed: [UInt8]) {
    var nonce = [UInt8](repeating: 0, count: PassphraseKey.nonceLength)
    var nonceTarget = nonce.mutableSpan
    try fillRandomly(&nonceTarget)
    var sealed = [UInt8](repeating: 0, count: bytes.count + PassphraseKey.tagLength)
    var target = sealed.mutableSpan
    // Sound: `sealed` has room for the bytes and the tag; the other pointers go with their counts or fixed lengths.
    let done = unsafe withMutablePointer(&target) { out, _ in
      unsafe withPointer(bytes) { message, length in
        unsafe withPointer(context) { context, contextLength in
          unsafe withPointer(nonce.span) { nonce, _ in
            unsafe key.withPointer { key, _ in
              unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
                out, nil, message, UInt64(length), context, UInt64(contextLength), nil, nonce, key)
            }
          }
        }
      }
    }
    guard done == 0 else { throw Failure(.crypto, "", "libsodium could not encrypt.") }
    return (nonce, sealed)
  }

  /// What `seal` encrypted with this key and context; nil when it was not, or has been changed.
  public func open(
    _ sealed: borrowing Span<UInt8>, nonce: [UInt8], _ context: borrowing Span<UInt8>
  ) throws(Failure) -> SecretBytes? {
    guard sealed.count >= PassphraseKey.tagLength, nonce.count == PassphraseKey.nonceLength else { return nil }
    let opened = try SecretBytes.make(count: sealed.count - PassphraseKey.tagLength)
    var target = opened.mutableBytes
    // Sound: `opened` has room for what is sealed without its tag; the nonce has its length by the guard.
    let done = unsafe withMutablePointer(&target) { out, _ in
      unsafe withPointer(sealed) { sealed, length in
        unsafe withPointer(context) { context, contextLength in
          unsafe withPointer(nonce.span) { nonce, _ in
            unsafe key.withPointer { key, _ in
              unsafe crypto_aead_xchacha20poly1305_ietf_decrypt(
                out, nil, nil, sealed, UInt64(length), context, UInt64(contextLength), nonce, key)
            }
          }
        }
      }
    }
    return done == 0 ? opened : nil
  }
}
