import CPinJWT
import PinJWTCrypto
import PinJWTStores

// What comes in from C, copied and checked. Sound throughout: the header's rule for callers and stores is that pointers
// are valid for their lengths during the call.

/// Something that is not as the header describes it. Whose fault that is, the caller of these functions knows.
public struct Malformed: Error {
  public init() {}
}

/// A copy of bytes of an allowed length.
@unsafe public func take(_ bytes: pinjwt_bytes, _ lengths: ClosedRange<Int>) throws(Malformed) -> [UInt8] {
  guard unsafe lengths.contains(bytes.len) else { throw Malformed() }
  var copy: [UInt8] = []
  guard unsafe bytes.len > 0 else { return copy }
  guard let data = unsafe bytes.data else { throw Malformed() }
  unsafe copy.append(contentsOf: UnsafeBufferPointer(start: data, count: bytes.len))
  return copy
}

/// Bytes of one length, or none.
@unsafe private func takeOptional(_ bytes: pinjwt_bytes, _ length: Int) throws(Malformed) -> [UInt8] {
  unsafe bytes.len == 0 ? [] : try take(bytes, length...length)
}

/// A number that is not negative.
public func take(_ number: Int64) throws(Malformed) -> Int64 {
  guard number >= 0 else { throw Malformed() }
  return number
}

@unsafe public func take(_ terms: pinjwt_denial_terms) throws(Malformed) -> DenialTerms {
  unsafe DenialTerms(keep: try take(terms.keep), mark: try take(terms.mark, 8...8))
}

@unsafe public func take(_ row: UnsafePointer<pinjwt_session_row>) throws(Malformed) -> Session {
  let row = unsafe row.pointee
  guard let reason = unsafe RevocationReason(rawValue: Int32(truncatingIfNeeded: row.reason.rawValue)) else {
    throw Malformed()
  }
  return unsafe Session(
    selector: try take(row.selector, 16...16), sid: try take(row.sid, 1...64), user: try take(row.user, 1...256),
    client: try take(row.client, 0...256), claims: try take(row.claims, 0...4096),
    device: try take(row.device, 0...64), address: try take(row.address, 0...45), agent: try take(row.agent, 0...256),
    generation: try take(row.generation), current: try take(row.current, 32...32),
    previous: try takeOptional(row.previous, 32), seal: try takeOptional(row.seal, 32),
    nonce: try takeOptional(row.nonce, 16), jti: try take(row.jti, 0...22), version: try take(row.version),
    created: try take(row.created), rotated: try take(row.rotated), idleEnd: try take(row.idle_end),
    end: try take(row.end), revoked: try take(row.revoked), reason: reason)
}

@unsafe public func take(_ request: pinjwt_rotate_request) throws(Malformed) -> Rotation {
  unsafe Rotation(
    space: try take(request.space, 16...16), selector: try take(request.selector, 16...16),
    generation: try take(request.generation), hash: try take(request.hash, 32...32),
    client: try take(request.client, 0...256), next: try take(request.next, 32...32),
    seal: try take(request.seal, 32...32), nonce: try take(request.nonce, 16...16), jti: try take(request.jti, 0...22),
    grace: try take(request.grace), idle: try take(request.idle), denial: try take(request.denial))
}

@unsafe public func take(_ request: pinjwt_create_request) throws(Malformed) -> Creation {
  guard let row = unsafe request.row else { throw Malformed() }
  return unsafe Creation(
    space: try take(request.space, 16...16), session: try take(row), idle: try take(request.idle),
    absolute: try take(request.absolute), cap: try take(request.cap), denial: try take(request.denial))
}

