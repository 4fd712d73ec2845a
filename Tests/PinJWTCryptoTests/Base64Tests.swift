import Testing

@testable import PinJWTCrypto

@Suite struct Base64Tests {
  private func decoded(_ text: String) -> [UInt8]? {
    let source = Array(text.utf8)
    var bytes = [UInt8](repeating: 0, count: source.count)
    var target = bytes.mutableSpan
    guard let length = Base64.decode(source.span, into: &target) else { return nil }
    return Array(bytes[..<length])
  }

  /// RFC 4648 §10.
  @Test(arguments: [
    ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9v\r\n Ym\tFy\n", "foobar"),
  ])
  func decodes(_ text: String, _ value: String) {
    #expect(decoded(text) == Array(value.utf8))
  }

  @Test(arguments: [
    "Z", "Zg", "Zg=", "Zh==", "Zm9", "Zm8", "Zm9=", "Zg==Zg==", "Zm-v", "Zm_v", "Zm9v=", "====", "Zm\u{0}v",
  ])
  func refuses(_ text: String) {
    #expect(decoded(text) == nil)
  }

  @Test func survivesWritingAtEveryLength() throws {
    for length in 0..<200 {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
      var text = try SecretText(capacity: 1)
      try Base64.append(bytes.span, to: &text)
      var copy: [UInt8] = []
      copy.append(bytes: text.bytes)
      #expect(decoded(String(decoding: copy, as: UTF8.self)) == bytes)
      #expect(copy.split(separator: UInt8(ascii: "\n")).allSatisfy { $0.count <= 64 })
    }
  }
}
