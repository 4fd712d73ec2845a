import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct JudgementTests {
  private static let now: Int64 = 1_000_000

  private func judge(_ json: String, _ policy: Policy = Policy(), at now: Int64 = now, signing: Bool = false) -> Status?
  {
    refusal { try Judgement.judge(try claims(json), policy, at: now, signing: signing) }
  }

  private func leeway(_ seconds: Int64) -> Policy {
    var policy = Policy()
    policy.leeway = seconds
    return policy
  }

  // MARK: exp

  @Test(
    arguments: [
      ("1000001", nil), ("1000000", .expired), ("999999", .expired), ("0", .expired), ("1000001.0", nil),
      ("1.000001e6", nil),
      ("1000000.999", .expired), ("1000001.5", nil), ("1e3", .expired),
    ] as [(String, Status?)])
  func expiresAtExp(_ exp: String, _ status: Status?) {
    #expect(judge(#"{"exp":"# + exp + "}") == status)
  }

  @Test(arguments: [0, 1, 10, 300] as [Int64]) func expiresAtExpPlusLeeway(_ seconds: Int64) {
    let last = Self.now - seconds + 1
    #expect(judge(#"{"exp":\#(last)}"#, leeway(seconds)) == nil)
    #expect(judge(#"{"exp":\#(last - 1)}"#, leeway(seconds)) == .expired)
  }

  @Test func requiresExp() {
    #expect(judge("{}") == .claimMissing)
    #expect(judge(#"{"iat":1000000}"#) == .claimMissing)
    #expect(judge(#"{"Exp":1000001,"claims":{"exp":1000001}}"#) == .claimMissing)
    #expect(concern { try Judgement.judge(try claims("{}"), Policy(), at: 1, signing: false) } == "exp")
  }

  @Test(arguments: ["exp", "iat", "nbf"]) func refusesWhatIsNoTime(_ name: String) {
    let invalid = [
      #""1000001""#, "null", "true", "[1000001]", "{}", "-1", "-0.5", "-1e-9", "253402300800", "253402300800.5", "1e12",
      "1e99", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    ]
    let others = name == "exp" ? "" : #""exp":1000001,"#
    for value in invalid {
      #expect(judge("{\(others)\"\(name)\":\(value)}") == .claimInvalid, "\(name) \(value)")
      #expect(
        concern { try Judgement.judge(try claims("{\(others)\"\(name)\":\(value)}"), Policy(), at: 1, signing: false) }
          == name)
    }
  }

  @Test func takesTimesUpToTheEndOfTheYear9999() {
    let last: Int64 = 253_402_300_799
    #expect(judge(#"{"exp":253402300799}"#, at: last - 1) == nil)
    #expect(judge(#"{"exp":253402300799.9}"#, at: last - 1) == nil)
    #expect(judge(#"{"exp":253402300799}"#, at: last) == .expired)
    #expect(judge(#"{"exp":1}"#, at: 0) == nil)
    #expect(judge(#"{"exp":0}"#, at: 0) == .expired)
  }

  // MARK: iat and nbf

  @Test(arguments: ["iat", "nbf"], [(0, 10), (9, 10), (10, 10), (11, 11), (300, 300)] as [(Int64, Int64)])
  func toleratesClocksThatDiffer(_ name: String, _ bounds: (leeway: Int64, ahead: Int64)) {
    let policy = leeway(bounds.leeway)
    let latest = Self.now + bounds.ahead
    #expect(judge(#"{"exp":\#(latest + 2),"\#(name)":\#(latest)}"#, policy) == nil)
    #expect(judge(#"{"exp":\#(latest + 2),"\#(name)":\#(latest).9}"#, policy) == nil)
    #expect(judge(#"{"exp":\#(latest + 2),"\#(name)":\#(latest + 1)}"#, policy) == .notYetValid)
  }

  @Test func letsNbfLieAheadWhenSigning() {
    #expect(judge(#"{"exp":1005000,"nbf":1004000}"#, signing: true) == nil)
    #expect(judge(#"{"exp":1005000,"nbf":1004000}"#) == .notYetValid)
    #expect(judge(#"{"exp":1005000,"iat":1004000}"#, signing: true) == .notYetValid)
    #expect(judge(#"{"exp":1005000,"nbf":"x"}"#, signing: true) == .claimInvalid)
  }

  @Test(arguments: [("1000001", nil), ("1000005", .claimInvalid), ("1000006", .claimInvalid)] as [(String, Status?)])
  func wantsExpAfterIat(_ iat: String, _ status: Status?) {
    #expect(judge(#"{"exp":1000005,"iat":"# + iat + "}") == status)
  }

  // MARK: Lifetime

  @Test func boundsTheLifetimeFromIat() {
    #expect(judge(#"{"iat":1000000,"exp":1007200}"#) == nil)
    #expect(judge(#"{"iat":1000000,"exp":1007201}"#) == .lifetime)
    #expect(judge(#"{"iat":999000,"exp":1006200}"#) == nil)
    #expect(judge(#"{"iat":999000,"exp":1006201}"#) == .lifetime)
    #expect(judge(#"{"iat":0,"exp":253402300799}"#) == .lifetime)
    #expect(
      concern { try Judgement.judge(try claims(#"{"iat":0,"exp":253402300799}"#), Policy(), at: 1, signing: false) }
        == "exp")
  }

  @Test func boundsTheLifetimeFromNowWithoutIat() {
    #expect(judge(#"{"exp":1007200}"#) == nil)
    #expect(judge(#"{"exp":1007201}"#) == .lifetime)
    #expect(judge(#"{"exp":1007200,"nbf":0}"#) == nil)
  }

  @Test func takesTheLifetimeFromThePolicy() {
    var policy = Policy()
    policy.maxLifetime = 60
    #expect(judge(#"{"iat":1000000,"exp":1000060}"#, policy) == nil)
    #expect(judge(#"{"iat":1000000,"exp":1000061}"#, policy) == .lifetime)
  }

  // MARK: iss, sub, jti

  @Test(arguments: ["iss", "sub", "jti"]) func wantsStrings(_ name: String) {
    for value in ["1", "null", "true", "[]", #"["x"]"#, "{}"] {
      #expect(judge(#"{"exp":1000001,"\#(name)":\#(value)}"#) == .claimInvalid)
    }
    #expect(judge(#"{"exp":1000001,"\#(name)":""}"#) == nil)
    #expect(judge(#"{"exp":1000001,"\#(name)":"anything"}"#) == nil)
  }

  @Test(
    arguments: [
      (#","iss":"https://a.example""#, nil), (#","iss":"https:\/\/a.\u0065xample""#, nil),
      (#","iss":"https://a.example/""#, .issuer),
      (#","iss":"HTTPS://a.example""#, .issuer), (#","iss":"https://a.example\u0000""#, .issuer),
      (#","iss":"""#, .issuer),
      ("", .claimMissing), (#","iss":["https://a.example"]"#, .claimInvalid),
    ] as [(String, Status?)])
  func comparesTheIssuer(_ member: String, _ status: Status?) {
    var policy = Policy()
    policy.issuer = utf8("https://a.example")
    #expect(judge(#"{"exp":1000001\#(member)}"#, policy) == status)
  }

  @Test(
    arguments: [
      (#","sub":"alice""#, nil), (#","sub":"bob""#, .subject), (#","sub":"alice ""#, .subject), ("", .claimMissing),
      (#","sub":7"#, .claimInvalid),
    ] as [(String, Status?)])
  func comparesTheSubject(_ member: String, _ status: Status?) {
    var policy = Policy()
    policy.subject = utf8("alice")
    #expect(judge(#"{"exp":1000001\#(member)}"#, policy) == status)
  }

  // MARK: aud

  @Test(
    arguments: [
      (#""a""#, nil), (#""b""#, nil), (#"["a"]"#, nil), (#"["x","b"]"#, nil), (#"["\u0061"]"#, nil),
      (#"[ "x" , "y", "a" ]"#, nil),
      (#""c""#, .audience), (#""A""#, .audience), (#""ab""#, .audience), (#"["c","d"]"#, .audience),
      (#""""#, .audience),
      ("[]", .claimInvalid), ("null", .claimInvalid), ("1", .claimInvalid), ("{}", .claimInvalid),
      (#"["a",1]"#, .claimInvalid),
      (#"[1,"a"]"#, .claimInvalid), (#"[["a"]]"#, .claimInvalid), (#"["a",null]"#, .claimInvalid),
      (#"{"a":"a"}"#, .claimInvalid),
    ] as [(String, Status?)])
  func wantsOneOfTheAudiences(_ value: String, _ status: Status?) {
    var policy = Policy()
    policy.audiences = [utf8("a"), utf8("b")]
    #expect(judge(#"{"exp":1000001,"aud":\#(value)}"#, policy) == status)
  }

  @Test func wantsAudWhereThePolicyHasOneAndOnlyThen() {
    var policy = Policy()
    #expect(judge(#"{"exp":1000001}"#, policy) == nil)
    #expect(judge(#"{"exp":1000001,"aud":"a"}"#, policy) == .audience)
    #expect(judge(#"{"exp":1000001,"aud":[]}"#, policy) == .claimInvalid)
    policy.audiences = [utf8("a")]
    #expect(judge(#"{"exp":1000001}"#, policy) == .audience)
  }

  // MARK: Required claims

  @Test(
    arguments: [
      (#","scope":"x""#, nil), (#","scope":"""#, nil), (#","scope":false"#, nil), (#","scope":0"#, nil),
      (#","scope":[]"#, nil),
      (#","sc\u006fpe":{}"#, nil), (#","scope":null"#, .claimMissing), ("", .claimMissing),
      (#","Scope":1"#, .claimMissing),
      (#","x":{"scope":1}"#, .claimMissing),
    ] as [(String, Status?)])
  func requiresClaims(_ member: String, _ status: Status?) {
    var policy = Policy()
    policy.requiredClaims = [utf8("exp"), utf8("scope")]
    #expect(judge(#"{"exp":1000001\#(member)}"#, policy) == status)
  }
}
