import PinJWTCrypto

/// Goes through every value of an object that the scanner has accepted, at any depth, without recursion.
struct JSONWalk: ~Escapable {
  enum Step {
    /// An object or array begins.
    case open
    case close
    /// A string, number, boolean or null.
    case value(JSONValue)
    /// The name of the next value, where it stands in the decoded text.
    case name(Range<Int>)
  }

  private let view: JSONView
  private var position = 0
  /// For each object and array that is open, whether it is an object.
  private var areObjects: [Bool] = []
  private var expectsName = false

  @_lifetime(copy view)
  init(_ view: JSONView) {
    self.view = view
  }

  /// nil at the end.
  mutating func next() -> Step? {
    while position < view.text.count {
      let byte = view.text[position]
      switch byte {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        areObjects.append(byte == UInt8(ascii: "{"))
        expectsName = byte == UInt8(ascii: "{")
        position += 1
        return .open
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        _ = areObjects.popLast()
        position += 1
        return .close
      case UInt8(ascii: ","):
        expectsName = areObjects.last ?? false
        position += 1
      case UInt8(ascii: ":"), 0x20, 0x09, 0x0a, 0x0d:
        position += 1
      default:
        return step(byte)
      }
    }
    return nil
  }

  private mutating func step(_ byte: UInt8) -> Step {
    let start = position
    guard byte == UInt8(ascii: "\"") else {
      while position < view.text.count, !isEnd(view.text[position]) { position += 1 }
      return .value(JSONValue(kind: JSONValue.Kind(first: byte), range: start..<position))
    }
    position = view.endOfString(start)
    let string = JSONValue(kind: .string, range: start..<position)
    guard expectsName else { return .value(string) }
    expectsName = false
    return .name(view.stringRange(string))
  }

  private func isEnd(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte == 0x20 || byte == 0x09
      || byte == 0x0a || byte == 0x0d
  }
}
