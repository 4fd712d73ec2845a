import Testing

@testable import PinJWTCrypto

@Suite struct PEMBlockTests {
  private func block(_ string: String, from start: Int = 0) throws -> (
    label: String, headers: String, body: String, end: Int
  )? {
    let bytes = utf8(string)
    guard let block = try PEMBlock.next(bytes.span, from: start) else { return nil }
    return (
      text(Array(bytes[block.label])), text(Array(bytes[block.headers])), text(Array(bytes[block.body])), block.end
    )
  }

  @Test func findsTheParts() throws {
    let text = "before\n-----BEGIN A B-----\nAAAA\nBBBB\n-----END A B-----\nbehind"
    let block = try #require(try block(text))
    #expect(block.label == "A B")
    #expect(block.headers == "")
    #expect(block.body == "\nAAAA\nBBBB\n")
    #expect(block.end == text.utf8.count - 7)
    #expect(try self.block(text, from: block.end) == nil)
  }

  @Test(arguments: ["\n", "\r\n"]) func findsHeaders(_ line: String) throws {
    let headers = ["", "Proc-Type: 4,ENCRYPTED", "DEK-Info: X,00", "", ""].joined(separator: line)
    let block = try #require(try block("-----BEGIN K-----" + headers + "AAAA" + line + "-----END K-----"))
    #expect(block.headers == headers)
    #expect(block.body == "AAAA" + line)
  }

  @Test(arguments: ["", "no key", "-----BEGIN", "----BEGIN A-----", "-----END A-----", "-----begin A-----"])
  func findsNone(_ text: String) throws {
    #expect(try block(text) == nil)
  }

  @Test(arguments: [
    "-----BEGIN A", "-----BEGIN A-----", "-----BEGIN A-----\nAAAA", "-----BEGIN A-----\nAAAA\n-----END B-----",
    "-----BEGIN A-----\nAAAA\n-----END A----", "-----BEGIN A-----\nAAAA\n-----END A",
    "-----BEGIN A-----\nAAAA\n-----END AB-----",
    "-----BEGIN A-----\nAAAA\n-----END ", "-----BEGIN ", "-----BEGIN A-----BEGIN A-----",
  ])
  func refusesABlockThatDoesNotEnd(_ text: String) {
    #expect(refusal { _ = try block(text) } == .keyFormat)
  }

  @Test(arguments: ["AAA", "A!AA", "AA=A", "AAAA=", "AA-_"]) func refusesABodyThatIsNotBase64(_ body: String) {
    #expect(refusal { _ = try TestPEM.der("-----BEGIN A-----\n\(body)\n-----END A-----") } == .keyFormat)
  }

  @Test func decodesTheBody() throws {
    #expect(try TestPEM.der("-----BEGIN A-----\n Zm9v\r\n\tYg==\n-----END A-----") == utf8("foob"))
    #expect(try TestPEM.der("-----BEGIN A-----\n-----END A-----") == [])
  }
}
