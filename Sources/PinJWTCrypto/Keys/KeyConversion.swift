import COpenSSL

// Keys of libcrypto from their numbers, and the numbers of a key: what a JWK holds.

extension KeyMaterial {
  /// A key for `algorithm` from a JWK's numbers, checked; the private half, where given, must belong to the public one.
  public init(
    _ algorithm: Algorithm, _ components: PublicComponents, _ secret: PrivateComponents?
  ) throws(Failure) {
    switch (components, secret) {
    case (.okp(.ed25519, let x), .scalar(let d)) where algorithm.serves(.ed25519):
      self = .ed25519(try Ed25519Key.make(algorithm, seed: d, publicKey: x))
    case (.okp(.ed25519, let x), nil) where algorithm.serves(.ed25519):
      self = .ed25519(try Ed25519Key.make(algorithm, publicKey: x))
    case (.okp(.ed448, let x), .scalar(let d)) where algorithm.serves(.ed448):
      let key = try LibcryptoKey.ed448(algorithm, privateKey: d)
      let publicKey = try key.rawPublicKey()
      guard publicKey.span.equals(x.span) else {
        throw Failure(.keyFormat, "x", "The public half does not belong to the private half.")
      }
      self = .libcrypto(key)
    case (.okp(.ed448, let x), nil) where algorithm.serves(.ed448):
      self = .libcrypto(try LibcryptoKey.ed448(algorithm, publicKey: x))
    case (.ec(let curve, let x, let y), .scalar(let d)) where algorithm.curve == curve:
      self = .libcrypto(try LibcryptoKey.ec(algorithm, curve, x, y, d))
    case (.ec(let curve, let x, let y), nil) where algorithm.curve == curve:
      self = .libcrypto(try LibcryptoKey.ec(algorithm, curve, x, y, nil))
    case (.rsa(let n, let e), .rsa(let secret)) where algorithm.isRSA:
      self = .libcrypto(try LibcryptoKey.rsa(algorithm, n, e, secret))
    case (.rsa(let n, let e), nil) where algorithm.isRSA:
      self = .libcrypto(try LibcryptoKey.rsa(algorithm, n, e, nil))
    default:
      throw Failure.mismatch(algorithm)
    }
  }

  /// The public half; nil for a secret.
  public func publicComponents() throws(Failure) -> PublicComponents? {
    switch self {
    case .hmac:
      return nil
    case .ed25519(let key):
      return .okp(.ed25519, x: key.publicKey)
    case .external(let key):
      return try key.publicHalf.publicComponents()
    case .libcrypto(let key):
      switch key.kind {
      case .ed448:
        return .okp(.ed448, x: try key.rawPublicKey())
      case .ec(let curve):
        let x = try key.number("qx")
        let y = try key.number("qy")
        return .ec(
          curve, x: try x.publicBytes(length: curve.coordinateLength),
          y: try y.publicBytes(length: curve.coordinateLength))
      case .rsa:
        let n = try key.number("n")
        let e = try key.number("e")
        return .rsa(n: try n.publicBytes(), e: try e.publicBytes())
      }
    }
  }

  /// The private half; nil for a public key, and for a secret, which `HMACKey` holds.
  public func privateComponents() throws(Failure) -> PrivateComponents? {
    switch self {
    case .hmac:
      return nil
    case .ed25519(let key):
      guard let seed = try key.seed() else { return nil }
      return .scalar(seed)
    case .external:
      throw KeyMaterial.privateHalfElsewhere
    case .libcrypto(let key):
      guard key.isPrivate else { return nil }
      switch key.kind {
      case .ed448:
        return .scalar(try key.rawPrivateKey())
      case .ec(let curve):
        return .scalar(try key.number("priv").secretBytes(length: curve.coordinateLength))
      case .rsa:
        return .rsa(
          RSAPrivateComponents(
            d: try key.number("d").secretBytes(),
            p: try key.number("rsa-factor1").secretBytes(),
            q: try key.number("rsa-factor2").secretBytes(),
            dp: try key.number("rsa-exponent1").secretBytes(),
            dq: try key.number("rsa-exponent2").secretBytes(),
            qi: try key.number("rsa-coefficient1").secretBytes()))
      }
    }
  }

  static var privateHalfElsewhere: Failure {
    Failure(.keyUse, "key", "The key's private half stays elsewhere and cannot be written; write the public half.")
  }

  /// The same key without its private half; nil for a secret.
  public func publicHalf(_ algorithm: Algorithm) throws(Failure) -> KeyMaterial? {
    guard isPrivate else { return self }
    if case .external(let key) = self { return key.publicHalf }
    guard let components = try publicComponents() else { return nil }
    return try KeyMaterial(algorithm, components, nil)
  }
}

extension Algorithm {
  public var isRSA: Bool { family == .rsaPKCS1 || family == .rsaPSS }
}

extension Failure {
  static func mismatch(_ algorithm: Algorithm) -> Failure {
    Failure(.keyMismatch, "key", "This kind of key does not serve \(algorithm); give a key that was made for it.")
  }
}
