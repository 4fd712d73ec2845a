/// The public half of a key as the numbers and strings that a JWK holds, big-endian (RFC 7518 §6, RFC 8037 §2).
public enum PublicComponents: Sendable {
  case rsa(n: [UInt8], e: [UInt8])
  case ec(Curve, x: [UInt8], y: [UInt8])
  case okp(EdwardsCurve, x: [UInt8])
}

/// The private half, in guarded memory.
public enum PrivateComponents: Sendable {
  case rsa(RSAPrivateComponents)
  /// `d` of an EC or OKP key.
  case scalar(SecretBytes)
}

/// The members of a private RSA JWK (RFC 7518 §6.3.2).
public struct RSAPrivateComponents: Sendable {
  public let d: SecretBytes
  public let p: SecretBytes
  public let q: SecretBytes
  public let dp: SecretBytes
  public let dq: SecretBytes
  public let qi: SecretBytes

  public init(
    d: SecretBytes, p: SecretBytes, q: SecretBytes, dp: SecretBytes, dq: SecretBytes, qi: SecretBytes
  ) {
    self.d = d
    self.p = p
    self.q = q
    self.dp = dp
    self.dq = dq
    self.qi = qi
  }
}
