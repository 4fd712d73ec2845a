import PinJWTCrypto

/// The address of a key set: https, or http where the host allows it, and nothing that could be read in two ways.
public struct JWKSURL: Sendable {
  public static let longest = 2048

  public let text: [UInt8]

  public init(_ text: borrowing Span<UInt8>, allowHTTP: Bool) throws(Failure) {
    guard (1...JWKSURL.longest).contains(text.count) else {
      throw Failure(.argument, "url", "The URL must have from 1 to \(JWKSURL.longest) bytes, not \(text.count).")
    }
    for index in text.indices where text[index] <= 0x20 || text[index] >= 0x7f || text[index] == UInt8(ascii: "\\") {
      throw Failure(.argument, "url", "The URL must be printable ASCII without blanks and backslashes.")
    }
    guard let authority = JWKSURL.authority(text, allowHTTP: allowHTTP) else {
      throw Failure(
        .argument, "url",
        "The URL must begin with https://; with http or a file, anyone on the way could replace the keys.")
    }
    guard !authority.isEmpty, text[authority.lowerBound] != UInt8(ascii: ":") else {
      throw Failure(.argument, "url", "The URL names no host.")
    }
    for index in authority where text[index] == UInt8(ascii: "@") {
      throw Failure(.argument, "url", "The URL must not have a user name or password in it, which end up in logs.")
    }
    var bytes: [UInt8] = []
    bytes.append(bytes: text)
    self.text = bytes
  }

  /// Where host and port stand; nil when the scheme is another.
  private static func authority(_ text: borrowing Span<UInt8>, allowHTTP: Bool) -> Range<Int>? {
    let start: Int
    if hasScheme(text, "https://") {
      start = 8
    } else if allowHTTP, hasScheme(text, "http://") {
      start = 7
    } else {
      return nil
    }
    var end = start
    while end < text.count, text[end] != UInt8(ascii: "/"), text[end] != UInt8(ascii: "?"),
      text[end] != UInt8(ascii: "#")
    {
      end += 1
    }
    return start..<end
  }

  private static func hasScheme(_ text: borrowing Span<UInt8>, _ scheme: StaticString) -> Bool {
    guard text.count >= scheme.utf8CodeUnitCount else { return false }
    var lower: [UInt8] = []
    for index in 0..<scheme.utf8CodeUnitCount { lower.append(text[index].lowercased) }
    return lower.span.equals(scheme)
  }
}
