import PinJWTCore
import PinJWTCrypto
import PinJWTStores
import Synchronization

/// Sessions of one issuer in one store. Any number of threads may use it at once.
public final class Sessions: Sendable {
  let store: SessionStore
  /// nil where these sessions only check.
  let signer: Signer?
  let issuer: [UInt8]
  /// What stands for the issuer in the store.
  let space: [UInt8]
  /// How long a denial is kept, in milliseconds.
  let keep: Int64
  let settings: SharedReference<SessionSettings>
  let denials: Denials

  /// Sessions that log in and refresh.
  public static func make(
    _ store: SessionStore, _ signer: Signer, peppers: borrowing PepperList
  ) throws(Failure) -> Sessions {
    let policy = signer.policy
    guard let issuer = policy.issuer, !policy.audiences.isEmpty, let type = policy.type,
      MediaType.areEqual(type.span, "at+jwt")
    else {
      throw Failure(
        .argument, "signer",
        "The signer's policy needs an issuer, an audience and the type \"at+jwt\" (RFC 9068) to sign access tokens.")
    }
    return try make(store, signer, issuer, policy.maxLifetime, try peppers.ring())
  }

  /// Sessions that only check. `maxLifetime` is that of the access tokens, in seconds.
  public static func make(
    checking store: SessionStore, issuer: borrowing Span<UInt8>, maxLifetime: Int64
  ) throws(Failure) -> Sessions {
    try Limits.checkText(issuer, "issuer")
    guard (1...Limits.longestLifetime).contains(maxLifetime) else {
      throw Failure(
        .argument, "max_seconds",
        "The argument max_seconds must be from 1 to \(Limits.longestLifetime), not \(maxLifetime).")
    }
    var name: [UInt8] = []
    name.append(bytes: issuer)
    return try make(store, nil, name, maxLifetime, PepperRing(all: []))
  }

  private static func make(
    _ store: SessionStore, _ signer: Signer?, _ issuer: [UInt8], _ maxLifetime: Int64, _ peppers: PepperRing
  ) throws(Failure) -> Sessions {
    let space = Names.space(issuer)
    let denials = try Denials.make(store, space)
    return Sessions(store, signer, issuer, space, maxLifetime, peppers, denials)
  }

  private init(
    _ store: SessionStore, _ signer: Signer?, _ issuer: [UInt8], _ space: [UInt8], _ maxLifetime: Int64,
    _ peppers: PepperRing, _ denials: Denials
  ) {
    self.store = store
    self.signer = signer
    self.issuer = issuer
    self.space = space
    // Limits.longestLifetime and the longest leeway are far from the end of the numbers.
    keep = (maxLifetime &+ 300) &* 1000
    settings = SharedReference(SessionSettings(peppers: peppers))
    self.denials = denials
  }

  // MARK: Settings

  /// Seals are kept for as long, whatever this process's own grace is: others on the store may have another.
  static let longestGrace: Int64 = 300

  public func setIdle(_ seconds: Int64) throws(Failure) {
    try Sessions.check(seconds, 1...31_536_000, "seconds")
    settings.update { $0.with(idle: seconds) }
  }

  public func setAbsolute(_ seconds: Int64) throws(Failure) {
    try Sessions.check(seconds, 1...315_360_000, "seconds")
    settings.update { $0.with(absolute: seconds) }
  }

  public func setGrace(_ seconds: Int64) throws(Failure) {
    try Sessions.check(seconds, 0...Sessions.longestGrace, "seconds")
    settings.update { $0.with(grace: seconds) }
  }

  public func setLimit(_ count: Int64) throws(Failure) {
    try Sessions.check(count, 0...1000, "count")
    settings.update { $0.with(limit: count) }
  }

  public func setStaleness(_ milliseconds: Int64) throws(Failure) {
    try Sessions.check(milliseconds, 0...60_000, "milliseconds")
    denials.staleness.store(milliseconds, ordering: .relaxed)
  }

  public func setPeppers(_ peppers: borrowing PepperList) throws(Failure) {
    _ = try requireSigner()
    let ring = try peppers.ring()
    settings.update { $0.with(peppers: ring) }
  }

  public func setEventHandler(_ handler: @escaping EventHandler) {
    settings.update { $0.with(eventHandler: handler) }
  }

  private static func check(_ number: Int64, _ range: ClosedRange<Int64>, _ what: StaticString) throws(Failure) {
    guard range.contains(number) else {
      throw Failure(
        .argument, Sentence(text: what),
        "The argument \(what) must be from \(range.lowerBound) to \(range.upperBound), not \(number).")
    }
  }

  func requireSigner() throws(Failure) -> Signer {
    guard let signer else {
      throw Failure(
        .argument, "sessions",
        "These sessions only check tokens; make them with pinjwt_sessions_new to log in and refresh.")
    }
    return signer
  }

  // MARK: What the operations share

  func terms() throws(Failure) -> DenialTerms { DenialTerms(keep: keep, mark: try randomBytes(8)) }

  /// Tells the handler, once the store has committed.
  func tell(_ event: Event) {
    settings.current.eventHandler?(event)
  }
}

/// Peppers as they are given.
public struct PepperList: ~Copyable {
  private var peppers: [Pepper] = []

  public init() {}

  /// Adds a pepper behind the others.
  public mutating func add(_ secret: borrowing Span<UInt8>) throws(Failure) {
    guard peppers.count < PepperList.most else { throw PepperList.wrongCount }
    peppers.append(try Pepper.make(secret))
  }

  func ring() throws(Failure) -> PepperRing {
    guard !peppers.isEmpty else { throw PepperList.wrongCount }
    return PepperRing(all: peppers)
  }

  public static let most = 16

  public static var wrongCount: Failure {
    Failure(.argument, "count", "There must be 1 to \(most) peppers, the first of which makes new tokens.")
  }
}
