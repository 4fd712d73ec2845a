import Testing

@testable import PinJWTCrypto

@Suite struct KeyMaterialTests {
  private static let generated = Algorithm.allCases.filter { !$0.isRSA || $0 == .ps256 }

  private func signature(_ key: KeyMaterial, _ message: [UInt8]) throws -> [UInt8] {
    var signature = [UInt8](repeating: 0, count: key.signatureLength)
    var target = signature.mutableSpan
    try key.sign(message.span, into: &target)
    return signature
  }

  private func accepts(_ key: KeyMaterial, _ message: [UInt8], _ signature: [UInt8]) throws -> Bool {
    try key.verify(message.span, signature: signature.span)
  }

  @Test(arguments: generated) func signsAndVerifies(_ algorithm: Algorithm) throws {
    let key = try KeyMaterial.generate(algorithm)
    let message = Array("header.payload".utf8)
    var signature = try signature(key, message)
    #expect(try accepts(key, message, signature))
    #expect(try !accepts(key, message + [0], signature))
    #expect(try !accepts(key, message, signature + [0]))
    #expect(try !accepts(key, message, signature.dropLast()))
    #expect(try !accepts(key, message, []))
    signature[signature.count / 2] ^= 1
    #expect(try !accepts(key, message, signature))
  }

  @Test(arguments: generated.filter { !$0.isSymmetric })
  func survivesItsNumbersAndPEM(_ algorithm: Algorithm) throws {
    let key = try KeyMaterial.generate(algorithm)
    let message: [UInt8] = [1, 2, 3]
    let signature = try signature(key, message)
    let components = try #require(try key.publicComponents())
    let again = try KeyMaterial(algorithm, components, try key.privateComponents())
    #expect(again.isPrivate)
    let open = try #require(try key.publicHalf(algorithm))
    #expect(!open.isPrivate)
    #expect(try open.privateComponents() == nil)
    #expect(try accepts(again, message, signature) && accepts(open, message, signature))
    for privateHalf in [true, false] {
      let pem = try key.pem(privateHalf: privateHalf)
      let none: [UInt8] = []
      let read = try KeyMaterial(algorithm, pem: pem.bytes, passphrase: none.span)
      #expect(read.isPrivate == privateHalf)
      #expect(try accepts(read, message, signature))
    }
    #expect(throws: Failure.self) { _ = try self.signature(open, message) }
  }

  /// What a key computes with may be used from many threads at once.
  @Test(arguments: [Algorithm.hs256, .es256, .ed448, .eddsa])
  func isSharedByManyTasks(_ algorithm: Algorithm) async throws {
    let key = try KeyMaterial.generate(algorithm)
    let wrong = await withTaskGroup(of: Int.self) { group in
      for number in 0..<8 {
        group.addTask {
          var wrong = 0
          for round in 0..<20 {
            let message = [UInt8(number), UInt8(round)]
            let signature = try? self.signature(key, message)
            let accepted = try? self.accepts(key, message, signature ?? [])
            if accepted != true { wrong += 1 }
          }
          return wrong
        }
      }
      return await group.reduce(0, +)
    }
    #expect(wrong == 0)
  }
}
