import PinJWTCrypto

/// An object that the scanner has accepted: its text, the same with the strings decoded in place, and its members.
struct JSONView: ~Escapable {
  let text: Span<UInt8>
  let decoded: Span<UInt8>
  let members: [JSONMember]

  @_lifetime(copy text, copy decoded)
  init(text: Span<UInt8>, decoded: Span<UInt8>, members: [JSONMember]) {
    self.text = text
    self.decoded = decoded
    self.members = members
  }

  func value(_ name: StaticString) -> JSONValue? {
    for member in members where decoded.extracting(member.name).equals(name) { return member.value }
    return nil
  }

  func value(_ name: borrowing Span<UInt8>) -> JSONValue? {
    for member in members where decoded.extracting(member.name).equals(name) { return member.value }
    return nil
  }

  /// The text of a value, as it stands.
  @_lifetime(copy self)
  func source(_ value: JSONValue) -> Span<UInt8> { text.extracting(value.range) }

  /// The value of a string.
  @_lifetime(copy self)
  func string(_ value: JSONValue) -> Span<UInt8> { decoded.extracting(stringRange(value)) }

  /// Where the value of a string stands in `decoded`.
  func stringRange(_ value: JSONValue) -> Range<Int> {
    let start = value.range.lowerBound + 1
    if value.isPlain { return start..<value.range.upperBound - 1 }
    var end = start
    var position = start
    while position < value.range.upperBound - 1 {
      guard text[position] == UInt8(ascii: "\\") else {
        position += 1
        end += 1
        continue
      }
      let (taken, written) = escapeLengths(position)
      position += taken
      end += written
    }
    return start..<end
  }

  /// The first element of an array, or the next one behind another; nil at the end.
  func element(of array: JSONValue, after last: JSONValue?) -> JSONValue? {
    var position = last?.range.upperBound ?? array.range.lowerBound + 1
    let end = array.range.upperBound - 1
    while position < end, isBetweenElements(text[position]) { position += 1 }
    guard position < end else { return nil }
    let start = position
    var depth = 0
    repeat {
      switch text[position] {
      case UInt8(ascii: "\""): position = endOfString(position)
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        position += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        depth -= 1
        position += 1
      default: position += 1
      }
    } while position < end && (depth > 0 || !isBetweenElements(text[position]))
    return JSONValue(kind: JSONValue.Kind(first: text[start]), range: start..<position)
  }

  /// What an escape at `position` takes in the text and writes into the value.
  private func escapeLengths(_ position: Int) -> (taken: Int, written: Int) {
    guard text[position + 1] == UInt8(ascii: "u") else { return (2, 1) }
    let (a, b, c) = (text[position + 2], text[position + 3], text[position + 4])
    let zero = UInt8(ascii: "0")
    if a == zero, b == zero { return (6, c < UInt8(ascii: "8") ? 1 : 2) }
    if a == zero, b < UInt8(ascii: "8") { return (6, 2) }
    // A high surrogate, whose low one follows.
    if a | 0x20 == UInt8(ascii: "d"), b == UInt8(ascii: "8") || b == UInt8(ascii: "9") || b | 0x20 >= UInt8(ascii: "a")
    {
      return (12, 4)
    }
    return (6, 3)
  }

  /// Behind the string that begins at `start`.
  func endOfString(_ start: Int) -> Int {
    var position = start + 1
    while text[position] != UInt8(ascii: "\"") { position += text[position] == UInt8(ascii: "\\") ? 2 : 1 }
    return position + 1
  }

  private func isBetweenElements(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
  }
}
