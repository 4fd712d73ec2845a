import PinJWTCrypto

/// Finds what is surely a secret in claims. A signed token can be read by whoever holds it, so signing refuses these.
struct SecretSearch {
  /// A secret that was found.
  struct Finding {
    /// The name of the member that holds it.
    let member: [UInt8]
    /// What it is, with its article.
    let kind: StaticString
  }

  /// An object or array that is open.
  private struct Frame {
    /// The member that it is the value of, or that encloses it.
    let member: [UInt8]
    /// Whether the caller allows what is in it.
    let isAllowed: Bool
    var hasKeyType = false
    var hasPrivateMember = false
  }

  /// What is found, in order; nothing under the names in `allowed`.
  static func findings(_ view: borrowing JSONView, allowed: [[UInt8]]) -> [Finding] {
    var findings: [Finding] = []
    var frames: [Frame] = []
    var member: [UInt8] = []
    var isAllowed = false
    var walk = JSONWalk(copy view)
    while let step = walk.next() {
      switch step {
      case .name(let range):
        member = []
        member.append(bytes: view.decoded.extracting(range))
        isAllowed = frames.last?.isAllowed ?? false || allowed.contains(member)
      case .open:
        frames.append(Frame(member: member, isAllowed: isAllowed))
      case .close:
        guard let frame = frames.popLast() else { return findings }
        if frame.hasKeyType, frame.hasPrivateMember, !frame.isAllowed {
          findings.append(Finding(member: frame.member, kind: "a private or secret JWK"))
        }
        member = frames.last?.member ?? []
        isAllowed = frames.last?.isAllowed ?? false
      case .value(let value):
        if value.kind == .string {
          let text = view.string(value)
          if !isAllowed, let kind = kind(member.span, text) { findings.append(Finding(member: member, kind: kind)) }
          note(member.span, text, &frames)
        }
      }
    }
    return findings
  }

  /// Notes the members that make an object a private key.
  private static func note(
    _ member: borrowing Span<UInt8>, _ text: borrowing Span<UInt8>, _ frames: inout [Frame]
  ) {
    guard !frames.isEmpty, text.count > 0 else { return }
    if member.equals("kty") { frames[frames.count - 1].hasKeyType = true }
    if member.equals("d") || member.equals("k") { frames[frames.count - 1].hasPrivateMember = true }
  }

  private static func kind(_ member: borrowing Span<UInt8>, _ text: borrowing Span<UInt8>) -> StaticString? {
    guard text.count > 0 else { return nil }
    for name in names where member.equals(name) { return "a secret by its name" }
    if text.position(of: "PRIVATE KEY-----", from: 0) != nil { return "a private key in PEM" }
    if isServiceKey(text) { return "an API key of another service" }
    return nil
  }

  /// The names that a secret has, and nothing else: has_password and password_changed_at are others.
  private static var names: [StaticString] {
    [
      "password", "passwd", "passphrase", "client_secret", "clientSecret", "private_key", "privateKey", "secret_key",
      "secretKey", "api_secret", "apiSecret", "cvv", "cvc", "card_number", "cardNumber", "credit_card_number",
      "creditCardNumber",
    ]
  }
}

extension SecretSearch {
  /// Refuses claims that carry a secret.
  static func refuse(_ claims: Claims, _ policy: Policy) throws(Failure) {
    guard let first = claims.withView({ findings($0, allowed: policy.sensitiveClaims) }).first else { return }
    let member = Sentence(escaping: first.member.span.shortened(to: 40))
    throw Failure(
      .sensitive, member,
      "The member \(member) holds \(first.kind), which anyone with the token can read; leave it out, or allow it in the policy."
    )
  }
}
