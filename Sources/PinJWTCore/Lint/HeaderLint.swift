import PinJWTCrypto

/// What is unwise in a token's header (RFC 8725 §3).
enum HeaderLint {
  static func add(_ token: DecodedToken, to findings: inout [Finding]) {
    token.withHeader { view in
      addAlgorithm(view, to: &findings)
      if view.value("crit") != nil {
        findings.append(
          Finding(
            .error, "critical", "crit", "The header requires extensions, which pinjwt refuses, as many others do."))
      }
      addKeyMember(view, "jwk", to: &findings)
      addKeyMember(view, "jku", to: &findings)
      addKeyMember(view, "x5u", to: &findings)
      addKeyMember(view, "x5c", to: &findings)
      if view.value("typ") == nil {
        findings.append(
          Finding(
            .note, "no_typ", "typ",
            "The header has no typ, by which kinds of tokens are told apart (RFC 8725 section 3.11)."))
      }
    }
    if token.signatureLength == 0 {
      findings.append(Finding(.error, "no_signature", "", "The token has no signature: anyone can have written it."))
    }
  }

  private static func addAlgorithm(_ view: borrowing JSONView, to findings: inout [Finding]) {
    guard let value = view.value("alg"), value.kind == .string else {
      findings.append(
        Finding(.error, "no_alg", "alg", "The header has no alg that is a string (RFC 7515 section 4.1.1)."))
      return
    }
    let name = view.string(value)
    if MediaType.areEqual(name, "none") {
      findings.append(Finding(.error, "alg_none", "alg", "The alg is none: the token claims to need no signature."))
      return
    }
    for algorithm in Algorithm.allCases where name.equals(algorithm.name) {
      add(algorithm, to: &findings)
      return
    }
    findings.append(
      Finding(.error, "alg_unknown", "alg", "The alg is none of those that pinjwt verifies; use EdDSA or ES256."))
  }

  private static func add(_ algorithm: Algorithm, to findings: inout [Finding]) {
    switch algorithm.family {
    case .hmac:
      findings.append(
        Finding(
          .note, "alg_symmetric", "alg",
          "With \(algorithm) whoever verifies can also sign; use EdDSA or ES256 where issuer and verifier differ."))
    case .rsaPKCS1:
      findings.append(
        Finding(
          .note, "alg_legacy", "alg",
          "\(algorithm) has the old PKCS#1 v1.5 padding; use EdDSA, ES256 or PS256 for new keys (RFC 8725 section 3.2)."
        ))
    case .rsaPSS, .ecdsa, .eddsa: break
    }
  }

  private static func addKeyMember(
    _ view: borrowing JSONView, _ name: StaticString, to findings: inout [Finding]
  ) {
    guard view.value(name) != nil else { return }
    findings.append(
      Finding(
        .warning, "key_in_header", name,
        "The header brings or points to its own key, which must never be used (RFC 8725 section 3.10)."))
  }
}
