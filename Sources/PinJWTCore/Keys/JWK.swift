import PinJWTCrypto

extension Key {
  /// The longest JWK that is read.
  static let longestJWK = 65536

  /// A key from a JWK (RFC 7517 §4). Unknown members are passed over.
  public static func make(_ algorithm: Algorithm, jwk text: Span<UInt8>) throws(Failure) -> Key {
    guard text.count <= Key.longestJWK else {
      throw Failure(.keyFormat, "jwk", "A JWK has at most \(Key.longestJWK) bytes, this text has \(text.count).")
    }
    // It may hold private members.
    let decoded = try SecretBytes.make(copying: text)
    let members = try JWKReader.members(text, decoded)
    return try JWKReader(JSONView(text: text, decoded: decoded.bytes, members: members)).key(algorithm)
  }
}

/// Reads the members of one JWK.
struct JWKReader: ~Escapable {
  private let view: JSONView

  @_lifetime(copy view)
  init(_ view: JSONView) {
    self.view = view
  }

  func key(_ algorithm: Algorithm) throws(Failure) -> Key {
    try checkAlgorithm(algorithm)
    try checkUse()
    let operations = try operations()
    let id = try id()
    return try Key.make(algorithm, try material(algorithm), id: id, operations: operations)
  }

  static func members(_ text: Span<UInt8>, _ decoded: SecretBytes) throws(Failure) -> [JSONMember] {
    var target = decoded.mutableBytes
    do throws(JSONFault) {
      return try JSONScanner.members(text, decoding: &target)
    } catch {
      // Not named: in a JWK a secret could stand in the name's place.
      if case .duplicateMember = error {
        throw Failure(.keyFormat, "JWK", "The JWK has a member twice, which leaves open which one counts.")
      }
      throw error.failure(.keyFormat, "JWK", decoded: target.span)
    }
  }

  func checkAlgorithm(_ algorithm: Algorithm) throws(Failure) {
    guard let value = view.value("alg") else { return }
    guard value.kind == .string, view.string(value).equals(algorithm.name) else {
      throw Failure(.keyMismatch, "alg", "The JWK's alg is not \(algorithm); a key serves one algorithm only.")
    }
  }

  /// Whether it is a secret (oct) or an asymmetric key; nil when it is neither.
  var isSecret: Bool? {
    guard let value = view.value("kty"), value.kind == .string else { return nil }
    let kty = view.string(value)
    if kty.equals("oct") { return true }
    return kty.equals("RSA") || kty.equals("EC") || kty.equals("OKP") ? false : nil
  }

  /// The one of `allowed` that the JWK is for: its alg or, without one, the only one that its kind and curve fit.
  func onlyAlgorithm(of allowed: [Algorithm]) -> Algorithm? {
    var found: Algorithm?
    for algorithm in allowed where names(algorithm) {
      if found != nil, found != algorithm { return nil }
      found = algorithm
    }
    return found
  }

  private func names(_ algorithm: Algorithm) -> Bool {
    if let value = view.value("alg") { return value.kind == .string && view.string(value).equals(algorithm.name) }
    guard let value = view.value("kty"), value.kind == .string else { return false }
    let kty = view.string(value)
    if kty.equals("oct") { return algorithm.isSymmetric }
    if kty.equals("RSA") { return algorithm.isRSA }
    guard let value = view.value("crv"), value.kind == .string else { return false }
    let crv = view.string(value)
    if kty.equals("EC") { return algorithm.curve.map { crv.equals($0.name) } ?? false }
    guard kty.equals("OKP") else { return false }
    return crv.equals("Ed25519") && algorithm.serves(.ed25519) || crv.equals("Ed448") && algorithm.serves(.ed448)
  }

  func checkUse() throws(Failure) {
    guard let value = view.value("use") else { return }
    guard value.kind == .string, view.string(value).equals("sig") else {
      throw Failure(
        .keyUse, "use", "The JWK's use is not \"sig\": it is not a key for signatures (RFC 7517 section 4.2).")
    }
  }

  func operations() throws(Failure) -> KeyOperations {
    guard let value = view.value("key_ops") else { return .unrestricted }
    guard value.kind == .array else {
      throw Failure(.keyFormat, "key_ops", "The JWK's key_ops must be an array of strings (RFC 7517 section 4.3).")
    }
    var (signs, verifies) = (false, false)
    var element = view.element(of: value, after: nil)
    while let current = element {
      guard current.kind == .string else {
        throw Failure(.keyFormat, "key_ops", "The JWK's key_ops must be an array of strings (RFC 7517 section 4.3).")
      }
      if view.string(current).equals("sign") { signs = true }
      if view.string(current).equals("verify") { verifies = true }
      element = view.element(of: value, after: current)
    }
    guard signs || verifies else {
      throw Failure(.keyUse, "key_ops", "The JWK's key_ops has neither \"sign\" nor \"verify\" (RFC 7517 section 4.3).")
    }
    return KeyOperations(permitSigning: signs, permitVerifying: verifies)
  }

