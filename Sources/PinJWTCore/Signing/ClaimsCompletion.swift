import PinJWTCrypto

/// Completes the claims that a caller gives by what the policy and the clock say. The caller's text stays as it is, in its
/// order; what is missing goes behind it.
struct ClaimsCompletion: ~Escapable {
  private let view: JSONView
  private let policy: Policy
  private let now: Int64
  private var json: [UInt8] = []
  private var isEmpty: Bool

  /// The completed JSON. Claims that contradict the policy stay and are refused by its judgement.
  static func complete(_ view: JSONView, _ policy: Policy, at now: Int64) throws(Failure) -> [UInt8] {
    var completion = ClaimsCompletion(view, policy, now)
    try completion.append()
    return completion.json
  }

  @_lifetime(copy view)
  private init(_ view: JSONView, _ policy: Policy, _ now: Int64) {
    self.view = view
    self.policy = policy
    self.now = now
    isEmpty = view.members.isEmpty
    // Without the closing brace and the space around the object.
    let object = view.text.trimmed()
    json.append(bytes: object.extracting(first: max(1, object.count) - 1))
  }

  private mutating func append() throws(Failure) {
    if let issuer = policy.issuer, begin("iss") { json.append(jsonString: issuer.span) }
    if let subject = policy.subject, begin("sub") { json.append(jsonString: subject.span) }
    appendAudience()
    let issuedAt = issuedAt()
    if begin("iat") { json.append(decimal: issuedAt) }
    if begin("exp") { json.append(decimal: issuedAt + policy.lifetime) }
    if begin("jti") { try appendIdentifier() }
    json.append(UInt8(ascii: "}"))
  }

  /// Writes a claim's name, when the caller has not given the claim.
  private mutating func begin(_ name: StaticString) -> Bool {
    guard view.value(name) == nil else { return false }
    if !isEmpty { json.append(UInt8(ascii: ",")) }
    isEmpty = false
    json.append(UInt8(ascii: "\""))
    json.append(text: name)
    json.append(text: "\":")
    return true
  }

  private mutating func appendAudience() {
    guard let first = policy.audiences.first, begin("aud") else { return }
    guard policy.audiences.count > 1 else { return json.append(jsonString: first.span) }
    json.append(UInt8(ascii: "["))
    for (index, audience) in policy.audiences.enumerated() {
      if index > 0 { json.append(UInt8(ascii: ",")) }
      json.append(jsonString: audience.span)
    }
    json.append(UInt8(ascii: "]"))
  }

  /// The caller's iat where it is a time; one that is not is refused by the judgement.
  private func issuedAt() -> Int64 {
    guard let value = view.value("iat") else { return now }
    return NumericDate.seconds(view, value) ?? now
  }

  /// 128 random bits (RFC 7519 §4.1.7).
  private mutating func appendIdentifier() throws(Failure) {
    var identifier = [UInt8](repeating: 0, count: 16)
    var target = identifier.mutableSpan
    try fillRandomly(&target)
    json.append(UInt8(ascii: "\""))
    json.append(base64URL: identifier.span)
    json.append(UInt8(ascii: "\""))
  }
}
