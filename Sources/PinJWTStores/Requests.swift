// What the library asks of a store, and what a store answers. Durations and times are in milliseconds; times come from
// the store's clock. `space` is 16 bytes that stand for the issuer: rows of different spaces never meet.

/// Log in: one more session.
public struct Creation: Sendable {
  public var space: [UInt8]
  /// The row to be; the store fills in version, created, rotated, idleEnd and end.
  public var session: Session
  public var idle: Int64
  public var absolute: Int64
  /// The most live sessions that the user may have, this one included; 0 for no limit.
  public var cap: Int64
  public var denial: DenialTerms

  public init(space: [UInt8], session: Session, idle: Int64, absolute: Int64, cap: Int64, denial: DenialTerms) {
    self.space = space
    self.session = session
    self.idle = idle
    self.absolute = absolute
    self.cap = cap
    self.denial = denial
  }

  /// The row as it is to be stored at `now`.
  public func completed(userVersion: Int64, at now: Int64) -> Session {
    var row = session
    row.version = userVersion
    row.created = now
    row.rotated = now
    row.end = now.addingClamped(absolute)
    row.idleEnd = min(now.addingClamped(idle), row.end)
    return row
  }
}

public struct Created: Sendable {
  /// The row as it was stored.
  public var session: Session
  /// The sessions that were revoked to make room, as they are now.
  public var displaced: [Session]

  public init(session: Session, displaced: [Session]) {
    self.session = session
    self.displaced = displaced
  }
}

/// How long denials that an operation writes into the feed are kept, and a mark that tells them from others.
public struct DenialTerms: Sendable {
  /// The longest life of an access token and a margin, in milliseconds.
  public var keep: Int64
  /// 8 random bytes.
  public var mark: [UInt8]

  public init(keep: Int64, mark: [UInt8]) {
    self.keep = keep
    self.mark = mark
  }
}

/// Refresh: a token has been presented whose mac holds.
public struct Rotation: Sendable {
  public var space: [UInt8]
  public var selector: [UInt8]
  /// The generation and the hash (32 bytes) of the token presented.
  public var generation: Int64
  public var hash: [UInt8]
  /// The client that presents it.
  public var client: [UInt8]
  /// The hash (32 bytes) of its successor, the seal (32) and nonce (16) that give it again, and the jti of the access
  /// token to come with it.
  public var next: [UInt8]
  public var seal: [UInt8]
  public var nonce: [UInt8]
  public var jti: [UInt8]
  /// How long after a rotation the previous token gets the same successor again; 0 for never.
  public var grace: Int64
  public var idle: Int64
  public var denial: DenialTerms

  public init(
    space: [UInt8], selector: [UInt8], generation: Int64, hash: [UInt8], client: [UInt8], next: [UInt8], seal: [UInt8],
    nonce: [UInt8], jti: [UInt8], grace: Int64, idle: Int64, denial: DenialTerms
  ) {
    self.space = space
    self.selector = selector
    self.generation = generation
    self.hash = hash
    self.client = client
    self.next = next
    self.seal = seal
    self.nonce = nonce
    self.jti = jti
    self.grace = grace
    self.idle = idle
    self.denial = denial
  }
}

public struct Rotated: Sendable {
  public var verdict: RotationVerdict
  /// The row as it is now; nil where there is none.
  public var session: Session?
  /// The jti that the row had before.
  public var previousJTI: [UInt8]
  public var now: Int64

  public init(verdict: RotationVerdict, session: Session?, previousJTI: [UInt8], now: Int64) {
    self.verdict = verdict
    self.session = session
    self.previousJTI = previousJTI
    self.now = now
  }
}

/// Revoke sessions: the row and, before it or together with it, the denial of its sid in the feed.
public struct Revocation: Sendable {
  public enum Target: Sendable {
    /// The session of a refresh token.
    case selector([UInt8])
    /// One session of a user, by its sid: of nobody else.
    case sid(user: [UInt8], sid: [UInt8])
    /// All sessions of a user but the one with the sid `except`, which may be empty.
    case user([UInt8], except: [UInt8])
  }

  public var space: [UInt8]
  /// The user's tag, 4 bytes: as in the selectors of the user's sessions.
  public var tag: [UInt8]
  public var target: Target
  public var reason: RevocationReason
  /// At most so many sessions at once, at least 1; the caller comes again for the others.
  public var limit: Int
  public var denial: DenialTerms

  public init(
    space: [UInt8], tag: [UInt8], target: Target, reason: RevocationReason, limit: Int, denial: DenialTerms
  ) {
    self.space = space
    self.tag = tag
    self.target = target
    self.reason = reason
    self.limit = limit
    self.denial = denial
  }
}

