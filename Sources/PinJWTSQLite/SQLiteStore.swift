import PinJWTCrypto
import PinJWTStores

/// The store in an SQLite database.
@safe public final class SQLiteStore: SessionStore, @unchecked Sendable {
  // Sendable: the database is.
  private let database: Database

  /// Opens the database at a path or URL, which is made where there is none.
  public static func open(_ location: borrowing Span<UInt8>) throws(Failure) -> SQLiteStore {
    SQLiteStore(try Database.open(try Location(location)))
  }

  private init(_ database: Database) {
    self.database = database
    super.init()
  }

  deinit {
    database.close()
  }

  public override func create(_ request: Creation) throws(Failure) -> Created {
    try database.write { (tables) throws(Fault) in
      let now = try StoreClock.now()
      let space = try tables.spaceToWrite(request.space)
      let user = request.session.user
      let version = try tables.userVersion(space, user)
      var displaced: [Session] = []
      if request.cap > 0 {
        let live = try tables.countLive(space, user: user, userVersion: version, at: now)
        let over = max(0, live.addingClamped(1).subtractingClamped(request.cap))
        for row in try tables.liveSessions(space, user: user, userVersion: version, at: now, limit: over) {
          displaced.append(try tables.revoke(row, .displaced, request.denial, at: now))
        }
      }
      let session = request.completed(userVersion: version, at: now)
      try tables.add(session, space)
      return Created(session: session, displaced: displaced)
    }
  }

  public override func rotate(_ request: Rotation) throws(Failure) -> Rotated {
    try database.write { (tables) throws(Fault) in
      let now = try StoreClock.now()
      guard let found = try tables.session(request.space, request.selector) else {
        return request.judge(nil, userVersion: 0, at: now)
      }
      let rotated = request.judge(found.row.session, userVersion: found.userVersion, at: now)
      if rotated.verdict.writes, let session = rotated.session {
        if rotated.verdict.revokes {
          _ = try tables.revoke(found.row, session.reason, request.denial, at: now)
        } else {
          try tables.rotate(found.row, to: session)
        }
      }
      return rotated
    }
  }

  public override func revoke(_ request: Revocation) throws(Failure) -> Revoked {
    try database.write { (tables) throws(Fault) in
      let now = try StoreClock.now()
      let limit = Int64(max(1, request.limit))
      var rows: [SessionRow] = []
      var found = true
      switch request.target {
      case .selector(let selector):
        if let session = try tables.session(request.space, selector) { rows = [session.row] }
        found = !rows.isEmpty
      case .sid(let user, let sid):
        if let space = try tables.space(request.space), let row = try tables.session(space.id, user: user, sid: sid) {
          rows = [row]
        }
        found = !rows.isEmpty
      case .user(let user, let except):
        if let space = try tables.space(request.space) {
          rows = try tables.sessionsToRevoke(
            space.id, user: user, except: except, at: now, limit: limit.addingClamped(1))
        }
      }
      let more = Int64(rows.count) > limit
      if more { rows.removeLast() }
      var revoked: [Session] = []
      for row in rows where row.session.isUnended(at: now) {
        revoked.append(try tables.revoke(row, request.reason, request.denial, at: now))
      }
      return Revoked(sessions: revoked, found: found, more: more, now: now)
    }
  }

  public override func sweep(_ request: Sweep) throws(Failure) -> Progress {
    try database.write { (tables) throws(Fault) in
      guard let space = try tables.space(request.space) else { return Progress(count: 0, more: false) }
      let limit = Int64(max(1, request.limit))
      let query = try tables.statement(.sweep)
      query.bind(1, space.id)
      query.bind(2, try StoreClock.now())
      query.bind(3, Int64(RevocationReason.before.rawValue))
      query.bind(4, request.before)
      query.bind(5, limit)
      try query.run()
      let count = tables.connection.changes
      return Progress(count: count, more: count >= limit)
    }
  }

  public override func bump(_ request: Bump) throws(Failure) -> Int64 {
    try database.write { (tables) throws(Fault) in
      let until = try StoreClock.now().addingClamped(request.denial.keep)
      let space = try tables.spaceToWrite(request.space)
      let version = try tables.raiseVersion(space, request.user)
      try tables.deny(space, .user, request.user, value: version, until: until, mark: request.denial.mark)
      return version
    }
  }

  public override func deny(_ request: Denial) throws(Failure) {
    try database.write { (tables) throws(Fault) in
      let now = try StoreClock.now()
      let until = request.until != 0 ? request.until : now.addingClamped(request.terms.keep)
      try tables.deny(
        tables.spaceToWrite(request.space), request.kind, request.key, value: request.value, until: until,
        mark: request.terms.mark)
    }
  }

