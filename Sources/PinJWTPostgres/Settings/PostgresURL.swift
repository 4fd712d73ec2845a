import CPostgres
import PinJWTCrypto

/// What a URL says: `postgresql://...` as libpq reads it, and options of ours among its own.
///
/// No message shows any of it: it may hold a password.
struct PostgresURL: Sendable {
  /// For libpq, with a NUL behind it.
  let text: SecretBytes
  private(set) var pool = 8
  /// For a whole operation, in milliseconds.
  private(set) var deadline: Int64 = 2000
  private var hasPool = false
  private var hasDeadline = false

  private static let longest = 8192

  init(_ url: borrowing Span<UInt8>) throws(Failure) {
    guard url.count <= PostgresURL.longest else {
      throw PostgresURL.refusal("The URL has over \(PostgresURL.longest) bytes; shorten it.")
    }
    guard url.starts(with: "postgresql://") || url.starts(with: "postgres://") else {
      throw PostgresURL.refusal("The URL must begin by postgresql://.")
    }
    for index in url.indices where url[index] == 0 { throw PostgresURL.refusal("The URL has a NUL inside.") }
    let text = try SecretBytes.make(count: url.count + 2)
    self.text = text
    let query = url.position(of: "?", from: 0) ?? url.count
    var length = 0
    PostgresURL.add(url.extracting(0..<query), to: text, &length)
    var start = query + 1
    var isFirst = true
    while start < url.count {
      let end = url.position(of: "&", from: start) ?? url.count
      let option = url.extracting(start..<end)
      if try !read(option) {
        let mark: StaticString = isFirst ? "?" : "&"
        var separator: [UInt8] = []
        separator.append(text: mark)
        PostgresURL.add(separator.span, to: text, &length)
        PostgresURL.add(option, to: text, &length)
        isFirst = false
      }
      start = end + 1
    }
    guard canRead else {
      throw PostgresURL.refusal("The URL is not one that libpq can read; write it as postgresql://user@host/database.")
    }
  }

  private static func add(_ bytes: borrowing Span<UInt8>, to text: SecretBytes, _ length: inout Int) {
    var target = text.mutableBytes
    for index in bytes.indices where length < target.count - 1 {
      target[length] = bytes[index]
      length += 1
    }
  }

  /// Whether it is an option of ours.
  private mutating func read(_ option: borrowing Span<UInt8>) throws(Failure) -> Bool {
    if option.starts(with: "pinjwt_pool=") {
      guard !hasPool else { throw PostgresURL.refusal("The URL has the option pinjwt_pool twice; give it once.") }
      hasPool = true
      pool = Int(try number(option.extracting(12...), 1...64, "pinjwt_pool"))
      return true
    }
    if option.starts(with: "pinjwt_deadline_ms=") {
      guard !hasDeadline else {
        throw PostgresURL.refusal("The URL has the option pinjwt_deadline_ms twice; give it once.")
      }
      hasDeadline = true
      deadline = try number(option.extracting(19...), 50...60_000, "pinjwt_deadline_ms")
      return true
    }
    guard !option.starts(with: "pinjwt_") else {
      throw PostgresURL.refusal(
        "The URL has an option of an unknown name; there are pinjwt_pool and pinjwt_deadline_ms.")
    }
    return false
  }

  private func number(
    _ text: borrowing Span<UInt8>, _ range: ClosedRange<Int64>, _ name: StaticString
  ) throws(Failure) -> Int64 {
    guard let number = text.decimal(upTo: range.upperBound), number >= range.lowerBound else {
      throw PostgresURL.refusal(
        "The option \(name) must be a number from \(range.lowerBound) to \(range.upperBound).")
    }
    return number
  }

  private var canRead: Bool {
    // Sound: the text ends in a NUL, for the secret was made of zeros and longer than what was written.
    unsafe withCString { unsafe postgres_can_read($0) == 1 }
  }

  @unsafe func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    let secret = text
    let bytes = secret.bytes
    return unsafe bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return unsafe withUnsafePointer(to: CChar(0)) { unsafe body($0) } }
      return unsafe base.withMemoryRebound(to: CChar.self, capacity: buffer.count) { unsafe body($0) }
    }
  }

  private static func refusal(_ message: Sentence) -> Failure { Failure(.argument, "url", message) }
}
