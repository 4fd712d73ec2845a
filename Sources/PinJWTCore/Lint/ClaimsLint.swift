import PinJWTCrypto

/// What is unwise in claims (RFC 8725 §3, RFC 9068 §2.2).
enum ClaimsLint {
  static func add(_ claims: Claims, at now: Int64, to findings: inout [Finding]) {
    claims.withView { view in
      addTimes(view, at: now, to: &findings)
      addMissing(view, to: &findings)
      for secret in SecretSearch.findings(view, allowed: []) {
        findings.append(
          Finding(
            .error, "secret", secret.member,
            "The payload holds \(secret.kind), which anyone with the token can read; leave it out."))
      }
      PersonalData.add(view, to: &findings)
    }
  }

  private static func addTimes(_ view: borrowing JSONView, at now: Int64, to findings: inout [Finding]) {
    guard let value = view.value("exp") else {
      findings.append(
        Finding(.error, "no_exp", "exp", "There is no exp: the token would never expire (RFC 8725 section 3.8)."))
      return
    }
    let issuedAt = time(view, "iat", to: &findings)
    _ = time(view, "nbf", to: &findings)
    guard let expiry = NumericDate.seconds(view, value) else {
      findings.append(invalidTime("exp"))
      return
    }
    if expiry <= now {
      findings.append(Finding(.note, "expired", "exp", "The token expired \(now - expiry) s ago."))
    }
    if let issuedAt, expiry <= issuedAt {
      findings.append(Finding(.error, "exp_before_iat", "exp", "The exp is not after the iat."))
    }
    let lifetime = expiry - (issuedAt ?? now)
    if lifetime > Policy().maxLifetime {
      findings.append(
        Finding(
          .warning, "long_exp", "exp",
          "The token lives \(lifetime) s; let access tokens live minutes, and renew them, since what is lost stays valid."
        ))
    }
  }

  private static func time(
    _ view: borrowing JSONView, _ name: StaticString, to findings: inout [Finding]
  ) -> Int64? {
    guard let value = view.value(name) else { return nil }
    let time = NumericDate.seconds(view, value)
    if time == nil { findings.append(invalidTime(name)) }
    return time
  }

  private static func invalidTime(_ name: StaticString) -> Finding {
    Finding(
      .error, "invalid_time", name,
      "The \(name) is not a time in Unix seconds below the year 10000; milliseconds are a usual mistake.")
  }

  private static func addMissing(_ view: borrowing JSONView, to findings: inout [Finding]) {
    if view.value("iss") == nil {
      findings.append(
        Finding(.warning, "no_iss", "iss", "There is no iss: a verifier cannot tell whose token it is."))
    }
    if view.value("aud") == nil {
      findings.append(
        Finding(.warning, "no_aud", "aud", "There is no aud: every service of the issuer would take the token."))
    }
    if view.value("jti") == nil {
      findings.append(
        Finding(.warning, "no_jti", "jti", "There is no jti: this one token cannot be revoked or traced."))
    }
  }
}
