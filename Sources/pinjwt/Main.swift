import ArgumentParser

/// The program: parses its arguments, runs one command, and tells how that ended.
@main
enum Program {
  static func main() {
    System.exit(run(Array(CommandLine.arguments.dropFirst())))
  }

  private static func run(_ arguments: [String]) -> ExitStatus {
    var wantsJSON = arguments.prefix { $0 != "--" }.contains("--json")
    var style = Style(for: .error, .auto)
    // Whoever asks whether a token is verified gets an answer, also where the options are wrong.
    let isVerifying = arguments.first == "verify"
    do {
      var command = try PinJWT.parseAsRoot(arguments)
      if let report = (command as? any ReportingCommand)?.report {
        wantsJSON = report.json
        style = report.style(for: .error)
      }
      try command.run()
      return .done
    } catch let exit as ExitCode {
      // What there is to say has been said.
      return ExitStatus(rawValue: exit.rawValue) ?? .usage
    } catch {
      guard let problem = Problem(error) else { return answer(to: error) }
      problem.report(asJSON: wantsJSON, verifying: isVerifying, style)
      return problem.exitStatus
    }
  }

  /// Prints the help, version or script that was asked for.
  private static func answer(to request: any Error) -> ExitStatus {
    do throws(Problem) {
      try System.write(PinJWT.fullMessage(for: request) + "\n", to: .output)
      return .done
    } catch {
      error.report(asJSON: false, verifying: false, Style(for: .error, .auto))
      return error.exitStatus
    }
  }
}

struct PinJWT: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pinjwt",
    abstract: "JSON Web Tokens whose algorithm is pinned to the key.",
    discussion: """
      Takes tokens from standard input and keys from files. Nothing ever asks for a passphrase.

      ALGORITHMS
        HS256 HS384 HS512   HMAC, one shared secret
        RS256 RS384 RS512   RSA
        PS256 PS384 PS512   RSA-PSS
        ES256 ES384 ES512   ECDSA on P-256, P-384, P-521
        ES256K              ECDSA on secp256k1
        EdDSA               Ed25519 or Ed448
        Ed25519 Ed448       the same by their newer names

      EXIT STATUS
        0  done, or verified
        1  the token or the claims are refused
        2  wrong usage, or a key or file that cannot be used

      ENVIRONMENT
        NO_COLOR  no colours, where it is not empty
        TERM      no colours, where it is dumb
      """,
    version: "pinjwt 0.1.0",
    subcommands: [
      Keygen.self, KeyCommand.self, JWKSCommand.self, Sign.self, Verify.self, Decode.self, LintCommand.self,
      SessionsCommand.self,
    ])
}

/// A command whose results scripts can have as JSON.
protocol ReportingCommand: ParsableCommand {
  var report: ReportOptions { get }
}
