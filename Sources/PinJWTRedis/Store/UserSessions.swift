import PinJWTCrypto
import PinJWTStores

/// What is done to the sessions of one user.
///
/// Whatever revokes writes the denial into the feed first and then the row, so that a failure between the two revokes too
/// much, never too little.
struct UserSessions: Sendable {
  let client: Client
  let scripts: SessionScripts
  let feed: DenialFeed

  func create(_ request: Creation) throws(Failure) -> Created {
    let deadline = client.deadline
    let keys = Keys(request.space)
    let session = request.session
    let tag = session.selector.span.shortened(to: 4)
    let row = keys.row(session.selector)
    var passed = Arguments()
    passed.append(row)
    passed.append(keys.live(tag))
    passed.append(keys.names(tag))
    passed.append(keys.versions(tag))
    var arguments = creationArguments(request, keys)
    // Another round where others have logged the user in meanwhile; one of them always gets through.
    repeat {
      let reply = try client.run(scripts.create, key: row, passed, arguments, .writes, deadline)
      guard let answer = reply.array, let outcome = answer.at(0)?.integer else { throw RedisStore.broken }
      switch outcome {
      case 0:
        let displaced = try UserSessions.members(answer, from: 2, session.selector)
        try feed.deny(displaced.map { $0.session.sid }, request.space, request.denial, deadline)
        for one in displaced { arguments.append(one.member) }
      case 1:
        guard let stored = answer.at(2)?.bytes, let created = Row.read(stored, selector: session.selector) else {
          throw RedisStore.broken
        }
        let displaced = try UserSessions.members(answer, from: 3, session.selector)
        return Created(session: created, displaced: displaced.map { $0.session })
      default:
        throw Failure(.store, "store", "There is a session of this selector or sid already; try again.")
      }
    } while !deadline.isOver
    throw Failure(.store, "store", "Others logged this user in for \(deadline.total) ms; try again.")
  }

  private func creationArguments(_ request: Creation, _ keys: Keys) -> Arguments {
    let session = request.session
    var arguments = Arguments()
    arguments.append(keys.rows(session.selector.span.shortened(to: 4)))
    arguments.append(Keys.member(session.selector, sid: session.sid))
    arguments.append(session.sid)
    arguments.append(session.user)
    arguments.append(RedisStore.bounded(request.idle))
    arguments.append(RedisStore.bounded(request.absolute))
    arguments.append(RedisStore.bounded(request.cap))
    arguments.append(RedisStore.bounded(session.generation))
    arguments.append(session.current)
    arguments.append(session.previous)
    arguments.append(session.seal)
    arguments.append(session.nonce)
    arguments.append(session.jti)
    arguments.append(Row.rest(session))
    return arguments
  }

  func rotate(_ request: Rotation) throws(Failure) -> Rotated {
    let deadline = client.deadline
    let keys = Keys(request.space)
    let tag = request.selector.span.shortened(to: 4)
    let row = keys.row(request.selector)
    var passed = Arguments()
    passed.append(row)
    passed.append(keys.versions(tag))
    var arguments = rotationArguments(request)
    let first = try rotated(
      client.run(scripts.rotate, key: row, passed, arguments, .writes, deadline), request.selector)
    guard first.verdict.revokes, let session = first.session else { return first }
    // Nothing is written yet. From here on the session ends, whatever others do with it.
    try feed.deny([session.sid], request.space, request.denial, deadline)
    passed.append(keys.live(tag))
    arguments.append(Int64(first.verdict.rawValue))
    arguments.append(Keys.member(request.selector, sid: session.sid))
    return try rotated(
      client.run(scripts.rotate, key: row, passed, arguments, .writes, deadline), request.selector)
  }

  private func rotationArguments(_ request: Rotation) -> Arguments {
    var arguments = Arguments()
    arguments.append(RedisStore.bounded(request.generation))
    arguments.append(request.hash)
    arguments.append(request.client)
    arguments.append(request.next)
    arguments.append(request.seal)
    arguments.append(request.nonce)
    arguments.append(request.jti)
    arguments.append(RedisStore.bounded(request.grace))
    arguments.append(RedisStore.bounded(request.idle))
    return arguments
  }

