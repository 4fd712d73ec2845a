import PinJWTCrypto
import PinJWTStores

/// A store in the memory of the process, for tests and demonstrations. Each operation holds the one lock.
public final class MemoryStore: SessionStore, @unchecked Sendable {
  // Sendable: everything but the lock and the clock is touched under the lock only.
  let lock = Lock()
  /// The time in milliseconds; nil when it cannot be read.
  private let clock: @Sendable () -> Int64?
  /// By space and selector.
  var sessions = ByteMap<Session>()
  /// By space and user.
  private var versions = ByteMap<Int64>()
  /// By space.
  private var feeds = ByteMap<MemoryFeed>()
  /// Until when, by space and key.
  private var consumed = ByteMap<Int64>()

  public init(clock: @escaping @Sendable () -> Int64? = { Clock.milliseconds() }) {
    self.clock = clock
    super.init()
  }

  public override func create(_ request: Creation) throws(Failure) -> Created {
    try step { (now) throws(Failure) in
      let version = versions[request.space + request.session.user] ?? 0
      let row = request.completed(userVersion: version, at: now)
      var displaced: [Session] = []
      if request.cap > 0 {
        let live = live(of: row.user, in: request.space, now)
        let most = Int(clamping: request.cap &- 1)
        for session in live.prefix(max(0, live.count - most)) {
          displaced.append(revoke(session, .displaced, request.space, request.denial, now))
        }
      }
      sessions[request.space + row.selector] = row
      return Created(session: row, displaced: displaced)
    }
  }

  public override func rotate(_ request: Rotation) throws(Failure) -> Rotated {
    try step { (now) throws(Failure) in
      let row = sessions[request.space + request.selector]
      let version = row.flatMap { versions[request.space + $0.user] } ?? 0
      let rotated = request.judge(row, userVersion: version, at: now)
      guard rotated.verdict.writes, let session = rotated.session else { return rotated }
      if rotated.verdict.revokes { deny(.sid, session.sid, 0, 0, request.space, request.denial, now) }
      sessions[request.space + session.selector] = session
      return rotated
    }
  }

  public override func revoke(_ request: Revocation) throws(Failure) -> Revoked {
    try step { (now) throws(Failure) in
      let (named, found) = named(request, now)
      let live = named.filter { $0.revoked == 0 && now < $0.idleEnd && now < $0.end }
      var revoked: [Session] = []
      for session in live.prefix(request.limit) {
        revoked.append(revoke(session, request.reason, request.space, request.denial, now))
      }
      return Revoked(sessions: revoked, found: found, more: live.count > revoked.count, now: now)
    }
  }

  /// The sessions that a revocation names, and whether it names any.
  private func named(_ request: Revocation, _ now: Int64) -> ([Session], Bool) {
    switch request.target {
    case .selector(let selector):
      guard let session = sessions[request.space + selector] else { return ([], false) }
      return ([session], true)
    case .sid(let user, let sid):
      let named = all(of: user, in: request.space).filter { $0.sid == sid }
      return (named, !named.isEmpty)
    case .user(let user, let except):
      return (all(of: user, in: request.space).filter { $0.sid != except }, true)
    }
  }

  public override func sweep(_ request: Sweep) throws(Failure) -> Progress {
    try step { (now) throws(Failure) in
      var count = 0
      for (key, session) in sessions.entries
      where isIn(request.space, key) && session.revoked == 0 && session.created < request.before {
        guard count < request.limit else { return Progress(count: Int64(count), more: true) }
        sessions[key] = session.ended(.before, at: now)
        count &+= 1
      }
      return Progress(count: Int64(count), more: false)
    }
  }

  public override func bump(_ request: Bump) throws(Failure) -> Int64 {
    try step { (now) throws(Failure) in
      let version = (versions[request.space + request.user] ?? 0).addingClamped(1)
      versions[request.space + request.user] = version
      deny(.user, request.user, version, 0, request.space, request.denial, now)
      return version
    }
  }

  public override func deny(_ request: Denial) throws(Failure) {
    try step { (now) throws(Failure) in
      deny(request.kind, request.key, request.value, request.until, request.space, request.terms, now)
    }
  }

