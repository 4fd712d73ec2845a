import PinJWTCrypto
import PinJWTStores

/// The store in PostgreSQL. Locks are taken in one order: the user's, sessions by selector, the feed.
public final class PostgresStore: SessionStore, @unchecked Sendable {
  // Sendable: the pool is.
  private let pool: Pool

  /// Connects, and makes the tables where there are none.
  public static func open(_ url: borrowing Span<UInt8>) throws(Failure) -> PostgresStore {
    let settings = try PostgresURL(url)
    do throws(Fault) {
      return PostgresStore(try Pool.open(settings))
    } catch {
      throw error.failure
    }
  }

  private init(_ pool: Pool) {
    self.pool = pool
    super.init()
  }

  public override func create(_ request: Creation) throws(Failure) -> Created {
    try pool.transaction { (connection, deadline) throws(Fault) in
      let (space, user) = (Parameter.bytes(request.space), Parameter.bytes(request.session.user))
      let (first, second) = request.lockNumbers
      let start = try connection.run(
        [Step(.begin), Step(.lockUser, .number(first), .number(second)), Step(.userVersion, space, user)], deadline)
      let (version, now) = (try start.last.number(0, 0), try start.last.number(0, 1))
      var steps: [Step] = []
      var displaced: [Session] = []
      if request.cap > 0 {
        let answer = try connection.run(
          [
            Step(
              .displace, space, user, .number(now), .number(version), .number(request.cap - 1),
              .number(Int64(RevocationReason.displaced.rawValue)))
          ], deadline)
        displaced = try answer.last.sessions()
        displaced.sort { $0.created < $1.created || ($0.created == $1.created && $0.selector.isBefore($1.selector)) }
        for session in displaced { steps.append(denial(of: session, space, request.denial, now)) }
      }
      let session = request.completed(userVersion: version, at: now)
      steps.append(adding(session, space))
      steps.append(Step(.commit))
      _ = try connection.run(steps, deadline)
      return Created(session: session, displaced: displaced)
    }
  }

  private func adding(_ session: Session, _ space: Parameter) -> Step {
    Step(
      .addSession, space, .bytes(session.selector), .bytes(session.sid), .bytes(session.user), .bytes(session.client),
      .bytes(session.claims), .bytes(session.device), .bytes(session.address), .bytes(session.agent),
      .bytes(session.current), .bytes(session.jti), .number(session.generation), .number(session.version),
      .number(session.created), .number(session.rotated), .number(session.idleEnd), .number(session.end))
  }

  private func denial(of session: Session, _ space: Parameter, _ terms: DenialTerms, _ now: Int64) -> Step {
    Step(
      .deny, space, .bytes(terms.mark), .number(Int64(FeedEntry.Kind.sid.rawValue)), .bytes(session.sid),
      .number(now.addingClamped(terms.keep)))
  }

  public override func rotate(_ request: Rotation) throws(Failure) -> Rotated {
    try pool.transaction { (connection, deadline) throws(Fault) in
      let (space, selector) = (Parameter.bytes(request.space), Parameter.bytes(request.selector))
      let found = try connection.run(
        [Step(.begin), Step(.lockSession, space, selector), Step(.versionOfSession, space, selector)], deadline)
      let row = try found.at(1).sessions().first
      let rotated = request.judge(row, userVersion: try found.last.number(0, 0), at: try found.last.number(0, 1))
      var steps: [Step] = []
      if rotated.verdict.writes, let session = rotated.session {
        if rotated.verdict.revokes {
          steps.append(ending(session, space))
          steps.append(denial(of: session, space, request.denial, rotated.now))
        } else {
          steps.append(
            Step(
              .rotate, space, selector, .bytes(session.current), .bytes(session.previous), .bytes(session.seal),
              .bytes(session.nonce), .bytes(session.jti), .number(session.generation), .number(session.rotated),
              .number(session.idleEnd)))
        }
      }
      steps.append(Step(.commit))
      _ = try connection.run(steps, deadline)
      return rotated
    }
  }

  private func ending(_ session: Session, _ space: Parameter) -> Step {
    Step(
      .endSession, space, .bytes(session.selector), .number(session.revoked), .number(Int64(session.reason.rawValue)))
  }

  public override func revoke(_ request: Revocation) throws(Failure) -> Revoked {
    try pool.transaction { (connection, deadline) throws(Fault) in
      let space = Parameter.bytes(request.space)
      let now = try connection.run([Step(.begin), Step(.time)], deadline).last.number(0, 0)
      let isOfUser: Bool
      let search: Step
      switch request.target {
      case .selector(let selector):
        isOfUser = false
        search = Step(.lockSession, space, .bytes(selector))
      case .sid(let user, let sid):
        isOfUser = false
        search = Step(.sessionOfSid, space, .bytes(user), .bytes(sid))
      case .user(let user, let except):
        isOfUser = true
        search = Step(
          .sessionsOfUser, space, .bytes(user), .bytes(except), .number(now),
          .number(Int64(request.limit).addingClamped(1)))
      }
      let rows = try connection.run([search], deadline).last.sessions()
      var steps: [Step] = []
      var revoked: [Session] = []
      for row in rows.prefix(request.limit) where row.revoked == 0 && now < row.idleEnd && now < row.end {
        let ended = row.ended(request.reason, at: now)
        revoked.append(ended)
        steps.append(ending(ended, space))
        steps.append(denial(of: ended, space, request.denial, now))
      }
      steps.append(Step(.commit))
      _ = try connection.run(steps, deadline)
      return Revoked(
        sessions: revoked, found: isOfUser || !rows.isEmpty, more: rows.count > request.limit, now: now)
    }
  }

