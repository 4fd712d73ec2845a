import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct InspectionTests {
  private func inspect(_ token: [UInt8]) throws -> String { text(try Inspection.inspect(token.span)) }

  private func inspect(_ header: String, _ payload: String, signature: String = "AAAA") throws -> String {
    try inspect(base64URL(utf8(header)) + utf8(".") + base64URL(utf8(payload)) + utf8("." + signature))
  }

  private func warnings(_ header: String, _ payload: String, signature: String = "AAAA") throws -> String {
    let json = try inspect(header, payload, signature: signature)
    _ = try claims(json)
    return String(json[(json.firstRange(of: #""warnings":"#)?.lowerBound ?? json.endIndex)...])
  }

  private static let header = #"{"alg":"HS256"}"#
  private static let payload = #"{"exp":1}"#

  @Test func showsTheParts() throws {
    let json = try inspect(#" {"alg" : "HS256"} "#, "\n{\"exp\":1, \"a\":[1 ,2]}\n", signature: "AAAAAAAA")
    #expect(
      json.hasPrefix(#"{"header":{"alg" : "HS256"},"payload":{"exp":1, "a":[1 ,2]},"signature_bytes":6,"warnings":["#))
    #expect(json.hasSuffix("]}"))
    _ = try claims(json)
  }

  @Test func warnsAlwaysAndOnlyOnceOfASoundToken() throws {
    #expect(try warnings(Self.header, Self.payload) == #""warnings":["Nothing here has been verified."]}"#)
  }

  @Test(arguments: [
    (#"{"alg":"none"}"#, "none"), (#"{"alg":"NONE"}"#, "none"), (#"{"alg":"XY1"}"#, "not one"), ("{}", "no alg"),
    (#"{"alg":5}"#, "no alg"), (#"{"alg":"HS256","crit":["b64"]}"#, "crit"), (#"{"alg":"HS256","jwk":{}}"#, "jwk"),
    (#"{"alg":"HS256","jku":""}"#, "jku"), (#"{"alg":"HS256","x5u":""}"#, "x5u"), (#"{"alg":"HS256","x5c":[]}"#, "x5c"),
  ])
  func warnsOfTheHeader(_ header: String, _ word: String) throws {
    #expect(try warnings(header, Self.payload).dropFirst(45).contains(word))
  }

  @Test(arguments: [
    ("{}", "exp"), (#"{"exp":"1"}"#, "exp"), (#"{"exp":1,"nbf":-1}"#, "nbf"), (#"{"exp":1,"iat":253402300800}"#, "iat"),
  ])
  func warnsOfThePayload(_ payload: String, _ word: String) throws {
    #expect(try warnings(Self.header, payload).dropFirst(45).contains(word))
  }

  @Test(arguments: ["", "not JSON", "{", #"{"a":1,"a":1}"#, "{}x"]) func showsNullForWhatIsNoJSON(_ payload: String)
    throws
  {
    let json = try inspect(Self.header, payload)
    #expect(json.contains(#","payload":null,"#))
    #expect(try warnings(Self.header, payload).contains("payload"))
  }

  @Test func showsAnUnsignedToken() throws {
    let json = try inspect(#"{"alg":"none"}"#, Self.payload, signature: "")
    #expect(json.contains(#","signature_bytes":0,"#))
    #expect(try warnings(Self.header, Self.payload, signature: "").contains("no signature"))
  }

  @Test(arguments: ["", "[]", "null", "{", #"{"alg":1,"alg":2}"#]) func refusesHeaders(_ header: String) {
    let status = refusal { _ = try inspect(header, Self.payload) }
    #expect(status == (header.isEmpty ? .tokenFormat : .header))
  }

  @Test(arguments: [
    "", "a.b", "e30.e30", "e30.e30.AA.AA", "e30=.e30.AA", "e30.e30=.AA", "e30.e30.AA==", "e30.e30.A", "e30.e3.AA",
  ])
  func refusesForms(_ token: String) {
    #expect(refusal { _ = try inspect(utf8(token)) } == .tokenFormat)
  }

  @Test func limitsTheSize() throws {
    #expect(refusal { _ = try inspect([UInt8](repeating: 0x61, count: 1_048_577)) } == .tokenSize)
    #expect(refusal { _ = try inspect([UInt8](repeating: 0x61, count: 1_048_576)) } == .tokenFormat)
  }
}
