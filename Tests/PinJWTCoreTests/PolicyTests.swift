import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct PolicyTests {
  /// Each setter that takes a text.
  private static let setters: [@Sendable (inout Policy, borrowing Span<UInt8>) throws -> Void] = [
    { try $0.setIssuer($1) }, { try $0.setSubject($1) }, { try $0.setType($1) }, { try $0.addAudience($1) },
    { try $0.requireClaim($1) },
  ]

  private func set(_ policy: inout Policy, _ setter: Int, _ bytes: [UInt8]) -> Status? {
    do {
      try Self.setters[setter](&policy, bytes.span)
      return nil
    } catch { return (error as? Failure)?.status }
  }

  @Test(arguments: 0..<5) func takesTextsOf1To1024Bytes(_ setter: Int) {
    var policy = Policy()
    #expect(set(&policy, setter, []) == .argument)
    #expect(set(&policy, setter, [0x61]) == nil)
    #expect(set(&policy, setter, [UInt8](repeating: 0x62, count: 1024)) == nil)
    #expect(set(&policy, setter, [UInt8](repeating: 0x62, count: 1025)) == .argument)
    #expect(set(&policy, setter, [0xff]) == .argument)
    #expect(set(&policy, setter, [0xed, 0xa0, 0x80]) == .argument)
  }

  @Test func replacesAndKeepsOnFailure() {
    var policy = Policy()
    for value in ["a", "b"] {
      for setter in 0..<3 { #expect(set(&policy, setter, utf8(value)) == nil) }
    }
    for setter in 0..<3 { #expect(set(&policy, setter, []) == .argument) }
    #expect(policy.issuer == utf8("b"))
    #expect(policy.subject == utf8("b"))
    #expect(policy.type == utf8("b"))
  }

  @Test(arguments: [3, 4]) func takes64Entries(_ setter: Int) {
    var policy = Policy()
    for index in 0..<64 { #expect(set(&policy, setter, utf8("entry \(index)")) == nil) }
    #expect(set(&policy, setter, utf8("entry 0")) == nil)
    #expect(set(&policy, setter, utf8("entry 64")) == .argument)
    #expect((setter == 3 ? policy.audiences : policy.requiredClaims) == (0..<64).map { utf8("entry \($0)") })
  }

  @Test func boundsNumbers() {
    var policy = Policy()
    let longest: Int64 = 315_576_000
    for (seconds, expected) in [
      (Int64.min, false), (-1, false), (0, false), (1, true), (longest, true), (longest + 1, false), (.max, false),
    ] {
      #expect((refusal { try policy.setLifetime(seconds) } == nil) == expected)
      #expect((refusal { try policy.setMaxLifetime(seconds) } == nil) == expected)
    }
    for (seconds, expected) in [(Int64.min, false), (-1, false), (0, true), (300, true), (301, false), (.max, false)] {
      #expect((refusal { try policy.setLeeway(seconds) } == nil) == expected)
    }
    for (bytes, expected) in [(Int.min, false), (255, false), (256, true), (1_048_576, true), (1_048_577, false)] {
      #expect((refusal { try policy.setMaxTokenSize(bytes) } == nil) == expected)
    }
    #expect(policy.lifetime == longest)
    #expect(policy.maxLifetime == longest)
    #expect(policy.leeway == 300)
    #expect(policy.maxTokenSize == 1_048_576)
  }

  @Test func hasTheDocumentedDefaults() {
    let policy = Policy()
    #expect(policy.lifetime == 900)
    #expect(policy.maxLifetime == 7200)
    #expect(policy.leeway == 0)
    #expect(policy.maxTokenSize == 16384)
    #expect(policy.issuer == nil && policy.subject == nil && policy.type == nil)
    #expect(policy.audiences.isEmpty && policy.requiredClaims.isEmpty)
  }

  @Test(
    arguments: [
      (-1, false), (0, true), (253_402_300_799, true), (253_402_300_800, false), (.max, false), (.min, false),
    ] as [(Int64, Bool)])
  func boundsNow(_ now: Int64, _ expected: Bool) {
    #expect((refusal { try Limits.checkTime(now) } == nil) == expected)
  }
}
