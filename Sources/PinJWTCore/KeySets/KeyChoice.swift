import PinJWTCrypto

/// The keys that a token may have been signed with.
enum KeyChoice {
  case one(Key)
  case several([Key])
}

extension KeySetContents {
  /// Without a kid, a token is tried against this many keys at most: each costs a signature check.
  private static let mostTried = 4

  /// A header that is byte for byte the usual one of a key, and that key.
  func usual(_ segment: borrowing Span<UInt8>, at now: Int64) -> (Header, Key)? {
    for entry in entries where now < entry.end {
      let usual = entry.usualSegment
      if segment.equals(usual.span) { return (entry.usualHeader, entry.key) }
    }
    return nil
  }

  /// The keys for a header, whose alg is the pin of one of the set's keys.
  func choice(_ header: Header, at now: Int64) throws(Failure) -> KeyChoice {
    guard header.hasKid else { return try choiceWithoutID(header.algorithm, at: now) }
    let kid = header.kid
    for entry in entries where now < entry.end {
      let id = entry.key.id
      guard id.bytes.equals(kid.span) else { continue }
      guard entry.key.algorithm == header.algorithm else {
        throw Failure(
          .algorithm, "alg",
          "The token's alg is \(header.algorithm), the key of its kid is pinned to \(entry.key.algorithm).")
      }
      return .one(entry.key)
    }
    throw Failure(
      .keyUnknown, "kid",
      "No key here has the token's kid \"\(Sentence(escaping: kid.span.shortened(to: 40)))\"; its issuer may have rotated, or it is forged."
    )
  }

  private func choiceWithoutID(_ algorithm: Algorithm, at now: Int64) throws(Failure) -> KeyChoice {
    var keys: [Key] = []
    for entry in entries where now < entry.end && entry.key.algorithm == algorithm {
      keys.append(entry.key)
      if keys.count == KeySetContents.mostTried { break }
    }
    guard !keys.isEmpty else {
      throw Failure(.keyUnknown, "kid", "The token has no kid, and no key here is pinned to \(algorithm).")
    }
    return .several(keys)
  }
}
