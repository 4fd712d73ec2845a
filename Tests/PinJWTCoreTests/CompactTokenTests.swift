import Testing

@testable import PinJWTCore

@Suite struct CompactTokenTests {
  @Test func findsTheThreeSegments() throws {
    let token = utf8("abc.de.f")
    let segments = try CompactToken(token.span)
    #expect(text(Array(token[segments.header])) == "abc")
    #expect(text(Array(token[segments.payload])) == "de")
    #expect(text(Array(token[segments.signature])) == "f")
    #expect(text(Array(token[segments.signingInput])) == "abc.de")
  }

  @Test func leavesEmptyPayloadAndSignatureToLaterChecks() throws {
    let token = utf8("a..")
    let segments = try CompactToken(token.span)
    #expect(segments.payload.isEmpty)
    #expect(segments.signature.isEmpty)
    #expect(segments.signingInput == 0..<2)
  }

  @Test(arguments: ["", "a", "a.b", ".", "a.b.c.d", "a.b.c.", "...", "....", "a.b.c.d.e", ".b.c", "..", "..c"])
  func refuses(_ token: String) {
    let bytes = utf8(token)
    #expect(refusal { _ = try CompactToken(bytes.span) } == .tokenFormat)
  }

  @Test func refusesManyDots() {
    let bytes = [UInt8](repeating: UInt8(ascii: "."), count: 100_000)
    #expect(refusal { _ = try CompactToken(bytes.span) } == .tokenFormat)
  }
}
