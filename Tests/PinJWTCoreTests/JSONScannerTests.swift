import PinJWTCrypto
import Testing

@testable import PinJWTCore

/// Scans `text`; the fault's name, or nil when it is accepted.
func fault(_ text: [UInt8]) -> String? {
  var decoded = text
  var target = decoded.mutableSpan
  do throws(JSONFault) {
    _ = try JSONScanner.members(text.span, decoding: &target)
    return nil
  } catch {
    switch error {
    case .syntax: return "syntax"
    case .notAnObject: return "notAnObject"
    case .trailingData: return "trailingData"
    case .duplicateMember: return "duplicateMember"
    case .tooDeep: return "tooDeep"
    case .longNumber: return "longNumber"
    case .encoding: return "encoding"
    }
  }
}

func fault(_ text: String) -> String? { fault(utf8(text)) }

@Suite struct JSONScannerTests {
  @Test(arguments: [
    "0", "-0", "1", "-1", "10", "123", "1.5", "0.0", "-0.1", "1e5", "1E5", "1e+5", "1e-5", "0e0", "0E+00", "1.25e-10",
    "true", "false", "null", "[]", "[ ]", "{}", "{ }", "[1]", "[1,2]", "[ 1 , 2 ]", "[[]]", "[{}]", #"{"b":[{}]}"#,
    #"[1,"x",null,true,false,[],{}]"#, #""""#, #""x""#, #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\u007f""#,
    #""\uFFFF""#,
    #""\uabCD""#, #""\ud83d\ude00""#, #""\uDBFF\uDFFF""#, #""/""#, "\"\u{7f}\"", "\"\u{fffe}\"", "\"\u{10ffff}\"",
    "\"\u{2028}\"", "\"\u{feff}\"", #""{}[],:""#,
  ])
  func acceptsTheValue(_ value: String) {
    #expect(fault(#"{"a":"# + value + "}") == nil)
    #expect(fault(#"{"a":["# + value + "," + value + "]}") == nil)
    #expect(fault(" \t\r\n{ \n\"a\"\t:\r" + value + " } \n") == nil)
  }

  @Test(arguments: [
    "01", "-", "-01", "00", "+1", ".5", "1.", "1.e1", "-.5", "1e", "1e+", "1e-", "e1", "1e1.5", "0x10", "1_0", "1-",
    "--1",
    "NaN", "Infinity", "-Infinity", "tru", "trues", "True", "TRUE", "nul", "fals", "undefined", "'a'", "a", #""\x41""#,
    #""\a""#, #""\'""#, #""\u""#, #""\u1""#, #""\u12""#, #""\u123""#, #""\u12G4""#, #""\u-123""#, #""\U0041""#,
    "\"\u{1f}\"", "\"\u{0}\"", "\"\t\"", "\"a\nb\"", #""a"#, #""a\"#, #""a\""#, "[1,]", "[,1]", "[1 2]", "[1,,2]",
    "[,]",
    "[1", "[", "[1}", "[1:2]", #"{"b"}"#, #"{"b":}"#, "{b:1}", #"{"b":1,}"#, "{,}", "{1:2}", #"{"b":1]"#, #"{"b" 1}"#,
    #"{"b":1 "c":2}"#, #"{"b"::1}"#, "{null:1}", "]", "}", "", "1 2", "1,", "/**/1", "1//", "#", "1\u{0c}", "\u{0b}1",
    "\u{a0}1", "1\u{0}", "\u{2028}1", "\u{feff}1",
  ])
  func refusesTheValue(_ value: String) {
    #expect(fault(#"{"a":"# + value + "}") == "syntax")
  }

  @Test(arguments: [
    "", " ", "\n", "[]", "1", "\"a\"", "null", "true", "\u{feff}{}", "a{}", "\0{}", "}", #"[{"a":1}]"#,
  ])
  func refusesWhatIsNoObject(_ text: String) {
    #expect(fault(text) == "notAnObject")
  }

