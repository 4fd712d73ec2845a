import PinJWTCrypto

/// What a linter says of a token or of claims.
public struct Finding: Sendable {
  public enum Severity: Sendable, CaseIterable {
    /// Signing or verifying would refuse it.
    case error
    case warning
    case note

    public var name: StaticString {
      switch self {
      case .error: "error"
      case .warning: "warning"
      case .note: "note"
      }
    }
  }

  /// A fixed word for programs.
  public let code: StaticString
  public let severity: Severity
  /// The claim or header member concerned; may be empty.
  public let member: [UInt8]
  /// One sentence.
  public let message: Sentence

  init(_ severity: Severity, _ code: StaticString, _ member: [UInt8], _ message: Sentence) {
    self.code = code
    self.severity = severity
    self.member = member
    self.message = message
  }

  init(_ severity: Severity, _ code: StaticString, _ member: StaticString, _ message: Sentence) {
    var bytes: [UInt8] = []
    bytes.append(text: member)
    self.init(severity, code, bytes, message)
  }
}
