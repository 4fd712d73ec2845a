import ArgumentParser
import PinJWTCore
import PinJWTCrypto

struct Keygen: ReportingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a new key.",
    usage: "pinjwt keygen [<options>]",
    discussion: """
      Makes a random key that can sign and prints it as a JWK, or writes it into a new file that only its owner can open. \
      A file that exists is never overwritten.

      EXAMPLE
        pinjwt keygen --out key.jwk --public-out public.jwk
      """)

  @Option(
    name: .customLong("alg"),
    help: ArgumentHelp("The algorithm that the key is for. (default: EdDSA)", valueName: "alg"),
    completion: .list(Algorithm.names), transform: Algorithm.named)
  var algorithm: Algorithm?

  @Option(
    help: ArgumentHelp("The key's id. (default: the thumbprint; none for HMAC)", valueName: "id"))
  var kid: String?

  @Option(help: ArgumentHelp("How to write it.", valueName: "form"))
  var format = KeyForm.jwk

  @Option(
    help: ArgumentHelp("Where to write the private key or secret. (default: standard output)", valueName: "file"),
    completion: .file())
  var out: String?

  @Option(
    help: ArgumentHelp("Where to write the public key, too.", valueName: "file"), completion: .file())
  var publicOut: String?

  @OptionGroup var report: ReportOptions

  func validate() throws {
    guard algorithm?.isSymmetric == true else { return }
    if publicOut != nil { throw ValidationError("An HMAC secret has no public half; leave --public-out away.") }
    if format == .pem { throw ValidationError("An HMAC secret has no PEM form; leave --format away.") }
  }

  func run() throws {
    let key = try made()
    var rows: [(String, String)] = []
    if let publicOut {
      try key.write(to: publicOut, format, privateHalf: false)
      rows.append(("public key", publicOut))
    }
    guard let out, out != "-" else { return try key.print(format, privateHalf: true, asJSON: report.json) }
    do {
      try key.write(to: out, format, privateHalf: true)
    } catch {
      // Half of a pair is of no use.
      if let publicOut { System.remove(publicOut) }
      throw error
    }
    let description = try KeyDescription(key)
    if report.json { return try System.write(description.json.compact + "\n", to: .output) }
    rows.insert((key.algorithm.isSymmetric ? "secret" : "private key", "\(out), which only you can open"), at: 0)
    try System.write(table(description.rows + rows, report.style(for: .output)), to: .output)
  }

  private func made() throws(Failure) -> Key {
    let key = try Key.make(generating: algorithm ?? .eddsa)
    guard let kid else { return key }
    let text = Array(kid.utf8)
    return try key.withID(text.span)
  }
}
