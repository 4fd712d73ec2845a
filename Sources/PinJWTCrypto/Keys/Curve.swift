import COpenSSL

/// The curves of ECDSA keys (RFC 7518 §6.2.1.1, RFC 8812 §3.1).
public enum Curve: Sendable {
  case p256
  case p384
  case p521
  case secp256k1

  /// The value of a JWK's `crv`.
  public var name: StaticString {
    switch self {
    case .p256: "P-256"
    case .p384: "P-384"
    case .p521: "P-521"
    case .secp256k1: "secp256k1"
    }
  }

  /// The length of a coordinate, of the private scalar and of half a signature (RFC 7518 §3.4).
  public var coordinateLength: Int {
    switch self {
    case .p256, .secp256k1: 32
    case .p384: 48
    case .p521: 66
    }
  }

  /// libcrypto's name of the group.
  var groupName: StaticString {
    switch self {
    case .p256: "prime256v1"
    case .p384: "secp384r1"
    case .p521: "secp521r1"
    case .secp256k1: "secp256k1"
    }
  }
}

/// The curves of EdDSA keys (RFC 8037 §2).
public enum EdwardsCurve: Sendable {
  case ed25519
  case ed448

  /// The value of a JWK's `crv`.
  public var name: StaticString {
    switch self {
    case .ed25519: "Ed25519"
    case .ed448: "Ed448"
    }
  }

  /// The length of a public key and of a private one.
  public var keyLength: Int {
    switch self {
    case .ed25519: 32
    case .ed448: 57
    }
  }
}

extension Algorithm {
  /// The curve of an ECDSA pin; nil for others.
  public var curve: Curve? {
    switch self {
    case .es256: .p256
    case .es384: .p384
    case .es512: .p521
    case .es256k: .secp256k1
    default: nil
    }
  }

  /// Whether a key on `curve` serves this pin: "EdDSA" takes both curves, the names of RFC 9864 only their own.
  public func serves(_ curve: EdwardsCurve) -> Bool {
    switch self {
    case .eddsa: true
    case .ed25519: curve == .ed25519
    case .ed448: curve == .ed448
    default: false
    }
  }
}
