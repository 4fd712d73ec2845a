extension JSONTree {
  /// On one line, for programs.
  var compact: String {
    switch self {
    case .object(let members):
      "{" + members.map { quoted($0.name) + ":" + $0.value.compact }.joined(separator: ",") + "}"
    case .array(let elements): "[" + elements.map(\.compact).joined(separator: ",") + "]"
    case .string(let text): quoted(text)
    case .number(let text), .literal(let text): text
    }
  }
}

/// Prints JSON for people: two spaces for each level, short lists on one line, colours as the style has them.
struct JSONPrinter {
  /// Says something about a member of the outermost object.
  typealias Note = (_ name: String, _ value: JSONTree) -> (text: String, role: Style.Role)?

  private static let longestList = 60

  let style: Style

  /// The text without a final newline. Notes stand behind their members, below each other.
  func pretty(_ tree: JSONTree, note: Note = { _, _ in nil }) -> String {
    guard case .object(let members) = tree, !members.isEmpty else { return text(tree, "") }
    let notes = members.map { note($0.name, $0.value) }
    let commas = members.indices.map { $0 < members.count - 1 ? "," : "" }
    let lengths = members.indices.map { index in
      quoted(members[index].name).count + members[index].value.compact.count + commas[index].count
    }
    let width = members.indices.map { notes[$0] == nil ? 0 : lengths[$0] }.max() ?? 0
    let lines = members.indices.map { index in
      let line = "  " + member(members[index], "  ") + commas[index]
      guard let note = notes[index] else { return line }
      let gap = String(repeating: " ", count: width - lengths[index] + 2)
      return line + gap + style.paint("// \(note.text)", note.role)
    }
    return "{\n" + lines.joined(separator: "\n") + "\n}"
  }

  private func member(_ member: JSONTree.Member, _ indent: String) -> String {
    style.paint(quoted(member.name), .name) + ": " + text(member.value, indent)
  }

  private func text(_ tree: JSONTree, _ indent: String) -> String {
    let inner = indent + "  "
    switch tree {
    case .object(let members):
      guard !members.isEmpty else { return "{}" }
      return "{\n" + members.map { inner + member($0, inner) }.joined(separator: ",\n") + "\n\(indent)}"
    case .array(let elements):
      if elements.allSatisfy(\.isScalar), tree.compact.count <= JSONPrinter.longestList {
        return "[" + elements.map { text($0, inner) }.joined(separator: ", ") + "]"
      }
      return "[\n" + elements.map { inner + text($0, inner) }.joined(separator: ",\n") + "\n\(indent)]"
    case .string(let value): return style.paint(quoted(value), .string)
    case .number(let value): return style.paint(value, .number)
    case .literal(let value): return style.paint(value, .literal)
    }
  }
}

extension JSONTree {
  fileprivate var isScalar: Bool {
    switch self {
    case .object, .array: false
    case .string, .number, .literal: true
    }
  }
}

/// A JSON string with its quotes.
private func quoted(_ text: String) -> String {
  var escaped = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\":
      escaped.append("\\")
      escaped.append(scalar)
    case "\n": escaped.append(contentsOf: "\\n".unicodeScalars)
    case "\r": escaped.append(contentsOf: "\\r".unicodeScalars)
    case "\t": escaped.append(contentsOf: "\\t".unicodeScalars)
    default: escaped.append(scalar)
    }
  }
  return "\"" + escapingInvisible(String(escaped)) + "\""
}
