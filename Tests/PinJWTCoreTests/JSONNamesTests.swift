import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct JSONNamesTests {
  private func hasDuplicate(_ names: [[UInt8]], from first: Int = 0) -> Bool {
    var decoded: [UInt8] = []
    var ranges: [Range<Int>] = []
    for name in names {
      ranges.append(decoded.count..<decoded.count + name.count)
      decoded.append(contentsOf: name)
    }
    do throws(JSONFault) {
      try JSONNames.refuseDuplicates(ranges[first...], decoded.span)
      return false
    } catch {
      guard case .duplicateMember(let name) = error else { return false }
      let bytes = Array(decoded[name])
      return names.filter { $0 == bytes }.count > 1
    }
  }

  @Test func acceptsNoneAndOne() {
    #expect(!hasDuplicate([]))
    #expect(!hasDuplicate([[]]))
    #expect(!hasDuplicate([[0x61]]))
  }

  @Test func agreesWithASet() {
    var generator = SeededGenerator(seed: 4)
    var outcomes = Set<Bool>()
    for count in 0...60 {
      for _ in 0..<40 {
        let names = (0..<count).map { _ in
          (0..<Int.random(in: 0...4, using: &generator)).map { _ in UInt8.random(in: 0x61...0x66, using: &generator) }
        }
        let expected = Set(names).count < names.count
        outcomes.insert(expected)
        #expect(hasDuplicate(names) == expected)
      }
    }
    #expect(outcomes.count == 2)
  }

  @Test func findsTheOnePairAmongMany() {
    var generator = SeededGenerator(seed: 5)
    for count in [17, 18, 31, 64, 257] {
      var names = (0..<count).map { utf8("name \($0)") }.shuffled(using: &generator)
      #expect(!hasDuplicate(names))
      for _ in 0..<20 {
        let pair = Array(0..<count).shuffled(using: &generator).prefix(2)
        let kept = names[pair[0]]
        names[pair[0]] = names[pair[1]]
        #expect(hasDuplicate(names))
        names[pair[0]] = kept
      }
    }
  }

  @Test func looksAtTheGivenNamesOnly() {
    let outer = utf8("a")
    #expect(!hasDuplicate([outer, outer, utf8("b")], from: 1))
    let many = (0..<40).map { utf8("\($0)") }
    #expect(!hasDuplicate([many[0]] + many, from: 1))
    #expect(hasDuplicate([many[0]] + many))
  }
}
