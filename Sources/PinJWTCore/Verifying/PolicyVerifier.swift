import PinJWTCrypto

/// Verifies tokens by one policy, with one key or with the keys of a set. Immutable.
public final class PolicyVerifier: Sendable {
  let policy: Policy
  private let keys: KeySource

  public static func make(_ policy: Policy, _ key: Key) throws(Failure) -> PolicyVerifier {
    try key.requireVerifying()
    return PolicyVerifier(policy, .key(PinnedKey(key, policy)))
  }

  public static func make(_ policy: Policy, _ set: KeySet) -> PolicyVerifier {
    PolicyVerifier(policy, .set(set))
  }

  public static func make(_ policy: Policy, _ ring: KeyRing) -> PolicyVerifier {
    PolicyVerifier(policy, .ring(ring))
  }

  public static func make(_ policy: Policy, _ source: JWKSSource) -> PolicyVerifier {
    PolicyVerifier(policy, .remote(source))
  }

  private init(_ policy: Policy, _ keys: KeySource) {
    self.policy = policy
    self.keys = keys
  }

  /// The claims of a token that holds at `now`, in Unix seconds. A refusal is told to the policy's event handler.
  public func verify(_ token: Span<UInt8>, at now: Int64) throws(Failure) -> Claims {
    try Limits.checkTime(now)
    var progress = Progress()
    do throws(Failure) {
      let claims = try judge(token, now, &progress)
      tell(.verified, nil, now, progress)
      return claims
    } catch {
      tell(.rejected, error, now, progress)
      throw error
    }
  }

  /// How far a token came, for the event.
  private struct Progress {
    var kid: [UInt8] = []
    var claims: Claims?
  }

  /// The way of a token: size, segments, header, signature, and only then the claims.
  private func judge(_ token: Span<UInt8>, _ now: Int64, _ progress: inout Progress) throws(Failure) -> Claims {
    try policy.checkSize(token.count)
    let segments = try CompactToken(token)
    let (header, choice) = try keys.open(token.extracting(segments.header), policy, at: now, kid: &progress.kid)
    try segments.checkSignature(token, choice)
    let claims = try Claims.make(
      header: header.json, json: try CompactToken.decoded(token.extracting(segments.payload), "payload"))
    progress.claims = claims
    try Judgement.judge(claims, policy, at: now, signing: false)
    try askRevocation(claims)
    return claims
  }

  /// Only an explicit permission lets a token pass.
  private func askRevocation(_ claims: Claims) throws(Failure) {
    guard let check = policy.revocation else { return }
    switch check(claims) {
    case .allow: return
    case .revoked: throw Failure(.revoked, "", "The token has been revoked; its holder must sign in again.")
    case .refused(let failure): throw failure
    case .unanswered:
      throw Failure(
        .store, "revocation",
        "The revocation check did not answer ALLOW or REVOKED, so the token is refused; see its own error.")
    }
  }

  private func tell(_ kind: Event.Kind, _ failure: Failure?, _ now: Int64, _ progress: Progress) {
    guard let handler = policy.eventHandler else { return }
    var event = Event(kind, failure?.status, at: now, what: failure?.what.bytes ?? [], kid: progress.kid)
    progress.claims?.withView { event.describe($0) }
    handler(event)
  }
}

extension Policy {
  func checkSize(_ count: Int) throws(Failure) {
    guard count <= maxTokenSize else {
      throw Failure(
        .tokenSize, "",
        "The token has \(count) bytes, the policy allows \(maxTokenSize); raise it with pinjwt_policy_set_max_token_size if that is right."
      )
    }
  }

  /// The typ of tokens that are verified.
  var typeRule: TypeRule { type.map { .exactly($0) } ?? .jwt }
}
