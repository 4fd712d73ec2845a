import PinJWTCore
import PinJWTCrypto
import PinJWTStores
import Synchronization
import Testing

@testable import PinJWTSessions

func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

/// The status of what `body` throws; nil where it throws nothing.
func refusal(_ body: () throws -> Void) -> Status? {
  do {
    try body()
    return nil
  } catch let failure as Failure {
    return failure.status
  } catch {
    Issue.record("not a Failure: \(error)")
    return nil
  }
}

/// A clock that tests turn, in milliseconds.
final class TestClock: Sendable {
  private let time = Atomic<Int64>(1_000_000_000_000)

  var now: Int64 { time.load(ordering: .sequentiallyConsistent) }

  func advance(seconds: Int64) { time.add(seconds * 1000, ordering: .sequentiallyConsistent) }

  func advance(milliseconds: Int64) { time.add(milliseconds, ordering: .sequentiallyConsistent) }
}

/// The events that a handler was told of.
final class EventLog: Sendable {
  private let events = Mutex<[Event]>([])

  var all: [Event] { events.withLock { $0 } }

  func add(_ event: Event) { events.withLock { $0.append(event) } }

  func take() -> [Event] {
    events.withLock { list in
      defer { list = [] }
      return list
    }
  }
}

/// Sessions on a store in memory whose clock the test turns, with the signer and a verifier that does not check.
struct Fixture {
  let clock = TestClock()
  let store: MemoryStore
  let key: Key
  let policy: Policy
  let sessions: Sessions
  let log = EventLog()

  init(_ configure: (Sessions) throws -> Void = { _ in }) throws {
    let clock = clock
    store = MemoryStore(clock: { clock.now })
    key = try Fixture.key()
    policy = try Fixture.policy()
    sessions = try Fixture.sessions(store, policy, key)
    let log = log
    sessions.setEventHandler { log.add($0) }
    try configure(sessions)
  }

  static func key() throws -> Key {
    try Key.make(generating: .eddsa)
  }

  static func policy(issuer: String = "https://issuer.example") throws -> Policy {
    var policy = Policy()
    let (issuer, audience, type) = (utf8(issuer), utf8("api"), utf8("at+jwt"))
    try policy.setIssuer(issuer.span)
    try policy.addAudience(audience.span)
    try policy.setType(type.span)
    return policy
  }

  static func pepper(_ seed: UInt8) -> [UInt8] { (0..<32).map { UInt8(truncatingIfNeeded: $0 * 37) ^ seed } }

  static func peppers(_ seeds: [UInt8]) throws -> PepperList {
    var list = PepperList()
    for seed in seeds {
      let pepper = pepper(seed)
      try list.add(pepper.span)
    }
    return list
  }

  static func sessions(_ store: SessionStore, _ policy: Policy, _ key: Key, peppers: [UInt8] = [1]) throws -> Sessions {
    try Sessions.make(store, try Signer.make(policy, key), peppers: try self.peppers(peppers))
  }

  func claims(_ grant: Grant) throws -> Claims {
    let verifier = try PolicyVerifier.make(policy, key)
    let token = grant.accessToken
    return try verifier.verify(token.bytes, at: clock.now / 1000)
  }
}

extension Sessions {
  func login(_ user: String, client: String = "web", claims: String = "", device: String = "") throws -> Grant {
    let (user, client, claims, device) = (utf8(user), utf8(client), utf8(claims), utf8(device))
    let none: [UInt8] = []
    return try login(
      try SignIn(
        user: user.span, client: client.span, claims: claims.span, device: device.span, address: none.span,
        agent: none.span))
  }

  func refresh(_ grant: Grant, client: String = "web") throws -> Grant {
    let client = utf8(client)
    let token = grant.refreshToken
    return try refresh(token.bytes, client: client.span)
  }

  func refresh(_ token: [UInt8]) throws -> Grant {
    let client = utf8("web")
    return try refresh(token.span, client: client.span)
  }

  func logout(_ grant: Grant) throws {
    let token = grant.refreshToken
    try logout(token.bytes)
  }

  func revoke(_ user: String, _ grant: Grant) throws {
    let user = utf8(user)
    let sid = grant.sid
    try revokeSession(user.span, sid: sid.bytes)
  }

  @discardableResult
  func bump(_ user: String) throws -> Int64 {
    let user = utf8(user)
    return try bump(user.span)
  }

  func list(_ user: String) throws -> String {
    let user = utf8(user)
    let none: [UInt8] = []
    return String(decoding: try list(user.span, current: none.span), as: UTF8.self)
  }
}

extension Grant {
  var token: [UInt8] {
    let token = refreshToken
    return bytes(token.bytes)
  }

  var jtiBytes: [UInt8] { jti.array }

  var sidBytes: [UInt8] { sid.array }

  var sidText: String { String(decoding: sidBytes, as: UTF8.self) }

  private func bytes(_ span: Span<UInt8>) -> [UInt8] {
    var copy: [UInt8] = []
    for index in span.indices { copy.append(span[index]) }
    return copy
  }
}

extension MemoryStore {
  /// What the store holds of sessions.
  func snapshot() -> ByteMap<Session> { lock.withLock { sessions } }

  /// Sets the store back, as a restore from a copy does.
  func restore(_ copy: ByteMap<Session>) { lock.withLock { sessions = copy } }

  /// Alters every row, as somebody with access to the store could.
  func alter(_ change: (inout Session) -> Void) {
    lock.withLock {
      for (key, session) in sessions.entries {
        var session = session
        change(&session)
        sessions[key] = session
      }
    }
  }
}
