import PinJWTCrypto

/// The JOSE header of a token (RFC 7515 §4): its JSON and what was read from it.
public struct Header: Sendable {
  let json: PinnedBytes
  let algorithm: Algorithm
  /// Empty where the token has none.
  let kid: [UInt8]
  /// An empty kid is one too: it names a key, which no set has.
  let hasKid: Bool
}

/// What a header must say.
struct HeaderRules: Sendable {
  /// The pins of the keys that the token may be of.
  let algorithms: [Algorithm]
  let type: TypeRule
}

enum TypeRule: Sendable {
  /// Absent, or "JWT".
  case jwt
  /// Exactly this media type.
  case exactly([UInt8])
  /// Anything but a JWT's.
  case anyButJWT
}

extension Header {
  /// Decodes and judges a header in this order: form, alg, crit, typ, kid. Members that carry or point to keys (jwk, jku,
  /// x5u, x5c) are never looked at (RFC 8725 §3.10).
  init(segment: borrowing Span<UInt8>, _ rules: HeaderRules) throws(Failure) {
    let json = try CompactToken.decoded(segment, "header")
    let decoded = PinnedBytes(copying: json.bytes)
    let members = try Header.members(json, decoded)
    let view = JSONView(text: json.bytes, decoded: decoded.bytes, members: members)
    self.algorithm = try Header.algorithm(view, rules.algorithms)
    try Header.checkCritical(view)
    try Header.checkType(view, rules.type)
    let kid = try Header.kid(view)
    self.kid = kid ?? []
    self.hasKid = kid != nil
    self.json = json
  }

  static func members(_ json: PinnedBytes, _ decoded: PinnedBytes) throws(Failure) -> [JSONMember] {
    var target = decoded.mutableBytes
    do throws(JSONFault) {
      return try JSONScanner.members(json.bytes, decoding: &target)
    } catch {
      throw error.failure(.header, "header", decoded: target.span)
    }
  }

  /// RFC 8725 §3.1: byte for byte the pinned name.
  private static func algorithm(_ view: borrowing JSONView, _ pins: [Algorithm]) throws(Failure) -> Algorithm {
    guard let value = view.value("alg") else {
      throw Failure(.header, "alg", "The token's header has no alg (RFC 7515 section 4.1.1).")
    }
    guard value.kind == .string else {
      throw Failure(.header, "alg", "The token's alg must be a string (RFC 7515 section 4.1.1).")
    }
    for algorithm in pins where view.string(value).equals(algorithm.name) { return algorithm }
    let given = Sentence(escaping: view.string(value).shortened(to: 16))
    guard let first = pins.first, pins.count == 1 else {
      throw Failure(.algorithm, "alg", "The token's alg is \"\(given)\", and no key here is pinned to that.")
    }
    throw Failure(.algorithm, "alg", "The token's alg is \"\(given)\", the key is pinned to \(first).")
  }

  /// No extension is understood, so every crit is refused (RFC 7515 §4.1.11), and unencoded payloads (RFC 7797) too.
  private static func checkCritical(_ view: borrowing JSONView) throws(Failure) {
    guard view.value("crit") == nil else {
      throw Failure(.critical, "crit", "The token requires extensions (crit), none of which is understood here.")
    }
    if let value = view.value("b64"), value.kind != .true {
      throw Failure(.critical, "b64", "The token has an unencoded payload (b64), which is not accepted.")
    }
  }

  private static func checkType(_ view: borrowing JSONView, _ rule: TypeRule) throws(Failure) {
    guard let value = view.value("typ") else {
      if case .exactly = rule {
        throw Failure(.type, "typ", "The token has no typ, and a certain one is required (RFC 8725 section 3.11).")
      }
      return
    }
    guard value.kind == .string else {
      throw Failure(.header, "typ", "The token's typ must be a string (RFC 7515 section 4.1.9).")
    }
    let type = view.string(value)
    let accepted =
      switch rule {
      case .jwt: MediaType.areEqual(type, "JWT")
      case .exactly(let expected): MediaType.areEqual(type, expected.span)
      case .anyButJWT: !MediaType.isJWT(type)
      }
    guard accepted else {
      let given = Sentence(escaping: type.shortened(to: 32))
      throw Failure(.type, "typ", "The token's typ \"\(given)\" is not the one expected here (RFC 8725 section 3.11).")
    }
  }

  private static func kid(_ view: borrowing JSONView) throws(Failure) -> [UInt8]? {
    guard let value = view.value("kid") else { return nil }
    guard value.kind == .string else {
      throw Failure(.header, "kid", "The token's kid must be a string (RFC 7515 section 4.1.4).")
    }
    var kid: [UInt8] = []
    kid.append(bytes: view.string(value))
    return kid
  }

  /// The header that this library writes for a key, as a segment and as it is read; `type` is a policy's.
  static func usual(_ key: Key, type: [UInt8]?) -> ([UInt8], Header) {
    var typ: [UInt8] = []
    if let type { typ = type } else { typ.append(text: "JWT") }
    let text = written(key, type: typ.span)
    var segment: [UInt8] = []
    segment.append(base64URL: text.span)
    let kid = key.id.array
    let json = PinnedBytes(copying: text.span)
    return (segment, Header(json: json, algorithm: key.algorithm, kid: kid, hasKid: !kid.isEmpty))
  }

  /// The header that this library writes: alg, typ, and kid where there is one.
  static func written(_ key: Key, type: borrowing Span<UInt8>) -> [UInt8] {
    var json: [UInt8] = []
    json.append(text: "{\"alg\":\"")
    json.append(text: key.algorithm.name)
    json.append(text: "\",\"typ\":")
    json.append(jsonString: type)
    let id = key.id
    if id.count > 0 {
      json.append(text: ",\"kid\":")
      json.append(jsonString: id.bytes)
    }
    json.append(text: "}")
    return json
  }
}
