import PinJWTCrypto
import Synchronization
import Testing

@testable import PinJWTCore

@Suite struct JWKSSourceTests {
  static let start: Int64 = 1_800_000_000

  /// A server whose answer can be changed, and which counts its requests.
  private final class Server: Sendable {
    private let document = Mutex<[UInt8]?>(nil)
    private let count = Mutex(0)

    var requests: Int { count.withLock { $0 } }

    func serve(_ keys: [Key]) throws {
      let set = KeySet()
      for key in keys { try set.add(key) }
      let jwks = try set.jwks()
      document.withLock { $0 = jwks }
    }

    func serve(text: String) { document.withLock { $0 = utf8(text) } }

    func fail() { document.withLock { $0 = nil } }

    func fetch() -> PinnedBytes? {
      count.withLock { $0 += 1 }
      return document.withLock { $0.map { PinnedBytes(copying: $0.span) } }
    }
  }

  private let server = Server()
  private let source: JWKSSource
  private let verifier: PolicyVerifier
  private let key: Key

  init() throws {
    let server = server
    source = try JWKSSource.make(allowed: [.eddsa], JWKSSourceSettings()) { _ in server.fetch() }
    verifier = PolicyVerifier.make(Policy(), source)
    key = try Key.make(generating: .eddsa)
    try server.serve([key])
  }

