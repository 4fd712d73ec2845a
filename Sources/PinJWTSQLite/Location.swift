import PinJWTCrypto

/// Where a database is and how it is used: a path as it is, or a URL of the scheme `sqlite`, which can carry options.
///
/// `sqlite:///absolute/path` and `sqlite:relative/path`, each with `?busy_ms=2000` behind it.
struct Location {
  private(set) var path: [UInt8] = []
  /// How long to wait for other processes, in milliseconds.
  private(set) var busy: Int64 = 2000

  private static let longest = 4096

  init(_ text: borrowing Span<UInt8>) throws(Failure) {
    guard (1...Location.longest).contains(text.count) else {
      throw Failure(.argument, "location", "The location must have 1 to \(Location.longest) bytes, not \(text.count).")
    }
    if text.starts(with: "sqlite:") {
      try read(url: text.extracting(7..<text.count))
    } else {
      path.append(bytes: text)
    }
    let parsed = path.span
    guard !parsed.equals(":memory:"), !parsed.isEmpty else {
      throw Failure(.argument, "location", "Sessions in memory are pinjwt_memory_store; give a file here.")
    }
    guard parsed.position(of: "://", from: 0) == nil, !parsed.starts(with: "file:") else {
      throw Failure(.argument, "location", "The location is a URL of another kind; give sqlite:///path or a path.")
    }
    for byte in path where byte == 0 {
      throw Failure(.argument, "location", "The location has a NUL inside, where the system would cut it off.")
    }
  }

  /// What comes behind `sqlite:`.
  private mutating func read(url: borrowing Span<UInt8>) throws(Failure) {
    var end = 0
    while end < url.count, url[end] != UInt8(ascii: "?") { end += 1 }
    var start = 0
    if url.starts(with: "//") {
      guard url.count > 2, url[2] == UInt8(ascii: "/") else {
        throw Failure(.argument, "location", "The location names a host; write sqlite:///path for a file of this one.")
      }
      start = 2
    }
    try decode(url.extracting(start..<max(start, end)))
    if end < url.count { try read(options: url.extracting(end + 1..<url.count)) }
  }

  /// Percent-encoding (RFC 3986 section 2.1).
  private mutating func decode(_ text: borrowing Span<UInt8>) throws(Failure) {
    var index = 0
    while index < text.count {
      let byte = text[index]
      guard byte != UInt8(ascii: "#") else {
        throw Failure(.argument, "location", "The location has a \"#\", which a URL needs as %23.")
      }
      index += 1
      guard byte == UInt8(ascii: "%") else {
        path.append(byte)
        continue
      }
      guard let high = text.hexValue(at: index), let low = text.hexValue(at: index + 1) else {
        throw Failure(
          .argument, "location", "The location has a \"%\" without two hexadecimal digits; write it as %25.")
      }
      path.append(high << 4 | low)
      index += 2
    }
  }

  private mutating func read(options: borrowing Span<UInt8>) throws(Failure) {
    // One option so far; a second one would be it again.
    guard options.starts(with: "busy_ms=") else {
      throw Failure(.argument, "location", "The option \(shown(options)) is not known; there is busy_ms.")
    }
    guard let number = options.extracting(8..<options.count).decimal(upTo: 60_000), number >= 10 else {
      throw Failure(.argument, "location", "The option busy_ms must be a number from 10 to 60000, and be there once.")
    }
    busy = number
  }

  private func shown(_ option: borrowing Span<UInt8>) -> Sentence {
    var end = 0
    while end < option.count, option[end] != UInt8(ascii: "=") { end += 1 }
    return Sentence(escaping: option.extracting(0..<end).shortened(to: 24))
  }
}