  public override func consume(_ request: Consumption) throws(Failure) -> Bool {
    try database.write { (tables) throws(Fault) in
      let query = try tables.statement(.consume)
      query.bind(1, try tables.spaceToWrite(request.space))
      query.bind(2, blob: request.key)
      query.bind(3, request.until)
      try query.run()
      return tables.connection.changes == 1
    }
  }

  public override func feed(_ request: FeedRequest) throws(Failure) -> FeedPage {
    let page = try database.read { (tables) throws(Fault) in
      // A feed that no one has read yet has no epoch.
      guard let space = try tables.space(request.space), !space.epoch.isEmpty else { return FeedPage?.none }
      return try request.read(space, tables)
    }
    if let page { return page }
    return try database.write { (tables) throws(Fault) in
      let id = try tables.spaceToWrite(request.space)
      guard let space = try tables.space(request.space), space.id == id else { throw .busy }
      if space.epoch.isEmpty { try tables.setEpoch(request.epoch, id) }
      return try request.read(try tables.space(request.space) ?? space, tables)
    }
  }

  public override func list(_ request: Listing) throws(Failure) -> [Session] {
    try database.read { (tables) throws(Fault) in
      guard let space = try tables.space(request.space) else { return [] }
      let version = try tables.userVersion(space.id, request.user)
      let rows = try tables.liveSessions(
        space.id, user: request.user, userVersion: version, at: try StoreClock.now(),
        limit: Int64(max(0, request.limit)))
      return rows.map { $0.session }
    }
  }

  public override func purge(_ request: Purge) throws(Failure) -> Progress {
    try database.write { (tables) throws(Fault) in
      guard let space = try tables.space(request.space)?.id else { return Progress(count: 0, more: false) }
      let now = try StoreClock.now()
      let limit = Int64(max(1, request.limit))
      let sessions = try tables.purgeSessions(space, before: now.subtractingClamped(request.retain), limit: limit)
      var looked = sessions.looked
      var count = sessions.removed
      for kind in [Query.purgeFeed, .purgeConsumed] where looked < limit {
        let removed = try tables.purge(kind, space, at: now, limit: limit - looked)
        looked += removed
        count += removed
      }
      if looked < limit {
        let seals = try tables.purgeSeals(space, before: now.subtractingClamped(request.grace), limit: limit - looked)
        looked += seals.looked
        count += seals.removed
      }
      return Progress(count: count, more: looked >= limit)
    }
  }

  public override func statistics(space name: [UInt8]) throws(Failure) -> Statistics {
    try database.read { (tables) throws(Fault) in
      var statistics = Statistics()
      guard let space = try tables.space(name)?.id else { return statistics }
      statistics.expired = try tables.count(.countExpired, space, at: try StoreClock.now())
      statistics.live = try tables.count(.countUnrevoked, space) &- statistics.expired
      statistics.revoked = try tables.count(.countRevoked, space)
      statistics.denials = try tables.count(.countEntries, space)
      statistics.consumed = try tables.count(.countConsumed, space)
      return statistics
    }
  }
}

extension Tables {
  /// Denies a session's tokens and revokes it; the row as it is then.
  fileprivate func revoke(
    _ row: SessionRow, _ reason: RevocationReason, _ terms: DenialTerms, at now: Int64
  ) throws(Fault) -> Session {
    try deny(
      row.space, .sid, row.session.sid, value: 0, until: now.addingClamped(terms.keep), mark: terms.mark)
    try revoke(row, reason, at: now)
    return row.session.ended(reason, at: now)
  }
}

extension Session {
  fileprivate func isUnended(at now: Int64) -> Bool { revoked == 0 && now < idleEnd && now < end }
}

extension FeedRequest {
  fileprivate func read(_ space: Space, _ tables: Tables) throws(Fault) -> FeedPage {
    let limit = Int64(max(1, limit))
    let start = try isKnown(space, tables) ? position.sequence : 0
    var (entries, marks) = try tables.entries(space.id, after: start, limit: limit.addingClamped(1))
    let more = Int64(entries.count) > limit
    if more {
      entries.removeLast()
      marks.removeLast()
    }
    var end = space.end
    if more, let last = entries.last, let mark = marks.last {
      end = FeedPosition(epoch: space.epoch, sequence: last.sequence, mark: mark)
    }
    return FeedPage(entries: entries, position: end, more: more, now: try StoreClock.now())
  }

  /// Whether this feed is the one that the reader has read up to its position.
  private func isKnown(_ space: Space, _ tables: Tables) throws(Fault) -> Bool {
    guard position.epoch == space.epoch, position.sequence > 0 else { return false }
    if let mark = try tables.mark(space.id, of: position.sequence) { return mark == position.mark }
    return position.sequence == space.sequence && position.mark == space.mark
  }
}
