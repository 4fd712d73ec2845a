/// A key that has been parsed and checked for one algorithm, by what computes with it.
public enum KeyMaterial: Sendable {
  case hmac(HMACKey)
  case ed25519(Ed25519Key)
  case libcrypto(LibcryptoKey)
  case external(ExternalKey)
}

extension KeyMaterial {
  /// Whether it can sign: by a private half, a secret or somebody else.
  public var isPrivate: Bool {
    switch self {
    case .hmac: true
    case .ed25519(let key): key.isPrivate
    case .libcrypto(let key): key.isPrivate
    case .external: true
    }
  }

  /// The length of a JOSE signature in bytes.
  public var signatureLength: Int {
    switch self {
    case .hmac(let key): key.signatureLength
    case .ed25519: Ed25519Key.signatureLength
    case .libcrypto(let key): key.signatureLength
    case .external(let key): key.publicHalf.signatureLength
    }
  }

  /// Writes the signature over `message` into `signature`, which has `signatureLength` bytes (RFC 7515 §5.1).
  public func sign(_ message: borrowing Span<UInt8>, into signature: inout MutableSpan<UInt8>) throws(Failure) {
    switch self {
    case .hmac(let key): try key.sign(message, into: &signature)
    case .ed25519(let key): try key.sign(message, into: &signature)
    case .libcrypto(let key): try key.sign(message, into: &signature)
    case .external(let key): try key.sign(message, into: &signature)
    }
  }

  /// Whether `signature` is this key's over `message` (RFC 7515 §5.2).
  public func verify(
    _ message: borrowing Span<UInt8>, signature: borrowing Span<UInt8>
  ) throws(Failure) -> Bool {
    switch self {
    case .hmac(let key): key.verify(message, signature)
    case .ed25519(let key): key.verify(message, signature)
    case .libcrypto(let key): try key.verify(message, signature)
    case .external(let key): try key.publicHalf.verify(message, signature: signature)
    }
  }
}
