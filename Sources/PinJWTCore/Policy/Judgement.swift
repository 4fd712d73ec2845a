import PinJWTCrypto

/// Judges the claims of a token by a policy (RFC 7519 §4.1, RFC 8725 §3.8 to §3.11). Signing judges by the same rules,
/// so that nothing is signed that the policy would refuse; only nbf may then lie ahead.
struct Judgement: ~Escapable {
  /// Clocks that tick whole seconds differ by this much.
  private static let clockTolerance: Int64 = 10

  private let view: JSONView
  private let policy: Policy
  private let now: Int64

  @_lifetime(copy view)
  private init(_ view: JSONView, _ policy: Policy, at now: Int64) {
    self.view = view
    self.policy = policy
    self.now = now
  }

  static func judge(_ claims: Claims, _ policy: Policy, at now: Int64, signing: Bool) throws(Failure) {
    try claims.withView { (view) throws(Failure) in
      try Judgement(view, policy, at: now).judge(signing: signing)
    }
  }

  private func judge(signing: Bool) throws(Failure) {
    let expiry = try requiredTime("exp")
    let issuedAt = try time("iat")
    let notBefore = try time("nbf")
    // What has expired here is not signed; the leeway is for the other side's clock.
    try checkExpiry(expiry, issuedAt, leeway: signing ? 0 : policy.leeway)
    if let issuedAt { try checkStart("iat", issuedAt) }
    if let notBefore, !signing { try checkStart("nbf", notBefore) }
    try checkLifetime(expiry, issuedAt)
    try checkIssuer()
    try checkSubject()
    _ = try string("jti")
    try checkAudience()
    for name in policy.requiredClaims { try require(name) }
  }

  // MARK: Times

  private func requiredTime(_ name: StaticString) throws(Failure) -> Int64 {
    guard let time = try time(name) else {
      throw Failure(
        .claimMissing, Sentence(text: name), "The token has no \(name), without which it would never expire; set one.")
    }
    return time
  }

  /// A NumericDate, rounded down (RFC 7519 §2).
  private func time(_ name: StaticString) throws(Failure) -> Int64? {
    guard let value = view.value(name) else { return nil }
    guard let time = NumericDate.seconds(view, value) else {
      throw Failure(
        .claimInvalid, Sentence(text: name),
        "The claim \(name) is not a time in Unix seconds below the year 10000 (RFC 7519 section 2).")
    }
    return time
  }

  /// Expired at exp itself (RFC 7519 §4.1.4).
  private func checkExpiry(_ expiry: Int64, _ issuedAt: Int64?, leeway: Int64) throws(Failure) {
    guard now < expiry + leeway else {
      throw Failure(.expired, "exp", "The token expired \(now - expiry) s ago; get a new one.")
    }
    if let issuedAt, expiry <= issuedAt {
      throw Failure(.claimInvalid, "exp", "The token's exp is not after its iat; its issuer must set them right.")
    }
  }

  private func checkStart(_ name: StaticString, _ time: Int64) throws(Failure) {
    guard time <= now + max(policy.leeway, Judgement.clockTolerance) else {
      throw Failure(
        .notYetValid, Sentence(text: name),
        "The token's \(name) is \(time - now) s ahead; check the clocks of both sides.")
    }
  }

  private func checkLifetime(_ expiry: Int64, _ issuedAt: Int64?) throws(Failure) {
    let lifetime = expiry - (issuedAt ?? now)
    guard lifetime <= policy.maxLifetime else {
      throw Failure(
        .lifetime, "exp",
        "The token lives \(lifetime) s, the policy allows \(policy.maxLifetime); if that is right for its issuer, raise it with pinjwt_policy_set_max_lifetime."
      )
    }
  }

  // MARK: Names

  /// A claim that must be a string where it is there.
  private func string(_ name: StaticString) throws(Failure) -> JSONValue? {
    guard let value = view.value(name) else { return nil }
    guard value.kind == .string else {
      throw Failure(.claimInvalid, Sentence(text: name), "The claim \(name) must be a string (RFC 7519 section 4.1).")
    }
    return value
  }

  private func checkIssuer() throws(Failure) {
    let value = try string("iss")
    guard let issuer = policy.issuer else { return }
    guard let value else {
      throw Failure(.claimMissing, "iss", "The token has no iss, which the policy requires.")
    }
    guard view.string(value).equals(issuer.span) else {
      throw Failure(
        .issuer, "iss",
        "The token's iss \(quoted(value)) is not the policy's issuer; it comes from another service, or the policy is wrong."
      )
    }
  }

  private func checkSubject() throws(Failure) {
    let value = try string("sub")
    guard let subject = policy.subject else { return }
    guard let value else {
      throw Failure(.claimMissing, "sub", "The token has no sub, which the policy requires.")
    }
    guard view.string(value).equals(subject.span) else {
      throw Failure(.subject, "sub", "The token's sub \(quoted(value)) is not the policy's subject.")
    }
  }

  /// RFC 7519 §4.1.3: a string or an array of them, one of which must be the policy's.
  private func checkAudience() throws(Failure) {
    guard let value = view.value("aud") else {
      guard policy.audiences.isEmpty else {
        throw Failure(.audience, "aud", "The token has no aud, and the policy requires one of its audiences.")
      }
      return
    }
    let matches = try audienceMatches(value)
    guard !policy.audiences.isEmpty else {
      throw Failure(
        .audience, "aud", "The token has an aud and the policy none; add yours with pinjwt_policy_add_audience.")
    }
    guard matches else {
      throw Failure(.audience, "aud", "The token is for another audience than the policy's; do not accept it here.")
    }
  }

  private func audienceMatches(_ value: JSONValue) throws(Failure) -> Bool {
    if value.kind == .string { return isAudience(value) }
    guard value.kind == .array, var element = view.element(of: value, after: nil) else { throw invalidAudience }
    var matches = false
    while true {
      guard element.kind == .string else { throw invalidAudience }
      if isAudience(element) { matches = true }
      guard let next = view.element(of: value, after: element) else { return matches }
      element = next
    }
  }

  private var invalidAudience: Failure {
    Failure(
      .claimInvalid, "aud", "The claim aud must be a string or an array of strings, not empty (RFC 7519 section 4.1.3)."
    )
  }

  private func isAudience(_ value: JSONValue) -> Bool {
    for audience in policy.audiences where view.string(value).equals(audience.span) { return true }
    return false
  }

  private func require(_ name: [UInt8]) throws(Failure) {
    if let value = view.value(name.span), value.kind != .null { return }
    let shown = Sentence(escaping: name.span.shortened(to: 40))
    throw Failure(.claimMissing, shown, "The token has no \(shown), which the policy requires.")
  }

  private func quoted(_ value: JSONValue) -> Sentence {
    let text = Sentence(escaping: view.string(value).shortened(to: 24))
    return "\"\(text)\""
  }
}
