import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct JWKTests {
  private func refused(_ jwk: String, _ algorithm: Algorithm = .es256) -> Status? {
    refusal { _ = try key(algorithm, jwk: jwk) }
  }

  private func written(_ key: Key, privateHalf: Bool) throws -> String {
    let jwk = try key.jwk(privateHalf: privateHalf)
    return text(bytes(jwk))
  }

  @Test(arguments: Algorithm.allCases) func roundTripsThePrivateHalf(_ algorithm: Algorithm) throws {
    let original = try TestKeys.make(algorithm)
    let jwk = try written(original, privateHalf: true)
    let copy = try key(algorithm, jwk: jwk)
    #expect(copy.canSign)
    #expect(copy.thumbprint == original.thumbprint)
    #expect(copy.id.array == original.id.array)
    #expect(try written(copy, privateHalf: true) == jwk)
    let token = try Signer.make(Policy(), copy).token("{}", at: 1_000_000)
    #expect(refusal { _ = try PolicyVerifier.make(Policy(), original).claims(of: token, at: 1_000_000) } == nil)
  }

  @Test(arguments: Algorithm.allCases.filter { !$0.isSymmetric })
  func roundTripsThePublicHalf(_ algorithm: Algorithm) throws {
    let original = try TestKeys.make(algorithm)
    let jwk = try written(original, privateHalf: false)
    let half = try original.publicHalf()
    #expect(try written(half, privateHalf: false) == jwk)
    let copy = try key(algorithm, jwk: jwk)
    #expect(!copy.canSign)
    #expect(copy.canVerify)
    #expect(copy.thumbprint == original.thumbprint)
    #expect(!jwk.contains(#""d":"#))
    let token = try Signer.make(Policy(), original).token("{}", at: 1_000_000)
    #expect(refusal { _ = try PolicyVerifier.make(Policy(), copy).claims(of: token, at: 1_000_000) } == nil)
  }

  @Test func writesTheMembersInOrder() throws {
    let pair = try key(.es256, jwk: TestKeys.ec(TestKeys.ecPrivate + #","kid":"k\"1""#))
    let start = #"{"kty":"EC","crv":"P-256","x":"\#(TestKeys.ecX)","y":"\#(TestKeys.ecY)""#
    let end = #","alg":"ES256","use":"sig","kid":"k\"1"}"#
    #expect(try written(pair, privateHalf: true) == start + #","d":"\#(TestKeys.ecD)""# + end)
    #expect(try written(pair, privateHalf: false) == start + end)
    let secret = try key(.hs256, jwk: TestKeys.secret(bytes: 32))
    #expect(try written(secret, privateHalf: true) == TestKeys.secret(bytes: 32, #","alg":"HS256","use":"sig""#))
  }

  @Test func refusesHalvesThatAreNotThere() throws {
    let secret = try TestKeys.hs256()
    #expect(refusal { _ = try written(secret, privateHalf: false) } == .keyMismatch)
    #expect(refusal { _ = try secret.publicHalf() } == .keyMismatch)
    let half = try key(.es256, jwk: TestKeys.ec())
    #expect(refusal { _ = try written(half, privateHalf: true) } == .keyUse)
  }

  // MARK: Form

  @Test(arguments: [
    "", "[]", "null", "{", "{}", #"{"kty":"EC"}"#, #"{"kty":5}"#, #"{"kty":"ec"}"#, #"{"kty":"XYZ"}"#, #"{"keys":[]}"#,
    #"{"kty":"EC","kty":"EC"}"#, "-----BEGIN PUBLIC KEY-----",
  ])
  func refusesWhatIsNoJWK(_ jwk: String) {
    #expect(refused(jwk) == .keyFormat)
  }

  @Test func limitsTheLength() {
    let padding = 65536 - TestKeys.ec(#","z":"""#).utf8.count
    #expect(refused(TestKeys.ec(#","z":"\#(String(repeating: "x", count: padding))""#)) == nil)
    #expect(refused(TestKeys.ec(#","z":"\#(String(repeating: "x", count: padding + 1))""#)) == .keyFormat)
  }

  @Test func ignoresUnknownMembers() {
    #expect(refused(TestKeys.ec(#","x5c":[1],"ext":true,"n":{},"k":null"#)) == nil)
  }

  @Test(arguments: ["x", "y", "d"]) func wantsNumbersOfTheCurvesLength(_ name: String) {
    let members = ["x": TestKeys.ecX, "y": TestKeys.ecY, "d": TestKeys.ecD]
    func jwk(_ value: String) -> String {
      let list = members.merging([name: value]) { $1 }.map {
        #""\#($0.key)":\#($0.key == name ? $0.value : "\"\($0.value)\"")"#
      }
      return #"{"kty":"EC","crv":"P-256",\#(list.joined(separator: ","))}"#
    }
    let value = members[name] ?? ""
    #expect(refused(jwk("\"\(value)\"")) == nil)
    for bad in [
      "5", "null", "[]", #""""#, "\"\(value)=\"", "\"\(value)A\"", "\"\(value.dropLast())\"",
      "\"\(value.dropLast(3))\"",
      "\"AAAA\(value)\"", "\"\(value.dropLast())+\"", "\"" + String(repeating: "A", count: 43) + "\"",
    ] {
      #expect(refused(jwk(bad)) == .keyFormat, "\(name): \(bad)")
    }
  }

  @Test func refusesAPrivateHalfOfAnotherKey() throws {
    let other = try written(try Key.make(generating: .es256), privateHalf: true)
    let d = other.components(between: #""d":""#, and: "\"")
    #expect(refused(TestKeys.ec(#","d":"\#(d)""#)) == .keyFormat)
  }

  // MARK: Fitting the pin

  @Test(
    arguments: [
      (.es256, nil), (.es384, .keyMismatch), (.es256k, .keyMismatch), (.rs256, .keyMismatch), (.ps256, .keyMismatch),
      (.hs256, .keyMismatch), (.eddsa, .keyMismatch), (.ed448, .keyMismatch),
    ] as [(Algorithm, Status?)])
  func fitsECKeysToThePin(_ algorithm: Algorithm, _ status: Status?) {
    #expect(refused(TestKeys.ec(), algorithm) == status)
  }

  @Test(
    arguments: [
      (.eddsa, nil), (.ed25519, nil), (.ed448, .keyMismatch), (.es256, .keyMismatch), (.hs256, .keyMismatch),
    ] as [(Algorithm, Status?)])
  func fitsEdwardsKeysToThePin(_ algorithm: Algorithm, _ status: Status?) {
    #expect(
      refused(#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#, algorithm) == status)
  }

  @Test(
    arguments: [(.hs256, nil), (.hs384, .keyWeak), (.hs512, .keyWeak), (.rs256, .keyMismatch), (.es256, .keyMismatch)]
      as [(Algorithm, Status?)])
  func fitsSecretsToThePin(_ algorithm: Algorithm, _ status: Status?) {
    #expect(refused(TestKeys.secret(bytes: 32), algorithm) == status)
  }

  @Test(arguments: [Algorithm.hs256, .hs512, .es256, .ed25519]) func keepsRSAKeysToRSA(_ algorithm: Algorithm) throws {
    let jwk = try written(try TestKeys.make(.rs256), privateHalf: false)
    #expect(refused(jwk, algorithm) == .keyMismatch)
    #expect(refused(jwk, .ps256) == .keyMismatch)
    #expect(refused(jwk.replacing(#","alg":"RS256""#, with: ""), .ps256) == nil)
  }

  @Test(arguments: ["ES256", "es256", "ES384", ""]) func comparesAlg(_ name: String) {
    #expect(refused(TestKeys.ec(#","alg":"\#(name)""#)) == (name == "ES256" ? nil : .keyMismatch))
    #expect(refused(TestKeys.ec(#","alg":null"#)) == .keyMismatch)
  }

  @Test(
    arguments: [(32, nil), (31, .keyWeak), (0, .keyWeak), (255, nil), (256, nil), (1024, nil), (1025, .keyFormat)]
      as [(Int, Status?)])
  func boundsSecrets(_ count: Int, _ status: Status?) {
    #expect(refused(TestKeys.secret(bytes: count), .hs256) == status)
  }

  @Test(arguments: ["p", "q", "dp", "dq", "qi"]) func wantsEveryPrivateRSAMember(_ name: String) throws {
    let jwk = try written(try TestKeys.make(.rs256), privateHalf: true)
    let value = jwk.components(between: "\"\(name)\":\"", and: "\"")
    let without = jwk.replacing(",\"\(name)\":\"\(value)\"", with: "")
    #expect(refused(jwk, .rs256) == nil)
    #expect(without != jwk)
    #expect(refused(without, .rs256) == .keyFormat)
    #expect(refused(jwk.dropLast() + #","oth":[]}"#, .rs256) == .keyFormat)
  }

  @Test(arguments: ["n", "e"]) func refusesLeadingZeros(_ name: String) throws {
    let jwk = try written(try TestKeys.make(.rs256), privateHalf: false)
    let value = jwk.components(between: "\"\(name)\":\"", and: "\"")
    // Both numbers have a length that three divides.
    let longer = jwk.replacing("\"\(value)\"", with: "\"AAAA\(value)\"")
    #expect(longer != jwk)
    #expect(refused(longer, .rs256) == .keyFormat)
    #expect(refused(jwk.replacing("\"\(value)\"", with: "\"\""), .rs256) == .keyFormat)
  }

  // MARK: use, key_ops, kid

  @Test(
    arguments: [
      (#""sig""#, nil), (#""enc""#, .keyUse), (#""Sig""#, .keyUse), (#""""#, .keyUse), ("null", .keyUse),
      (#"["sig"]"#, .keyUse),
    ] as [(String, Status?)])
  func obeysUse(_ use: String, _ status: Status?) {
    #expect(refused(TestKeys.ec(#","use":\#(use)"#)) == status)
  }

  @Test(
    arguments: [
      ("[]", .keyUse), (#"["encrypt"]"#, .keyUse), (#""sign""#, .keyFormat), ("null", .keyFormat), ("[1]", .keyFormat),
      (#"["sign",null]"#, .keyFormat), (#"["sign"]"#, nil), (#"["verify","deriveKey"]"#, nil),
      (#"["s\u0069gn","verify"]"#, nil),
    ] as [(String, Status?)])
  func wantsAnOperation(_ operations: String, _ status: Status?) {
    #expect(refused(TestKeys.ec(#","key_ops":\#(operations)"#)) == status)
  }

  @Test(arguments: [
    ("", true, true), (#","key_ops":["sign","verify"]"#, true, true), (#","key_ops":["sign"]"#, true, true),
    (#","key_ops":["verify"]"#, false, true),
  ])
  func restrictsAPair(_ member: String, _ signs: Bool, _ verifies: Bool) throws {
    let pair = try key(.es256, jwk: TestKeys.ec(TestKeys.ecPrivate + member))
    #expect(pair.canSign == signs)
    #expect(pair.canVerify == verifies)
    let half = try pair.publicHalf()
    #expect(!half.canSign)
    #expect(half.canVerify)
  }

  @Test(arguments: [
    ("", true, true), (#","key_ops":["sign"]"#, true, false), (#","key_ops":["verify"]"#, false, true),
  ])
  func restrictsASecret(_ member: String, _ signs: Bool, _ verifies: Bool) throws {
    let secret = try key(.hs256, jwk: TestKeys.secret(bytes: 32, member))
    #expect(secret.canSign == signs)
    #expect(secret.canVerify == verifies)
    let expected = member.isEmpty ? #","use":"sig""# : member
    #expect(try written(secret, privateHalf: true) == TestKeys.secret(bytes: 32, #","alg":"HS256""# + expected))
  }

  @Test func keepsRestrictionsInEveryForm() throws {
    let signing = try key(.es256, jwk: TestKeys.ec(TestKeys.ecPrivate + #","key_ops":["sign"]"#))
    #expect(try written(signing, privateHalf: true).contains(#","key_ops":["sign"],"#))
    #expect(try written(signing, privateHalf: false).contains(#","key_ops":["verify"],"#))
    let kid = utf8("k")
    let renamed = try signing.withID(kid.span)
    #expect(try written(renamed, privateHalf: true).contains(#","key_ops":["sign"],"#))
    let verifying = try key(.es256, jwk: TestKeys.ec(TestKeys.ecPrivate + #","key_ops":["verify"]"#))
    #expect(try written(verifying, privateHalf: true).contains(#","key_ops":["verify"],"#))
  }

  /// A public key that may only "sign" can do nothing; writing it out must not let it verify.
  @Test func grantsNothingWhenWriting() throws {
    let useless = try key(.es256, jwk: TestKeys.ec(#","key_ops":["sign"]"#))
    #expect(!useless.canSign && !useless.canVerify)
    let copy = try? key(.es256, jwk: try written(useless, privateHalf: false))
    #expect(copy?.canVerify != true)
  }

  @Test(
    arguments: [
      (#""k""#, nil), (#""\u006b""#, nil), (#""""#, .keyFormat), ("1", .keyFormat), ("null", .keyFormat),
    ] as [(String, Status?)])
  func readsKid(_ kid: String, _ status: Status?) throws {
    let jwk = TestKeys.ec(#","kid":\#(kid)"#)
    #expect(refused(jwk) == status)
    if status == nil {
      let id = try key(.es256, jwk: jwk).id
      #expect(id.array == utf8("k"))
    }
  }

  @Test func boundsKid() {
    #expect(refused(TestKeys.ec(#","kid":"\#(String(repeating: "é", count: 512))""#)) == nil)
    #expect(refused(TestKeys.ec(#","kid":"\#(String(repeating: "é", count: 512))x""#)) == .keyFormat)
  }
}

extension String {
  /// What stands between the first `start` and the next `end`.
  fileprivate func components(between start: String, and end: Character) -> String {
    guard let range = firstRange(of: start) else { return "" }
    return String(self[range.upperBound...].prefix { $0 != end })
  }
}
