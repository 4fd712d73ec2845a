import PinJWTCrypto

/// The options behind the question mark of a URL.
struct RedisOptions: Sendable {
  /// Whether the servers are a Redis Cluster.
  var isCluster = false
  /// The path of the certificates to trust, in PEM; nil for the system's.
  var caFile: [UInt8]?
  var passwordFile: FilePath?
  /// Connections per server.
  var pool = 8
  /// For a whole operation, in milliseconds, connecting and waiting included.
  var deadline: Int64 = 2000

  private enum Name: Int, CaseIterable {
    case cluster, caFile, passwordFile, pool, deadline

    var text: StaticString {
      switch self {
      case .cluster: "cluster"
      case .caFile: "ca_file"
      case .passwordFile: "password_file"
      case .pool: "pool"
      case .deadline: "deadline_ms"
      }
    }
  }

  mutating func read(_ query: borrowing Span<UInt8>) throws(Failure) {
    var seen = [Bool](repeating: false, count: Name.allCases.count)
    var start = 0
    while start <= query.count {
      let end = query.position(of: "&", from: start) ?? query.count
      let option = query.extracting(start..<end)
      guard let equals = option.position(of: "=", from: 0),
        let name = RedisOptions.name(option.extracting(0..<equals))
      else {
        throw RedisURL.refusal(
          "An option of the URL is none of cluster=, ca_file=, password_file=, pool= and deadline_ms=, joined by &.")
      }
      guard !seen[name.rawValue] else {
        throw RedisURL.refusal("The URL has the option \(name.text) twice; leave one of them out.")
      }
      seen[name.rawValue] = true
      try set(name, try PercentText.decode(option.extracting((equals + 1)...)))
      start = end + 1
    }
  }

  private static func name(_ text: borrowing Span<UInt8>) -> Name? {
    for name in Name.allCases where text.equals(name.text) { return name }
    return nil
  }

  private mutating func set(_ name: Name, _ value: [UInt8]) throws(Failure) {
    switch name {
    case .cluster: isCluster = try RedisOptions.number(value.span, 0...1, name) == 1
    case .caFile:
      _ = try FilePath(value.span)
      caFile = value
    case .passwordFile: passwordFile = try FilePath(value.span)
    case .pool: pool = Int(truncatingIfNeeded: try RedisOptions.number(value.span, 1...64, name))
    case .deadline: deadline = try RedisOptions.number(value.span, 50...60_000, name)
    }
  }

  private static func number(
    _ text: borrowing Span<UInt8>, _ range: ClosedRange<Int64>, _ name: Name
  ) throws(Failure) -> Int64 {
    guard let number = text.decimal(upTo: range.upperBound), number >= range.lowerBound else {
      throw Failure(
        .argument, Sentence(text: name.text),
        "The option \(name.text) of the URL must be a number from \(range.lowerBound) to \(range.upperBound).")
    }
    return number
  }
}
