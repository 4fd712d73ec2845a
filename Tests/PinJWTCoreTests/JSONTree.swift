/// A JSON value for tests, and many ways to write it.
enum JSONTree {
  struct Member {
    let name: String
    let value: JSONTree
  }

  case object([Member])
  case array([JSONTree])
  case string(String)
  case number(String)
  case word(String)

  static func random(depth: Int, using generator: inout SeededGenerator) -> JSONTree {
    switch Int.random(in: 0..<(depth > 0 ? 7 : 4), using: &generator) {
    case 0: return .word(["true", "false", "null"].randomElement(using: &generator) ?? "null")
    case 1: return .number(randomNumber(using: &generator))
    case 2, 3: return .string(randomString(using: &generator))
    case 4, 5:
      let count = Int.random(in: 0...4, using: &generator)
      return .array((0..<count).map { _ in random(depth: depth - 1, using: &generator) })
    default: return randomObject(depth: depth - 1, using: &generator)
    }
  }

  static func randomObject(depth: Int, using generator: inout SeededGenerator) -> JSONTree {
    var members: [Member] = []
    for _ in 0..<Int.random(in: 0...20, using: &generator) {
      let name = randomString(using: &generator)
      // By scalars: JSON knows no canonical equivalence, Swift's String does.
      if members.contains(where: { Array($0.name.unicodeScalars) == Array(name.unicodeScalars) }) { continue }
      members.append(Member(name: name, value: random(depth: depth, using: &generator)))
    }
    return .object(members)
  }

  private static func randomString(using generator: inout SeededGenerator) -> String {
    let scalars: [Unicode.Scalar] = [
      "a", "b", "\"", "\\", "/", "\n", "\u{0}", "\u{1f}", "\u{7f}", "\u{80}", "é", "\u{301}", "\u{7ff}", "\u{800}", "€",
      "\u{d7ff}", "\u{e000}", "\u{ffff}", "\u{10000}", "😀", "\u{10ffff}", "{", "}", "[", "]", ",", ":", " ",
    ]
    var string = ""
    for _ in 0..<Int.random(in: 0...6, using: &generator) {
      string.unicodeScalars.append(scalars[Int.random(in: 0..<scalars.count, using: &generator)])
    }
    return string
  }

  private static func randomNumber(using generator: inout SeededGenerator) -> String {
    var number = Bool.random(using: &generator) ? "-" : ""
    number += String(UInt64.random(in: 0...(1 << UInt64.random(in: 0..<63, using: &generator)), using: &generator))
    if Bool.random(using: &generator) { number += "." + String(UInt16.random(in: 0...999, using: &generator)) }
    if Bool.random(using: &generator) {
      number += ["e", "E", "e+", "E-"].randomElement(using: &generator) ?? "e"
      number += String(UInt16.random(in: 0...400, using: &generator))
    }
    return number
  }

  /// The value as text, with white space and escapes by chance.
  func written(using generator: inout SeededGenerator) -> String {
    switch self {
    case .word(let text), .number(let text): return text
    case .string(let string): return Self.quoted(string, using: &generator)
    case .array(let items):
      var parts: [String] = []
      for item in items {
        let (before, after) = (Self.space(using: &generator), Self.space(using: &generator))
        parts.append(before + item.written(using: &generator) + after)
      }
      return "[" + parts.joined(separator: ",") + Self.space(using: &generator) + "]"
    case .object(let members):
      var parts: [String] = []
      for member in members {
        let name = Self.space(using: &generator) + Self.quoted(member.name, using: &generator)
        let colon = Self.space(using: &generator) + ":" + Self.space(using: &generator)
        parts.append(name + colon + member.value.written(using: &generator) + Self.space(using: &generator))
      }
      return "{" + parts.joined(separator: ",") + Self.space(using: &generator) + "}"
    }
  }

  private static func space(using generator: inout SeededGenerator) -> String {
    ["", "", "", " ", "\n", "\t", "\r\n  "].randomElement(using: &generator) ?? ""
  }

  private static func quoted(_ string: String, using generator: inout SeededGenerator) -> String {
    var text = "\""
    for scalar in string.unicodeScalars {
      let mustEscape = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
      guard mustEscape || Int.random(in: 0..<3, using: &generator) == 0 else {
        text.unicodeScalars.append(scalar)
        continue
      }
      let short: [Unicode.Scalar: String] = ["\"": "\\\"", "\\": "\\\\", "/": "\\/", "\n": "\\n"]
      if let escape = short[scalar], Bool.random(using: &generator) {
        text += escape
        continue
      }
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16, uppercase: Bool.random(using: &generator))
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return text + "\""
  }
}
