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
}

/// A member of an object: its name in the decoded text, and its value.
struct JSONMember: Sendable {
  let name: Range<Int>
  let value: JSONValue
}
