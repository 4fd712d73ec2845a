import PinJWTCrypto

/// Verifies tokens: by one policy, or of several issuers whose parts judge their own.
public enum Verifier: Sendable {
  case single(PolicyVerifier)
  case joined([PolicyVerifier])

  /// Joins verifiers whose policies name distinct issuers.
  public static func join(_ parts: [Verifier]) throws(Failure) -> Verifier {
    guard (1...1024).contains(parts.count) else {
      throw Failure(.argument, "parts", "Between 1 and 1024 verifiers can be joined, not \(parts.count).")
    }
    var joined: [PolicyVerifier] = []
    for part in parts {
      guard case .single(let verifier) = part, let issuer = verifier.policy.issuer else {
        throw Failure(.argument, "parts", "Each part must have an issuer in its policy and not be joined itself.")
      }
      for other in joined {
        guard let known = other.policy.issuer, known != issuer else {
          throw Failure(.argument, "parts", "Two of the parts have the same issuer; join one for each.")
        }
      }
      joined.append(verifier)
    }
    return .joined(joined)
  }

  /// The claims of a token that holds at `now`, in Unix seconds.
  public func verify(_ token: Span<UInt8>, at now: Int64) throws(Failure) -> Claims {
    switch self {
    case .single(let verifier): return try verifier.verify(token, at: now)
    case .joined(let parts):
      try Limits.checkTime(now)
      return try Verifier.part(of: parts, for: token).verify(token, at: now)
    }
  }

  /// The part whose issuer the token claims to be of. The claim only picks the part, which then checks everything, the
  /// issuer included.
  private static func part(of parts: [PolicyVerifier], for token: Span<UInt8>) throws(Failure) -> PolicyVerifier {
    try checkSize(token.count, parts)
    let segments = try CompactToken(token)
    let json = try CompactToken.decoded(token.extracting(segments.payload), "payload")
    let claims = try Claims.make(header: json, json: json)
    return try claims.withView { (view) throws(Failure) in try part(of: parts, by: view) }
  }

  private static func part(of parts: [PolicyVerifier], by view: borrowing JSONView) throws(Failure) -> PolicyVerifier {
    guard let value = view.value("iss") else {
      throw Failure(.claimMissing, "iss", "The token has no iss, by which one of the joined verifiers is picked.")
    }
    guard value.kind == .string else {
      throw Failure(.claimInvalid, "iss", "The claim iss must be a string (RFC 7519 section 4.1.1).")
    }
    for part in parts {
      if let issuer = part.policy.issuer, view.string(value).equals(issuer.span) { return part }
    }
    throw Failure(.issuer, "iss", "None of the joined verifiers is for the token's iss.")
  }

  private static func checkSize(_ count: Int, _ parts: [PolicyVerifier]) throws(Failure) {
    var refusal: Failure?
    for part in parts {
      do throws(Failure) {
        return try part.policy.checkSize(count)
      } catch {
        refusal = error
      }
    }
    if let refusal { throw refusal }
  }
}
