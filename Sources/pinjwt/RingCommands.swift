import ArgumentParser
import PinJWTCore
import PinJWTCrypto
import PinJWTFiles

// What `jwks` does with a key ring.

struct RingArgument: ParsableArguments {
  @Argument(help: "The key ring.", completion: .file())
  var file: String

  @Option(
    help: ArgumentHelp("Where the passphrase of an encrypted ring is.", valueName: "file"), completion: .file())
  var passphraseFile: String?

  func open() throws -> StoredKeyRing { try openRing(file, passphraseFile) }
}

struct RingNew: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Make a key ring.",
    usage: "pinjwt jwks new <file> [<options>]",
    discussion: """
      The file holds private keys; only you can open it, and with --passphrase-file it is encrypted (Argon2id, \
      XChaCha20-Poly1305). A file that exists is never overwritten.
      """)

  @OptionGroup var ring: RingArgument

  @Option(
    name: .customLong("alg"), help: ArgumentHelp("The algorithm of its keys. (default: EdDSA)", valueName: "alg"),
    completion: .list(Algorithm.names), transform: Algorithm.named)
  var algorithm: Algorithm?

  @Option(
    help: ArgumentHelp(
      "How long verifiers keep the published set: so long a key is published before it signs. (default: 1h)",
      valueName: "duration"),
    transform: parseDuration)
  var publishTime: Int64?

  @Option(
    help: ArgumentHelp("How long tokens live at most. (default: 2h)", valueName: "duration"), transform: parseDuration)
  var tokenLife: Int64?

  @Option(help: ArgumentHelp("What it costs to try a passphrase.", valueName: "cost"))
  var cost = RingCost.moderate

  @OptionGroup var report: ReportOptions

  func run() throws {
    let made = try KeyRing.make(
      algorithm ?? .eddsa, publish: publishTime ?? 3600, retain: tokenLife ?? 7200, at: try System.now())
    let stored = StoredKeyRing(made)
    let passphrase = try ring.passphraseFile.map(readPassphrase) ?? SecretBytes.make(count: 0)
    try stored.save(try filePath(ring.file), passphrase: passphrase, cost.cost)
    try printRing(stored.ring, report)
  }
}

enum RingCost: String, CaseIterable, ExpressibleByArgument {
  /// For tests only.
  case minimum
  case interactive
  case moderate
  case sensitive

  var cost: PassphraseCost {
    switch self {
    case .minimum: .minimum
    case .interactive: .interactive
    case .moderate: .moderate
    case .sensitive: .sensitive
    }
  }
}

struct RingPublish: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish",
    abstract: "Print a ring's JWK Set.",
    usage: "pinjwt jwks publish <file> [<options>]",
    discussion: "The public halves of the active, the next and the retired keys, to be served to verifiers.")

  @OptionGroup var ring: RingArgument
  @OptionGroup var report: ReportOptions

  func run() throws {
    try printJWKS(try ring.open().ring.jwks(at: try System.now()), report)
  }
}

struct RingList: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Say which keys a ring has, and until when.",
    usage: "pinjwt jwks list <file> [<options>]")

  @OptionGroup var ring: RingArgument
  @OptionGroup var report: ReportOptions

  func run() throws {
    try printRing(try ring.open().ring, report)
  }
}

struct RingRotate: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate",
    abstract: "Make the next key sign.",
    usage: "pinjwt jwks rotate <file> [<options>]",
    discussion: """
      The key that signed goes on verifying until its last token has expired, and a new next key is made. Refused, with \
      status 1, while the next key has not been published long enough. Publish the ring afterwards.
      """)

  @OptionGroup var ring: RingArgument
  @OptionGroup var report: ReportOptions

  func run() throws {
    let stored = try ring.open()
    try stored.change(.rotate(at: try System.now()))
    try printRing(stored.ring, report)
  }
}

struct RingRemove: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Remove a key at once, because others know it.",
    usage: "pinjwt jwks remove <file> <kid> [<options>]",
    discussion: "Its tokens are refused from then on. If it was the key that signs, the next one takes its place.")

  @OptionGroup var ring: RingArgument

  @Argument(help: "The id of the key.")
  var kid: String

  @OptionGroup var report: ReportOptions

  func run() throws {
    let stored = try ring.open()
    try stored.change(.remove(Array(kid.utf8), at: try System.now()))
    try printRing(stored.ring, report)
  }
}

/// The keys of a ring with their places and times; nothing secret.
private func printRing(_ ring: KeyRing, _ report: ReportOptions) throws {
  let rotation = ring.rotationTime
  let keys = ring.keys
  if report.json {
    let list = keys.map { key in
      JSONTree.object([
        ("place", .string(placeName(key.place))), ("kid", .string(idText(key.key))),
        ("time", .number(String(key.time))),
      ])
    }
    let json = JSONTree.object([
      ("alg", .string(String(decoding: bytes(of: ring.algorithm.name), as: UTF8.self))),
      ("rotation_time", .number(String(rotation))), ("keys", .array(list)),
    ])
    return try System.write(json.compact + "\n", to: .output)
  }
  let now = try System.now()
  var rows = [("algorithm", String(decoding: bytes(of: ring.algorithm.name), as: UTF8.self))]
  for key in keys {
    let time = "\(date(key.time)) (\(distance(key.time, from: now)))"
    let note =
      switch key.place {
      case .active: "signs since \(time)"
      case .next: "published since \(time)"
      case .retired: "verifies until \(time)"
      }
    rows.append((placeName(key.place), idText(key.key)))
    rows.append(("", note))
  }
  rows.append(("may rotate", rotation <= now ? "now" : "\(date(rotation)) (\(distance(rotation, from: now)))"))
  try System.write(table(rows, report.style(for: .output)), to: .output)
}

private func idText(_ key: Key) -> String { String(decoding: key.id.array, as: UTF8.self) }

private func placeName(_ place: KeyRingPlace) -> String { String(decoding: bytes(of: place.name), as: UTF8.self) }
