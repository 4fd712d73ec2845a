import PinJWTCrypto

/// What stays the same in a ring: the pin of its keys, and how long each of them is where.
struct KeyRingTerms: Equatable, Sendable {
  let algorithm: Algorithm
  /// How long the next key is published before it signs, in seconds.
  let publish: Int64
  /// How long tokens live at most, in seconds.
  let retain: Int64

  init(_ algorithm: Algorithm, publish: Int64, retain: Int64) throws(Failure) {
    guard (0...31_536_000).contains(publish) else {
      throw Failure(.argument, "publish_seconds", "The publish_seconds must be from 0 to 31536000, not \(publish).")
    }
    guard (1...Limits.longestLifetime).contains(retain) else {
      throw Failure(
        .argument, "token_seconds", "The token_seconds must be from 1 to \(Limits.longestLifetime), not \(retain).")
    }
    self.algorithm = algorithm
    self.publish = publish
    self.retain = retain
  }

  /// A new key; a secret, which has no thumbprint, gets a random id.
  func newKey() throws(Failure) -> Key {
    let key = try Key.make(generating: algorithm)
    guard key.id.count == 0 else { return key }
    var bytes = [UInt8](repeating: 0, count: 16)
    var target = bytes.mutableSpan
    try fillRandomly(&target)
    var id: [UInt8] = []
    id.append(base64URL: bytes.span)
    return try key.withID(id.span)
  }
}
