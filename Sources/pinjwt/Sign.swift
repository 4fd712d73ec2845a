import ArgumentParser
import PinJWTCore
import PinJWTCrypto

struct Sign: ReportingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Sign claims and print the token.",
    discussion: """
      Adds iat, exp and a random jti, and iss, aud and sub where they are given. What the same options would refuse to \
      verify is not signed.

      EXAMPLE
        pinjwt sign --key key.jwk --aud orders --claim sub=alice
      """)

  @OptionGroup var key: KeyOptions

  @Option(
    help: ArgumentHelp(
      """
      A claim; repeat it for several. A value that is a JSON number, true, false, null, array or object is that, any \
      other is a string.
      """, valueName: "name=value"))
  var claim: [String] = []

  @Option(help: ArgumentHelp("A claim whose value is a string, whatever it looks like.", valueName: "name=value"))
  var claimString: [String] = []

  @Option(
    help: ArgumentHelp("Claims as a JSON object, as @FILE that has one, or - for standard input.", valueName: "json"))
  var claims: String?

  @OptionGroup var options: PolicyOptions

  @Option(
    help: ArgumentHelp("How long the token is valid, such as 90, 15m, 2h or 7d. (default: 15m)", valueName: "duration"),
    transform: parseDuration)
  var lifetime: Int64?

  @Option(help: ArgumentHelp("The kid to write instead of the key's.", valueName: "id"))
  var kid: String?

  @Option(
    help: ArgumentHelp(
      "A claim that may carry what looks like a secret; repeat it for several.", valueName: "claim"))
  var allowSensitive: [String] = []

  @OptionGroup var report: ReportOptions

  func validate() throws {
    if (key.key == nil) == (key.ring == nil) { throw ValidationError("Give either --key or --ring.") }
    if claims == "-", key.isFromInput { throw ValidationError("Standard input is either the key or the claims.") }
    for text in claim + claimString where text.utf8.first == UInt8(ascii: "=") || !text.utf8.contains(UInt8(ascii: "="))
    {
      throw ValidationError("A claim is written as name=value, with a name.")
    }
  }

  func run() throws {
    var policy = try options.policy()
    for name in allowSensitive {
      let text = Array(name.utf8)
      try policy.allowSensitive(text.span)
    }
    if let lifetime { try policy.setLifetime(lifetime) }
    let signer = try signer(policy)
    let claims = try allClaims()
    let token = try signer.sign(try signer.draft(claims.span, at: try System.now()))
    let text = String(decoding: token, as: UTF8.self)
    let json = JSONTree.object([("token", .string(text))])
    try System.write((report.json ? json.compact : text) + "\n", to: .output)
  }

  private func signer(_ policy: Policy) throws -> Signer {
    if let ring = key.ring { return try Signer.make(policy, try key.readRing(ring)) }
    let read = try readKey(key.key ?? "-", key.pin)
    guard let kid else { return try Signer.make(policy, read) }
    let text = Array(kid.utf8)
    return try Signer.make(policy, try read.withID(text.span))
  }

  /// The claims of --claims with those of --claim behind them. Text that is no JSON object goes on as it is, to be
  /// refused where all claims are judged.
  private func allClaims() throws -> [UInt8] {
    let text = try givenClaims()
    let more =
      claim.map { member($0, value: { JSONTree(nonString: $0) ?? .string($0) }) }
      + claimString.map { member($0, value: { .string($0) }) }
    guard !more.isEmpty, case .object(let members)? = JSONTree(object: text) else { return text }
    return Array(JSONTree.object(members + more).compact.utf8)
  }

  private func givenClaims() throws -> [UInt8] {
    guard let claims else { return Array("{}".utf8) }
    // The library says what is too long for a token.
    let limit = 2_097_152
    if claims == "-" { return try System.read("-", limit: limit) }
    if claims.utf8.first == UInt8(ascii: "@") { return try System.read(String(claims.dropFirst()), limit: limit) }
    return Array(claims.utf8)
  }

  private func member(_ text: String, value: (String) -> JSONTree) -> JSONTree.Member {
    let parts = text.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    return (parts.first ?? "", value(parts.dropFirst().first ?? ""))
  }
}

extension JSONTree {
  /// The JSON value that `text` is, unless that is a string.
  fileprivate init?(nonString text: String) {
    guard let value = JSONTree(value: text) else { return nil }
    if case .string = value { return nil }
    self = value
  }
}
