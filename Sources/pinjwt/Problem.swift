import ArgumentParser
import PinJWTCrypto

enum ExitStatus: Int32 {
  case done = 0
  case refused = 1
  case usage = 2
}

/// Why a command did not do what it was asked for.
struct Problem: Error {
  /// The name of a status of the library without its prefix, or E_USAGE or E_FILE.
  let status: String
  /// The claim, header member or part of a key concerned; may be empty.
  let claim: String
  let message: String
  let exitStatus: ExitStatus
  /// How to call the command, where that was not understood.
  var usage = ""

  /// The command line does not make sense.
  static func usage(_ message: String) -> Problem {
    Problem(status: "E_USAGE", claim: "", message: message, exitStatus: .usage)
  }

  /// A file cannot be used.
  static func file(_ message: String) -> Problem {
    Problem(status: "E_FILE", claim: "", message: message, exitStatus: .usage)
  }
}

/// As the parser of arguments quotes it.
extension Problem: CustomStringConvertible {
  var description: String { message }
}

extension Problem {
  /// What the library says. Tokens and claims are refused; everything else is for the caller to put right.
  init(_ failure: Failure) {
    self.init(
      status: String(decoding: bytes(of: failure.status.name).dropFirst("PINJWT_".utf8.count), as: UTF8.self),
      claim: String(decoding: failure.what.bytes, as: UTF8.self),
      message: Problem.inOptions(String(decoding: failure.message.bytes, as: UTF8.self)),
      exitStatus: failure.status.rawValue < Status.tokenFormat.rawValue && failure.status != .keyUnknown
        || failure.status == .store || failure.status == .storeState ? .usage : .refused)
  }

  /// nil for what is no problem: somebody asked for help or the version.
  init?(_ error: any Error) {
    switch error {
    case let problem as Problem: self = problem
    case let failure as Failure: self.init(failure)
    default:
      guard PinJWT.exitCode(for: error) != .success else { return nil }
      let message = PinJWT.message(for: error)
      self = .usage(message)
      usage = String(PinJWT.fullMessage(for: error).drop { $0 != "\n" })
    }
  }

  /// The library names functions of C; here they are options.
  private static func inOptions(_ message: String) -> String {
    let words = [
      ("pinjwt_policy_add_audience", "--aud"), ("pinjwt_policy_set_max_lifetime", "--max-lifetime"),
      ("pinjwt_policy_set_max_token_size", "--max-size"),
      ("give its passphrase", "give --passphrase-file"),
      ("allow it in the policy", "allow it with --allow-sensitive"),
    ]
    return words.reduce(message) { $0.replacing($1.0, with: $1.1) }
  }

  /// Tells the user, on standard error, or a script, on standard output.
  func report(asJSON: Bool, verifying: Bool, _ style: Style) {
    let text = asJSON ? json(verifying: verifying).compact + "\n" : sentence(style)
    // Where even this cannot be written, the exit status is all that is left.
    try? System.write(text, to: asJSON ? .output : .error)
  }

  private func json(verifying: Bool) -> JSONTree {
    let verified: [JSONTree.Member] = verifying ? [("verified", .literal("false"))] : []
    return .object(
      verified + [("status", .string(status)), ("claim", .string(claim)), ("message", .string(message))])
  }

  private func sentence(_ style: Style) -> String {
    let start = exitStatus == .refused ? "refused" : "error"
    let about = status == "E_USAGE" || status == "E_FILE" ? "" : status + (claim.isEmpty ? "" : " (\(claim))") + ": "
    let lines = escapingInvisible(about + message) + escapingInvisible(usage, exceptNewlines: true)
    return style.paint("\(start):", .alert) + " \(lines)\n"
  }
}