public struct Revoked: Sendable {
  /// The sessions that this call revoked, as they are now. Those that were revoked or expired before are left as they are.
  public var sessions: [Session]
  /// Whether the selector or the sid is that of a session, whatever its state; true for a user.
  public var found: Bool
  /// Whether there may be more to revoke.
  public var more: Bool
  public var now: Int64

  public init(sessions: [Session], found: Bool, more: Bool, now: Int64) {
    self.sessions = sessions
    self.found = found
    self.more = more
    self.now = now
  }
}

/// Revoke every session created before a time, without denials: the library has written one for the time before.
public struct Sweep: Sendable {
  public var space: [UInt8]
  public var before: Int64
  public var limit: Int

  public init(space: [UInt8], before: Int64, limit: Int) {
    self.space = space
    self.before = before
    self.limit = limit
  }
}

/// How far a sweep or a purge has come.
public struct Progress: Sendable {
  /// The sessions revoked by this call of a sweep; the rows of all kinds removed by this call of a purge.
  public var count: Int64
  public var more: Bool

  public init(count: Int64, more: Bool) {
    self.count = count
    self.more = more
  }
}

/// Raise the user's version by one (from 0, which a user has who has no row), and say so in the feed: kind `.user`, the
/// user as the key, the new version as the value.
public struct Bump: Sendable {
  public var space: [UInt8]
  /// The user's tag, 4 bytes: as in the selectors of the user's sessions.
  public var tag: [UInt8]
  public var user: [UInt8]
  public var denial: DenialTerms

  public init(space: [UInt8], tag: [UInt8], user: [UInt8], denial: DenialTerms) {
    self.space = space
    self.tag = tag
    self.user = user
    self.denial = denial
  }
}

/// Write one entry into the feed.
public struct Denial: Sendable {
  public var space: [UInt8]
  public var kind: FeedEntry.Kind
  public var key: [UInt8]
  public var value: Int64
  /// When the entry may go; 0 for the store's time plus `terms.keep`.
  public var until: Int64
  public var terms: DenialTerms

  public init(space: [UInt8], kind: FeedEntry.Kind, key: [UInt8], value: Int64, until: Int64, terms: DenialTerms) {
    self.space = space
    self.kind = kind
    self.key = key
    self.value = value
    self.until = until
    self.terms = terms
  }
}

/// Use a one-shot token up.
public struct Consumption: Sendable {
  public var space: [UInt8]
  /// 32 bytes that stand for the token.
  public var key: [UInt8]
  /// When the token has expired, so that the row may go.
  public var until: Int64

  public init(space: [UInt8], key: [UInt8], until: Int64) {
    self.space = space
    self.key = key
    self.until = until
  }
}

/// The sessions of a user, live ones only, oldest first.
public struct Listing: Sendable {
  public var space: [UInt8]
  public var tag: [UInt8]
  public var user: [UInt8]
  /// At most so many.
  public var limit: Int

  public init(space: [UInt8], tag: [UInt8], user: [UInt8], limit: Int) {
    self.space = space
    self.tag = tag
    self.user = user
    self.limit = limit
  }
}

/// Remove what no answer needs any more, up to `limit` rows at once.
///
/// Sessions `retain` after their idle or absolute end; feed entries and one-shot rows after their `until`. The seals of
/// sessions that were rotated more than `grace` ago are erased, and counted too.
public struct Purge: Sendable {
  public var space: [UInt8]
  public var retain: Int64
  public var grace: Int64
  public var limit: Int

  public init(space: [UInt8], retain: Int64, grace: Int64, limit: Int) {
    self.space = space
    self.retain = retain
    self.grace = grace
    self.limit = limit
  }
}

/// What a store holds of a space.
public struct Statistics: Equatable, Sendable {
  /// Sessions that are neither revoked nor past an end. Those of users whose version was raised since are among them.
  public var live: Int64 = 0
  public var revoked: Int64 = 0
  /// Past an end and not revoked.
  public var expired: Int64 = 0
  public var denials: Int64 = 0
  public var consumed: Int64 = 0

  public init() {}
}

extension Int64 {
  /// The difference, or the largest or smallest number where it would be beyond.
  public func subtractingClamped(_ other: Int64) -> Int64 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    guard overflow else { return difference }
    return other > 0 ? .min : .max
  }

  /// The sum, or the largest or smallest number where it would be beyond.
  public func addingClamped(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    guard overflow else { return sum }
    return other > 0 ? .max : .min
  }
}
