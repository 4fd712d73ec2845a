import PinJWTCrypto

/// Signs tokens with one key by one policy. Immutable.
public final class Signer: Sendable {
  private let policy: Policy
  private let key: Key
  private let header: PinnedBytes
  private let headerSegment: [UInt8]

  public static func make(_ policy: Policy, _ key: Key) throws(Failure) -> Signer {
    guard key.canSign else {
      throw Failure(.keyUse, "key", "The key cannot sign: it is a public key, or its key_ops forbid it.")
    }
    guard policy.lifetime <= policy.maxLifetime else {
      throw Failure(
        .lifetime, "lifetime",
        "The policy's lifetime of \(policy.lifetime) s is above its maximum of \(policy.maxLifetime); raise that with pinjwt_policy_set_max_lifetime."
      )
    }
    return Signer(policy, key)
  }

  private init(_ policy: Policy, _ key: Key) {
    self.policy = policy
    self.key = key
    let type = policy.typeToWrite
    let json = Header.written(key, type: type.span)
    var segment: [UInt8] = []
    segment.append(base64URL: json.span)
    header = PinnedBytes(copying: json.span)
    headerSegment = segment
  }

  /// A token whose claims have been completed and judged, before it is signed.
  public struct Draft {
    fileprivate let claims: Claims
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
    let given = try Claims.make(header: header, json: PinnedBytes(copying: claims))
    let payload = try given.withView { (view) throws(Failure) in
      try ClaimsCompletion.complete(view, policy, at: now)
    }
    let completed = try Claims.make(header: header, json: PinnedBytes(copying: payload.span))
    try Judgement.judge(completed, policy, at: now, signing: true)
    try SecretSearch.refuse(completed, policy)
    let length =
      headerSegment.count + 1 + Base64URL.encodedLength(completed.json.count) + 1
      + Base64URL.encodedLength(key.material.signatureLength)
    try policy.checkSize(length)
    return Draft(claims: completed, now: now, length: length)
  }

  /// The signed token, and the event of it.
  public func sign(_ draft: Draft) throws(Failure) -> [UInt8] {
    var token: [UInt8] = []
    token.reserveCapacity(draft.length)
    token.append(contentsOf: headerSegment)
    token.append(UInt8(ascii: "."))
    let payload = draft.claims.json
    token.append(base64URL: payload.bytes)
    try token.appendSignature(key)
    if let handler = policy.eventHandler {
      var event = Event(.signed, nil, at: draft.now, kid: key.id.array)
      draft.claims.withView { event.describe($0) }
      handler(event)
    }
    return token
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