  func id() throws(Failure) -> [UInt8]? {
    guard let value = view.value("kid") else { return nil }
    guard value.kind == .string, (1...Limits.longestText).contains(view.string(value).count) else {
      throw Failure(
        .keyFormat, "kid", "The JWK's kid must be a string of 1 to \(Limits.longestText) bytes (RFC 7517 section 4.5).")
    }
    var id: [UInt8] = []
    id.append(bytes: view.string(value))
    return id
  }

  func material(_ algorithm: Algorithm) throws(Failure) -> KeyMaterial {
    guard let value = view.value("kty"), value.kind == .string else {
      let isSet = view.value("keys") != nil
      throw isSet
        ? Failure(.keyFormat, "keys", "This is a JWK set; give one key out of its keys.")
        : Failure(.keyFormat, "kty", "The JWK has no kty, which says what kind of key it is (RFC 7517 section 4.1).")
    }
    let kty = view.string(value)
    if kty.equals("oct") { return try secret(algorithm) }
    if kty.equals("RSA") { return try rsa(algorithm) }
    if kty.equals("EC") { return try ec(algorithm) }
    if kty.equals("OKP") { return try okp(algorithm) }
    throw Failure(
      .keyFormat, "kty", "The JWK's kty is none of oct, RSA, EC and OKP (RFC 7518 section 6.1, RFC 8037 section 2).")
  }

  private func secret(_ algorithm: Algorithm) throws(Failure) -> KeyMaterial {
    guard algorithm.isSymmetric else { throw mismatch(algorithm) }
    return try KeyMaterial(algorithm, k: try secretBytes("k"))
  }

  private func rsa(_ algorithm: Algorithm) throws(Failure) -> KeyMaterial {
    guard algorithm.isRSA else { throw mismatch(algorithm) }
    let components = PublicComponents.rsa(n: try number("n"), e: try number("e"))
    guard view.value("d") != nil else { return try KeyMaterial(algorithm, components, nil) }
    guard view.value("oth") == nil else {
      throw Failure(.keyFormat, "oth", "RSA keys of more than two primes are not accepted; make one of two.")
    }
    let secret = RSAPrivateComponents(
      d: try secretBytes("d"), p: try secretBytes("p"), q: try secretBytes("q"), dp: try secretBytes("dp"),
      dq: try secretBytes("dq"), qi: try secretBytes("qi"))
    return try KeyMaterial(algorithm, components, .rsa(secret))
  }

  private func ec(_ algorithm: Algorithm) throws(Failure) -> KeyMaterial {
    guard let curve = algorithm.curve, try string("crv").equals(curve.name) else { throw mismatch(algorithm) }
    let components = PublicComponents.ec(curve, x: try bytes("x"), y: try bytes("y"))
    return try KeyMaterial(algorithm, components, try scalar())
  }

  private func okp(_ algorithm: Algorithm) throws(Failure) -> KeyMaterial {
    let name = try string("crv")
    guard let curve = name.equals("Ed25519") ? EdwardsCurve.ed25519 : name.equals("Ed448") ? .ed448 : nil,
      algorithm.serves(curve)
    else { throw mismatch(algorithm) }
    return try KeyMaterial(algorithm, .okp(curve, x: try bytes("x")), try scalar())
  }

  private func scalar() throws(Failure) -> PrivateComponents? {
    view.value("d") == nil ? nil : .scalar(try secretBytes("d"))
  }

  @_lifetime(copy self)
  private func string(_ name: StaticString) throws(Failure) -> Span<UInt8> {
    guard let value = view.value(name) else {
      throw Failure(.keyFormat, Sentence(text: name), "The JWK has no \(name), which this kind of key requires.")
    }
    guard value.kind == .string else {
      throw Failure(.keyFormat, Sentence(text: name), "The JWK's \(name) must be a string.")
    }
    return view.string(value)
  }

  private func bytes(_ name: StaticString) throws(Failure) -> [UInt8] {
    guard let bytes = Base64URL.decode(try string(name)) else { throw notBase64URL(name) }
    return bytes
  }

  /// A Base64urlUInt: the fewest bytes (RFC 7518 §2).
  private func number(_ name: StaticString) throws(Failure) -> [UInt8] {
    let bytes = try bytes(name)
    guard let first = bytes.first, first != 0 else {
      throw Failure(
        .keyFormat, Sentence(text: name),
        "The JWK's \(name) must be a number without leading zero bytes (RFC 7518 section 2).")
    }
    return bytes
  }

  private func secretBytes(_ name: StaticString) throws(Failure) -> SecretBytes {
    let text = try string(name)
    let secret = try SecretBytes.make(count: Base64URL.decodedLength(text.count))
    var target = secret.mutableBytes
    guard Base64URL.decode(text, into: &target) else { throw notBase64URL(name) }
    return secret
  }

  private func notBase64URL(_ name: StaticString) -> Failure {
    Failure(
      .keyFormat, Sentence(text: name), "The JWK's \(name) is not base64url without padding (RFC 7515 section 2).")
  }

  private func mismatch(_ algorithm: Algorithm) -> Failure {
    Failure(.keyMismatch, "kty", "This kind of JWK does not serve \(algorithm); give a key that was made for it.")
  }
}
