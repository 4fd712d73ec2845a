import PinJWTCrypto

/// A key bound to one algorithm, with its id. Immutable.
public final class Key: Sendable {
  public let algorithm: Algorithm
  public let material: KeyMaterial
  /// An explicit kid, else the thumbprint of an asymmetric key; empty for a secret, whose hash a thumbprint would publish.
  public let id: PinnedBytes
  /// RFC 7638, as base64url; empty for a secret.
  public let thumbprint: [UInt8]
  let operations: KeyOperations

  static func make(
    _ algorithm: Algorithm, _ material: KeyMaterial, id: [UInt8]? = nil, operations: KeyOperations = .unrestricted
  ) throws(Failure) -> Key {
    let thumbprint = try Thumbprint.of(material)
    return Key(algorithm, material, id: id ?? thumbprint, thumbprint, operations)
  }

  private init(
    _ algorithm: Algorithm, _ material: KeyMaterial, id: [UInt8], _ thumbprint: [UInt8], _ operations: KeyOperations
  ) {
    self.algorithm = algorithm
    self.material = material
    self.id = PinnedBytes(copying: id.span)
    self.thumbprint = thumbprint
    self.operations = operations
  }

  public static func make(_ algorithm: Algorithm, secret: borrowing Span<UInt8>) throws(Failure) -> Key {
    try make(algorithm, try KeyMaterial(algorithm, secret: secret))
  }

  public static func make(
    _ algorithm: Algorithm, pem: borrowing Span<UInt8>, passphrase: borrowing Span<UInt8>
  ) throws(Failure) -> Key {
    try make(algorithm, try KeyMaterial(algorithm, pem: pem, passphrase: passphrase))
  }

  public static func make(_ algorithm: Algorithm, der: borrowing Span<UInt8>) throws(Failure) -> Key {
    try make(algorithm, try KeyMaterial(algorithm, der: der))
  }

  public static func make(generating algorithm: Algorithm) throws(Failure) -> Key {
    try make(algorithm, try KeyMaterial.generate(algorithm))
  }

  /// A key whose public half is that of `key`, and which signs through `sign`.
  public static func make(external key: Key, sign: @escaping ExternalKey.Sign) throws(Failure) -> Key {
    guard let material = try key.material.publicHalf(key.algorithm) else {
      throw Failure(.keyMismatch, "public_key", "An HMAC secret has no public half, so it cannot stay elsewhere.")
    }
    return try make(key.algorithm, .external(ExternalKey(material, sign: sign)), id: key.id.array)
  }

  public var canSign: Bool { material.isPrivate && operations.permitSigning }

  /// The public half of a private key verifies, so permission to sign is enough there.
  public var canVerify: Bool {
    operations.permitVerifying || (!algorithm.isSymmetric && material.isPrivate && operations.permitSigning)
  }

  func requireSigning() throws(Failure) {
    guard canSign else {
      throw Failure(.keyUse, "key", "The key cannot sign: it is a public key, or its key_ops forbid it.")
    }
  }

  func requireVerifying() throws(Failure) {
    guard canVerify else {
      throw Failure(.keyUse, "key_ops", "The key's key_ops do not permit it to verify (RFC 7517 section 4.3).")
    }
  }

  /// The same key under another kid.
  public func withID(_ kid: borrowing Span<UInt8>) throws(Failure) -> Key {
    try Limits.checkText(kid, "kid")
    var id: [UInt8] = []
    id.append(bytes: kid)
    return try Key.make(algorithm, material, id: id, operations: operations)
  }

  /// The public half, under the same id.
  public func publicHalf() throws(Failure) -> Key {
    guard let material = try material.publicHalf(algorithm) else {
      throw Failure(.keyMismatch, "key", "An HMAC secret has no public half; both sides hold the secret itself.")
    }
    return try Key.make(algorithm, material, id: id.array, operations: operations.ofPublicHalf(canVerify: canVerify))
  }
}
