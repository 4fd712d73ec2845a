import PinJWTCrypto

/// What a token must be, when it is signed and when it is verified.
public struct Policy: Sendable {
  package internal(set) var issuer: [UInt8]?
  package internal(set) var audiences: [[UInt8]] = []
  var subject: [UInt8]?
  package internal(set) var type: [UInt8]?
  package internal(set) var lifetime: Int64 = 900
  package internal(set) var maxLifetime: Int64 = 7200
  var leeway: Int64 = 0
  var maxTokenSize = 16384
  var requiredClaims: [[UInt8]] = []
  var sensitiveClaims: [[UInt8]] = []
  public var revocation: RevocationCheck?
  public var eventHandler: EventHandler?

  public init() {}

  public mutating func setIssuer(_ text: borrowing Span<UInt8>) throws(Failure) {
    issuer = try Policy.checked(text, "issuer")
  }

  public mutating func addAudience(_ text: borrowing Span<UInt8>) throws(Failure) {
    try Policy.add(try Policy.checked(text, "audience"), "audience", to: &audiences)
  }

  public mutating func setSubject(_ text: borrowing Span<UInt8>) throws(Failure) {
    subject = try Policy.checked(text, "subject")
  }

  public mutating func setType(_ text: borrowing Span<UInt8>) throws(Failure) {
    type = try Policy.checked(text, "type")
  }

  public mutating func requireClaim(_ name: borrowing Span<UInt8>) throws(Failure) {
    try Policy.add(try Policy.checked(name, "claim"), "claim", to: &requiredClaims)
  }

  /// A claim that may carry what looks like a secret.
  public mutating func allowSensitive(_ name: borrowing Span<UInt8>) throws(Failure) {
    try Policy.add(try Policy.checked(name, "claim"), "claim", to: &sensitiveClaims)
  }

  public mutating func setLifetime(_ seconds: Int64) throws(Failure) {
    lifetime = try Policy.checked(seconds, 1, Limits.longestLifetime, "lifetime")
  }

  public mutating func setMaxLifetime(_ seconds: Int64) throws(Failure) {
    maxLifetime = try Policy.checked(seconds, 1, Limits.longestLifetime, "max_lifetime")
  }

  public mutating func setLeeway(_ seconds: Int64) throws(Failure) {
    leeway = try Policy.checked(seconds, 0, Limits.longestLeeway, "leeway")
  }

  public mutating func setMaxTokenSize(_ bytes: Int) throws(Failure) {
    guard (Limits.smallestToken...Limits.largestToken).contains(bytes) else {
      throw Failure(
        .argument, "max_token_size",
        "The maximum token size must be from \(Limits.smallestToken) to \(Limits.largestToken) bytes.")
    }
    maxTokenSize = bytes
  }

  private static func checked(_ text: borrowing Span<UInt8>, _ what: StaticString) throws(Failure) -> [UInt8] {
    try Limits.checkText(text, what)
    var bytes: [UInt8] = []
    bytes.append(bytes: text)
    return bytes
  }

  private static func checked(
    _ seconds: Int64, _ least: Int64, _ most: Int64, _ what: StaticString
  ) throws(Failure) -> Int64 {
    guard seconds >= least, seconds <= most else {
      throw Failure(
        .argument, Sentence(text: what), "The \(what) must be from \(least) to \(most) seconds, not \(seconds).")
    }
    return seconds
  }

  /// Once only.
  private static func add(_ text: [UInt8], _ what: StaticString, to list: inout [[UInt8]]) throws(Failure) {
    for entry in list where entry.span.equals(text.span) { return }
    guard list.count < Limits.mostEntries else {
      throw Failure(.argument, Sentence(text: what), "A policy has at most \(Limits.mostEntries) entries of \(what).")
    }
    list.append(text)
  }
}
