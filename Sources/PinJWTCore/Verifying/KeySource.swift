import PinJWTCrypto

/// Where a verifier takes the key for a token from.
enum KeySource: Sendable {
  case key(PinnedKey)
  case set(KeySet)
  case ring(KeyRing)
  case remote(JWKSSource)
}

/// One key with the header that this library writes for it.
struct PinnedKey: Sendable {
  let key: Key
  let rules: HeaderRules
  let usualSegment: [UInt8]
  let usualHeader: Header

  init(_ key: Key, _ policy: Policy) {
    self.key = key
    rules = HeaderRules(algorithms: [key.algorithm], type: policy.typeRule)
    (usualSegment, usualHeader) = Header.usual(key, type: policy.type)
  }

  func header(_ segment: Span<UInt8>) throws(Failure) -> Header {
    let usual = usualSegment
    return segment.equals(usual.span) ? usualHeader : try Header(segment: segment, rules)
  }
}

extension KeySource {
  /// The header of a token and the keys that it may be of. `kid` is set as soon as it is known.
  func open(
    _ segment: Span<UInt8>, _ policy: Policy, at now: Int64, kid: inout [UInt8]
  ) throws(Failure) -> (Header, KeyChoice) {
    switch self {
    case .key(let pinned):
      let header = try pinned.header(segment)
      kid = header.kid
      return (header, .one(pinned.key))
    case .set(let set):
      return try KeySource.open(segment, policy, set.contents, at: now, &kid)
    case .ring(let ring):
      return try KeySource.open(segment, policy, ring.current.contents, at: now, &kid)
    case .remote(let source):
      let rules = HeaderRules(algorithms: source.allowed, type: policy.typeRule)
      let header = try Header(segment: segment, rules)
      kid = header.kid
      return (header, try source.choice(header, at: now))
    }
  }

  private static func open(
    _ segment: Span<UInt8>, _ policy: Policy, _ contents: KeySetContents, at now: Int64, _ kid: inout [UInt8]
  ) throws(Failure) -> (Header, KeyChoice) {
    guard !contents.entries.isEmpty else {
      throw Failure(.keyUnknown, "", "There are no keys to verify with; fill the key set first.")
    }
    if policy.type == nil, let (header, key) = contents.usual(segment, at: now) {
      kid = header.kid
      return (header, .one(key))
    }
    let header = try Header(segment: segment, HeaderRules(algorithms: contents.algorithms, type: policy.typeRule))
    kid = header.kid
    return (header, try contents.choice(header, at: now))
  }
}
