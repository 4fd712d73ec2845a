import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct KeyTests {
  @Test(arguments: Algorithm.allCases) func isMadeAnew(_ algorithm: Algorithm) throws {
    let key = try TestKeys.make(algorithm)
    #expect(key.algorithm == algorithm)
    #expect(key.canSign && key.canVerify)
    #expect(key.thumbprint.count == (algorithm.isSymmetric ? 0 : 43))
    #expect(key.id.array == key.thumbprint)
  }

  @Test(arguments: [Algorithm.hs256, .es256, .es256k, .ed25519, .ed448]) func isNeverMadeTwice(_ algorithm: Algorithm)
    throws
  {
    let (first, second) = (try Key.make(generating: algorithm), try Key.make(generating: algorithm))
    let a = try first.jwk(privateHalf: true)
    let b = try second.jwk(privateHalf: true)
    #expect(bytes(a) != bytes(b))
  }

  @Test func takesAnotherID() throws {
    let key = try Key.make(generating: .es256)
    let kid = utf8("é\"")
    let renamed = try key.withID(kid.span)
    #expect(renamed.id.array == kid)
    #expect(renamed.thumbprint == key.thumbprint)
    #expect(key.id.array == key.thumbprint)
    let half = try renamed.publicHalf()
    #expect(half.id.array == kid)
    #expect(!half.canSign)
  }

  @Test(arguments: [([], .argument), ([0x61], nil), ([0xff], .argument), ([0xc3], .argument)] as [([UInt8], Status?)])
  func judgesIDs(_ kid: [UInt8], _ status: Status?) throws {
    let key = try TestKeys.hs256()
    #expect(refusal { _ = try key.withID(kid.span) } == status)
  }

  @Test func boundsIDs() throws {
    let key = try TestKeys.hs256()
    let (longest, longer) = ([UInt8](repeating: 0x61, count: 1024), [UInt8](repeating: 0x61, count: 1025))
    #expect(refusal { _ = try key.withID(longest.span) } == nil)
    #expect(refusal { _ = try key.withID(longer.span) } == .argument)
  }
}
