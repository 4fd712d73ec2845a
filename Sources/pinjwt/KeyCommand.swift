import ArgumentParser
import PinJWTCore
import PinJWTCrypto

struct KeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "Look at a key, or write it in another form.",
    subcommands: [KeyInspect.self, KeyConvert.self, KeyPublic.self, KeyThumbprint.self])
}

struct KeyArgument: ParsableArguments {
  @Argument(help: "The key: JWK, PEM or DER. - is standard input.", completion: .file())
  var file: String

  @OptionGroup var pin: PinOptions

  func read() throws -> Key { try readKey(file, pin) }
}

struct OutOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A new file to write it into. (default: standard output)", valueName: "file"),
    completion: .file())
  var out: String?
}

struct KeyInspect: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Say what kind of key it is.",
    usage: "pinjwt key inspect <file> [<options>]",
    discussion: "Nothing secret is printed.")

  @OptionGroup var argument: KeyArgument
  @OptionGroup var report: ReportOptions

  func run() throws {
    let description = try KeyDescription(try argument.read())
    let text = report.json ? description.json.compact + "\n" : table(description.rows, report.style(for: .output))
    try System.write(text, to: .output)
  }
}

struct KeyConvert: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a key as PEM or JWK.",
    usage: "pinjwt key convert <file> --to <form> [<options>]",
    discussion: "Writes the public half, unless --private is given. PEM has no place for alg and kid.")

  @OptionGroup var argument: KeyArgument

  @Option(help: ArgumentHelp("How to write it.", valueName: "form"))
  var to: KeyForm

  @Flag(name: .customLong("private"), help: "Write the private key or secret.")
  var isPrivate = false

  @OptionGroup var target: OutOptions

  @OptionGroup var report: ReportOptions

  func run() throws {
    try put(try argument.read(), to, privateHalf: isPrivate, target.out, asJSON: report.json)
  }
}

struct KeyPublic: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "public",
    abstract: "Write the public half of a key.",
    usage: "pinjwt key public <file> [<options>]",
    discussion: "That is all that those who verify need, and all that they should have.")

  @OptionGroup var argument: KeyArgument

  @Option(help: ArgumentHelp("How to write it.", valueName: "form"))
  var to = KeyForm.jwk

  @OptionGroup var target: OutOptions

  @OptionGroup var report: ReportOptions

  func run() throws {
    try put(try argument.read(), to, privateHalf: false, target.out, asJSON: report.json)
  }
}

struct KeyThumbprint: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "thumbprint",
    abstract: "Print the SHA-256 thumbprint (RFC 7638).",
    usage: "pinjwt key thumbprint <file> [<options>]",
    discussion: "Private and public half have the same. A secret has none: it would help to guess the secret.")

  @OptionGroup var argument: KeyArgument
  @OptionGroup var report: ReportOptions

  func run() throws {
    let key = try argument.read()
    guard !key.thumbprint.isEmpty else {
      throw Failure(.keyMismatch, "key", "An HMAC secret has no thumbprint here: it would publish the secret's hash.")
    }
    let thumbprint = String(decoding: key.thumbprint, as: UTF8.self)
    let json = JSONTree.object([("thumbprint", .string(thumbprint))])
    try System.write((report.json ? json.compact : thumbprint) + "\n", to: .output)
  }
}

/// Prints a key or writes it into a new file.
private func put(_ key: Key, _ form: KeyForm, privateHalf: Bool, _ out: String?, asJSON: Bool) throws {
  guard let out, out != "-" else { return try key.print(form, privateHalf: privateHalf, asJSON: asJSON) }
  try key.write(to: out, form, privateHalf: privateHalf)
  if asJSON {
    try System.write(try KeyDescription(key, isPrivate: privateHalf).json.compact + "\n", to: .output)
  }
}