  public override func sweep(_ request: Sweep) throws(Failure) -> Progress {
    let count = try changes(
      Step(
        .sweep, .bytes(request.space), .number(request.before), .number(Int64(request.limit)),
        .number(Int64(RevocationReason.before.rawValue))))
    return Progress(count: count, more: count >= Int64(request.limit))
  }

  public override func bump(_ request: Bump) throws(Failure) -> Int64 {
    try pool.transaction { (connection, deadline) throws(Fault) in
      let (space, user) = (Parameter.bytes(request.space), Parameter.bytes(request.user))
      let version = try connection.run([Step(.begin), Step(.raiseVersion, space, user)], deadline).last.number(0, 0)
      _ = try connection.run(
        [
          Step(
            .addDenial, space, .bytes(request.denial.mark), .number(Int64(FeedEntry.Kind.user.rawValue)), user,
            .number(version), .number(0), .number(request.denial.keep)), Step(.commit),
        ], deadline)
      return version
    }
  }

  public override func deny(_ request: Denial) throws(Failure) {
    _ = try changes(
      Step(
        .addDenial, .bytes(request.space), .bytes(request.terms.mark), .number(Int64(request.kind.rawValue)),
        .bytes(request.key), .number(request.value), .number(request.until), .number(request.terms.keep)))
  }

  public override func consume(_ request: Consumption) throws(Failure) -> Bool {
    try changes(Step(.consume, .bytes(request.space), .bytes(request.key), .number(request.until))) == 1
  }

  /// Runs one statement, a transaction of its own; how many rows it wrote.
  private func changes(_ step: Step) throws(Failure) -> Int64 {
    try pool.transaction { (connection, deadline) throws(Fault) in try connection.run([step], deadline).last.changes }
  }

  public override func feed(_ request: FeedRequest) throws(Failure) -> FeedPage {
    try pool.transaction { (connection, deadline) throws(Fault) in
      let limit = Int64(request.limit)
      let read = Step(
        .feed, .bytes(request.space), .bytes(request.position.epoch), .number(request.position.sequence),
        .bytes(request.position.mark), .number(limit.addingClamped(1)))
      let answer = try connection.run([read], deadline).last
      if !answer.rows.isEmpty { return try answer.page(limit: request.limit) }
      let made = try connection.run([Step(.setEpoch, .bytes(request.space), .bytes(request.epoch)), read], deadline)
      return try made.last.page(limit: request.limit)
    }
  }

  public override func list(_ request: Listing) throws(Failure) -> [Session] {
    try pool.transaction { (connection, deadline) throws(Fault) in
      let list = Step(.list, .bytes(request.space), .bytes(request.user), .number(Int64(request.limit)))
      return try connection.run([list], deadline).last.sessions()
    }
  }

  public override func purge(_ request: Purge) throws(Failure) -> Progress {
    let now = try pool.transaction { (connection, deadline) throws(Fault) in
      try connection.run([Step(.time)], deadline).last.number(0, 0)
    }
    let ended = now.subtractingClamped(request.retain)
    let sealed = now.subtractingClamped(request.grace)
    var left = Int64(request.limit)
    var removed: Int64 = 0
    let kinds: [(Statement, Int64, Bool)] = [
      (.purgeSessions, ended, true), (.moveDue, ended, false), (.purgeDenials, now, true), (.purgeConsumed, now, true),
      (.eraseSeals, sealed, true), (.moveSealDue, sealed, false),
    ]
    for (statement, time, counts) in kinds where left > 0 {
      let count = try changes(Step(statement, .bytes(request.space), .number(time), .number(left)))
      left -= count
      if counts { removed += count }
    }
    return Progress(count: removed, more: left <= 0)
  }

  public override func statistics(space: [UInt8]) throws(Failure) -> Statistics {
    try pool.transaction { (connection, deadline) throws(Fault) in
      let answer = try connection.run([Step(.statistics, .bytes(space))], deadline).last
      var counts = Statistics()
      counts.live = try answer.number(0, 0)
      counts.revoked = try answer.number(0, 1)
      counts.expired = try answer.number(0, 2)
      counts.denials = try answer.number(0, 3)
      counts.consumed = try answer.number(0, 4)
      return counts
    }
  }
}

extension Creation {
  /// What stands for the user in an advisory lock: two users who share it only wait for each other.
  fileprivate var lockNumbers: (Int64, Int64) { (number(space), number(session.selector)) }

  private func number(_ bytes: [UInt8]) -> Int64 {
    var bits: UInt32 = 0
    for byte in bytes.prefix(4) { bits = bits << 8 | UInt32(byte) }
    return Int64(Int32(bitPattern: bits))
  }
}

extension Array where Element == Answer {
  /// The answer to the last statement; there is one.
  fileprivate var last: Answer { isEmpty ? Answer() : self[count - 1] }

  fileprivate func at(_ index: Int) -> Answer { indices.contains(index) ? self[index] : Answer() }
}

extension Array where Element == UInt8 {
  fileprivate func isBefore(_ other: [UInt8]) -> Bool {
    for index in 0..<Swift.min(count, other.count) where self[index] != other[index] {
      return self[index] < other[index]
    }
    return count < other.count
  }
}
