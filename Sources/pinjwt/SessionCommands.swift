import ArgumentParser
import PinJWTCore
import PinJWTCrypto
import PinJWTSessions

// What an operator does with the sessions in a store.

struct SessionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sessions",
    abstract: "List, revoke, count and purge the sessions in a store.",
    discussion: """
      The store is the one that the service uses: sqlite:FILE, postgresql://..., redis://... or rediss://.... Give its URL \
      in the variable PINJWT_STORE where it holds a password, for others can see the arguments of a process. \
      What is revoked is refused by the running services within seconds.

      EXAMPLE
        pinjwt sessions list --store sqlite:sessions.db --iss https://login.example --user alice
        pinjwt sessions revoke --store sqlite:sessions.db --iss https://login.example --user alice --all
        pinjwt sessions purge --store sqlite:sessions.db --iss https://login.example
      """,
    subcommands: [SessionsList.self, SessionsRevoke.self, SessionsPurge.self, SessionsStats.self])
}

struct StoreOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The store. (default: the variable PINJWT_STORE)", valueName: "url"))
  var store: String?

  @Option(help: ArgumentHelp("The issuer whose sessions are meant, as in its tokens.", valueName: "text"))
  var iss: String

  @Option(
    help: ArgumentHelp(
      "The longest lifetime of its access tokens: so long a denial is kept. (default: 2h)", valueName: "duration"),
    transform: parseDuration)
  var maxLifetime: Int64?

  func open() throws -> Sessions {
    guard let url = store ?? System.environment("PINJWT_STORE") else {
      throw Problem.usage("Give the store with --store or in the variable PINJWT_STORE.")
    }
    let issuer = Array(iss.utf8)
    return try Sessions.make(checking: try openStore(url), issuer: issuer.span, maxLifetime: maxLifetime ?? 7200)
  }
}

struct SessionsList: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the sessions of a user.",
    usage: "pinjwt sessions list --iss <text> --user <text> [<options>]")

  @OptionGroup var source: StoreOptions

  @Option(help: ArgumentHelp("The user's id.", valueName: "text"))
  var user: String

  @OptionGroup var report: ReportOptions

  func run() throws {
    let (user, none) = (Array(user.utf8), [UInt8]())
    let json = try source.open().list(user.span, current: none.span)
    guard let tree = JSONTree(judged: json), case .array(let sessions) = tree else { return }
    if report.json { return try System.write(tree.compact + "\n", to: .output) }
    var rows: [(String, String)] = []
    for session in sessions {
      rows.append((session.text("sid"), "\(session.text("device")) \(session.text("address"))"))
      let used = "used \(session.time("last_used")), \(session.text("refreshes")) refreshes"
      rows.append(("", "\(session.text("client")) since \(session.time("created")), \(used)"))
    }
    if rows.isEmpty { rows.append(("none", "The user has no live session.")) }
    try System.write(table(rows, report.style(for: .output)), to: .output)
  }
}

struct SessionsRevoke: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke",
    abstract: "End sessions, or deny one token.",
    usage: """
      pinjwt sessions revoke --iss <text> --user <text> --sid <sid>
             pinjwt sessions revoke --iss <text> --user <text> --all
             pinjwt sessions revoke --iss <text> --user <text> --except <sid>
             pinjwt sessions revoke --iss <text> --before <time>
             pinjwt sessions revoke --iss <text> --jti <jti>
      """,
    discussion: """
      --all ends everything that the user has by raising the user's version. --before ends all sessions of all users that \
      began before a time: after a breach, or after the store was restored from a copy.
      """)

  @OptionGroup var source: StoreOptions

  @Option(help: ArgumentHelp("The user's id.", valueName: "text"))
  var user: String?

  @Option(help: ArgumentHelp("End this session of the user.", valueName: "sid"))
  var sid: String?

  @Flag(help: "End all sessions and access tokens of the user.")
  var all = false

  @Option(help: ArgumentHelp("End all sessions of the user but this one.", valueName: "sid"))
  var except: String?

  @Option(
    help: ArgumentHelp("End all sessions of all users that began before this time.", valueName: "time"),
    transform: parseTime)
  var before: Int64?

  @Option(help: ArgumentHelp("Deny the token with this jti.", valueName: "jti"))
  var jti: String?

  @OptionGroup var report: ReportOptions

  func validate() throws {
    let chosen = [sid != nil, all, except != nil, before != nil, jti != nil].filter { $0 }.count
    guard chosen == 1 else {
      throw ValidationError("Give exactly one of --sid, --all, --except, --before and --jti.")
    }
    guard (user != nil) == (sid != nil || all || except != nil) else {
      throw ValidationError("--user goes with --sid, --all and --except, and with nothing else.")
    }
  }

  func run() throws {
    let sessions = try source.open()
    let name = Array((user ?? "").utf8)
    if let sid {
      let sid = Array(sid.utf8)
      try sessions.revokeSession(name.span, sid: sid.span)
      return try tell([("revoked", 1)])
    }
    if all { return try tell([("version", try sessions.bump(name.span))]) }
    if let except {
      let except = Array(except.utf8)
      return try tell([("revoked", Int64(try sessions.revokeUser(name.span, except: except.span)))])
    }
    if let before { return try tell([("revoked", try sessions.revokeBefore(before))]) }
    let jti = Array((jti ?? "").utf8)
    try sessions.deny(jti: jti.span, expires: 0)
    try tell([("denied", 1)])
  }

  private func tell(_ numbers: [(String, Int64)]) throws { try printNumbers(numbers, report) }
}

struct SessionsPurge: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "purge",
    abstract: "Remove what no answer needs any more.",
    usage: "pinjwt sessions purge --iss <text> [<options>]",
    discussion: "Sessions a day after their end, denials and used one-shot tokens after their time. For a timer.")

  @OptionGroup var source: StoreOptions

  @Option(help: ArgumentHelp("At most so many rows at once. (default: 1000)", valueName: "rows"))
  var batch = 1000

  @OptionGroup var report: ReportOptions

  func run() throws {
    let sessions = try source.open()
    var removed: Int64 = 0
    while true {
      let progress = try sessions.purge(limit: batch)
      removed = removed.addingClamped(progress.count)
      guard progress.more else { break }
    }
    try printNumbers([("removed", removed)], report)
  }
}

struct SessionsStats: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Count what a store holds.",
    usage: "pinjwt sessions stats --iss <text> [<options>]")

  @OptionGroup var source: StoreOptions
  @OptionGroup var report: ReportOptions

  func run() throws {
    guard let tree = JSONTree(object: try source.open().statistics()), case .object(let members) = tree else { return }
    var numbers: [(String, Int64)] = []
    for member in members where member.name != "copied" {
      guard case .number(let text) = member.value, let number = Int64(text) else { continue }
      numbers.append((member.name, number))
    }
    try printNumbers(numbers, report)
  }
}

private func printNumbers(_ numbers: [(String, Int64)], _ report: ReportOptions) throws {
  if report.json {
    let members = numbers.map { (name: $0.0, value: JSONTree.number(String($0.1))) }
    return try System.write(JSONTree.object(members).compact + "\n", to: .output)
  }
  try System.write(table(numbers.map { ($0.0, String($0.1)) }, report.style(for: .output)), to: .output)
}

extension JSONTree {
  fileprivate func text(_ name: String) -> String {
    switch self[name] {
    case .string(let text)?, .number(let text)?, .literal(let text)?: text
    default: ""
    }
  }

  fileprivate func time(_ name: String) -> String { Int64(text(name)).map(date) ?? "" }
}
