import PinJWTCrypto
import PinJWTStores

/// The store in PostgreSQL. Locks are taken in one order, so that no two wait for each other: that of all logins, the
/// user's, sessions by selector, the feed.
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
      var start = [
        Step(.begin), Step(.joinLogins, .number(logins(request.space))),
        Step(.lockUser, .number(request.space.lockNumber), .number(request.session.selector.lockNumber)),
      ]
      if request.cap > 0 {
        start.append(Step(.displace, space, user, .number(request.cap &- 1)))
      } else {
        start.append(Step(.userVersion, space, user))
      }
      let answer = try connection.run(start, deadline).last
      let chosen = request.cap > 0 ? try answer.sessionsIfAny() : []
      // With those to be displaced, the version and the time stand behind the columns of a session.
      let column = request.cap > 0 ? Answer.sessionColumns : 0
      let (version, now) = (try answer.number(0, column), try answer.number(0, column + 1))
      let displaced = chosen.filter { $0.revoked == 0 }.map { $0.ended(.displaced, at: now) }
      var steps: [Step] = []
      for session in displaced {
        steps.append(ending(session, space))
        steps.append(denial(of: session, space, request.denial, now))
      }
      let session = request.completed(userVersion: version, at: now)
      steps.append(adding(session, space))
      try commit(steps, connection, deadline)
      return Created(session: session, displaced: displaced)
    }
  }

  /// Writes in one flight with the commit. Each of the steps writes one row, or something keeps the role from it in secret.
  private func commit(_ steps: [Step], _ connection: Connection, _ deadline: Deadline) throws(Fault) {
    let answers = try connection.run(steps + [Step(.commit)], deadline)
    for answer in answers.dropLast() where answer.changes != 1 { throw .malformed }
  }

  /// What stands for all logins of a space in an advisory lock, which each holds shared.
  private func logins(_ space: [UInt8]) -> Int64 {
    var bits: UInt64 = 0
    for byte in space.prefix(8) { bits = bits << 8 | UInt64(byte) }
    return Int64(bitPattern: bits)
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
      try commit(steps, connection, deadline)
      return rotated
    }
  }

  private func ending(_ session: Session, _ space: Parameter) -> Step {
    ending(.bytes(session.selector), space, session.reason, at: session.revoked)
  }

  private func ending(_ selector: Parameter, _ space: Parameter, _ reason: RevocationReason, at time: Int64) -> Step {
    Step(.endSession, space, selector, .number(time), .number(Int64(reason.rawValue)))
  }

  public override func revoke(_ request: Revocation) throws(Failure) -> Revoked {
    try pool.transaction { (connection, deadline) throws(Fault) in
      let space = Parameter.bytes(request.space)
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
          .sessionsOfUser, space, .bytes(user), .bytes(except), .number(Int64(request.limit).addingClamped(1)))
      }
      let found = try connection.run([Step(.begin), search, Step(.time)], deadline)
      let (rows, now) = (try found.at(1).sessions(), try found.last.number(0, 0))
      var steps: [Step] = []
      var revoked: [Session] = []
      for row in rows.prefix(request.limit) where row.revoked == 0 && now < row.idleEnd && now < row.end {
        let ended = row.ended(request.reason, at: now)
        revoked.append(ended)
        steps.append(ending(ended, space))
        steps.append(denial(of: ended, space, request.denial, now))
      }
      try commit(steps, connection, deadline)
      return Revoked(
        sessions: revoked, found: isOfUser || !rows.isEmpty, more: rows.count > request.limit, now: now)
    }
  }

  public override func sweep(_ request: Sweep) throws(Failure) -> Progress {
    try pool.transaction { (connection, deadline) throws(Fault) in
      // A login that has its time already, but is not to be seen yet: what comes later has a later time.
      _ = try connection.run([Step(.awaitLogins, .number(logins(request.space)))], deadline)
      let space = Parameter.bytes(request.space)
      let sweep = Step(.sweep, space, .number(request.before), .number(Int64(request.limit)))
      let found = try connection.run([Step(.begin), sweep, Step(.time)], deadline)
      let (rows, now) = (found.at(1), try found.last.number(0, 0))
      var steps: [Step] = []
      for row in rows.rows.indices where try rows.number(row, 1) == 0 {
        steps.append(ending(.bytes(try rows.bytes(row, 0)), space, .before, at: now))
      }
      try commit(steps, connection, deadline)
      return Progress(count: Int64(steps.count), more: rows.rows.count >= request.limit)
    }
  }

  public override func bump(_ request: Bump) throws(Failure) -> Int64 {
    try pool.transaction { (connection, deadline) throws(Fault) in
      let (space, user) = (Parameter.bytes(request.space), Parameter.bytes(request.user))
      let version = try connection.run([Step(.begin), Step(.raiseVersion, space, user)], deadline).last.number(0, 0)
      let denial = Step(
        .addDenial, space, .bytes(request.denial.mark), .number(Int64(FeedEntry.Kind.user.rawValue)), user,
        .number(version), .number(0), .number(request.denial.keep))
      try commit([denial], connection, deadline)
      return version
    }
  }

  public override func deny(_ request: Denial) throws(Failure) {
    let count = try changes(
      Step(
        .addDenial, .bytes(request.space), .bytes(request.terms.mark), .number(Int64(request.kind.rawValue)),
        .bytes(request.key), .number(request.value), .number(request.until), .number(request.terms.keep)))
    guard count == 1 else { throw Fault.malformed.failure }
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

  /// In parts, each a transaction, for half of the time that an operation has: what is left is for the next call.
  public override func purge(_ request: Purge) throws(Failure) -> Progress {
    let deadline = pool.deadline
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
    for (statement, time, counts) in kinds {
      while left > 0 {
        guard deadline.left > deadline.total / 2 else { return Progress(count: removed, more: true) }
        let part = min(left, 1000)
        let count = try changes(Step(statement, .bytes(request.space), .number(time), .number(part)))
        left &-= count
        if counts { removed &+= count }
        if count < part { break }
      }
    }
    return Progress(count: removed, more: left <= 0)
  }

  public override func statistics(space: [UInt8]) throws(Failure) -> Statistics {
    try pool.transaction { (connection, deadline) throws(Fault) in
      let steps = [Step(.begin), Step(.readWhole), Step(.statistics, .bytes(space)), Step(.commit)]
      let answer = try connection.run(steps, deadline).at(2)
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

extension Array where Element == Answer {
  /// The answer to the last statement; there is one.
  fileprivate var last: Answer { isEmpty ? Answer() : self[count - 1] }

  fileprivate func at(_ index: Int) -> Answer { indices.contains(index) ? self[index] : Answer() }
}

extension Array where Element == UInt8 {
  /// What the first 4 bytes, those of a space or a user's tag, are in an advisory lock: users who share it only wait for
  /// each other.
  fileprivate var lockNumber: Int64 {
    var bits: UInt32 = 0
    for byte in prefix(4) { bits = bits << 8 | UInt32(byte) }
    return Int64(Int32(bitPattern: bits))
  }
}
