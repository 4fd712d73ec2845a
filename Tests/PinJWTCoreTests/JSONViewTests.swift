import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct JSONViewTests {
  /// The texts of the elements of the member "a", and their kinds.
  private func elements(_ array: String) throws -> [String] {
    let claims = try claims(#"{"z":[0],"a":"# + array + #","b":["behind"]}"#)
    return claims.withView { view in
      guard let value = view.value("a") else { return ["no a"] }
      var found: [String] = []
      var element = view.element(of: value, after: nil)
      while let current = element, found.count < 100 {
        var source: [UInt8] = []
        source.append(bytes: view.source(current))
        found.append("\(current.kind) \(text(source))")
        element = view.element(of: value, after: current)
      }
      return found
    }
  }

  @Test(arguments: ["[]", "[ ]", "[\n\t\r ]"]) func findsNothingInAnEmptyArray(_ array: String) throws {
    #expect(try elements(array) == [])
  }

  @Test func walksEveryKind() throws {
    #expect(
      try elements(#"[1,-2.5e3,"s",true,false,null,[],{}]"#) == [
        "number 1", "number -2.5e3", #"string "s""#, "true true", "false false", "null null", "array []", "object {}",
      ])
  }

  @Test func passesOverWhiteSpace() throws {
    #expect(try elements("[ 1 ,\n\t2\r\n,3\t]") == ["number 1", "number 2", "number 3"])
  }

  @Test func walksNestedArraysAndObjectsAsOne() throws {
    #expect(
      try elements(#"[[1,[2,3],{"x":[4]}], {"y":{"z":[5,{}]}} ,[[[[]]]]]"#) == [
        #"array [1,[2,3],{"x":[4]}]"#, #"object {"y":{"z":[5,{}]}}"#, "array [[[[]]]]",
      ])
  }

  @Test func isNotMisledByStrings() throws {
    #expect(
      try elements(#"["a,b","[","]","{\"","\\","\"]",[","],{"]":"}"}]"#) == [
        #"string "a,b""#, #"string "[""#, #"string "]""#, #"string "{\"""#, #"string "\\""#, #"string "\"]""#,
        #"array [","]"#, #"object {"]":"}"}"#,
      ])
  }

  @Test(arguments: [
    (#"plain"#, 5), (#"\""#, 1), (#"\\"#, 1), (#"\/"#, 1), (#"\b\f\n\r\t"#, 5), (#"\u0000"#, 1), (#"\u007f"#, 1),
    (#"\u007F"#, 1), (#"\u0080"#, 2), (#"\u00ff"#, 2), (#"\u0100"#, 2), (#"\u07ff"#, 2), (#"\u07FF"#, 2),
    (#"\u0800"#, 3),
    (#"\u0fff"#, 3), (#"\u1000"#, 3), (#"\ud7ff"#, 3), (#"\uD7FF"#, 3), (#"\ue000"#, 3), (#"\uFFFF"#, 3),
    (#"\ud800\udc00"#, 4), (#"\uD9AB\uDCDE"#, 4), (#"\uda00\udfff"#, 4), (#"\uDBFF\uDFFF"#, 4), ("é", 2), ("€", 3),
    ("😀", 4), (#"a\u00e9b\ud83d\ude00c\n"#, 10), ("", 0),
  ])
  func measuresStrings(_ source: String, _ length: Int) throws {
    let claims = try claims(#"{"a":""# + source + #""}"#)
    let (range, start) = claims.withView { view in
      (view.stringRange(view.members[0].value), view.members[0].value.range.lowerBound)
    }
    #expect(range == start + 1..<start + 1 + length)
  }

  @Test func findsMembersByTheirDecodedName() throws {
    let claims = try claims(#"{"\u0061\u0000b":1,"é":2,"":3}"#)
    let found = claims.withView { view in
      ["a\0b", "é", "", "a", "e"].map { name in
        let bytes = utf8(name)
        return view.value(bytes.span) != nil
      }
    }
    #expect(found == [true, true, true, false, false])
  }
}
