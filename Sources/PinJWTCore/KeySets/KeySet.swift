import PinJWTCrypto

/// A set of keys for verifying, which may be changed while any number of threads verify with it.
public final class KeySet: Sendable {
  private let shared = SharedReference(KeySetContents([]))

  public init() {}

  public var contents: KeySetContents { shared.current }

  public var count: Int { contents.entries.count }

  public func add(_ key: Key) throws(Failure) {
    try shared.update { (contents) throws(Failure) in try contents.adding(key) }
  }

  public func remove(_ id: borrowing Span<UInt8>) throws(Failure) {
    // Closures cannot hold a borrowed span.
    var kid: [UInt8] = []
    kid.append(bytes: id)
    try shared.update { (contents) throws(Failure) in try contents.removing(kid.span) }
  }

  /// Replaces the set by a JWK Set; the number of keys that were skipped.
  public func load(_ text: Span<UInt8>, allowed: [Algorithm]) throws(Failure) -> Int {
    let read = try JWKSet.read(text, allowed: allowed)
    try shared.update { (_) throws(Failure) in read.contents }
    return read.skipped
  }

  public func jwks() throws(Failure) -> [UInt8] { try JWKSet.write(contents, at: nil) }
}
