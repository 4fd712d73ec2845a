import PinJWTCore
import PinJWTCrypto

/// What stands for issuers, users and sessions in a store.
enum Names {
  /// 16 bytes for an issuer.
  static func space(_ issuer: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.append(text: "pinjwt space 1")
    text.append(contentsOf: issuer)
    return Array(sha256(text.span).prefix(16))
  }

  /// 4 bytes that a user's sessions have in common, so that a store with many nodes keeps them on one. They do not depend
  /// on a pepper: a user's sessions stay together when peppers are rotated.
  static func tag(_ user: [UInt8], in space: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.append(text: "pinjwt user 1")
    text.append(contentsOf: space)
    text.append(contentsOf: user)
    return Array(sha256(text.span).prefix(4))
  }

  /// The tag and 12 random bytes: a selector, or a sid before it is encoded.
  static func random(_ tag: [UInt8]) throws(Failure) -> [UInt8] {
    tag + (try randomBytes(12))
  }

  static func base64URL(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.append(base64URL: bytes.span)
    return text
  }
}

/// Texts of a caller that go into rows.
enum Given {
  /// UTF-8 without control characters.
  static func text(
    _ text: borrowing Span<UInt8>, _ lengths: ClosedRange<Int>, _ what: StaticString
  ) throws(Failure) -> [UInt8] {
    guard lengths.contains(text.count) else {
      throw Failure(
        .argument, Sentence(text: what),
        "The argument \(what) must have \(lengths.lowerBound) to \(lengths.upperBound) bytes, not \(text.count).")
    }
    guard UTF8Text.isValid(text), !hasControls(text) else {
      throw Failure(.argument, Sentence(text: what), "The argument \(what) must be UTF-8 without control characters.")
    }
    var bytes: [UInt8] = []
    bytes.append(bytes: text)
    return bytes
  }

  /// C0, DEL, and C1 (U+0080 to U+009F).
  private static func hasControls(_ text: borrowing Span<UInt8>) -> Bool {
    for index in text.indices {
      if text[index] < 0x20 || text[index] == 0x7f { return true }
      if text[index] == 0xc2, index + 1 < text.count, text[index + 1] < 0xa0 { return true }
    }
    return false
  }
}
