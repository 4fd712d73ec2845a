import ArgumentParser
import PinJWTCore
import PinJWTCrypto

struct Decode: ReportingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what a token says, without verifying it.",
    discussion: "For looking at tokens, never to decide by: anyone can have written what it shows.")

  @OptionGroup var token: TokenArgument
  @OptionGroup var report: ReportOptions

  func run() throws {
    let token = try token.read()
    guard let inspection = JSONTree(judged: try Inspection.inspect(token.span)) else {
      throw Failure(.tokenFormat, "", "The token cannot be shown.")
    }
    let text = report.json ? inspection.compact : try page(inspection)
    try System.write(text + "\n", to: .output)
  }

  private func page(_ inspection: JSONTree) throws -> String {
    let style = report.style(for: .output)
    let printer = JSONPrinter(style: style)
    let now = try System.now()
    let header = inspection["header"].map { printer.pretty($0) } ?? ""
    let payload = inspection["payload"].map { printer.pretty($0) { note($0, $1, now) } } ?? ""
    let signature = inspection["signature_bytes"]?.compact ?? "0"
    let parts = [
      style.paint("NOT VERIFIED: no signature was checked, so anyone can have written this.", .alert),
      style.paint("Header", .title) + "\n" + header,
      style.paint("Payload", .title) + "\n" + payload,
      style.paint("Signature", .title) + "\n" + (signature == "0" ? "none" : "\(signature) bytes"),
    ]
    return (parts + warnings(inspection, style)).joined(separator: "\n\n")
  }

  private func warnings(_ inspection: JSONTree, _ style: Style) -> [String] {
    guard case .array(let warnings)? = inspection["warnings"] else { return [] }
    let sentences = warnings.compactMap { warning -> String? in
      // What the first line says is not said again.
      guard case .string(let sentence) = warning, sentence != "Nothing here has been verified." else { return nil }
      return style.paint("- " + escapingInvisible(sentence), .expired)
    }
    return sentences.isEmpty ? [] : [style.paint("Warnings", .title) + "\n" + sentences.joined(separator: "\n")]
  }

  /// The date behind a claim that is a time, and how far it is.
  private func note(_ name: String, _ value: JSONTree, _ now: Int64) -> (text: String, role: Style.Role)? {
    guard ["exp", "nbf", "iat", "auth_time", "updated_at"].contains(name), case .number(let number) = value,
      let seconds = Int64(number.prefix { $0 != "." }), (0..<253_402_300_800).contains(seconds),
      !number.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "e") })
    else { return nil }
    let isExpired = name == "exp" && seconds <= now
    let distance = (isExpired ? "expired " : "") + distance(seconds, from: now)
    return ("\(date(seconds)), \(distance)", isExpired ? .expired : .note)
  }
}
