import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct LintTests {
  static let now: Int64 = 1_000_000
  static let usual = #""iss":"i","aud":"a","jti":"j","iat":1000000,"exp":1000900"#

  private func codes(_ text: String) throws -> [String] {
    let bytes = utf8(text)
    return try Lint.findings(bytes.span, at: Self.now).map { "\($0.code)" }
  }

  private func codes(claims more: String, header: String = #"{"alg":"EdDSA","typ":"JWT"}"#) throws -> [String] {
    let payload = "{\(Self.usual)\(more)}"
    return try codes(
      "\(PinJWTCoreTests.text(base64URL(utf8(header)))).\(PinJWTCoreTests.text(base64URL(utf8(payload)))).AAAA")
  }

  @Test func saysNothingOfAGoodToken() throws {
    #expect(try codes(claims: "", header: #"{"alg":"EdDSA","typ":"JWT"}"#) == [])
    #expect(try codes("{\(Self.usual)}") == [])
    #expect(try codes(" \n{\(Self.usual)}\n") == [])
  }

  @Test func missesWhatShouldBeThere() throws {
    #expect(try codes("{}") == ["no_exp", "no_iss", "no_aud", "no_jti"])
  }

  @Test func looksAtTimes() throws {
    let names = #"{"iss":"i","aud":"a","jti":"j""#
    #expect(try codes(names + #","exp":1000900}"#) == [])
    #expect(try codes(names + #","exp":1007201}"#) == ["long_exp"])
    #expect(try codes(names + #","exp":1007200}"#) == [])
    #expect(try codes(names + #","exp":1000000}"#) == ["expired"])
    #expect(try codes(names + #","exp":1000000000000}"#) == ["invalid_time"])
    #expect(try codes(names + #","exp":"soon"}"#) == ["invalid_time"])
    #expect(try codes(names + #","iat":1000900,"exp":1000900}"#) == ["exp_before_iat"])
    #expect(try codes(names + #","exp":1000900,"nbf":-1}"#) == ["invalid_time"])
  }

  @Test func looksAtTheHeader() throws {
    for (header, expected) in [
      (#"{"alg":"none","typ":"JWT"}"#, ["alg_none"]), (#"{"alg":"nOnE","typ":"JWT"}"#, ["alg_none"]),
      (#"{"alg":"HS256","typ":"JWT"}"#, ["alg_symmetric"]), (#"{"alg":"RS256","typ":"JWT"}"#, ["alg_legacy"]),
      (#"{"alg":"RS1","typ":"JWT"}"#, ["alg_unknown"]), (#"{"typ":"JWT"}"#, ["no_alg"]),
      (#"{"alg":"ES256"}"#, ["no_typ"]),
      (
        #"{"alg":"ES256","typ":"JWT","jku":"x","jwk":{},"x5u":1,"x5c":[]}"#,
        [String](repeating: "key_in_header", count: 4)
      ),
      (#"{"alg":"ES256","typ":"JWT","crit":["x"]}"#, ["critical"]),
    ] {
      #expect(try codes(claims: "", header: header) == expected, "\(header)")
    }
  }

  @Test func findsSecretsAndPersonalData() throws {
    #expect(try codes(claims: #","password":"x","email":"a@b.example""#) == ["secret", "personal"])
    #expect(try codes(claims: #","card":"4111 1111 1111 1111""#) == ["card_number"])
    #expect(try codes(claims: #","sub":"4111111111111111","x":{"sid":"4111111111111111"},"n":4111111111111111"#) == [])
    #expect(try codes(claims: #","x":[["4111111111111111"]]"#) == ["card_number"])
    #expect(try codes(claims: #","big":"\#(String(repeating: "x", count: 4000))""#) == ["large"])
  }

  @Test(arguments: [
    ("4111111111111111", true), ("4111-1111-1111-1111", true), ("378282246310005", true), ("5555555555554444", true),
    ("6011111111111117", true), ("3530111333300000", true), ("4111111111111112", false), ("1234567812345670", false),
    ("0000000000000000", false), ("411111111111", false), ("-4111111111111111", false), ("4111111111111111x", false),
  ])
  func knowsCardNumbers(_ number: String, _ isOne: Bool) {
    let bytes = utf8(number)
    #expect(PersonalData.isCardNumber(bytes.span) == isOne)
  }

  @Test func saysAHundredThingsAtMost() throws {
    let members = (0..<500).map { #""m\#($0)":{"email":1}"# }.joined(separator: ",")
    #expect(
      try codes(claims: #","password":"x","# + members) == ["secret"] + [String](repeating: "personal", count: 99))
  }

  @Test func writesJSON() throws {
    let bytes = utf8("{\(Self.usual),\"a\\\"\":{\"password\":\"x\"}}")
    let report = text(try Lint.report(bytes.span, at: Self.now))
    #expect(
      report.hasPrefix(#"{"findings":[{"code":"secret","severity":"error","member":"password","message":"The payload"#))
    #expect(report.hasSuffix(#"."}]}"#))
  }

  @Test(arguments: [
    ("", Status.tokenFormat), ("a.b", .tokenFormat), ("{", .claimsFormat), ("e30.W10.", .claimsFormat),
    ("W10.e30.", .header),
    ("e30=.e30.", .tokenFormat),
  ])
  func refusesWhatIsNeither(_ text: String, _ status: Status) {
    #expect(refusal { _ = try codes(text) } == status)
  }
}
