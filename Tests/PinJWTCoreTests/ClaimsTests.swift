import PinJWTCrypto
import Testing

@testable import PinJWTCore

/// Reading claims.
@Suite struct ClaimsTests {
  private let read: Claims

  init() throws {
    read = try claims(
      #"{"s":"a\u00e9\n","nul":"a\u0000b","one":"x","list":["a","\u0062",""],"mixed":["a",1],"none":[],"nested":[["a"]],"#
        + #""i":1e3,"f":1.5,"neg":-7,"big":9223372036854775808,"t":true,"n":false,"null":null,"o":{"a":[1, 2]} }"#)
  }

  private func string(_ name: String) throws -> String {
    let bytes = utf8(name)
    return try text(at: read.string(bytes.span))
  }

  private func item(_ name: String, _ index: Int) throws -> String {
    let bytes = utf8(name)
    return try text(at: read.item(bytes.span, index))
  }

  private func text(at range: Range<Int>) -> String { PinJWTCoreTests.text(Array(read.decoded.array[range])) }

  @Test func lendsStrings() throws {
    #expect(try string("s") == "aé\n")
    #expect(refusal { _ = try string("nul") } == .claimInvalid)
    #expect(refusal { _ = try string("i") } == .claimInvalid)
    #expect(refusal { _ = try string("list") } == .claimInvalid)
    #expect(refusal { _ = try string("absent") } == .claimMissing)
    #expect(refusal { _ = try string("") } == .claimMissing)
  }

  @Test func lendsItems() throws {
    #expect(try (0..<3).map { try item("list", $0) } == ["a", "b", ""])
    #expect(refusal { _ = try item("list", 3) } == .claimMissing)
    #expect(refusal { _ = try item("list", .max) } == .claimMissing)
    #expect(try item("one", 0) == "x")
    #expect(refusal { _ = try item("one", 1) } == .claimMissing)
    #expect(refusal { _ = try item("mixed", 0) } == .claimInvalid)
    #expect(refusal { _ = try item("nested", 0) } == .claimInvalid)
    #expect(refusal { _ = try item("none", 0) } == .claimMissing)
    #expect(refusal { _ = try item("o", 0) } == .claimInvalid)
    #expect(refusal { _ = try item("absent", 0) } == .claimMissing)
  }

  @Test(arguments: [("i", 1000), ("neg", -7)] as [(String, Int64)]) func readsIntegers(_ name: String, _ value: Int64)
    throws
  {
    let bytes = utf8(name)
    let read = try read.integer(bytes.span)
    #expect(read == value)
  }

  @Test(arguments: ["f", "big", "s", "t", "null", "o", "list"]) func refusesWhatIsNoInteger(_ name: String) {
    let bytes = utf8(name)
    #expect(refusal { _ = try read.integer(bytes.span) } == .claimInvalid)
  }

  @Test func readsTimes() throws {
    let (fraction, whole, negative, far) = (utf8("f"), utf8("i"), utf8("neg"), utf8("big"))
    let times = (try read.time(fraction.span), try read.time(whole.span))
    #expect(times == (1, 1000))
    #expect(refusal { _ = try read.time(negative.span) } == .claimInvalid)
    #expect(refusal { _ = try read.time(far.span) } == .claimInvalid)
  }

  @Test func readsBooleans() throws {
    let (yes, no, null, absent) = (utf8("t"), utf8("n"), utf8("null"), utf8("x"))
    let values = (try read.boolean(yes.span), try read.boolean(no.span))
    #expect(values == (true, false))
    #expect(refusal { _ = try read.boolean(null.span) } == .claimInvalid)
    #expect(refusal { _ = try read.boolean(absent.span) } == .claimMissing)
  }

  @Test(arguments: [
    ("o", #"{"a":[1, 2]}"#), ("s", #""a\u00e9\n""#), ("null", "null"), ("list", #"["a","\u0062",""]"#), ("f", "1.5"),
  ])
  func lendsTheSource(_ name: String, _ source: String) throws {
    let bytes = utf8(name)
    let range = try read.value(bytes.span)
    #expect(PinJWTCoreTests.text(Array(read.json.array[range])) == source)
  }

  @Test(arguments: ["", "[]", "{", "null", #"{"a":1,"a":1}"#, "{}x"]) func refusesWhatIsNoObject(_ json: String) {
    #expect(refusal { _ = try claims(json) } == .claimsFormat)
  }
}
