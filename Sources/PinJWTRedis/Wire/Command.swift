import PinJWTCrypto

/// A command and its arguments, in one piece of memory.
struct Command: Sendable {
  private(set) var bytes: [UInt8] = []
  /// Where each argument ends.
  private(set) var ends: [Int] = []

  init(_ name: StaticString) {
    append(name)
  }

  mutating func append(_ text: StaticString) {
    bytes.append(text: text)
    ends.append(bytes.count)
  }

  mutating func append(_ argument: [UInt8]) {
    bytes.append(contentsOf: argument)
    ends.append(bytes.count)
  }

  mutating func append(_ number: Int64) {
    bytes.append(decimal: number)
    ends.append(bytes.count)
  }

  /// Arguments that were collected before.
  mutating func append(contentsOf other: Arguments) {
    let start = bytes.count
    bytes.append(contentsOf: other.bytes)
    for end in other.ends { ends.append(start + end) }
  }
}

/// Arguments of a command to be.
struct Arguments: Sendable {
  fileprivate(set) var bytes: [UInt8] = []
  fileprivate(set) var ends: [Int] = []

  var count: Int { ends.count }

  mutating func append(_ argument: [UInt8]) {
    bytes.append(contentsOf: argument)
    ends.append(bytes.count)
  }

  mutating func append(_ text: StaticString) {
    bytes.append(text: text)
    ends.append(bytes.count)
  }

  mutating func append(_ number: Int64) {
    bytes.append(decimal: number)
    ends.append(bytes.count)
  }
}
