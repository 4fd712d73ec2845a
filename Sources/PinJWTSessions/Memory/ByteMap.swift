/// Values by keys of bytes, in the order of the keys. For what a process keeps of little: adding moves what is behind.
struct ByteMap<Value> {
  private(set) var entries: [(key: [UInt8], value: Value)] = []

  subscript(key: [UInt8]) -> Value? {
    get {
      let (index, isFound) = place(key)
      return isFound ? entries[index].value : nil
    }
    set {
      let (index, isFound) = place(key)
      switch (newValue, isFound) {
      case (let value?, true): entries[index].value = value
      case (let value?, false): entries.insert((key, value), at: index)
      case (nil, true): entries.remove(at: index)
      case (nil, false): break
      }
    }
  }

  mutating func removeAll(where isUnwanted: (Value) -> Bool) {
    entries.removeAll { isUnwanted($0.value) }
  }

  /// Where a key is, or would be.
  private func place(_ key: [UInt8]) -> (Int, Bool) {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = low + (high - low) / 2
      if isLess(entries[middle].key, key) { low = middle + 1 } else { high = middle }
    }
    return (low, low < entries.count && entries[low].key == key)
  }
}

func isLess(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  for index in 0..<min(left.count, right.count) where left[index] != right[index] {
    return left[index] < right[index]
  }
  return left.count < right.count
}
