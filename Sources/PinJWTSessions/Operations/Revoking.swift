import PinJWTCore
import PinJWTCrypto
import PinJWTStores

extension Sessions {
  /// Ends the session of a refresh token, whichever of its generations that is.
  public func logout(_ text: borrowing Span<UInt8>) throws(Failure) {
    _ = try requireSigner()
    let token = try RefreshToken.read(text, space, settings.current.peppers)
    let revoked = try revoke(.selector(token.selector), Array(token.selector.prefix(4)), .logout)
    guard revoked.found else {
      throw Failure(.refreshInvalid, "token", "There is no session of this refresh token; it may have ended long ago.")
    }
  }

  /// Ends one session of a user.
  public func revokeSession(_ user: borrowing Span<UInt8>, sid: borrowing Span<UInt8>) throws(Failure) {
    let user = try Given.text(user, 1...256, "user")
    let sid = try Given.text(sid, 1...64, "sid")
    let revoked = try revoke(.sid(user: user, sid: sid), Names.tag(user, in: space), .session)
    guard revoked.found else {
      throw Failure(.refreshInvalid, "sid", "The user has no session with this sid.")
    }
  }

  /// Ends a user's sessions but the one with the sid `except`, which may be empty. How many there were.
  public func revokeUser(_ user: borrowing Span<UInt8>, except: borrowing Span<UInt8>) throws(Failure) -> Int {
    let user = try Given.text(user, 1...256, "user")
    let except = try Given.text(except, 0...64, "except")
    return try revoke(.user(user, except: except), Names.tag(user, in: space), .user).count
  }

  /// Ends what the target names, in steps that a store can take at once.
  private func revoke(
    _ target: Revocation.Target, _ tag: [UInt8], _ reason: RevocationReason
  ) throws(Failure) -> (found: Bool, count: Int) {
    var count = 0
    while true {
      let revoked = try store.revoke(
        Revocation(space: space, tag: tag, target: target, reason: reason, limit: 500, denial: try terms()))
      for session in revoked.sessions {
        denials.note(.sid, session.sid, keep)
        tell(event(.revoked, nil, session, at: revoked.now))
      }
      count &+= revoked.sessions.count
      guard revoked.more, !revoked.sessions.isEmpty else { return (revoked.found, count) }
    }
  }

  /// Ends every session that began before `time`, in Unix seconds, or before now where that is nil.
  public func revokeBefore(_ time: Int64?) throws(Failure) -> Int64 {
    let now = try denials.readNow()
    // Sessions of this second may have begun a moment ago: they go too.
    let before = time ?? (now / 1000).addingClamped(1)
    try Limits.checkTime(before)
    guard before <= (now / 1000).addingClamped(1) else {
      throw Failure(.argument, "time", "The time lies in the future by the store's clock; give one that has been.")
    }
    let (floor, overflow) = before.multipliedReportingOverflow(by: 1000)
    guard !overflow else { throw Failure(.argument, "time", "The time is out of range.") }
    try store.deny(
      Denial(space: space, kind: .before, key: [], value: floor, until: 0, terms: try terms()))
    denials.note(before: floor)
    // Who signs in before that time has come is swept too, rather than left with tokens that are refused.
    Clock.pause(milliseconds: min(1000, floor.subtractingClamped(now)))
    var count: Int64 = 0
    while true {
      let progress = try store.sweep(Sweep(space: space, before: floor, limit: 1000))
      count = count.addingClamped(progress.count)
      guard progress.more else { break }
    }
    var event = Event(.revoked, nil, at: now / 1000)
    event.reason = RevocationReason.before.rawValue
    tell(event)
    return count
  }

  /// Raises the user's version, and so ends all that the user has.
  public func bump(_ user: borrowing Span<UInt8>) throws(Failure) -> Int64 {
    let user = try Given.text(user, 1...256, "user")
    let version = try store.bump(
      Bump(space: space, tag: Names.tag(user, in: space), user: user, denial: try terms()))
    denials.note(user: user, version: version, keep)
    var event = Event(.revoked, nil, at: denials.now / 1000)
    event.sub = user
    event.reason = RevocationReason.version.rawValue
    tell(event)
    return version
  }

  /// Denies one token until it expires, in Unix seconds, or for the lifetime of access tokens.
  public func deny(jti: borrowing Span<UInt8>, expires: Int64) throws(Failure) {
    let jti = try Given.text(jti, 1...256, "jti")
    try Limits.checkTime(expires)
    let until = expires == 0 ? 0 : (expires &+ 300) &* 1000
    try store.deny(Denial(space: space, kind: .jti, key: jti, value: 0, until: until, terms: try terms()))
    denials.note(.jti, jti, until == 0 ? keep : max(keep, until.subtractingClamped(denials.now)))
    var event = Event(.denied, nil, at: denials.now / 1000)
    event.jti = jti
    tell(event)
  }
}
