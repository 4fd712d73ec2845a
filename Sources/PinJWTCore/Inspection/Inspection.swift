import PinJWTCrypto

/// Shows what a token says without trusting any of it: no key, no clock, no policy.
public enum Inspection {
  static let largestToken = 1_048_576

  /// `{"header":…,"payload":…,"signature_bytes":…,"warnings":[…]}`.
  public static func inspect(_ token: Span<UInt8>) throws(Failure) -> [UInt8] {
    guard token.count <= largestToken else {
      throw Failure(.tokenSize, "", "The token has \(token.count) bytes; at most \(largestToken) are looked at.")
    }
    let token = try DecodedToken(token)
    var warnings = Warnings()
    token.withHeader { warnings.addHeader($0) }
    if token.signatureLength == 0 { warnings.add("The token has no signature: anyone can have written it.") }
    let (header, payload, claims) = (token.header, token.payload, token.claims)
    if let claims {
      claims.withView { warnings.addPayload($0) }
    } else {
      warnings.add("The payload is not a JSON object that a JWT could have.")
    }
    var json: [UInt8] = []
    json.append(text: "{\"header\":")
    json.append(bytes: header.bytes.trimmed())
    json.append(text: ",\"payload\":")
    if claims != nil { json.append(bytes: payload.bytes.trimmed()) } else { json.append(text: "null") }
    json.append(text: ",\"signature_bytes\":")
    json.append(decimal: Int64(token.signatureLength))
    json.append(text: ",\"warnings\":[")
    json.append(contentsOf: warnings.json)
    json.append(text: "]}")
    return json
  }
}

/// What a reader should know of a token, as JSON strings.
private struct Warnings {
  private(set) var json: [UInt8] = []

  init() {
    add("Nothing here has been verified.")
  }

  mutating func add(_ sentence: Sentence) {
    if !json.isEmpty { json.append(UInt8(ascii: ",")) }
    json.append(jsonString: sentence.bytes.span)
  }

  mutating func addHeader(_ view: borrowing JSONView) {
    if let value = view.value("alg"), value.kind == .string {
      if MediaType.areEqual(view.string(value), "none") {
        add("The header's alg is none: the token claims to need no signature.")
      } else if !isKnown(view.string(value)) {
        add("The header's alg is not one that pinjwt knows.")
      }
    } else {
      add("The header has no alg that is a string.")
    }
    if view.value("crit") != nil { add("The header has crit: pinjwt refuses every extension.") }
    addKeyMember(view, "jwk")
    addKeyMember(view, "jku")
    addKeyMember(view, "x5u")
    addKeyMember(view, "x5c")
  }

  private mutating func addKeyMember(_ view: borrowing JSONView, _ name: StaticString) {
    if view.value(name) != nil {
      add("The header brings or points to its own key (\(name)), which must never be used.")
    }
  }

  private func isKnown(_ name: borrowing Span<UInt8>) -> Bool {
    for algorithm in Algorithm.allCases where name.equals(algorithm.name) { return true }
    return false
  }

  mutating func addPayload(_ view: borrowing JSONView) {
    addTime(view, "exp", required: true)
    addTime(view, "nbf", required: false)
    addTime(view, "iat", required: false)
  }

  private mutating func addTime(_ view: borrowing JSONView, _ name: StaticString, required: Bool) {
    guard let value = view.value(name) else {
      if required { add("The payload has no \(name): the token would never expire.") }
      return
    }
    if NumericDate.seconds(view, value) == nil { add("The payload's \(name) is not a time in Unix seconds.") }
  }
}
