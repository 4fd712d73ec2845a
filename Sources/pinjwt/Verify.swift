import ArgumentParser
import PinJWTCore
import PinJWTCrypto

struct Verify: ReportingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Verify a token and print its payload.",
    discussion: """
      Prints the payload only where the signature and all claims hold; otherwise says why not and ends with status 1.

      EXAMPLE
        pinjwt verify --key public.jwk --aud orders <token.txt
      """)

  @OptionGroup var token: TokenArgument
  @OptionGroup var key: KeyOptions
  @Option(
    help: ArgumentHelp(
      "A JWK Set, of which the token's kid picks a key; RSA keys without alg need --alg. - is standard input.",
      valueName: "file"),
    completion: .file())
  var jwks: String?

  @OptionGroup var options: PolicyOptions

  @Option(
    help: ArgumentHelp("How far clocks may differ, up to 5m. (default: 0)", valueName: "duration"),
    transform: parseDuration)
  var leeway: Int64?

  @Option(
    help: ArgumentHelp(
      "Judge as if it were then: Unix seconds, or UTC like 2026-11-24T23:20:03Z. (default: now)", valueName: "time"),
    transform: parseTime)
  var at: Int64?

  @OptionGroup var report: ReportOptions

  func validate() throws {
    guard [key.key, key.ring, jwks].count(where: { $0 != nil }) == 1 else {
      throw ValidationError("Give one of --key, --jwks and --ring.")
    }
    if token.isFromInput, key.isFromInput || jwks == "-" {
      throw ValidationError("Standard input is either the key or the token.")
    }
  }

  func run() throws {
    var policy = try options.policy()
    if let leeway { try policy.setLeeway(leeway) }
    let verifier = try verifier(policy)
    let token = try token.read()
    let claims = try verifier.verify(token.span, at: try at ?? System.now())
    guard let header = JSONTree(object: claims.header.array), let payload = JSONTree(object: claims.json.array) else {
      throw Failure(.claimsFormat, "payload", "The payload cannot be shown.")
    }
    if report.json {
      let result = JSONTree.object([("verified", .literal("true")), ("header", header), ("payload", payload)])
      try System.write(result.compact + "\n", to: .output)
    } else {
      try System.write(JSONPrinter(style: report.style(for: .output)).pretty(payload) + "\n", to: .output)
    }
  }

  private func verifier(_ policy: Policy) throws -> PolicyVerifier {
    if let ring = key.ring { return PolicyVerifier.make(policy, try key.readRing(ring)) }
    guard let jwks else { return try PolicyVerifier.make(policy, try readKey(key.key ?? "-", key.pin)) }
    return PolicyVerifier.make(policy, try readKeySet(jwks, key.pin.algorithm))
  }
}
