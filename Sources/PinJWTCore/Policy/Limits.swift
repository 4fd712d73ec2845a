import PinJWTCrypto

/// What the caller may set, and within which bounds.
public enum Limits {
  static let longestText = 1024
  static let mostEntries = 64
  /// The first second of the year 10000; milliseconds since 1970 are above it for 8000 years.
  package static let endOfTime: Int64 = 253_402_300_800
  package static let longestLifetime: Int64 = 315_576_000
  static let longestLeeway: Int64 = 300
  static let smallestToken = 256
  static let largestToken = 1_048_576

  /// A name or value that goes into JSON.
  package static func checkText(_ text: borrowing Span<UInt8>, _ what: StaticString) throws(Failure) {
    guard (1...longestText).contains(text.count), UTF8Text.isValid(text) else {
      throw Failure(.argument, Sentence(text: what), "The \(what) must be 1 to \(longestText) bytes of UTF-8.")
    }
  }

  /// Refuses a `now` that is no time in Unix seconds.
  public static func checkTime(_ now: Int64) throws(Failure) {
    guard (0..<endOfTime).contains(now) else {
      throw Failure(
        .argument, "now", "The time \(now) must be in Unix seconds (not milliseconds), from 0 to \(endOfTime - 1).")
    }
  }
}