  private func rotated(_ reply: Reply, _ selector: [UInt8]) throws(Failure) -> Rotated {
    guard let answer = reply.array, let code = answer.at(0)?.integer, let number = Int32(exactly: code),
      let verdict = RotationVerdict(rawValue: number), let now = answer.at(1)?.integer
    else { throw RedisStore.broken }
    guard verdict != .unknown else { return Rotated(verdict: verdict, session: nil, previousJTI: [], now: now) }
    guard let jti = answer.at(2)?.bytes, let row = answer.at(3)?.bytes, let session = Row.read(row, selector: selector)
    else { throw RedisStore.broken }
    return Rotated(verdict: verdict, session: session, previousJTI: jti, now: now)
  }

  func revoke(_ request: Revocation) throws(Failure) -> Revoked {
    let deadline = client.deadline
    let keys = Keys(request.space)
    let tag = request.tag
    let found = try find(request, keys, deadline)
    guard let now = found.at(0)?.integer, let exists = found.at(1)?.integer, let more = found.at(2)?.integer else {
      throw RedisStore.broken
    }
    let targets = try UserSessions.members(found, from: 3, tag)
    var answer = Revoked(sessions: [], found: exists == 1, more: more == 1, now: now)
    guard !targets.isEmpty else { return answer }
    try feed.deny(targets.map { $0.session.sid }, request.space, request.denial, deadline)
    let live = keys.live(tag.span)
    var passed = Arguments()
    passed.append(live)
    var arguments = Arguments()
    arguments.append(keys.rows(tag.span))
    arguments.append(Int64(request.reason.rawValue))
    for target in targets { arguments.append(target.member) }
    let reply = try client.run(scripts.revoke, key: live, passed, arguments, .writes, deadline)
    guard let revoked = reply.array, let time = revoked.at(0)?.integer else { throw RedisStore.broken }
    answer.sessions = try UserSessions.members(revoked, from: 1, tag).map { $0.session }
    answer.now = time
    return answer
  }

  private func find(_ request: Revocation, _ keys: Keys, _ deadline: Deadline) throws(Failure) -> [Reply] {
    var arguments = Arguments()
    arguments.append(keys.rows(request.tag.span))
    switch request.target {
    case .selector(let selector):
      arguments.append(Keys.rest(selector))
      arguments.append("")
    case .sid(let user, let sid):
      arguments.append(sid)
      arguments.append(user)
    case .user(let user, let except):
      arguments.append(except)
      arguments.append(user)
    }
    arguments.append(Int64(min(max(request.limit, 1), UserSessions.mostAtOnce)))
    switch request.target {
    case .selector: arguments.append("selector")
    case .sid: arguments.append("sid")
    case .user: arguments.append("user")
    }
    let live = keys.live(request.tag.span)
    var passed = Arguments()
    passed.append(live)
    passed.append(keys.names(request.tag.span))
    guard let found = try client.run(scripts.find, key: live, passed, arguments, .reads, deadline).array else {
      throw RedisStore.broken
    }
    return found
  }

  func list(_ request: Listing) throws(Failure) -> [Session] {
    let keys = Keys(request.space)
    let live = keys.live(request.tag.span)
    var passed = Arguments()
    passed.append(live)
    passed.append(keys.versions(request.tag.span))
    var arguments = Arguments()
    arguments.append(keys.rows(request.tag.span))
    arguments.append(request.user)
    arguments.append(Int64(min(max(request.limit, 1), UserSessions.mostAtOnce)))
    let reply = try client.run(scripts.list, key: live, passed, arguments, .reads, client.deadline)
    guard let answer = reply.array else { throw RedisStore.broken }
    return try UserSessions.members(answer, from: 0, request.tag).map { $0.session }
  }

  /// Rows in one answer, so that it stays within bounds.
  private static let mostAtOnce = 1000

  private struct Member {
    let member: [UInt8]
    let session: Session
  }

  /// Members and rows in turn. The selectors begin by the first 4 bytes of `tag`.
  private static func members(_ answer: [Reply], from start: Int, _ tag: [UInt8]) throws(Failure) -> [Member] {
    var members: [Member] = []
    var index = start
    while index < answer.count {
      guard let member = answer.at(index)?.bytes, let row = answer.at(index + 1)?.bytes,
        member.count > Keys.selectorDigits,
        let rest = FoundKey.bytes(member.span.shortened(to: Keys.selectorDigits)),
        let session = Row.read(row, selector: tag.prefix(4) + rest)
      else { throw RedisStore.broken }
      members.append(Member(member: member, session: session))
      index += 2
    }
    return members
  }
}
