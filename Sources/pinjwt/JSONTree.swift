import PinJWTCore

/// JSON taken apart for showing: members in their order, numbers as they are written.
indirect enum JSONTree {
  typealias Member = (name: String, value: JSONTree)

  case object([Member])
  case array([JSONTree])
  case string(String)
  case number(String)
  /// true, false or null.
  case literal(String)

  /// The JSON object that `text` is, read as strictly as the library does; nil for anything else.
  init?(object text: [UInt8]) {
    guard JSONText.isObject(text.span) else { return nil }
    self.init(judged: text)
  }

  /// JSON that the library has written or judged in parts, and that may be one level deeper than what it reads.
  init?(judged text: [UInt8]) {
    var reader = JSONReader(text)
    guard let tree = reader.value() else { return nil }
    self = tree
  }

  /// The JSON value that `text` is; nil for anything else.
  init?(value text: String) {
    // The library reads objects, so the value becomes the only member of one.
    guard case .object(let members)? = JSONTree(object: Array("{\"\":\(text)}".utf8)), members.count == 1,
      let value = members.first?.value
    else { return nil }
    self = value
  }

  subscript(name: String) -> JSONTree? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }
}

/// Reads JSON that has been judged already. It does not judge: what it does not understand is nil.
private struct JSONReader {
  private let text: [UInt8]
  private var position = 0

  init(_ text: [UInt8]) {
    self.text = text
  }

  mutating func value() -> JSONTree? {
    skipSpace()
    switch peek() {
    case UInt8(ascii: "{"): return object()
    case UInt8(ascii: "["): return array()
    case UInt8(ascii: "\""): return string().map { .string($0) }
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): return .literal(word())
    default:
      let number = word()
      return number.isEmpty ? nil : .number(number)
    }
  }

  private mutating func object() -> JSONTree? {
    var members: [JSONTree.Member] = []
    position += 1
    while !take(UInt8(ascii: "}")) {
      skipSpace()
      guard peek() == UInt8(ascii: "\""), let name = string(), take(UInt8(ascii: ":")), let value = value() else {
        return nil
      }
      members.append((name, value))
      _ = take(UInt8(ascii: ","))
    }
    return .object(members)
  }

  private mutating func array() -> JSONTree? {
    var elements: [JSONTree] = []
    position += 1
    while !take(UInt8(ascii: "]")) {
      guard position < text.count, let value = value() else { return nil }
      elements.append(value)
      _ = take(UInt8(ascii: ","))
    }
    return .array(elements)
  }

  /// A number, true, false or null.
  private mutating func word() -> String {
    let start = position
    while position < text.count, !Array(",]} \t\r\n".utf8).contains(text[position]) { position += 1 }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  private mutating func string() -> String? {
    var units: [UInt8] = []
    position += 1
    while position < text.count {
      let byte = text[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let character = escape() else { return nil }
        units.append(contentsOf: Array(character.utf8))
      default: units.append(byte)
      }
    }
    return nil
  }

  private mutating func escape() -> String? {
    let byte = peek()
    position += 1
    switch byte {
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      guard let unit = hexadecimal() else { return nil }
      guard UTF16.isLeadSurrogate(unit) else { return String(decoding: [unit], as: UTF16.self) }
      // The other half follows as an escape of its own.
      position += 2
      guard let trail = hexadecimal() else { return nil }
      return String(decoding: [unit, trail], as: UTF16.self)
    default: return String(decoding: [byte], as: UTF8.self)
    }
  }

  private mutating func hexadecimal() -> UInt16? {
    guard position + 4 <= text.count else { return nil }
    defer { position += 4 }
    return UInt16(String(decoding: text[position..<position + 4], as: UTF8.self), radix: 16)
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard peek() == byte else { return false }
    position += 1
    return true
  }

  /// 0, which no JSON has outside of strings, at the end.
  private func peek() -> UInt8 { position < text.count ? text[position] : 0 }

  private mutating func skipSpace() {
    while position < text.count, [0x20, 0x09, 0x0a, 0x0d].contains(text[position]) { position += 1 }
  }
}