  public override func consume(_ request: Consumption) throws(Failure) -> Bool {
    try step { (now) throws(Failure) in
      guard consumed[request.space + request.key] == nil else { return false }
      consumed[request.space + request.key] = request.until
      return true
    }
  }

  public override func feed(_ request: FeedRequest) throws(Failure) -> FeedPage {
    try step { (now) throws(Failure) in
      var feed = feeds[request.space] ?? MemoryFeed(epoch: request.epoch)
      if feed.epoch.isEmpty { feed.epoch = request.epoch }
      feeds[request.space] = feed
      return feed.page(request, at: now)
    }
  }

  public override func list(_ request: Listing) throws(Failure) -> [Session] {
    try step { (now) throws(Failure) in
      Array(live(of: request.user, in: request.space, now).prefix(request.limit))
    }
  }

  public override func purge(_ request: Purge) throws(Failure) -> Progress {
    try step { (now) throws(Failure) in
      var left = request.limit
      var removed: Int64 = 0
      func take() -> Bool {
        guard left > 0 else { return false }
        left &-= 1
        removed &+= 1
        return true
      }
      for (key, session) in sessions.entries where isIn(request.space, key) {
        if min(session.idleEnd, session.end).addingClamped(request.retain) <= now {
          if take() { sessions[key] = nil }
        } else if !session.seal.isEmpty, session.rotated.addingClamped(request.grace) < now, take() {
          sessions[key]?.seal = []
          sessions[key]?.nonce = []
        }
      }
      feeds[request.space]?.entries.removeAll { $0.entry.until <= now && take() }
      for (key, until) in consumed.entries where isIn(request.space, key) && until <= now && take() {
        consumed[key] = nil
      }
      return Progress(count: removed, more: left == 0)
    }
  }

  public override func statistics(space: [UInt8]) throws(Failure) -> Statistics {
    try step { (now) throws(Failure) in
      var counts = Statistics()
      for (key, session) in sessions.entries where isIn(space, key) {
        if session.revoked != 0 {
          counts.revoked &+= 1
        } else if now < session.idleEnd && now < session.end {
          counts.live &+= 1
        } else {
          counts.expired &+= 1
        }
      }
      counts.denials = Int64(feeds[space]?.entries.count ?? 0)
      for (key, _) in consumed.entries where isIn(space, key) { counts.consumed &+= 1 }
      return counts
    }
  }

  // MARK: Steps

  private func step<Answer>(_ body: (Int64) throws(Failure) -> Answer) throws(Failure) -> Answer {
    try lock.withLock { () throws(Failure) in
      guard let now = clock() else { throw Failure(.store, "store", "The system's clock could not be read.") }
      return try body(now)
    }
  }

  private func isIn(_ space: [UInt8], _ key: [UInt8]) -> Bool {
    key.starts(with: space)
  }

  /// All of a user's, the oldest first.
  private func all(of user: [UInt8], in space: [UInt8]) -> [Session] {
    var found: [Session] = []
    for (key, session) in sessions.entries where session.user == user && isIn(space, key) { found.append(session) }
    found.sort { $0.created < $1.created || ($0.created == $1.created && isLess($0.selector, $1.selector)) }
    return found
  }

  private func live(of user: [UInt8], in space: [UInt8], _ now: Int64) -> [Session] {
    let version = versions[space + user] ?? 0
    return all(of: user, in: space).filter { $0.isLive(userVersion: version, at: now) }
  }

  /// Writes the denial, then the row.
  private func revoke(
    _ session: Session, _ reason: RevocationReason, _ space: [UInt8], _ terms: DenialTerms, _ now: Int64
  ) -> Session {
    deny(.sid, session.sid, 0, 0, space, terms, now)
    let ended = session.ended(reason, at: now)
    sessions[space + session.selector] = ended
    return ended
  }

  private func deny(
    _ kind: FeedEntry.Kind, _ key: [UInt8], _ value: Int64, _ until: Int64, _ space: [UInt8], _ terms: DenialTerms,
    _ now: Int64
  ) {
    var feed = feeds[space] ?? MemoryFeed(epoch: [])
    feed.append(kind, key, value, until: until == 0 ? now.addingClamped(terms.keep) : until, terms.mark)
    feeds[space] = feed
  }
}
