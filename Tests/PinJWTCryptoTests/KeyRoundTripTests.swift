import Testing

@testable import PinJWTCrypto

@Suite struct KeyRoundTripTests {
  private static let message = utf8("a message")

  /// Whether `copy` is the same key as `original`: each verifies the other's signatures.
  private func areTheSame(_ original: KeyMaterial, _ copy: KeyMaterial) throws -> Bool {
    let signature = try original.signature(Self.message)
    guard try copy.holds(Self.message, signature) else { return false }
    guard copy.isPrivate else { return true }
    return try original.holds(Self.message, try copy.signature(Self.message))
  }

  @Test(arguments: Algorithm.allCases) func signsAndVerifies(_ algorithm: Algorithm) throws {
    let key = try TestKeys.make(algorithm)
    let signature = try key.signature(Self.message)
    #expect(signature.count == key.signatureLength)
    #expect(try key.holds(Self.message, signature))
    #expect(try !key.holds(Self.message + [0], signature))
    #expect(try !key.holds([], signature))
    #expect(try !key.holds(Self.message, signature + [0]))
    #expect(try !key.holds(Self.message, Array(signature.dropLast())))
    #expect(try !key.holds(Self.message, []))
    #expect(try !key.holds(Self.message, [UInt8](repeating: 0, count: signature.count)))
    #expect(try !key.holds(Self.message, [UInt8](repeating: 0xff, count: signature.count)))
    for place in [0, signature.count / 2, signature.count - 1] {
      var changed = signature
      changed[place] ^= 1
      #expect(try !key.holds(Self.message, changed))
    }
    let empty = try key.signature([])
    #expect(try key.holds([], empty))
  }

  @Test(arguments: TestKeys.asymmetric) func roundTripsThroughComponents(_ algorithm: Algorithm) throws {
    let key = try TestKeys.make(algorithm)
    let components = try TestKeys.publicComponents(key)
    let secret = try #require(try key.privateComponents())
    let copy = try KeyMaterial(algorithm, components, secret)
    #expect(copy.isPrivate)
    #expect(try areTheSame(key, copy))
    let half = try KeyMaterial(algorithm, components, nil)
    #expect(!half.isPrivate)
    #expect(try areTheSame(key, half))
    #expect(try half.privateComponents() == nil)
  }

  @Test(arguments: TestKeys.asymmetric) func roundTripsThroughPEM(_ algorithm: Algorithm) throws {
    let key = try TestKeys.make(algorithm)
    for privateHalf in [true, false] {
      let pem = try key.pem(privateHalf: privateHalf)
      let text = PinJWTCryptoTests.text(bytes(pem))
      let label = privateHalf ? "PRIVATE KEY" : "PUBLIC KEY"
      #expect(text.hasPrefix("-----BEGIN \(label)-----\n"))
      #expect(text.hasSuffix("\n-----END \(label)-----\n"))
      let copy = try read(algorithm, pem: text)
      #expect(copy.isPrivate == privateHalf)
      #expect(try areTheSame(key, copy))
      let again = try copy.pem(privateHalf: privateHalf)
      let areEqual = bytes(again) == bytes(pem)
      #expect(areEqual)
      let der = try TestPEM.der(text)
      #expect(try areTheSame(key, try KeyMaterial(algorithm, der: der.span)))
    }
  }

  @Test(arguments: TestKeys.asymmetric) func dropsThePrivateHalf(_ algorithm: Algorithm) throws {
    let key = try TestKeys.make(algorithm)
    let half = try #require(try key.publicHalf(algorithm))
    #expect(!half.isPrivate)
    #expect(try areTheSame(key, half))
    #expect(refusal { _ = try half.signature(Self.message) } == .keyUse)
    #expect(refusal { _ = try half.pem(privateHalf: true) } == .keyUse)
    #expect(refusal { _ = try half.pem(privateHalf: false) } == nil)
    let again = try #require(try half.publicHalf(algorithm))
    #expect(!again.isPrivate)
  }

  @Test(arguments: Algorithm.allCases.filter(\.isSymmetric)) func keepsSecretsWhole(_ algorithm: Algorithm) throws {
    let key = try KeyMaterial.generate(algorithm)
    #expect(key.isPrivate)
    #expect(try key.publicComponents() == nil)
    #expect(try key.privateComponents() == nil)
    #expect(try key.publicHalf(algorithm) == nil)
    for privateHalf in [true, false] {
      #expect(refusal { _ = try key.pem(privateHalf: privateHalf) } == .keyMismatch)
    }
    guard case .hmac(let made) = key else {
      Issue.record("not a secret")
      return
    }
    #expect(made.secret.count == key.signatureLength)
  }

  /// A signature for one RSA algorithm is none for another, though the key's numbers are the same.
  @Test func keepsRSAAlgorithmsApart() throws {
    let algorithms = Algorithm.allCases.filter(\.isRSA)
    for signing in algorithms {
      let signature = try TestKeys.make(signing).signature(Self.message)
      for verifying in algorithms {
        #expect(try TestKeys.make(verifying).holds(Self.message, signature) == (signing == verifying))
      }
    }
  }

  @Test(arguments: [Algorithm.rs256, .ps256, .ed25519, .ed448, .hs256]) func knowsTheirDeterminism(
    _ algorithm: Algorithm
  ) throws {
    let key = try TestKeys.make(algorithm)
    let (first, second) = (try key.signature(Self.message), try key.signature(Self.message))
    #expect((first == second) == (algorithm.family != .rsaPSS))
  }

  @Test(arguments: Algorithm.allCases) func servesManyTasksAtOnce(_ algorithm: Algorithm) async throws {
    let key = try TestKeys.make(algorithm)
    let held = try await withThrowingTaskGroup(of: Int.self) { group in
      for task in 0..<8 {
        group.addTask {
          var held = 0
          for round in 0..<5 {
            let message = utf8("message \(round) of task \(task)")
            let signature = try key.signature(message)
            if try key.holds(message, signature), try !key.holds(message + [0], signature) { held += 1 }
          }
          return held
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(held == 40)
  }
}
