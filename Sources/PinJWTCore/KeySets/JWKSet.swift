import PinJWTCrypto

/// JWK Sets (RFC 7517 §5).
enum JWKSet {
  static let longest = 1_048_576

  struct Reading {
    let contents: KeySetContents
    /// How many keys cannot serve.
    let skipped: Int
  }

  /// The keys of a set that can serve under the pins in `allowed`; one bad key does not take the others away.
  static func read(_ text: Span<UInt8>, allowed: [Algorithm]) throws(Failure) -> Reading {
    guard text.count <= longest else {
      throw Failure(.keyFormat, "jwks", "A JWK Set has at most \(longest) bytes, this text has \(text.count).")
    }
    let decoded = try SecretBytes.make(copying: text)
    let members = try JWKReader.members(text, decoded)
    let view = JSONView(text: text, decoded: decoded.bytes, members: members)
    guard let keys = view.value("keys"), keys.kind == .array else { throw notASet }
    var collector = Collector(allowed)
    var element = view.element(of: keys, after: nil)
    while let current = element {
      guard current.kind == .object else { throw notASet }
      try collector.add(view.source(current))
      element = view.element(of: keys, after: current)
    }
    return try collector.finish()
  }

  private static var notASet: Failure {
    Failure(.keyFormat, "keys", "A JWK Set must have a member keys that is an array of JWKs (RFC 7517 section 5).")
  }

  /// The public halves of the keys that verify at `now`, or of all.
  static func write(_ contents: KeySetContents, at now: Int64?) throws(Failure) -> [UInt8] {
    var json: [UInt8] = []
    json.append(text: "{\"keys\":[")
    var isFirst = true
    for entry in contents.entries where now.map({ $0 < entry.end }) ?? true {
      if !isFirst { json.append(UInt8(ascii: ",")) }
      isFirst = false
      let jwk = try entry.key.jwk(privateHalf: false)
      json.append(bytes: jwk.bytes)
    }
    json.append(text: "]}")
    return json
  }

  /// Collects the keys of a set.
  private struct Collector {
    private let allowed: [Algorithm]
    private var entries: [KeySetEntry] = []
    private var skipped = 0
    private var hasSecret = false
    private var hasAsymmetric = false

    init(_ allowed: [Algorithm]) {
      self.allowed = allowed
    }

    mutating func add(_ text: Span<UInt8>) throws(Failure) {
      guard entries.count + skipped < KeySetContents.mostKeys else {
        throw Failure(.keyFormat, "keys", "A JWK Set has at most \(KeySetContents.mostKeys) keys, this one has more.")
      }
      guard let key = try key(text) else {
        skipped += 1
        return
      }
      entries.append(KeySetEntry(key))
    }

    /// The key; nil when it cannot serve.
    private mutating func key(_ text: Span<UInt8>) throws(Failure) -> Key? {
      let decoded = try SecretBytes.make(copying: text)
      let members = try JWKReader.members(text, decoded)
      let reader = JWKReader(JSONView(text: text, decoded: decoded.bytes, members: members))
      switch reader.isSecret {
      case .some(true): hasSecret = true
      case .some(false): hasAsymmetric = true
      case .none: return nil
      }
      guard let algorithm = reader.onlyAlgorithm(of: allowed) else { return nil }
      do throws(Failure) {
        let key = try reader.key(algorithm)
        return key.id.count > 0 && key.canVerify ? key : nil
      } catch {
        // What the machine lacks says nothing about the key.
        if error.status == .memory { throw error }
        return nil
      }
    }

    func finish() throws(Failure) -> Reading {
      guard !(hasSecret && hasAsymmetric) else { throw KeySetContents.mixed }
      for (index, entry) in entries.enumerated() {
        let id = entry.key.id
        for other in entries[..<index] {
          let known = other.key.id
          guard !known.bytes.equals(id.bytes) else { throw KeySetContents.duplicate(id) }
        }
      }
      return Reading(contents: KeySetContents(entries), skipped: skipped)
    }
  }
}
