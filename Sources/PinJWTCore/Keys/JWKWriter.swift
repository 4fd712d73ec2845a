import PinJWTCrypto

extension Key {
  /// The key as a JWK (RFC 7517 §4), with alg, use or key_ops, and kid.
  public func jwk(privateHalf: Bool) throws(Failure) -> SecretText {
    guard !privateHalf || material.isPrivate else {
      throw Failure(.keyUse, "key", "The key has no private half to write.")
    }
    var writer = try JWKWriter()
    if let components = try material.publicComponents() {
      try writer.append(components)
      if privateHalf, let secret = try material.privateComponents() { try writer.append(secret) }
    } else if privateHalf, case .hmac(let key) = material {
      try writer.text.append(text: "{\"kty\":\"oct\"")
      let secret = key.secret
      try writer.append("k", secret.bytes)
    } else {
      throw Failure(.keyMismatch, "key", "An HMAC secret has no public half; both sides hold the secret itself.")
    }
    try writer.text.append(text: ",\"alg\":\"")
    try writer.text.append(text: algorithm.name)
    try writer.text.append(text: "\"")
    try writer.append(privateHalf ? operations : operations.ofPublicHalf(canVerify: canVerify))
    if id.count > 0 {
      var kid: [UInt8] = []
      let id = id
      kid.append(jsonString: id.bytes)
      try writer.text.append(text: ",\"kid\":")
      try writer.text.append(bytes: kid.span)
    }
    try writer.text.append(text: "}")
    return writer.take()
  }
}

/// Writes the members of a JWK into guarded memory.
private struct JWKWriter: ~Copyable {
  var text: SecretText

  init() throws(Failure) {
    text = try SecretText(capacity: 1024)
  }

  consuming func take() -> SecretText { text }

  mutating func append(_ components: PublicComponents) throws(Failure) {
    switch components {
    case .rsa(let n, let e):
      try text.append(text: "{\"kty\":\"RSA\"")
      try append("n", n.span)
      try append("e", e.span)
    case .ec(let curve, let x, let y):
      try text.append(text: "{\"kty\":\"EC\",\"crv\":\"")
      try text.append(text: curve.name)
      try text.append(text: "\"")
      try append("x", x.span)
      try append("y", y.span)
    case .okp(let curve, let x):
      try text.append(text: "{\"kty\":\"OKP\",\"crv\":\"")
      try text.append(text: curve.name)
      try text.append(text: "\"")
      try append("x", x.span)
    }
  }

  mutating func append(_ components: PrivateComponents) throws(Failure) {
    switch components {
    case .scalar(let d):
      try append("d", d.bytes)
    case .rsa(let secret):
      try append("d", secret.d.bytes)
      try append("p", secret.p.bytes)
      try append("q", secret.q.bytes)
      try append("dp", secret.dp.bytes)
      try append("dq", secret.dq.bytes)
      try append("qi", secret.qi.bytes)
    }
  }

  mutating func append(_ operations: KeyOperations) throws(Failure) {
    guard operations.isRestricted else { return try text.append(text: ",\"use\":\"sig\"") }
    try text.append(text: ",\"key_ops\":[")
    if operations.permitSigning { try text.append(text: "\"sign\"") }
    if operations.permitVerifying { try text.append(text: "\"verify\"") }
    try text.append(text: "]")
  }

  mutating func append(_ name: StaticString, _ bytes: borrowing Span<UInt8>) throws(Failure) {
    try text.append(text: ",\"")
    try text.append(text: name)
    try text.append(text: "\":\"")
    var index = 0
    // In pieces of whole groups, so that no array ever holds a secret.
    while index < bytes.count {
      try Base64URL.encode(bytes.extracting(index..<min(index + 3, bytes.count))) { (character) throws(Failure) in
        try text.append(character)
      }
      index += 3
    }
    try text.append(text: "\"")
  }
}
