import PinJWTCrypto

/// A strict reader of one JSON object (RFC 8259): UTF-8 only, duplicate members refused at every level, nothing behind
/// the object. It does not recurse, so no input can exhaust the stack.
///
/// It decodes strings in place: `decoded` starts as a copy of the text, and each string's value, which is never longer
/// than its text, is written where the string begins, with a NUL behind it.
struct JSONScanner: ~Escapable {
  static let deepest = 64
  static let longestNumber = 128

  private let text: Span<UInt8>
  private var position = 0
  private var frames: [Frame] = []
  /// The names of the members of all objects that are open, in the decoded text.
  private var names: [Range<Int>] = []
  private var members: [JSONMember] = []
  private var memberName = 0..<0
  private var memberStart = 0

  private struct Frame {
    let isObject: Bool
    /// Where the object's own names begin in `names`.
    let firstName: Int
    let start: Int
  }

  private enum Expected {
    case firstName
    case name
    case firstItem
    case value
    case commaOrEnd
  }

  @_lifetime(copy text)
  private init(_ text: Span<UInt8>) {
    self.text = text
  }

  /// The members of the object that `text` is.
  static func members(
    _ text: Span<UInt8>, decoding decoded: inout MutableSpan<UInt8>
  ) throws(JSONFault) -> [JSONMember] {
    var scanner = JSONScanner(text)
    return try scanner.scan(&decoded)
  }

  private mutating func scan(_ decoded: inout MutableSpan<UInt8>) throws(JSONFault) -> [JSONMember] {
    guard decoded.count == text.count else { throw .notAnObject }
    skipSpace()
    guard position < text.count, text[position] == UInt8(ascii: "{") else { throw .notAnObject }
    try open(isObject: true)
    var expected = Expected.firstName
    while !frames.isEmpty {
      skipSpace()
      guard position < text.count else { throw .syntax(at: position) }
      expected = try step(expected, text[position], &decoded)
    }
    skipSpace()
    guard position == text.count else { throw .trailingData(at: position) }
    return members
  }

