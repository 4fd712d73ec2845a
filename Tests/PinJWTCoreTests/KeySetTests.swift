import Foundation
import PinJWTCrypto
import Synchronization
import Testing

@testable import PinJWTCore

@Suite struct KeySetTests {
  static let now: Int64 = 1_000_000

  private func key(_ algorithm: Algorithm, _ kid: String) throws -> Key {
    let id = utf8(kid)
    return try TestKeys.make(algorithm).withID(id.span)
  }

  private func signed(_ key: Key, kid: String? = nil) throws -> [UInt8] {
    let member = kid.map { #","kid":"\#($0)""# } ?? ""
    return try token(#"{"alg":"\#(key.algorithm.name)"\#(member)}"#, #"{"exp":1000100}"#, key)
  }

  private func status(_ token: [UInt8], _ set: KeySet) -> Status? {
    refusal { _ = try PolicyVerifier.make(Policy(), set).claims(of: token, at: Self.now) }
  }

  @Test func picksTheKeyByKid() throws {
    let set = KeySet()
    let (first, second) = (try key(.eddsa, "first"), try key(.es256, "second"))
    try set.add(first)
    try set.add(second)
    #expect(set.count == 2)
    #expect(try status(Signer.make(Policy(), first).token("{}", at: Self.now), set) == nil)
    #expect(try status(Signer.make(Policy(), second).token("{}", at: Self.now), set) == nil)
    #expect(try status(signed(first, kid: "first"), set) == nil)
    #expect(try status(signed(first, kid: "third"), set) == .keyUnknown)
    // The pin is that of the key that the kid names.
    #expect(try status(signed(first, kid: "second"), set) == .algorithm)
    #expect(try status(signed(key(.eddsa, "other"), kid: "first"), set) == .signature)
    #expect(try status(signed(key(.es384, "first"), kid: "first"), set) == .algorithm)
  }

  @Test func judgesTheTypeOfThePolicy() throws {
    let set = KeySet()
    let key = try key(.eddsa, "first")
    try set.add(key)
    var policy = Policy()
    let type = utf8("at+jwt")
    try policy.setType(type.span)
    let verifier = PolicyVerifier.make(policy, set)
    let token = try Signer.make(policy, key).token("{}", at: Self.now)
    #expect(refusal { _ = try verifier.claims(of: token, at: Self.now) } == nil)
    #expect(status(token, set) == .type)
    let usual = try Signer.make(Policy(), key).token("{}", at: Self.now)
    #expect(refusal { _ = try verifier.claims(of: usual, at: Self.now) } == .type)
  }

  @Test func triesFourKeysOfThePinWithoutKid() throws {
    let set = KeySet()
    let keys = try (0..<5).map { try key(.es256, "\($0)") }
    try set.add(try key(.eddsa, "another"))
    for key in keys { try set.add(key) }
    for key in keys[..<4] { #expect(try status(signed(key), set) == nil) }
    #expect(try status(signed(keys[4]), set) == .signature)
    #expect(try status(signed(keys[4], kid: "4"), set) == nil)
    #expect(try status(signed(key(.es384, "x")), set) == .algorithm)
  }

  @Test func followsChanges() throws {
    let set = KeySet()
    let (old, new) = (try key(.eddsa, "old"), try key(.eddsa, "new"))
    #expect(try status(signed(old, kid: "old"), set) == .keyUnknown)
    try set.add(old)
    #expect(try status(signed(old, kid: "old"), set) == nil)
    try set.add(new)
    let id = utf8("old")
    try set.remove(id.span)
    #expect(try status(signed(old, kid: "old"), set) == .keyUnknown)
    #expect(try status(signed(new, kid: "new"), set) == nil)
    #expect(refusal { try set.remove(id.span) } == .keyUnknown)
  }

  @Test func refusesWhatIsNoSet() throws {
    let set = KeySet()
    #expect(refusal { try set.add(try TestKeys.hs256()) } == .argument)
    try set.add(try key(.eddsa, "one"))
    #expect(refusal { try set.add(try key(.es256, "one")) } == .keyDuplicate)
    #expect(refusal { try set.add(try key(.hs256, "two")) } == .keyUse)
    let signsOnly = try PinJWTCoreTests.key(
      .es256, jwk: TestKeys.ec(#","key_ops":["encrypt"],"kid":"x""#).replacing("encrypt", with: "sign"))
    #expect(refusal { try set.add(signsOnly) } == .keyUse)
    #expect(set.count == 1)
    let secrets = KeySet()
    try secrets.add(try key(.hs256, "one"))
    #expect(refusal { try secrets.add(try key(.eddsa, "two")) } == .keyUse)
    #expect(refusal { _ = try secrets.jwks() } == .keyMismatch)
  }

  @Test func writesPublicHalvesOnly() throws {
    let set = KeySet()
    for (kid, algorithm) in [("a", Algorithm.eddsa), ("b", .es256), ("c", .rs256)] {
      try set.add(try key(algorithm, kid))
    }
    let written = text(try set.jwks())
    #expect(written.hasPrefix(#"{"keys":[{"kty":"OKP""#))
    for member in ["d", "p", "q", "dp", "dq", "qi", "k"] { #expect(!written.contains("\"\(member)\":")) }
    let copy = KeySet()
    let json = utf8(written)
    #expect(try copy.load(json.span, allowed: [.eddsa, .es256, .rs256]) == 0)
    #expect(text(try copy.jwks()) == written)
  }

  /// Eight threads verify while a ninth replaces the set 10,000 times. None sees a mix: every token is judged by one of
  /// two whole sets.
  @Test func isReplacedWhileOthersVerify() throws {
    let (common, first, second) = (try key(.hs256, "common"), try key(.hs256, "first"), try key(.hs256, "second"))
    let set = KeySet()
    try set.add(common)
    try set.add(first)
    let tokens = try [signed(common, kid: "common"), signed(first, kid: "first"), signed(second, kid: "second")]
    let (one, two) = (utf8("first"), utf8("second"))
    let isOver = Atomic(false)
    let held = Atomic(0)
    let unknown = Atomic(0)
    let wrong = Atomic(0)
    let finished = DispatchGroup()
    for _ in 0..<8 {
      finished.enter()
      Thread.detachNewThread {
        let verifier = PolicyVerifier.make(Policy(), set)
        while !isOver.load(ordering: .relaxed) {
          for (index, token) in tokens.enumerated() {
            switch refusal({ _ = try verifier.claims(of: token, at: Self.now) }) {
            case .none: held.add(1, ordering: .relaxed)
            case .keyUnknown where index > 0: unknown.add(1, ordering: .relaxed)
            default: wrong.add(1, ordering: .relaxed)
            }
          }
        }
        finished.leave()
      }
    }
    for _ in 0..<2_500 {
      try set.add(second)
      try set.remove(one.span)
      try set.add(first)
      try set.remove(two.span)
    }
    isOver.store(true, ordering: .relaxed)
    finished.wait()
    #expect(wrong.load(ordering: .relaxed) == 0)
    #expect(held.load(ordering: .relaxed) > 0)
    #expect(unknown.load(ordering: .relaxed) > 0)
  }
}
