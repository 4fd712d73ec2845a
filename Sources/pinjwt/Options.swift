import ArgumentParser
import PinJWTCore
import PinJWTCrypto

// What several commands take.

/// How a command tells its result.
struct ReportOptions: ParsableArguments {
  @Flag(help: "Print JSON on one line, errors too, for scripts.")
  var json = false

  @Option(help: ArgumentHelp("When to use colours.", valueName: "when"))
  var color = ColorChoice.auto

  func style(for stream: System.Stream) -> Style { Style(for: stream, color) }
}

struct PinOptions: ParsableArguments {
  @Option(
    name: .customLong("alg"),
    help: ArgumentHelp(
      "The algorithm that the key is pinned to. Needed for RSA and for raw HMAC secrets; other keys say it themselves.",
      valueName: "alg"),
    completion: .list(Algorithm.names), transform: Algorithm.named)
  var algorithm: Algorithm?

  @Option(
    help: ArgumentHelp("Where the passphrase of an encrypted PEM key is.", valueName: "file"), completion: .file())
  var passphraseFile: String?
}

/// Where the key of a token is.
struct KeyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The key: JWK, PEM, DER or an HMAC secret, as "base64url:" and its base64url or as it is, without a final newline. \
      - is standard input.
      """,
      valueName: "file"),
    completion: .file())
  var key: String?

  @Option(help: ArgumentHelp("A key ring, whose keys are used by their times.", valueName: "file"), completion: .file())
  var ring: String?

  @OptionGroup var pin: PinOptions

  var isFromInput: Bool { key == "-" }

  func readRing(_ path: String) throws -> KeyRing { try openRing(path, pin.passphraseFile).ring }
}

struct PolicyOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The issuer.", valueName: "text"))
  var iss: String?

  @Option(help: ArgumentHelp("An audience; repeat it for several.", valueName: "text"))
  var aud: [String] = []

  @Option(help: ArgumentHelp("The subject.", valueName: "text"))
  var sub: String?

  @Option(help: ArgumentHelp("The header's typ, such as at+jwt. (default: JWT)", valueName: "type"))
  var typ: String?

  @Option(
    help: ArgumentHelp("The name of a claim that the token must have; repeat it for several.", valueName: "claim"))
  var require: [String] = []

  @Option(
    help: ArgumentHelp("The longest lifetime of a token. (default: 2h)", valueName: "duration"),
    transform: parseDuration)
  var maxLifetime: Int64?

  @Option(help: ArgumentHelp("The longest token. (default: 16384)", valueName: "bytes"))
  var maxSize: Int?

  func policy() throws(Failure) -> Policy {
    var policy = Policy()
    if let iss {
      let text = Array(iss.utf8)
      try policy.setIssuer(text.span)
    }
    for audience in aud {
      let text = Array(audience.utf8)
      try policy.addAudience(text.span)
    }
    if let sub {
      let text = Array(sub.utf8)
      try policy.setSubject(text.span)
    }
    if let typ {
      let text = Array(typ.utf8)
      try policy.setType(text.span)
    }
    for name in require {
      let text = Array(name.utf8)
      try policy.requireClaim(text.span)
    }
    if let maxLifetime { try policy.setMaxLifetime(maxLifetime) }
    if let maxSize { try policy.setMaxTokenSize(maxSize) }
    return policy
  }
}

extension Algorithm {
  static var names: [String] { allCases.map { String(decoding: bytes(of: $0.name), as: UTF8.self) } }

  static func named(_ name: String) throws(Problem) -> Algorithm {
    for (algorithm, known) in zip(allCases, names) where known.lowercased() == name.lowercased() { return algorithm }
    throw .usage("it is one of \(names.joined(separator: ", "))")
  }
}

/// A fixed text as bytes.
func bytes(of text: StaticString) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.append(text: text)
  return bytes
}