  private func status(_ key: Key, kid: String? = nil, alg: String = "EdDSA", at offset: Int64) -> Status? {
    let now = Self.start + offset
    return refusal {
      let kid = kid ?? text(key.id.array)
      let token = try token(#"{"alg":"\#(alg)","kid":"\#(kid)"}"#, #"{"exp":\#(now + 60)}"#, key)
      _ = try verifier.claims(of: token, at: now)
    }
  }

  @Test func fetchesOnFirstUseAndBeforeTheEndOfTheLifetime() {
    #expect(server.requests == 0)
    for offset in [0, 1, 479] as [Int64] { #expect(status(key, at: offset) == nil) }
    #expect(server.requests == 1)
    #expect(status(key, at: 480) == nil)
    #expect(server.requests == 2)
    #expect(status(key, at: 480 + 479) == nil)
    #expect(server.requests == 2)
  }

  @Test func asksOnceInACooldownForUnknownKids() throws {
    #expect(status(key, at: 0) == nil)
    let other = try Key.make(generating: .eddsa)
    for round in 0..<300 { #expect(status(other, kid: "\(round)", at: 29) == .keyUnknown) }
    #expect(server.requests == 1)
    for round in 0..<300 { #expect(status(other, kid: "\(round)", at: 30 + Int64(round) / 10) == .keyUnknown) }
    #expect(server.requests == 2)
    try server.serve([key, other])
    #expect(status(other, at: 60) == nil)
    #expect(server.requests == 3)
  }

  @Test func asksForNoOtherAlgorithm() {
    #expect(status(key, at: 0) == nil)
    for alg in ["none", "HS256", "ES256", "eddsa", ""] {
      #expect(status(key, kid: "x", alg: alg, at: 100) == .algorithm)
    }
    #expect(server.requests == 1)
  }

  @Test func servesTheLastGoodSetWhileTheServerIsDown() {
    #expect(status(key, at: 0) == nil)
    server.fail()
    for offset in [480, 600, 5000, 86399] as [Int64] { #expect(status(key, at: offset) == nil) }
    #expect(server.requests == 5)
    #expect(status(key, at: 86400) == .keySource)
    // Within the cooldown nobody asks again.
    #expect(status(key, at: 86428) == .keySource)
    #expect(server.requests == 5)
    try? server.serve([key])
    #expect(status(key, at: 86429) == nil)
    #expect(server.requests == 6)
  }

  @Test(arguments: ["", "<html>", "[]", #"{"keys":[]}"#, #"{"keys":[{"kty":"RSA"}]}"#])
  func keepsTheSetWhenRubbishComes(_ document: String) {
    server.serve(text: document)
    #expect(status(key, at: 0) == .keySource)
    #expect(status(key, at: 29) == .keySource)
    #expect(server.requests == 1)
    try? server.serve([key])
    #expect(status(key, at: 30) == nil)
    server.serve(text: document)
    #expect(status(key, at: 1000) == nil)
    #expect(refusal { try source.refresh(at: Self.start + 2000) } == .keySource)
    #expect(status(key, at: 2000) == nil)
  }

  @Test func forgetsKeysThatAreGone() throws {
    #expect(status(key, at: 0) == nil)
    try server.serve([try Key.make(generating: .eddsa)])
    #expect(status(key, at: 480) == .keyUnknown)
  }

  @Test func takesAClockThatWentBackForAnOldSet() {
    #expect(status(key, at: 100_000) == nil)
    #expect(status(key, at: 99_900) == nil)
    #expect(server.requests == 1)
    #expect(status(key, at: 0) == nil)
    #expect(server.requests == 2)
  }

  @Test func refreshes() {
    #expect(refusal { try source.refresh(at: Self.start) } == nil)
    #expect(refusal { try source.refresh(at: Self.start + 29) } == nil)
    #expect(server.requests == 1)
    #expect(refusal { try source.refresh(at: Self.start + 30) } == nil)
    #expect(server.requests == 2)
    server.fail()
    #expect(refusal { try source.refresh(at: Self.start + 60) } == .keySource)
    #expect(refusal { try source.refresh(at: Self.start + 61) } == nil)
  }

  @Test func fetchesOnceForManyThreads() async throws {
    let server = server
    let slow = try JWKSSource.make(allowed: [.eddsa], JWKSSourceSettings()) { _ in
      var spins = 0
      while spins < 2_000_000 { spins += 1 }
      return server.fetch()
    }
    let verifier = PolicyVerifier.make(Policy(), slow)
    let token = try Signer.make(Policy(), key).token("{}", at: Self.start)
    let held = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<16 {
        group.addTask { refusal { _ = try verifier.claims(of: token, at: Self.start) } == nil }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(held == 16)
    #expect(server.requests == 1)
  }

  @Test func refusesSecretsAndContradictions() {
    var settings = JWKSSourceSettings()
    #expect(refusal { _ = try JWKSSource.make(allowed: [.hs256], settings) { _ in nil } } == .keyMismatch)
    #expect(refusal { try settings.setMaxAge(599) } == .argument)
    #expect(refusal { try settings.setMaxAge(600) } == nil)
    #expect(refusal { try settings.setLifetime(601) } == .argument)
    #expect(refusal { try settings.setLifetime(0) } == .argument)
    #expect(refusal { try settings.setCooldown(3601) } == .argument)
    #expect(refusal { try settings.setMaxSize(1023) } == .argument)
  }

  @Test(arguments: [
    ("https://a.example/jwks", true), ("HTTPS://a.example", true), ("https://a.example:8443/?x#y", true),
    ("http://a.example/jwks", false), ("file:///etc/passwd", false), ("ftp://a", false), ("https://", false),
    ("https:///x", false), ("https://?x", false), ("https://user:word@a.example/", false),
    ("https://a.example/ b", false),
    ("https://a.example\\@b", false), ("//a.example", false), ("", false), ("https://a/\u{e9}", false),
    ("javascript:1", false),
  ])
  func takesHTTPSOnly(_ url: String, _ good: Bool) {
    let bytes = utf8(url)
    #expect((refusal { _ = try JWKSURL(bytes.span, allowHTTP: false) } == nil) == good)
  }

  @Test func takesHTTPWhereAllowed() {
    for (url, good) in [("http://127.0.0.1:1/", true), ("file:///x", false), ("http://", false)] {
      let bytes = utf8(url)
      #expect((refusal { _ = try JWKSURL(bytes.span, allowHTTP: true) } == nil) == good)
    }
  }
}
