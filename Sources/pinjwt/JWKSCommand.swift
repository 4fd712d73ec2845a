import ArgumentParser
import PinJWTCore
import PinJWTCrypto

struct JWKSCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jwks",
    abstract: "Publish keys as a JWK Set, and rotate them.",
    discussion: """
      A key ring is a file with the key that signs, the next one, which is published before it signs, and retired ones, \
      which verify until their last token has expired. Rotate it from a timer, once a month say, and publish it after.

      EXAMPLE
        pinjwt jwks new ring.json
        pinjwt jwks publish ring.json >public/jwks.json
        pinjwt jwks rotate ring.json
      """,
    subcommands: [
      JWKSFrom.self, RingNew.self, RingPublish.self, RingList.self, RingRotate.self, RingRemove.self,
    ])
}

struct JWKSFrom: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "from",
    abstract: "Print the public halves of keys as a JWK Set.",
    usage: "pinjwt jwks from <file> ... [<options>]",
    discussion: "Private keys may be given: only their public halves are printed. Secrets are refused.")

  @Argument(help: "The keys: JWK, PEM or DER.", completion: .file())
  var files: [String]

  @OptionGroup var pin: PinOptions
  @OptionGroup var report: ReportOptions

  func run() throws {
    let set = KeySet()
    for file in files {
      let key = try readKey(file, pin)
      do throws(Failure) {
        try set.add(try key.publicHalf())
      } catch {
        throw Problem(error).in(file)
      }
    }
    try printJWKS(try set.jwks(), report)
  }
}

/// On one line for scripts, else as people read it.
func printJWKS(_ json: [UInt8], _ report: ReportOptions) throws {
  guard let tree = JSONTree(object: json) else { return }
  if report.json { return try System.write(tree.compact + "\n", to: .output) }
  try System.write(JSONPrinter(style: report.style(for: .output)).pretty(tree) + "\n", to: .output)
}
