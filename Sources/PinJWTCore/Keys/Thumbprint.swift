import PinJWTCrypto

/// The JWK thumbprint with SHA-256 (RFC 7638 §3): a hash over the members that make the key what it is.
enum Thumbprint {
  /// As base64url; empty for a secret.
  static func of(_ material: KeyMaterial) throws(Failure) -> [UInt8] {
    guard let components = try material.publicComponents() else { return [] }
    var json: [UInt8] = []
    switch components {
    case .rsa(let n, let e):
      append("{\"e\":\"", e, to: &json)
      json.append(text: "\",\"kty\":\"RSA\"")
      append(",\"n\":\"", n, to: &json)
    case .ec(let curve, let x, let y):
      json.append(text: "{\"crv\":\"")
      json.append(text: curve.name)
      json.append(text: "\",\"kty\":\"EC\"")
      append(",\"x\":\"", x, to: &json)
      append("\",\"y\":\"", y, to: &json)
    case .okp(let curve, let x):
      json.append(text: "{\"crv\":\"")
      json.append(text: curve.name)
      json.append(text: "\",\"kty\":\"OKP\"")
      append(",\"x\":\"", x, to: &json)
    }
    json.append(text: "\"}")
    var text: [UInt8] = []
    let digest = sha256(json.span)
    text.append(base64URL: digest.span)
    return text
  }

  private static func append(_ before: StaticString, _ number: [UInt8], to json: inout [UInt8]) {
    json.append(text: before)
    json.append(base64URL: number.span)
  }
}
