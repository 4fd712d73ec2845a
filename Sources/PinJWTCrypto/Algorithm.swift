/// The sixteen pins: JWS algorithms, always chosen by the caller and never read from a token (RFC 8725 §3.1).
///
/// The raw values are the numbers of `pinjwt_alg` in the C header. There is none for "none".
public enum Algorithm: Int32, CaseIterable, Sendable {
  case hs256 = 1
  case hs384 = 2
  case hs512 = 3
  case rs256 = 4
  case rs384 = 5
  case rs512 = 6
  case ps256 = 7
  case ps384 = 8
  case ps512 = 9
  case es256 = 10
  case es384 = 11
  case es512 = 12
  case es256k = 13
  case eddsa = 14
  case ed25519 = 15
  case ed448 = 16

  /// The value of the header's `alg` (RFC 7518 §3.1, RFC 8037 §3.1, RFC 8812 §3.2, RFC 9864 §2.2).
  public var name: StaticString {
    switch self {
    case .hs256: "HS256"
    case .hs384: "HS384"
    case .hs512: "HS512"
    case .rs256: "RS256"
    case .rs384: "RS384"
    case .rs512: "RS512"
    case .ps256: "PS256"
    case .ps384: "PS384"
    case .ps512: "PS512"
    case .es256: "ES256"
    case .es384: "ES384"
    case .es512: "ES512"
    case .es256k: "ES256K"
    case .eddsa: "EdDSA"
    case .ed25519: "Ed25519"
    case .ed448: "Ed448"
    }
  }

  /// How an algorithm computes, without its hash or curve.
  public enum Family: Sendable {
    case hmac
    case rsaPKCS1
    case rsaPSS
    case ecdsa
    case eddsa
  }

  public var family: Family {
    switch self {
    case .hs256, .hs384, .hs512: .hmac
    case .rs256, .rs384, .rs512: .rsaPKCS1
    case .ps256, .ps384, .ps512: .rsaPSS
    case .es256, .es384, .es512, .es256k: .ecdsa
    case .eddsa, .ed25519, .ed448: .eddsa
    }
  }

  /// Whether verifier and signer share one secret.
  public var isSymmetric: Bool { family == .hmac }

  /// The hash that the algorithm names; nil where it is inside the algorithm (EdDSA).
  var hash: SHA2? {
    switch self {
    case .hs256, .rs256, .ps256, .es256, .es256k: .sha256
    case .hs384, .rs384, .ps384, .es384: .sha384
    case .hs512, .rs512, .ps512, .es512: .sha512
    case .eddsa, .ed25519, .ed448: nil
    }
  }
}
