import PinJWTCrypto
import Testing

@testable import PinJWTCore

/// Random JSON, written in random ways, reads as what was written.
@Suite struct JSONDifferentialTests {
  @Test(arguments: 1...8) func readsWhatWasWritten(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<30 {
      let tree = JSONTree.randomObject(depth: 4, using: &generator)
      let text = tree.written(using: &generator)
      let difference = try compare(tree, text)
      #expect(difference == nil, "\(text)")
    }
  }

  /// What of an object reads otherwise than it was written; nil when nothing does.
  private func compare(_ tree: JSONTree, _ source: String) throws -> String? {
    guard case .object(let expected) = tree else { return "not an object" }
    let read = try claims(source)
    return try read.withView { (view) throws in
      guard view.members.count == expected.count else { return "\(view.members.count) members" }
      for (member, wanted) in zip(view.members, expected) {
        var name: [UInt8] = []
        name.append(bytes: view.decoded.extracting(member.name))
        guard name == utf8(wanted.name) else { return "name \(name)" }
        if let difference = try compare(wanted.value, member.value, view) { return difference }
      }
      return nil
    }
  }

  private func compare(_ tree: JSONTree, _ value: JSONValue, _ view: borrowing JSONView) throws -> String? {
    var source: [UInt8] = []
    source.append(bytes: view.source(value))
    switch tree {
    case .word(let word):
      return "\(value.kind)" == word && source == utf8(word) ? nil : "word \(text(source))"
    case .number(let number):
      return value.kind == .number && source == utf8(number) ? nil : "number \(text(source))"
    case .string(let string):
      var decoded: [UInt8] = []
      decoded.append(bytes: view.string(value))
      return value.kind == .string && decoded == utf8(string) ? nil : "string \(text(source))"
    case .object:
      // An object inside is read as a text of its own, since a view knows the members of the outer one only.
      return value.kind == .object ? try compare(tree, text(source)) : "object \(text(source))"
    case .array(let items):
      guard value.kind == .array else { return "array \(text(source))" }
      var element = view.element(of: value, after: nil)
      for item in items {
        guard let current = element else { return "short array \(text(source))" }
        if let difference = try compare(item, current, view) { return difference }
        element = view.element(of: value, after: current)
      }
      return element == nil ? nil : "long array \(text(source))"
    }
  }

  /// A changed byte may make anything of a text; what is then accepted must still be walked without harm.
  @Test(arguments: 1...8) func survivesChangedBytes(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed &+ 100)
    let alphabet = utf8(#"{}[]",:\u0dDeE.+-1tfn "# + "\0\n") + [0x80, 0xc3, 0xed, 0xf0, 0xff]
    var accepted = 0
    for _ in 0..<150 {
      var bytes = utf8(JSONTree.randomObject(depth: 2, using: &generator).written(using: &generator))
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = alphabet.randomElement(using: &generator) ?? 0
      }
      guard let claims = try? Claims.make(header: PinnedBytes(count: 0), json: PinnedBytes(copying: bytes.span)) else {
        continue
      }
      accepted += 1
      let holds = claims.withView { view in
        for member in view.members where !isSound(member.value, view) { return false }
        return true
      }
      #expect(holds, "\(text(bytes))")
    }
    #expect(accepted > 0)
  }

  private func isSound(_ value: JSONValue, _ view: borrowing JSONView) -> Bool {
    switch value.kind {
    case .string:
      let range = view.stringRange(value)
      let isText = UTF8Text.isValid(view.decoded.extracting(range))
      return isText && range.upperBound < value.range.upperBound && view.decoded[range.upperBound] == 0
    case .array:
      var element = view.element(of: value, after: nil)
      while let current = element {
        guard isSound(current, view) else { return false }
        element = view.element(of: value, after: current)
      }
      return true
    default: return true
    }
  }
}
