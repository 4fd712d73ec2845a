import PinJWTCrypto

/// The keys of an issuer over time: one that signs, the next one, and retired ones that still verify. It may change while
/// any number of threads sign and verify with it.
public final class KeyRing: Sendable {
  private let shared: SharedReference<KeyRingState>
  private let watch = SharedReference(KeyRingWatch(nil))

  public static func make(
    _ algorithm: Algorithm, publish: Int64, retain: Int64, at now: Int64
  ) throws(Failure) -> KeyRing {
    let terms = try KeyRingTerms(algorithm, publish: publish, retain: retain)
    return KeyRing(try KeyRingState.make(terms, at: now))
  }

  public init(_ state: KeyRingState) {
    shared = SharedReference(state)
  }

  /// The keys as they are; changes by others are looked for before.
  var current: KeyRingState {
    watch.current.look?(self)
    return shared.current
  }

  public var state: KeyRingState { shared.current }

  public var algorithm: Algorithm { state.terms.algorithm }

  /// All keys, the active one first.
  public var keys: [KeyRingKey] {
    let state = current
    return [
      KeyRingKey(place: .active, time: state.active.time, key: state.active.key),
      KeyRingKey(place: .next, time: state.next.time, key: state.next.key),
    ] + state.retired.map { KeyRingKey(place: .retired, time: $0.time, key: $0.key) }
  }

  /// When it may be rotated next, in Unix seconds.
  public var rotationTime: Int64 { current.rotationTime }

  /// What to publish at `now`, in Unix seconds.
  public func jwks(at now: Int64) throws(Failure) -> [UInt8] {
    try Limits.checkTime(now)
    return try JWKSet.write(current.contents, at: now)
  }

  public func update(_ change: (KeyRingState) throws(Failure) -> KeyRingState) throws(Failure) {
    try shared.update(change)
  }

  /// `look` is called before each use, to look for changes by others. It must not use the ring that way itself.
  public func setWatch(_ look: @escaping @Sendable (KeyRing) -> Void) {
    watch.update { _ in KeyRingWatch(look) }
  }
}

/// Looks for changes of a ring by others.
private final class KeyRingWatch: Sendable {
  let look: (@Sendable (KeyRing) -> Void)?

  init(_ look: (@Sendable (KeyRing) -> Void)?) {
    self.look = look
  }
}

/// A key of a ring.
public struct KeyRingKey: Sendable {
  public let place: KeyRingPlace
  /// In Unix seconds: since when it is active or published, or until when it verifies.
  public let time: Int64
  public let key: Key
}

/// Where in its life a key of a ring is.
public enum KeyRingPlace: Sendable {
  case active
  case next
  case retired

  public var name: StaticString {
    switch self {
    case .active: "active"
    case .next: "next"
    case .retired: "retired"
    }
  }
}

/// The two changes of a ring.
public enum KeyRingChange: Sendable {
  case rotate(at: Int64)
  case remove([UInt8], at: Int64)

  public func applied(to state: KeyRingState) throws(Failure) -> KeyRingState {
    switch self {
    case .rotate(let now): try state.rotated(at: now)
    case .remove(let id, let now): try state.removing(id, at: now)
    }
  }
}
