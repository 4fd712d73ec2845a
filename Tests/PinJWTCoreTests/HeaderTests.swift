import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct HeaderTests {
  private func header(_ json: String, _ type: TypeRule = .jwt) throws -> Header {
    let segment = base64URL(utf8(json))
    return try Header(segment: segment.span, HeaderRules(algorithms: [.es256], type: type))
  }

  private func refused(_ json: String, _ type: TypeRule = .jwt) -> Status? { refusal { _ = try header(json, type) } }

  @Test func keepsJSONAndKid() throws {
    let json = #" {"kid":"k\u0031","alg":"ES256" , "x":[1]} "#
    let header = try header(json)
    #expect(text(header.json.array) == json)
    #expect(header.kid == utf8("k1"))
    #expect(try self.header(#"{"alg":"ES256"}"#).kid == [])
  }

  @Test(arguments: ["eyJhbGciOiJFUzI1NiJ9=", "eyJhbGciOiJFUzI1NiJ9 ", "A", "e+/_", "eyJhbGciOiJFUzI1NiJ"])
  func refusesWhatIsNotBase64URL(_ segment: String) {
    let bytes = utf8(segment)
    #expect(
      refusal { _ = try Header(segment: bytes.span, HeaderRules(algorithms: [.es256], type: .jwt)) } == .tokenFormat)
  }

  @Test(arguments: [
    "", "[]", "null", #""ES256""#, "{", #"{"alg":"ES256"}x"#, #"{"alg":"ES256","alg":"ES256"}"#,
    #"{"alg":"ES256","a\u006cg":"none"}"#, #"{"alg":"ES256","x":{"a":1,"a":1}}"#, "\u{feff}" + #"{"alg":"ES256"}"#,
  ])
  func refusesWhatIsNoStrictObject(_ json: String) {
    #expect(refused(json) == .header)
  }

  @Test(arguments: [
    "{}", #"{"typ":"JWT"}"#, #"{"Alg":"ES256"}"#, #"{"alg":null}"#, #"{"alg":1}"#, #"{"alg":["ES256"]}"#,
    #"{"alg":true}"#,
    #"{"alg":{"alg":"ES256"}}"#,
  ])
  func requiresAStringAlg(_ json: String) {
    #expect(refused(json) == .header)
    #expect(concern { _ = try header(json) } == "alg")
  }

  @Test(arguments: [
    "none", "None", "", "es256", "ES256 ", " ES256", "ES256\\u0000", "ES384", "HS256", "ES256K", "RS256",
  ])
  func takesThePinnedAlgOnly(_ name: String) {
    #expect(refused(#"{"alg":""# + name + #""}"#) == .algorithm)
  }

  @Test func comparesTheDecodedAlg() throws {
    #expect(refused(#"{"\u0061lg":"\u0045S256"}"#) == nil)
  }

  @Test(arguments: ["[]", #"["exp"]"#, #"["b64"]"#, "null", #""x""#, "{}", "false"])
  func refusesCritInAnyForm(_ value: String) {
    #expect(refused(#"{"alg":"ES256","crit":"# + value + "}") == .critical)
    #expect(refused(#"{"alg":"ES256","cr\u0069t":"# + value + "}") == .critical)
  }

  @Test(
    arguments: [("true", nil), ("false", .critical), ("null", .critical), ("1", .critical), (#""true""#, .critical)]
      as [(String, Status?)])
  func refusesUnencodedPayloads(_ value: String, _ status: Status?) {
    #expect(refused(#"{"alg":"ES256","b64":"# + value + "}") == status)
  }

  @Test(arguments: ["1", "null", "true", #"["JWT"]"#, "{}"])
  func requiresStringsForTypAndKid(_ value: String) {
    #expect(refused(#"{"alg":"ES256","typ":"# + value + "}") == .header)
    #expect(refused(#"{"alg":"ES256","typ":"# + value + "}", .anyButJWT) == .header)
    #expect(refused(#"{"alg":"ES256","kid":"# + value + "}") == .header)
  }

  @Test(
    arguments: [
      ("JWT", nil), ("jwt", nil), ("application/jwt", nil), ("at+jwt", .type), ("JOSE", .type), ("", .type),
      ("JWT ", .type),
    ] as [(String, Status?)])
  func expectsJWTByDefault(_ type: String, _ status: Status?) {
    #expect(refused(#"{"alg":"ES256","typ":""# + type + #""}"#) == status)
  }

  @Test(
    arguments: [
      ("at+jwt", nil), ("application/AT+JWT", nil), ("JWT", .type), ("", .type), ("+jwt", .type), ("at+jwt;x", .type),
    ] as [(String, Status?)])
  func expectsAnExactType(_ type: String, _ status: Status?) {
    #expect(refused(#"{"alg":"ES256","typ":""# + type + #""}"#, .exactly(utf8("at+jwt"))) == status)
  }

  @Test func requiresTypForAnExactTypeOnly() {
    let json = #"{"alg":"ES256"}"#
    #expect(refused(json) == nil)
    #expect(refused(json, .anyButJWT) == nil)
    #expect(refused(json, .exactly(utf8("JWT"))) == .type)
  }

  @Test(
    arguments: [("JOSE", nil), ("x", nil), ("", nil), ("JWT", .type), ("application/jwt", .type), ("a+JWT", .type)]
      as [(String, Status?)])
  func keepsJWTsOut(_ type: String, _ status: Status?) {
    #expect(refused(#"{"alg":"ES256","typ":""# + type + #""}"#, .anyButJWT) == status)
  }

  @Test func judgesInOrder() {
    #expect(refused(#"{"alg":"none","crit":1,"typ":1,"kid":1}"#) == .algorithm)
    #expect(refused(#"{"alg":"ES256","crit":1,"typ":"x","kid":1}"#) == .critical)
    #expect(refused(#"{"alg":"ES256","typ":"x","kid":1}"#) == .type)
  }

  @Test(arguments: ["jwk", "jku", "x5u", "x5c", "x5t"]) func ignoresKeysAndTheirAddresses(_ name: String) {
    #expect(refused(#"{"alg":"ES256",""# + name + #"":{"kty":"oct","k":""}}"#) == nil)
  }

  @Test func writesAlgTypAndKid() throws {
    let key = try TestKeys.hs256()
    let type = utf8("a\"b")
    #expect(text(Header.written(key, type: type.span)) == #"{"alg":"HS256","typ":"a\"b"}"#)
    let kid = utf8("k\\\u{1}é")
    let named = try key.withID(kid.span)
    #expect(text(Header.written(named, type: type.span)) == #"{"alg":"HS256","typ":"a\"b","kid":"k\\\u0001é"}"#)
  }
}
