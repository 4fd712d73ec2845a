import PinJWTCrypto

/// Finding a name that an object has twice.
enum JSONNames {
  /// Pairwise comparison up to this many names; beyond, they are sorted, so that no object costs quadratic time.
  private static let few = 16

  static func refuseDuplicates(_ names: ArraySlice<Range<Int>>, _ decoded: borrowing Span<UInt8>) throws(JSONFault) {
    guard names.count > few else { return try comparePairwise(names, decoded) }
    var sorted = Array(names)
    sort(&sorted, decoded)
    for index in 1..<sorted.count where order(sorted[index - 1], sorted[index], decoded) == 0 {
      throw .duplicateMember(name: sorted[index])
    }
  }

  private static func comparePairwise(
    _ names: ArraySlice<Range<Int>>, _ decoded: borrowing Span<UInt8>
  ) throws(JSONFault) {
    for index in names.indices {
      let name = names[index]
      for other in names.startIndex..<index where names[other].count == name.count {
        if order(names[other], name, decoded) == 0 { throw .duplicateMember(name: name) }
      }
    }
  }

  /// Heapsort: in place, without recursion, n log n for every input.
  private static func sort(_ names: inout [Range<Int>], _ decoded: borrowing Span<UInt8>) {
    func sink(_ start: Int, _ end: Int, _ names: inout [Range<Int>], _ decoded: borrowing Span<UInt8>) {
      var root = start
      while 2 * root + 1 < end {
        var child = 2 * root + 1
        if child + 1 < end, order(names[child], names[child + 1], decoded) < 0 { child += 1 }
        guard order(names[root], names[child], decoded) < 0 else { return }
        names.swapAt(root, child)
        root = child
      }
    }
    for start in (0..<names.count / 2).reversed() { sink(start, names.count, &names, decoded) }
    for end in (1..<max(1, names.count)).reversed() {
      names.swapAt(0, end)
      sink(0, end, &names, decoded)
    }
  }

  /// Negative, zero or positive: by length, then by bytes.
  private static func order(_ left: Range<Int>, _ right: Range<Int>, _ decoded: borrowing Span<UInt8>) -> Int {
    guard left.count == right.count else { return left.count - right.count }
    for offset in 0..<left.count {
      let difference = Int(decoded[left.lowerBound + offset]) - Int(decoded[right.lowerBound + offset])
      if difference != 0 { return difference }
    }
    return 0
  }
}
