import PinJWTCrypto
import PinJWTStores

extension Answer {
  /// How many columns a session has.
  static var sessionColumns: Int { 21 }

  /// Sessions, in the order of the columns that the statements name.
  func sessions() throws(Fault) -> [Session] {
    var sessions: [Session] = []
    for row in rows.indices {
      guard let code = Int32(exactly: try number(row, 20)), let reason = RevocationReason(rawValue: code) else {
        throw .malformed
      }
      // Somebody may have written into the tables; nobody who reckons with these has to expect that.
      for column in 13..<20 where try number(row, column) < 0 { throw .malformed }
      sessions.append(
        Session(
          selector: try bytes(row, 0), sid: try bytes(row, 1), user: try bytes(row, 2), client: try bytes(row, 3),
          claims: try bytes(row, 4), device: try bytes(row, 5), address: try bytes(row, 6), agent: try bytes(row, 7),
          generation: try number(row, 13), current: try bytes(row, 8), previous: try bytes(row, 9),
          seal: try bytes(row, 10), nonce: try bytes(row, 11), jti: try bytes(row, 12), version: try number(row, 14),
          created: try number(row, 15), rotated: try number(row, 16), idleEnd: try number(row, 17),
          end: try number(row, 18), revoked: try number(row, 19), reason: reason))
    }
    return sessions
  }

  /// Sessions where there are any: where there are none, the one row has NULLs.
  func sessionsIfAny() throws(Fault) -> [Session] {
    try optional(0, 0) == nil ? [] : try sessions()
  }

  /// A page of the feed: in each row its head, and an entry or NULLs.
  func page(limit: Int) throws(Fault) -> FeedPage {
    var entries: [FeedEntry] = []
    var position = FeedPosition(epoch: try bytes(0, 0), sequence: try number(0, 1), mark: try bytes(0, 2))
    for row in rows.indices where try optional(row, 4) != nil {
      guard let code = Int32(exactly: try number(row, 5)), let kind = FeedEntry.Kind(rawValue: code) else {
        throw .malformed
      }
      entries.append(
        FeedEntry(
          sequence: try number(row, 4), kind: kind, key: try bytes(row, 6), value: try number(row, 7),
          until: try number(row, 8)))
    }
    let more = entries.count > limit
    if more {
      entries = Array(entries.prefix(limit))
      position.sequence = try number(limit - 1, 4)
      position.mark = try bytes(limit - 1, 9)
    }
    return FeedPage(entries: entries, position: position, more: more, now: try number(0, 3))
  }
}
