import PinJWTCrypto

/// JSON as text.
public enum JSONText {
  /// Whether `text` is one JSON object, read strictly.
  public static func isObject(_ text: Span<UInt8>) -> Bool {
    let decoded = PinnedBytes(copying: text)
    var target = decoded.mutableBytes
    do throws(JSONFault) {
      _ = try JSONScanner.members(text, decoding: &target)
      return true
    } catch {
      return false
    }
  }
}

extension Array where Element == UInt8 {
  /// Appends `text`, which is valid UTF-8, as a JSON string with its quotes (RFC 8259 §7).
  package mutating func append(jsonString text: borrowing Span<UInt8>) {
    append(UInt8(ascii: "\""))
    for index in text.indices {
      let byte = text[index]
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        append(UInt8(ascii: "\\"))
        append(byte)
      case 0..<0x20:
        append(text: "\\u00")
        append(hexDigit(byte >> 4))
        append(hexDigit(byte))
      default:
        append(byte)
      }
    }
    append(UInt8(ascii: "\""))
  }
}
