import PinJWTCrypto

/// Signs tokens by one policy, with one key or with the active key of a ring. Immutable.
public final class Signer: Sendable {
  package let policy: Policy
  private let keys: Keys

  private enum Keys: Sendable {
    case key(SigningKey)
    /// The active key is the same for many tokens: what is made of it is kept.
    case ring(KeyRing, SharedReference<SigningKey>)
  }

  public static func make(_ policy: Policy, _ key: Key) throws(Failure) -> Signer {
    try key.requireSigning()
    try policy.checkLifetimes()
    return Signer(policy, .key(SigningKey(key, policy)))
  }

  public static func make(_ policy: Policy, _ ring: KeyRing) throws(Failure) -> Signer {
    try policy.checkLifetimes()
    let retain = ring.state.terms.retain
    guard policy.maxLifetime <= retain else {
      throw Failure(
        .lifetime, "max_lifetime",
        "The policy lets tokens live \(policy.maxLifetime) s, the ring's retired keys only verify for its token_seconds of \(retain)."
      )
    }
    return Signer(policy, .ring(ring, SharedReference(SigningKey(ring.state.active.key, policy))))
  }

  private init(_ policy: Policy, _ keys: Keys) {
    self.policy = policy
    self.keys = keys
  }

  private var signingKey: SigningKey {
    switch keys {
    case .key(let key): return key
    case .ring(let ring, let last):
      let active = ring.current.active.key
      let known = last.current
      guard known.key !== active else { return known }
      let made = SigningKey(active, policy)
      last.update { _ in made }
      return made
    }
  }

  /// A token whose claims have been completed and judged, before it is signed.
  public struct Draft {
    fileprivate let claims: Claims
    fileprivate let key: SigningKey
    fileprivate let now: Int64
    /// The length of the token in bytes.
    public let length: Int
  }

  /// Completes and judges `claims`, a JSON object, at `now`, in Unix seconds.
  public func draft(_ claims: Span<UInt8>, at now: Int64) throws(Failure) -> Draft {
    try Limits.checkTime(now)
    guard claims.count <= Limits.largestToken else {
      throw Failure(.tokenSize, "claims", "The claims have \(claims.count) bytes, more than any token may.")
    }
    let key = signingKey
    let given = try Claims.make(header: key.header, json: PinnedBytes(copying: claims))
    let payload = try given.withView { (view) throws(Failure) in
      try ClaimsCompletion.complete(view, policy, at: now)
    }
    let completed = try Claims.make(header: key.header, json: PinnedBytes(copying: payload.span))
    try Judgement.judge(completed, policy, at: now, signing: true)
    try SecretSearch.refuse(completed, policy)
    let length =
      key.headerSegment.count + 1 + Base64URL.encodedLength(completed.json.count) + 1
      + Base64URL.encodedLength(key.key.material.signatureLength)
    try policy.checkSize(length)
    return Draft(claims: completed, key: key, now: now, length: length)
  }

  /// The signed token, and the event of it.
  public func sign(_ draft: Draft) throws(Failure) -> [UInt8] {
    var token: [UInt8] = []
    token.reserveCapacity(draft.length)
    token.append(contentsOf: draft.key.headerSegment)
    token.append(UInt8(ascii: "."))
    let payload = draft.claims.json
    token.append(base64URL: payload.bytes)
    try token.appendSignature(draft.key.key)
    if let handler = policy.eventHandler {
      var event = Event(.signed, nil, at: draft.now, kid: draft.key.key.id.array)
      draft.claims.withView { event.describe($0) }
      handler(event)
    }
    return token
  }
}

/// A key and the header that it signs.
private final class SigningKey: Sendable {
  let key: Key
  let header: PinnedBytes
  let headerSegment: [UInt8]

  init(_ key: Key, _ policy: Policy) {
    self.key = key
    let (segment, usual) = Header.usual(key, type: policy.type)
    header = usual.json
    headerSegment = segment
  }
}

extension Policy {
  fileprivate func checkLifetimes() throws(Failure) {
    guard lifetime <= maxLifetime else {
      throw Failure(
        .lifetime, "lifetime",
        "The policy's lifetime of \(lifetime) s is above its maximum of \(maxLifetime); raise that with pinjwt_policy_set_max_lifetime."
      )
    }
  }
}

extension Array where Element == UInt8 {
  /// Appends a dot and the signature over what stands here so far (RFC 7515 §5.1).
  mutating func appendSignature(_ key: Key) throws(Failure) {
    var signature = [UInt8](repeating: 0, count: key.material.signatureLength)
    var target = signature.mutableSpan
    let input = self
    try key.material.sign(input.span, into: &target)
    append(UInt8(ascii: "."))
    append(base64URL: signature.span)
  }
}
