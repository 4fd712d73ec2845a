import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct KeyRingTests {
  static let start: Int64 = 1_800_000_000

  private func ring(_ algorithm: Algorithm = .eddsa, publish: Int64 = 3600, retain: Int64 = 7200) throws -> KeyRing {
    try KeyRing.make(algorithm, publish: publish, retain: retain, at: Self.start)
  }

  private func rotate(_ ring: KeyRing, at now: Int64) throws {
    try ring.update { (state) throws(Failure) in try KeyRingChange.rotate(at: now).applied(to: state) }
  }

  private func remove(_ ring: KeyRing, _ key: Key, at now: Int64) throws {
    let id = key.id.array
    try ring.update { (state) throws(Failure) in try KeyRingChange.remove(id, at: now).applied(to: state) }
  }

  private func isRefused(_ token: [UInt8], _ ring: KeyRing, at now: Int64) -> Status? {
    refusal { _ = try PolicyVerifier.make(Policy(), ring).claims(of: token, at: now) }
  }

  /// Keys rotate every 30 days; remote verifiers fetch the JWK Set every publish_seconds; a token is signed every hour and
  /// verified until its end. None is ever refused, and none verifies once its key is gone.
  @Test func rotatesThroughAYear() throws {
    let publish: Int64 = 3600
    let ring = try ring(publish: publish)
    var policy = Policy()
    try policy.setLifetime(7200)
    let signer = try Signer.make(policy, ring)
    let local = PolicyVerifier.make(policy, ring)
    let remoteSet = KeySet()
    let remote = PolicyVerifier.make(policy, remoteSet)
    var tokens: [(token: [UInt8], end: Int64)] = []
    var kids = Set<[UInt8]>()
    // The slowest remote verifier: it has just not seen the last change.
    var now = Self.start
    var fetched = try ring.jwks(at: now)
    for hour in 0..<(365 * 24) {
      now = Self.start + Int64(hour) * 3600 + 1
      let jwks = fetched
      _ = try remoteSet.load(jwks.span, allowed: [.eddsa])
      if hour % (30 * 24) == 30 * 24 - 1 { try rotate(ring, at: now) }
      kids.insert(ring.state.active.key.id.array)
      tokens.append((try signer.token("{}", at: now), now + 7200))
      tokens.removeAll { $0.end + 7200 < now }
      for (token, end) in tokens where now < end {
        #expect(refusal { _ = try local.claims(of: token, at: now) } == nil)
        #expect(refusal { _ = try remote.claims(of: token, at: now) } == nil)
      }
      fetched = try ring.jwks(at: now)
    }
    #expect(kids.count == 13)
    #expect(ring.state.retired.count == 1)
  }

  @Test func forgetsAKeyWhenItsTimeIsOver() throws {
    let ring = try ring()
    let first = ring.state.active.key
    var policy = Policy()
    try policy.setLeeway(300)
    let end = Self.start + 3600 + 7200 + 660
    // Signed by the first key, to be valid much longer than the ring's terms allow.
    let long = try token(#"{"alg":"EdDSA","kid":"\#(text(first.id.array))"}"#, #"{"exp":1900000000}"#, first)
    try rotate(ring, at: Self.start + 3600)
    var lax = Policy()
    try lax.setMaxLifetime(200_000_000)
    let verifier = PolicyVerifier.make(lax, ring)
    #expect(refusal { _ = try verifier.claims(of: long, at: end - 1) } == nil)
    #expect(refusal { _ = try verifier.claims(of: long, at: end) } == .keyUnknown)
    #expect(text(try ring.jwks(at: end - 1)).contains(text(first.id.array)))
    #expect(!text(try ring.jwks(at: end)).contains(text(first.id.array)))
  }

  @Test func rotatesOnceTheNextKeyIsKnown() throws {
    let ring = try ring()
    let (active, next) = (ring.state.active.key, ring.state.next.key)
    #expect(ring.rotationTime == Self.start + 3600)
    #expect(refusal { try rotate(ring, at: Self.start + 3599) } == .notYetValid)
    #expect(refusal { try rotate(ring, at: -1) } == .argument)
    #expect(ring.state.active.key === active)
    try rotate(ring, at: Self.start + 3600)
    #expect(ring.state.active.key === next)
    #expect(ring.state.retired.map(\.key.thumbprint) == [active.thumbprint])
    #expect(refusal { try rotate(ring, at: Self.start + 3601) } == .notYetValid)
  }

  @Test func removesAKeyThatIsKnownToOthers() throws {
    let ring = try ring()
    let signer = try Signer.make(Policy(), ring)
    let stolen = ring.state.active.key
    let token = try signer.token("{}", at: Self.start)
    #expect(isRefused(token, ring, at: Self.start) == nil)
    let next = ring.state.next.key
    try remove(ring, stolen, at: Self.start + 5)
    #expect(isRefused(token, ring, at: Self.start + 5) == .keyUnknown)
    #expect(ring.state.active.key === next)
    #expect(isRefused(try signer.token("{}", at: Self.start + 5), ring, at: Self.start + 5) == nil)
    let unused = ring.state.next.key
    try remove(ring, unused, at: Self.start + 6)
    #expect(ring.state.active.key === next)
    #expect(ring.state.next.key !== unused)
    #expect(refusal { try remove(ring, stolen, at: Self.start) } == .keyUnknown)
    try rotate(ring, at: Self.start + 4000)
    try remove(ring, next, at: Self.start + 4000)
    #expect(ring.state.retired.isEmpty)
  }

  @Test func keepsTokensWithinItsTerms() throws {
    let ring = try ring(retain: 7199)
    #expect(refusal { _ = try Signer.make(Policy(), ring) } == .lifetime)
    #expect(refusal { _ = try self.ring(retain: 0) } == .argument)
    #expect(refusal { _ = try self.ring(publish: -1) } == .argument)
  }

  @Test func givesSecretsRandomIDs() throws {
    let ring = try ring(.hs256)
    #expect(ring.state.active.key.id.count == 22)
    #expect(refusal { _ = try ring.jwks(at: Self.start) } == .keyMismatch)
    let token = try Signer.make(Policy(), ring).token("{}", at: Self.start)
    #expect(isRefused(token, ring, at: Self.start) == nil)
  }

  @Test(arguments: [Algorithm.eddsa, .hs256, .es384]) func isReadAsItWasWritten(_ algorithm: Algorithm) throws {
    let ring = try ring(algorithm)
    try rotate(ring, at: Self.start + 3600)
    let written = try ring.state.text()
    let read = try KeyRingState.read(written.bytes)
    #expect(bytes(try read.text()) == bytes(written))
    #expect(read.terms == ring.state.terms)
    #expect(read.retired.map(\.time) == [Self.start + 3600 + 7200 + 660])
  }

  @Test func refusesWhatIsNoRing() throws {
    let good = text(bytes(try ring().state.text()))
    for (old, new) in [
      ("\"pinjwt_keyring\":1", "\"pinjwt_keyring\":2"), ("EdDSA\",\"pub", "ES256\",\"pub"), ("\"active\"", "\"next\""),
      ("\"next\"", "\"retired\""), ("\"publish_seconds\":3600", "\"publish_seconds\":-1"),
      ("\"time\":1800000000", "\"time\":1e99"),
      ("]}", "]"), ("\"keys\"", "\"kees\""), ("\"d\":", "\"x_\":"),
    ] {
      let changed = utf8(good.replacing(old, with: new))
      #expect(changed != utf8(good))
      #expect(refusal { _ = try KeyRingState.read(changed.span) } != nil, "\(old)")
    }
  }

  @Test func isSealedWithAPassphrase() throws {
    let written = try ring().state.text()
    let phrase = utf8("correct horse")
    let secret = try SecretBytes.make(copying: phrase.span)
    let key = try PassphraseKey.make(secret, .minimum)
    let sealed = try SealedKeyRing.seal(written.bytes, key)
    let isSealed = SealedKeyRing.isSealed(sealed.span)
    #expect(isSealed)
    #expect(!text(sealed).contains("OKP"))
    let (again, opened) = try SealedKeyRing.open(sealed.span, secret, known: nil)
    #expect(again.salt == key.salt)
    let isSame = opened.bytes.equals(written.bytes)
    #expect(isSame)
    let wrong = try SecretBytes.make(count: 5)
    #expect(refusal { _ = try SealedKeyRing.open(sealed.span, wrong, known: nil) } == .keyPassphrase)
    let dearer = utf8(text(sealed).replacing("1,\"memlimit\":8192", with: "2,\"memlimit\":67108864"))
    #expect(refusal { _ = try SealedKeyRing.open(dearer.span, secret, known: nil) } == .keyPassphrase)
    let unknown = utf8(text(sealed).replacing("\"memlimit\":8192", with: "\"memlimit\":8193"))
    #expect(refusal { _ = try SealedKeyRing.open(unknown.span, secret, known: nil) } == .keyFormat)
  }
}
