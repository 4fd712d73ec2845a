/// What a JSON value is, and where it stands in its text.
struct JSONValue: Sendable {
  enum Kind: Sendable {
    case object
    case array
    case string
    case number
    case `true`
    case `false`
    case null
  }

  let kind: Kind
  /// The whole value, the quotes of a string included.
  let range: Range<Int>
  /// Whether it is known to be a string without escapes, whose value is as long as its text.
  var isPlain = false
}

extension JSONValue.Kind {
  /// The kind of a value that begins by `first`.
  init(first: UInt8) {
    self =
      switch first {
      case UInt8(ascii: "{"): .object
      case UInt8(ascii: "["): .array
      case UInt8(ascii: "\""): .string
      case UInt8(ascii: "t"): .true
      case UInt8(ascii: "f"): .false
      case UInt8(ascii: "n"): .null
      default: .number
      }
  }
}

/// A member of an object: its name in the decoded text, and its value.
struct JSONMember: Sendable {
  let name: Range<Int>
  let value: JSONValue
}
