import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct ClaimsCompletionTests {
  private func completed(_ json: String, _ policy: Policy = Policy(), at now: Int64 = 1000) throws -> String {
    let given = try claims(json)
    let bytes = try given.withView { (view) throws(Failure) in try ClaimsCompletion.complete(view, policy, at: now) }
    _ = try claims(text(bytes))
    return text(bytes)
  }

  private var fullPolicy: Policy {
    var policy = Policy()
    policy.issuer = utf8("i\"s")
    policy.subject = utf8("s")
    policy.audiences = [utf8("a"), utf8("b\\")]
    policy.lifetime = 60
    return policy
  }

  @Test func fillsAnEmptyObject() throws {
    for json in ["{}", " { } ", "{\n}"] {
      let full = try completed(json, fullPolicy)
      let compact = full.filter { !$0.isWhitespace }
      #expect(compact.hasPrefix(#"{"iss":"i\"s","sub":"s","aud":["a","b\\"],"iat":1000,"exp":1060,"jti":""#))
      #expect(compact.hasSuffix(#""}"#))
    }
  }

  @Test func addsTimesAndIdentifierOnly() throws {
    let full = try completed("{}")
    let start = #"{"iat":1000,"exp":1900,"jti":""#
    #expect(full.hasPrefix(start))
    #expect(full.dropFirst(start.count).dropLast(2).count == 22)
  }

  @Test func writesOneAudienceAsAString() throws {
    var policy = Policy()
    policy.audiences = [utf8("a")]
    #expect(try completed(#"{"jti":"x"}"#, policy) == #"{"jti":"x","aud":"a","iat":1000,"exp":1900}"#)
  }

  @Test func keepsTheCallersTextAndOrder() throws {
    let given = " {\n  \"z\" : [1, 2],\t\"jti\":\"x\", \"a\":{\"exp\":5} , \"\\u0065xp\": 1001.5e0\n} \n"
    #expect(
      try completed(given)
        == "{\n  \"z\" : [1, 2],\t\"jti\":\"x\", \"a\":{\"exp\":5} , \"\\u0065xp\": 1001.5e0\n,\"iat\":1000}")
  }

  @Test func leavesWhatIsThere() throws {
    let given = #"{"iss":null,"sub":1,"aud":[],"iat":"x","exp":true,"jti":{}}"#
    #expect(try completed(given, fullPolicy) == given)
  }

  @Test(arguments: [
    ("500", "1400"), ("500.9", "1400"), ("5e2", "1400"), (#""x""#, "1900"), ("-1", "1900"), ("null", "1900"),
  ])
  func countsExpFromTheCallersIat(_ iat: String, _ exp: String) throws {
    #expect(try completed(#"{"iat":\#(iat),"jti":"x"}"#) == #"{"iat":\#(iat),"jti":"x","exp":\#(exp)}"#)
  }

  @Test func makesDistinctIdentifiers() throws {
    let tokens = try (0..<50).map { _ in try completed("{}") }
    #expect(Set(tokens).count == 50)
  }
}
