import PinJWTCrypto

/// The keys of a set at one moment. Immutable.
public final class KeySetContents: Sendable {
  static let mostKeys = 1024

  let entries: [KeySetEntry]
  /// The pins of the keys, each once.
  let algorithms: [Algorithm]

  public init(_ entries: [KeySetEntry]) {
    self.entries = entries
    var algorithms: [Algorithm] = []
    for entry in entries where !algorithms.contains(entry.key.algorithm) { algorithms.append(entry.key.algorithm) }
    self.algorithms = algorithms
  }

  /// A key more; refused where the set would no longer be one.
  func adding(_ key: Key) throws(Failure) -> KeySetContents {
    guard key.id.count > 0 else {
      throw Failure(.argument, "key", "The key has no id to be picked by; give it one with pinjwt_key_with_id.")
    }
    try key.requireVerifying()
    guard entries.count < KeySetContents.mostKeys else {
      throw Failure(
        .argument, "key", "The set has \(KeySetContents.mostKeys) keys, which is the most that it can have.")
    }
    guard entry(key.id) == nil else { throw KeySetContents.duplicate(key.id) }
    if let first = entries.first, first.key.algorithm.isSymmetric != key.algorithm.isSymmetric {
      throw KeySetContents.mixed
    }
    return KeySetContents(entries + [KeySetEntry(key)])
  }

  func removing(_ id: borrowing Span<UInt8>) throws(Failure) -> KeySetContents {
    var left: [KeySetEntry] = []
    for entry in entries {
      let known = entry.key.id
      if !known.bytes.equals(id) { left.append(entry) }
    }
    guard left.count < entries.count else { throw KeySetContents.unknown(id) }
    return KeySetContents(left)
  }

  private func entry(_ id: PinnedBytes) -> KeySetEntry? {
    for entry in entries {
      let known = entry.key.id
      if known.bytes.equals(id.bytes) { return entry }
    }
    return nil
  }

  static var mixed: Failure {
    Failure(.keyUse, "kty", "A key set holds either secrets or asymmetric keys: secrets are not to be published.")
  }

  static func duplicate(_ id: PinnedBytes) -> Failure {
    let shown = Sentence(escaping: id.bytes.shortened(to: 40))
    return Failure(
      .keyDuplicate, "kid", "Two keys of the set have the id \"\(shown)\", which leaves open which one counts.")
  }

  static func unknown(_ id: borrowing Span<UInt8>) -> Failure {
    let shown = Sentence(escaping: id.shortened(to: 40))
    return Failure(.keyUnknown, "kid", "No key of the set has the id \"\(shown)\".")
  }
}

/// A key of a set.
public struct KeySetEntry: Sendable {
  let key: Key
  /// The first second, in Unix time, at which the key no longer verifies.
  let end: Int64
  /// The header segment that this library writes for the key, with the typ JWT: a token that has it needs no parsing.
  let usualSegment: [UInt8]
  let usualHeader: Header

  init(_ key: Key, end: Int64 = Int64.max) {
    self.key = key
    self.end = end
    (usualSegment, usualHeader) = Header.usual(key, type: nil)
  }
}
