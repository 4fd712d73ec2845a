import PinJWTCrypto
import Testing

@testable import PinJWTCore

/// One signer and one verifier, used by many tasks at once.
@Suite struct ConcurrencyTests {
  @Test(arguments: [Algorithm.hs256, .hs512, .rs256, .ps256, .es256, .es512, .eddsa, .ed448])
  func sharesSignersAndVerifiers(_ algorithm: Algorithm) async throws {
    let key = try TestKeys.make(algorithm)
    let log = EventLog()
    var policy = Policy()
    policy.eventHandler = log.handler
    policy.revocation = { _ in .allow }
    let signer = try Signer.make(policy, key)
    let verifier = try PolicyVerifier.make(policy, key)
    let rounds = 8
    let tasks = 8
    let jti = utf8("jti")
    let held = try await withThrowingTaskGroup(of: Int.self) { group in
      for task in 0..<tasks {
        group.addTask {
          var held = 0
          for round in 0..<rounds {
            let token = try signer.token(#"{"jti":"\#(task) \#(round)"}"#, at: 1_000_000)
            let claims = try verifier.verify(token.span, at: 1_000_000)
            let range = try claims.string(jti.span)
            if text(Array(claims.decoded.array[range])) == "\(task) \(round)" { held += 1 }
          }
          return held
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(held == rounds * tasks)
    #expect(log.all.count == 2 * rounds * tasks)
  }
}
