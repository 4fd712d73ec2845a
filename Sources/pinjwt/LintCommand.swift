import ArgumentParser
import PinJWTCore
import PinJWTCrypto

struct LintCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Say what is unwise in a token or in claims.",
    usage: "pinjwt lint [<token>] [<options>]",
    discussion: """
      Looks for tokens that live too long, lack iss, aud or jti, are large, or show secrets and personal data. Nothing is \
      verified. Ends with status 1 where there is an error; with --strict, also where there is a warning.

      EXAMPLES
        pinjwt lint <token.txt
        pinjwt lint --claims claims.json
      """)

  @OptionGroup var token: TokenArgument

  @Option(
    help: ArgumentHelp("Claims that are to be signed, instead of a token. - is standard input.", valueName: "file"),
    completion: .file())
  var claims: String?

  @Flag(help: "Take warnings for errors.")
  var strict = false

  @OptionGroup var report: ReportOptions

  func validate() throws {
    if claims != nil, token.token != nil { throw ValidationError("Give either a token or --claims.") }
  }

  func run() throws {
    let text = try claims.map { try System.read($0, limit: 2_097_152) } ?? token.read()
    let now = try System.now()
    let findings = try Lint.findings(text.span, at: now)
    if report.json {
      let json = JSONTree(object: try Lint.report(text.span, at: now))
      try System.write((json?.compact ?? "") + "\n", to: .output)
    } else {
      try System.write(page(findings), to: .output)
    }
    let isBad = findings.contains { $0.severity == .error || (strict && $0.severity == .warning) }
    if isBad { throw ExitCode(ExitStatus.refused.rawValue) }
  }

  private func page(_ findings: [Finding]) -> String {
    let style = report.style(for: .output)
    guard !findings.isEmpty else { return "Nothing to say.\n" }
    let width = findings.map { name($0.severity).count }.max() ?? 0
    return findings.map { finding in
      let severity = name(finding.severity)
      let gap = String(repeating: " ", count: width - severity.count + 2)
      let member = finding.member.isEmpty ? "" : String(decoding: finding.member, as: UTF8.self) + ": "
      let message = String(decoding: finding.message.bytes, as: UTF8.self)
      return style.paint(severity, role(finding.severity)) + gap + escapingInvisible(member + message) + "\n"
    }.joined()
  }

  private func name(_ severity: Finding.Severity) -> String {
    String(decoding: bytes(of: severity.name), as: UTF8.self)
  }

  private func role(_ severity: Finding.Severity) -> Style.Role {
    switch severity {
    case .error: .alert
    case .warning: .number
    case .note: .note
    }
  }
}