@unsafe public func take(_ request: pinjwt_revoke_request) throws(Malformed) -> Revocation {
  let target: Revocation.Target
  switch unsafe request.target {
  case PINJWT_REVOKE_SELECTOR: target = .selector(unsafe try take(request.selector, 16...16))
  case PINJWT_REVOKE_SID:
    target = .sid(user: unsafe try take(request.user, 1...256), sid: unsafe try take(request.sid, 1...64))
  case PINJWT_REVOKE_USER:
    target = .user(unsafe try take(request.user, 1...256), except: unsafe try take(request.sid, 0...64))
  default: throw Malformed()
  }
  guard let reason = unsafe RevocationReason(rawValue: Int32(truncatingIfNeeded: request.reason.rawValue)),
    let limit = unsafe Int(exactly: request.limit), limit > 0
  else { throw Malformed() }
  return unsafe Revocation(
    space: try take(request.space, 16...16), tag: try take(request.tag, 4...4), target: target, reason: reason,
    limit: limit, denial: try take(request.denial))
}

@unsafe public func take(_ request: pinjwt_sweep_request) throws(Malformed) -> Sweep {
  guard let limit = unsafe Int(exactly: request.limit), limit > 0 else { throw Malformed() }
  return unsafe Sweep(space: try take(request.space, 16...16), before: try take(request.before), limit: limit)
}

@unsafe public func take(_ request: pinjwt_bump_request) throws(Malformed) -> Bump {
  unsafe Bump(
    space: try take(request.space, 16...16), tag: try take(request.tag, 4...4), user: try take(request.user, 1...256),
    denial: try take(request.denial))
}

public func take(_ kind: pinjwt_feed_kind) throws(Malformed) -> FeedEntry.Kind {
  guard let kind = FeedEntry.Kind(rawValue: Int32(truncatingIfNeeded: kind.rawValue)) else { throw Malformed() }
  return kind
}

@unsafe public func take(_ request: pinjwt_deny_request) throws(Malformed) -> Denial {
  unsafe Denial(
    space: try take(request.space, 16...16), kind: try take(request.kind), key: try take(request.key, 0...256),
    value: try take(request.value), until: try take(request.until), terms: try take(request.denial))
}

@unsafe public func take(_ request: pinjwt_consume_request) throws(Malformed) -> Consumption {
  unsafe Consumption(
    space: try take(request.space, 16...16), key: try take(request.key, 32...32), until: try take(request.until))
}

@unsafe public func take(_ position: pinjwt_feed_position) throws(Malformed) -> FeedPosition {
  unsafe FeedPosition(
    epoch: try takeOptional(position.epoch, 16), sequence: try take(position.sequence),
    mark: try takeOptional(position.mark, 8))
}

@unsafe public func take(_ request: pinjwt_feed_request) throws(Malformed) -> FeedRequest {
  guard let limit = unsafe Int(exactly: request.limit), limit > 0 else { throw Malformed() }
  return unsafe FeedRequest(
    space: try take(request.space, 16...16), position: try take(request.position), limit: limit,
    epoch: try take(request.epoch, 16...16))
}

@unsafe public func take(_ entry: UnsafePointer<pinjwt_feed_entry>) throws(Malformed) -> FeedEntry {
  let entry = unsafe entry.pointee
  return unsafe FeedEntry(
    sequence: try take(entry.sequence), kind: try take(entry.kind), key: try take(entry.key, 0...256),
    value: try take(entry.value), until: try take(entry.until))
}

@unsafe public func take(_ request: pinjwt_list_request) throws(Malformed) -> Listing {
  guard let limit = unsafe Int(exactly: request.limit), limit > 0 else { throw Malformed() }
  return unsafe Listing(
    space: try take(request.space, 16...16), tag: try take(request.tag, 4...4), user: try take(request.user, 1...256),
    limit: limit)
}

@unsafe public func take(_ request: pinjwt_purge_request) throws(Malformed) -> Purge {
  guard let limit = unsafe Int(exactly: request.limit), limit > 0 else { throw Malformed() }
  return unsafe Purge(
    space: try take(request.space, 16...16), retain: try take(request.retain), grace: try take(request.grace),
    limit: limit)
}