  private mutating func step(
    _ expected: Expected, _ byte: UInt8, _ decoded: inout MutableSpan<UInt8>
  ) throws(JSONFault) -> Expected {
    switch expected {
    case .firstName where byte == UInt8(ascii: "}"), .firstItem where byte == UInt8(ascii: "]"):
      return try close(decoded.span)
    case .firstName, .name:
      try name(&decoded)
      return .value
    case .firstItem, .value:
      return try value(byte, &decoded)
    case .commaOrEnd:
      guard let frame = frames.last else { throw .syntax(at: position) }
      if byte == UInt8(ascii: ",") {
        position += 1
        return frame.isObject ? .name : .value
      }
      guard byte == (frame.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { throw .syntax(at: position) }
      return try close(decoded.span)
    }
  }

  private mutating func open(isObject: Bool) throws(JSONFault) {
    guard frames.count < JSONScanner.deepest else { throw .tooDeep }
    frames.append(Frame(isObject: isObject, firstName: names.count, start: position))
    position += 1
  }

  private mutating func close(_ decoded: borrowing Span<UInt8>) throws(JSONFault) -> Expected {
    position += 1
    guard let frame = frames.popLast() else { throw .syntax(at: position) }
    if frame.isObject {
      try JSONNames.refuseDuplicates(names[frame.firstName...], decoded)
      names.removeLast(names.count - frame.firstName)
    }
    finishMember(frame.isObject ? .object : .array)
    return .commaOrEnd
  }

  private mutating func name(_ decoded: inout MutableSpan<UInt8>) throws(JSONFault) {
    guard text[position] == UInt8(ascii: "\"") else { throw .syntax(at: position) }
    let name = try string(&decoded)
    names.append(name)
    if frames.count == 1 { memberName = name }
    skipSpace()
    guard position < text.count, text[position] == UInt8(ascii: ":") else { throw .syntax(at: position) }
    position += 1
  }

  private mutating func value(_ byte: UInt8, _ decoded: inout MutableSpan<UInt8>) throws(JSONFault) -> Expected {
    if frames.count == 1 { memberStart = position }
    switch byte {
    case UInt8(ascii: "{"):
      try open(isObject: true)
      return .firstName
    case UInt8(ascii: "["):
      try open(isObject: false)
      return .firstItem
    case UInt8(ascii: "\""):
      let value = try string(&decoded)
      finishMember(.string, isPlain: value.upperBound == position - 1)
    case UInt8(ascii: "t"):
      try literal("true")
      finishMember(.true)
    case UInt8(ascii: "f"):
      try literal("false")
      finishMember(.false)
    case UInt8(ascii: "n"):
      try literal("null")
      finishMember(.null)
    default:
      try number()
      finishMember(.number)
    }
    return .commaOrEnd
  }

  /// Notes the member whose value has just ended, when it is one of the outer object.
  private mutating func finishMember(_ kind: JSONValue.Kind, isPlain: Bool = false) {
    guard frames.count == 1 else { return }
    let value = JSONValue(kind: kind, range: memberStart..<position, isPlain: isPlain)
    members.append(JSONMember(name: memberName, value: value))
  }

  private mutating func literal(_ word: StaticString) throws(JSONFault) {
    guard text.extracting(position...).starts(with: word) else { throw .syntax(at: position) }
    position += word.utf8CodeUnitCount
  }

  /// RFC 8259 §6: no leading zeros or plus sign, digits on both sides of a point.
  private mutating func number() throws(JSONFault) {
    let start = position
    if peek() == UInt8(ascii: "-") { position += 1 }
    if peek() == UInt8(ascii: "0") { position += 1 } else { try digits() }
    if peek() == UInt8(ascii: ".") {
      position += 1
      try digits()
    }
    if peek() | 0x20 == UInt8(ascii: "e") {
      position += 1
      if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    guard position - start <= JSONScanner.longestNumber else { throw .longNumber(at: start) }
  }

  private mutating func digits() throws(JSONFault) {
    let start = position
    while isDigit(peek()) { position += 1 }
    guard position > start else { throw .syntax(at: position) }
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  /// The byte at the position; 0, which no JSON outside strings has, at the end.
  private func peek() -> UInt8 { position < text.count ? text[position] : 0 }

  private mutating func skipSpace() {
    while position < text.count {
      switch text[position] {
      case 0x20, 0x09, 0x0a, 0x0d: position += 1
      default: return
      }
    }
  }

  /// Reads a string and writes its value; where that stands in `decoded`.
  private mutating func string(_ decoded: inout MutableSpan<UInt8>) throws(JSONFault) -> Range<Int> {
    let start = position + 1
    position = start
    var end = start
    while position < text.count {
      let byte = text[position]
      switch byte {
      case UInt8(ascii: "\""):
        decoded[end] = 0
        position += 1
        return start..<end
      case UInt8(ascii: "\\"):
        try escape(&decoded, &end)
      case 0..<0x20:
        throw .syntax(at: position)
      case 0x20..<0x80:
        decoded[end] = byte
        end += 1
        position += 1
      default:
        let length = UTF8Text.length(text, at: position)
        guard length > 0 else { throw .encoding(at: position) }
        for offset in 0..<length { decoded[end + offset] = text[position + offset] }
        end += length
        position += length
      }
    }
    throw .syntax(at: position)
  }

  /// RFC 8259 §7. A `\u` escape takes six characters and at most three bytes, a pair of them twelve and four.
  private mutating func escape(_ decoded: inout MutableSpan<UInt8>, _ end: inout Int) throws(JSONFault) {
    let start = position
    position += 1
    let simple: UInt8
    switch peek() {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): simple = peek()
    case UInt8(ascii: "b"): simple = 0x08
    case UInt8(ascii: "f"): simple = 0x0c
    case UInt8(ascii: "n"): simple = 0x0a
    case UInt8(ascii: "r"): simple = 0x0d
    case UInt8(ascii: "t"): simple = 0x09
    case UInt8(ascii: "u"):
      let scalar = try unicodeEscape(from: start)
      write(scalar, &decoded, &end)
      return
    default: throw .syntax(at: start)
    }
    position += 1
    decoded[end] = simple
    end += 1
  }

  /// The character of a `\u` escape or of a surrogate pair of them; a lone surrogate is no text.
  private mutating func unicodeEscape(from start: Int) throws(JSONFault) -> UInt32 {
    position += 1
    let first = try hexadecimal()
    guard (0xd800...0xdfff).contains(first) else { return first }
    guard first < 0xdc00, peek() == UInt8(ascii: "\\") else { throw .encoding(at: start) }
    position += 1
    guard peek() == UInt8(ascii: "u") else { throw .encoding(at: start) }
    position += 1
    let second = try hexadecimal()
    guard (0xdc00...0xdfff).contains(second) else { throw .encoding(at: start) }
    return 0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)
  }

  private mutating func hexadecimal() throws(JSONFault) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = peek()
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
      default: throw .syntax(at: position)
      }
      position += 1
    }
    return value
  }

  private func write(_ scalar: UInt32, _ decoded: inout MutableSpan<UInt8>, _ end: inout Int) {
    func put(_ bits: UInt32, _ mark: UInt8, _ decoded: inout MutableSpan<UInt8>) {
      decoded[end] = UInt8(truncatingIfNeeded: bits) | mark
      end += 1
    }
    switch scalar {
    case 0..<0x80:
      put(scalar, 0, &decoded)
    case 0x80..<0x800:
      put(scalar >> 6, 0xc0, &decoded)
      put(scalar & 0x3f, 0x80, &decoded)
    case 0x800..<0x10000:
      put(scalar >> 12, 0xe0, &decoded)
      put(scalar >> 6 & 0x3f, 0x80, &decoded)
      put(scalar & 0x3f, 0x80, &decoded)
    default:
      put(scalar >> 18, 0xf0, &decoded)
      put(scalar >> 12 & 0x3f, 0x80, &decoded)
      put(scalar >> 6 & 0x3f, 0x80, &decoded)
      put(scalar & 0x3f, 0x80, &decoded)
    }
  }
}
