import ArgumentParser
import PinJWTCrypto

/// When to print in colour.
enum ColorChoice: String, CaseIterable, ExpressibleByArgument {
  case auto
  case always
  case never
}

/// Colours for people, or none.
struct Style {
  enum Role: String {
    /// What must not be overlooked.
    case alert = "1;31"
    case title = "1"
    case name = "36"
    case string = "32"
    case number = "33"
    case literal = "35"
    case note = "2"
    case expired = "31"
  }

  let isColored: Bool

  /// Colours on a terminal only, and not where NO_COLOR (https://no-color.org) or TERM speak against them.
  init(for stream: System.Stream, _ choice: ColorChoice) {
    isColored =
      switch choice {
      case .always: true
      case .never: false
      case .auto:
        System.isTerminal(stream) && System.environment("NO_COLOR") == nil && System.environment("TERM") != "dumb"
      }
  }

  func paint(_ text: String, _ role: Role) -> String {
    isColored ? "\u{1b}[\(role.rawValue)m\(text)\u{1b}[0m" : text
  }
}

/// The text with \u escapes, which are also those of JSON, for what a terminal would obey and what no eye would see:
/// control characters, changes of direction, invisible signs.
func escapingInvisible(_ text: String, exceptNewlines: Bool = false) -> String {
  var shown = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    if isInvisible(scalar.value), !(exceptNewlines && scalar == "\n") {
      for unit in String(scalar).utf16 { shown.append(contentsOf: jsonEscape(unit).unicodeScalars) }
    } else {
      shown.append(scalar)
    }
  }
  return String(shown)
}

/// The same for JSON in guarded memory.
func escapingInvisible(_ json: borrowing Span<UInt8>) throws -> SecretText {
  var shown = try SecretText(capacity: json.count + 64)
  var index = 0
  while index < json.count {
    let lead = json[index]
    let length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
    let end = min(index + length, json.count)
    var scalar = length == 1 ? UInt32(lead) : UInt32(lead) & (0x7f >> UInt32(length))
    for next in index + 1..<max(index + 1, end) { scalar = scalar << 6 | UInt32(json[next] & 0x3f) }
    if lead != UInt8(ascii: "\n"), isInvisible(scalar), let scalar = Unicode.Scalar(scalar) {
      for unit in String(scalar).utf16 {
        for byte in jsonEscape(unit).utf8 { try shown.append(byte) }
      }
    } else {
      try shown.append(bytes: json.extracting(index..<end))
    }
    index = end
  }
  return shown
}

private func isInvisible(_ scalar: UInt32) -> Bool {
  switch scalar {
  // Controls.
  case 0..<0x20, 0x7f..<0xa0: true
  // Soft hyphen, marks of direction, zero width; without the joiners, which letters need.
  case 0xad, 0x61c, 0x180e, 0x200b, 0x200e, 0x200f, 0xfeff: true
  // Separators of lines, embedding and overriding of direction, isolates, invisible operators.
  case 0x2028...0x202e, 0x2060...0x206f: true
  // Annotations, private use, tags.
  case 0xfff9...0xfffb, 0xe000...0xf8ff, 0xe0000...0x10ffff: true
  default: false
  }
}

private func jsonEscape(_ unit: UInt16) -> String {
  let digits = String(unit, radix: 16)
  return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
}
