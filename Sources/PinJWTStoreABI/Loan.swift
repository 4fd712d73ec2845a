import CPinJWT
import PinJWTCrypto
import PinJWTStores

/// Copies of bytes that C may read for as long as the loan lives.
@safe public final class Loan {
  private var lent: [PinnedBytes] = []

  public init() {}

  @unsafe public func lend(_ bytes: [UInt8]) -> pinjwt_bytes {
    if bytes.isEmpty { return unsafe pinjwt_bytes(data: nil, len: 0) }
    let copy = PinnedBytes(copying: bytes.span)
    lent.append(copy)
    return unsafe pinjwt_bytes(data: copy.address, len: copy.count)
  }

  @unsafe public func lend(_ terms: DenialTerms) -> pinjwt_denial_terms {
    unsafe pinjwt_denial_terms(keep: terms.keep, mark: lend(terms.mark))
  }

  @unsafe public func lend(_ session: Session) -> pinjwt_session_row {
    unsafe pinjwt_session_row(
      selector: lend(session.selector), sid: lend(session.sid), user: lend(session.user), client: lend(session.client),
      claims: lend(session.claims), device: lend(session.device), address: lend(session.address),
      agent: lend(session.agent), current: lend(session.current), previous: lend(session.previous),
      seal: lend(session.seal), nonce: lend(session.nonce), jti: lend(session.jti), generation: session.generation,
      version: session.version, created: session.created, rotated: session.rotated, idle_end: session.idleEnd,
      end: session.end, revoked: session.revoked,
      reason: pinjwt_reason(rawValue: UInt32(truncatingIfNeeded: session.reason.rawValue)))
  }

  @unsafe public func lend(_ position: FeedPosition) -> pinjwt_feed_position {
    unsafe pinjwt_feed_position(
      epoch: lend(position.epoch), mark: lend(position.mark), sequence: position.sequence)
  }

  @unsafe public func lend(_ entry: FeedEntry) -> pinjwt_feed_entry {
    unsafe pinjwt_feed_entry(
      sequence: entry.sequence, kind: pinjwt_feed_kind(rawValue: UInt32(truncatingIfNeeded: entry.kind.rawValue)),
      key: lend(entry.key), value: entry.value, until: entry.until)
  }
}