  @Test(arguments: ["{}{}", "{}x", "{} 1", "{}\0", "{},", "{}}", "{}]", "{}\u{0c}", "{}//", #"{"a":1} {"a":1}"#])
  func refusesTrailingData(_ text: String) {
    #expect(fault(text) == "trailingData")
  }

  @Test(arguments: ["{", "{ ", #"{""#, #"{"a"#, #"{"a""#, #"{"a":"#, #"{"a":1"#, #"{"a":1,"#, #"{"a":t"#, #"{"a":[1"#])
  func refusesATextThatEndsEarly(_ text: String) {
    #expect(fault(text) == "syntax")
  }

  @Test func refusesEveryPrefixOfAnObject() {
    let whole = utf8(#"{"a\n\ud83d\ude00":[1.5e+3,"é",{"b":null}],"c":{"d":[true,false]}}"#)
    #expect(fault(whole) == nil)
    for count in 0..<whole.count { #expect(fault(Array(whole[..<count])) != nil, "the first \(count) bytes") }
  }

  @Test func refusesUTF16() {
    #expect(fault([0x7b, 0, 0x7d, 0]) == "syntax")
    #expect(fault([0, 0x7b, 0, 0x7d]) == "notAnObject")
    #expect(fault([0xff, 0xfe, 0x7b, 0, 0x7d, 0]) == "notAnObject")
  }

  @Test(arguments: [
    #"\ud800"#, #"\udbff"#, #"\udc00"#, #"\udfff"#, #"\ud800a"#, #"\ud800\n"#, #"\ud800A"#, #"\ud800\ud800"#,
    #"\udc00\ud800"#, #"\ud83d\ude00\ud83d"#, #"\uD83D \uDE00"#, #"\ud800\udbff"#, #"\ud800\ue000"#,
  ])
  func refusesLoneSurrogates(_ escapes: String) {
    #expect(fault(#"{"a":""# + escapes + #""}"#) == "encoding")
    #expect(fault(#"{""# + escapes + #"":1}"#) == "encoding")
  }

  @Test(arguments: UTF8TextTests.illFormed)
  func refusesIllFormedUTF8(_ sequence: [UInt8]) {
    #expect(fault(utf8(#"{"a":""#) + sequence + utf8(#""}"#)) == "encoding")
    #expect(fault(utf8(#"{""#) + sequence + utf8(#"":1}"#)) == "encoding")
    #expect(fault(utf8(#"{"a":[{"b":"x"#) + sequence + utf8(#"y"}]}"#)) == "encoding")
    #expect(fault(utf8(#"{"a":"#) + sequence + utf8("}")) == "syntax")
  }

  // MARK: Limits

  private func nested(_ levels: Int, objects: Bool) -> String {
    // The outer object is a level too.
    let inner = levels - 1
    let (start, end) = objects ? (#"{"a":"#, "}") : ("[", "]")
    return #"{"a":"# + String(repeating: start, count: inner) + "1" + String(repeating: end, count: inner) + "}"
  }

  @Test(arguments: [false, true]) func limitsTheDepth(_ objects: Bool) {
    #expect(fault(nested(64, objects: objects)) == nil)
    #expect(fault(nested(65, objects: objects)) == "tooDeep")
    #expect(fault(#"{"a":"# + String(repeating: "[", count: 200_000)) == "tooDeep")
  }

  @Test func forgetsTheDepthOfWhatIsClosed() {
    let siblings = (0..<100).map { "\"\($0)\":[[]]" }.joined(separator: ",")
    #expect(fault("{" + siblings + "}") == nil)
  }

  @Test(arguments: ["", "-", "0.", "1e", "1E+"])
  func limitsTheLengthOfNumbers(_ start: String) {
    let longest = start + String(repeating: "1", count: 128 - start.utf8.count)
    #expect(fault(#"{"a":"# + longest + "}") == nil)
    #expect(fault(#"{"a":["# + longest + "1]}") == "longNumber")
  }

  // MARK: Duplicate members

  @Test(arguments: [
    #"{"a":1,"a":1}"#, #"{"a":1,"a":2}"#, #"{"":1,"":2}"#, #"{"a":1,"b":2,"a":3}"#, #"{"a":1,"\u0061":2}"#,
    #"{"\u0061":1,"a":2}"#, #"{"é":1,"\u00e9":2}"#, #"{"😀":1,"\ud83d\ude00":2}"#, #"{"\/":1,"/":2}"#,
    #"{"\n":1,"\u000a":2}"#, #"{"a\u0000":1,"a\u0000":2}"#, #"{"x":{"a":1,"a":2}}"#, #"{"x":[{"a":1,"a":1}]}"#,
    #"{"x":[[{"y":{"a":[],"b":1,"\u0061":{}}}]]}"#, #"{"a":{"b":1},"c":[{}],"a":2}"#,
  ])
  func refusesDuplicateMembers(_ text: String) {
    #expect(fault(text) == "duplicateMember")
  }

  @Test(arguments: [
    #"{"a":1,"A":2}"#, #"{"a":1,"a ":2}"#, #"{"a":1,"aa":2}"#, #"{"a":{"a":{"a":1}}}"#, #"{"x":{"a":1},"y":{"a":1}}"#,
    #"{"x":[{"a":1},{"a":1}]}"#, #"{"a":"a","b":"a"}"#, #"{"é":1,"e\u0301":2}"#, #"{"a\u0000":1,"a":2}"#,
  ])
  func acceptsMembersThatDiffer(_ text: String) {
    #expect(fault(text) == nil)
  }

  @Test(arguments: [2, 15, 16, 17, 18, 33, 200]) func findsDuplicatesInLargeObjects(_ count: Int) {
    let names = (0..<count).map { "\"name\($0)\"" }
    func object(_ names: [String]) -> String { "{" + names.map { $0 + ":0" }.joined(separator: ",") + "}" }
    #expect(fault(object(names)) == nil)
    #expect(fault(#"{"x":"# + object(names) + "}") == nil)
    for (place, source) in [(0, count - 1), (count - 1, 0), (count / 2, 0), (0, count / 2), (count - 1, count - 2)]
    where place != source {
      var twice = names
      twice[place] = names[source]
      #expect(fault(object(twice)) == "duplicateMember")
      #expect(fault(#"{"x":["# + object(twice) + "]}") == "duplicateMember")
      twice[place] = names[source].replacing("n", with: #"\u006e"#)
      #expect(fault(object(twice)) == "duplicateMember")
    }
  }

  // MARK: Decoding

  @Test(arguments: [
    (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
    (#"\u0041\u00e9\u07ff\u0800\u20AC\uffff"#, "Aé\u{7ff}\u{800}€\u{ffff}"),
    (#"\ud800\udc00\uD83D\uDE00\udbff\udfff"#, "\u{10000}😀\u{10ffff}"), ("aé€😀", "aé€😀"), ("", ""),
    (#"a\u0000b"#, "a\0b"), (#"x\ny\u00e4z"#, "x\nyäz"), (#"\ud7ff\ue000"#, "\u{d7ff}\u{e000}"),
  ])
  func decodesStringsInPlace(_ source: String, _ value: String) throws {
    let claims = try claims(#"{""# + source + #"":[1],"b":""# + source + #""}"#)
    let (name, string, behindName, behindString) = claims.withView { view in
      let member = view.members[0]
      let range = view.stringRange(view.members[1].value)
      var name: [UInt8] = []
      name.append(bytes: view.decoded.extracting(member.name))
      var string: [UInt8] = []
      string.append(bytes: view.string(view.members[1].value))
      return (name, string, view.decoded[member.name.upperBound], view.decoded[range.upperBound])
    }
    #expect(text(name) == value)
    #expect(text(string) == value)
    #expect(behindName == 0)
    #expect(behindString == 0)
  }

  @Test func notesTheMembersOfTheOuterObjectOnly() throws {
    let claims = try claims(
      #" { "a" : {"x":1} , "b" : [ "c", {"d":2} ] , "e" : -1.5e3 , "f" : "g" , "h":true,"i":false,"j":null}"#)
    let members = claims.withView { view in
      var found: [String] = []
      for member in view.members {
        var bytes: [UInt8] = []
        bytes.append(bytes: view.decoded.extracting(member.name))
        bytes.append(UInt8(ascii: "="))
        bytes.append(bytes: view.source(member.value))
        found.append("\(member.value.kind) \(text(bytes))")
      }
      return found
    }
    #expect(
      members == [
        #"object a={"x":1}"#, #"array b=[ "c", {"d":2} ]"#, "number e=-1.5e3", #"string f="g""#, "true h=true",
        "false i=false", "null j=null",
      ])
  }

  @Test func refusesATargetOfAnotherLength() {
    let text = utf8("{}")
    var decoded: [UInt8] = [0, 0, 0]
    var target = decoded.mutableSpan
    var refused = false
    do throws(JSONFault) { _ = try JSONScanner.members(text.span, decoding: &target) } catch { refused = true }
    #expect(refused)
  }
}
