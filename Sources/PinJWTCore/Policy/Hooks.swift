import PinJWTCrypto

/// The answer of a revocation check.
public enum Verdict: Sendable {
  case allow
  case revoked
  /// Refused for a reason of its own.
  case refused(Failure)
  /// Whatever else came back: the check did not answer.
  case unanswered
}

/// Asked after the signature and the claims hold.
public typealias RevocationCheck = @Sendable (Claims) -> Verdict

/// Told of what happened to a token.
public typealias EventHandler = @Sendable (Event) -> Void

/// One happening in a token's life. `jti` and `sub` come only from a token whose signature held.
public struct Event: Sendable {
  public enum Kind: Sendable {
    case signed
    case verified
    case rejected
    case login
    case refreshed
    case replayed
    case reuseDetected
    case rolledForward
    case rolledBack
    case revoked
    case sessionExpired
    case denied
    case consumed
  }

  public let kind: Kind
  /// nil when it went well.
  public let status: Status?
  public let at: Int64
  public var jti: [UInt8] = []
  public var sub: [UInt8] = []
  public var kid: [UInt8] = []
  public var what: [UInt8] = []
  public var sid: [UInt8] = []
  public var previousJTI: [UInt8] = []
  public var client: [UInt8] = []
  /// -1 where it does not apply.
  public var generation: Int64 = -1
  public var reason: Int32 = 0

  public init(_ kind: Kind, _ status: Status?, at: Int64, what: [UInt8] = [], kid: [UInt8] = []) {
    self.kind = kind
    self.status = status
    self.at = at
    self.what = what
    self.kid = kid
  }

  /// Adds what the claims say of the token.
  mutating func describe(_ view: borrowing JSONView) {
    jti = Event.string(view, "jti")
    sub = Event.string(view, "sub")
    sid = Event.string(view, "sid")
  }

  private static func string(_ view: borrowing JSONView, _ name: StaticString) -> [UInt8] {
    guard let value = view.value(name), value.kind == .string else { return [] }
    var bytes: [UInt8] = []
    bytes.append(bytes: view.string(value))
    return bytes
  }
}
