import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct JSONTextTests {
  private func written(_ string: String) -> String {
    let bytes = utf8(string)
    var json: [UInt8] = []
    json.append(jsonString: bytes.span)
    return text(json)
  }

  @Test func escapesWhatMustBe() {
    #expect(written("a\"b\\c/d") == #""a\"b\\c/d""#)
    #expect(written("\u{0}\u{8}\n\u{1f} \u{7f}é😀") == #""\u0000\u0008\u000a\u001f "# + "\u{7f}é😀\"")
  }

  private func isObject(_ text: String) -> Bool {
    let bytes = utf8(text)
    return JSONText.isObject(bytes.span)
  }

  @Test(arguments: ["{}", " {\"a\":[1,{\"b\":null}]} \n"]) func knowsAnObject(_ text: String) {
    #expect(isObject(text))
  }

  @Test(arguments: ["", "[]", "1", "{", "{}}", #"{"a":1,"a":2}"#, #"{"a":01}"#, "\u{feff}{}"])
  func knowsWhatIsNone(_ text: String) {
    #expect(!isObject(text))
  }

  @Test func readsBackAsItWas() throws {
    for value in (0..<0x800).compactMap({ Unicode.Scalar($0) }) {
      let claims = try claims(#"{"a":"# + written("x\(value)y") + "}")
      let read = claims.withView { view in
        var bytes: [UInt8] = []
        bytes.append(bytes: view.string(view.members[0].value))
        return bytes
      }
      #expect(read == utf8("x\(value)y"))
    }
  }
}
