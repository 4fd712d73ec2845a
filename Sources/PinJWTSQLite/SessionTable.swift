import CSQLite
import PinJWTCrypto
import PinJWTStores

/// A session with its place in the table.
struct SessionRow {
  let id: Int64
  let space: Int64
  var session: Session
  /// When a purge has to look at the row for its end and for its seal, which may be earlier than need be; see the schema.
  let dueEnd: Int64
  let dueSeal: Int64?

  /// What was read, in the order of the schema's columns.
  init(_ row: Statement, _ connection: Connection) throws(Fault) {
    guard let code = Int32(exactly: row.number(17)), let reason = RevocationReason(rawValue: code) else {
      throw connection.fault(SQLITE_MISMATCH)
    }
    let hasPrevious = row.number(5) == 1
    let isSealed = row.number(7) == 1
    id = row.number(0)
    space = row.number(1)
    session = Session(
      selector: row.bytes(2), sid: row.bytes(20), user: row.bytes(21), client: row.bytes(22), claims: row.bytes(26),
      device: row.bytes(23), address: row.bytes(24), agent: row.bytes(25), generation: row.number(3),
      current: row.bytes(4), previous: hasPrevious ? row.bytes(6) : [], seal: isSealed ? row.bytes(8) : [],
      nonce: isSealed ? row.bytes(9) : [], jti: row.bytes(10), version: row.number(15), created: row.number(14),
      rotated: row.number(11), idleEnd: row.number(12), end: row.number(13), revoked: row.number(16), reason: reason)
    dueEnd = row.number(18)
    dueSeal = isSealed ? row.number(19) : nil
    // Somebody may have written into the file; nobody who reckons with these has to expect that.
    for number in [
      session.generation, session.version, session.created, session.rotated, session.idleEnd, session.end,
      session.revoked,
    ] where number < 0 {
      throw connection.fault(SQLITE_MISMATCH)
    }
  }
}

extension Tables {
  /// The column behind those of a session.
  private static let afterSession: Int32 = 27

  /// A session by its selector, and its user's version.
  func session(_ space: [UInt8], _ selector: [UInt8]) throws(Fault) -> (row: SessionRow, userVersion: Int64)? {
    let query = try statement(.session)
    defer { query.reset() }
    query.bind(1, blob: space)
    query.bind(2, blob: selector)
    guard try query.step() else { return nil }
    return (try SessionRow(query, connection), query.number(Tables.afterSession))
  }

  func session(_ space: Int64, user: [UInt8], sid: [UInt8]) throws(Fault) -> SessionRow? {
    let query = try statement(.sessionOfSid)
    query.bind(1, space)
    query.bind(2, text: user)
    query.bind(3, text: sid)
    return try rows(query).first
  }

  /// The user's sessions that are neither revoked nor past an end, but the one with the sid `except`; oldest first.
  func sessionsToRevoke(
    _ space: Int64, user: [UInt8], except: [UInt8], at now: Int64, limit: Int64
  ) throws(Fault) -> [SessionRow] {
    let query = try statement(.sessionsToRevoke)
    query.bind(1, space)
    query.bind(2, text: user)
    query.bind(3, text: except)
    query.bind(4, now)
    query.bind(5, limit)
    return try rows(query)
  }

  /// The user's live sessions, oldest first.
  func liveSessions(
    _ space: Int64, user: [UInt8], userVersion: Int64, at now: Int64, limit: Int64
  ) throws(Fault) -> [SessionRow] {
    let query = try statement(.liveSessions)
    bindLive(query, space, user, userVersion, now)
    query.bind(5, limit)
    return try rows(query)
  }

  func countLive(_ space: Int64, user: [UInt8], userVersion: Int64, at now: Int64) throws(Fault) -> Int64 {
    let query = try statement(.countLive)
    defer { query.reset() }
    bindLive(query, space, user, userVersion, now)
    return try query.step() ? query.number(0) : 0
  }

  private func bindLive(_ query: Statement, _ space: Int64, _ user: [UInt8], _ version: Int64, _ now: Int64) {
    query.bind(1, space)
    query.bind(2, text: user)
    query.bind(3, version)
    query.bind(4, now)
  }

  private func rows(_ query: Statement) throws(Fault) -> [SessionRow] {
    defer { query.reset() }
    var rows: [SessionRow] = []
    while try query.step() { rows.append(try SessionRow(query, connection)) }
    return rows
  }

  func add(_ session: Session, _ space: Int64) throws(Fault) {
    let query = try statement(.addSession)
    query.bind(1, space)
    query.bind(2, blob: session.selector)
    query.bind(3, session.generation)
    query.bind(4, blob: session.current)
    query.bind(5, session.previous.isEmpty ? 0 : 1)
    bind(query, 6, session.previous, orZeros: 32)
    query.bind(7, session.seal.isEmpty ? 0 : 1)
    bind(query, 8, session.seal, orZeros: 32)
    bind(query, 9, session.nonce, orZeros: 16)
    query.bind(10, text: session.jti)
    query.bind(11, session.rotated)
    query.bind(12, session.idleEnd)
    query.bind(13, session.end)
    query.bind(14, session.created)
    query.bind(15, session.version)
    query.bind(16, session.revoked)
    query.bind(17, Int64(session.reason.rawValue))
    query.bind(18, min(session.idleEnd, session.end))
    query.bind(19, session.rotated)
    query.bind(20, text: session.sid)
    query.bind(21, text: session.user)
    query.bind(22, text: session.client)
    query.bind(23, text: session.device)
    query.bind(24, text: session.address)
    query.bind(25, text: session.agent)
    query.bind(26, text: session.claims)
    try query.run()
  }

  private func bind(_ query: Statement, _ index: Int32, _ bytes: [UInt8], orZeros count: Int32) {
    if bytes.isEmpty { query.bind(index, zeros: count) } else { query.bind(index, blob: bytes) }
  }

  /// Writes what a rotation changes of a row: nothing that an index has, unless what is due would come too late.
  func rotate(_ row: SessionRow, to session: Session) throws(Fault) {
    let isSealDue = (row.dueSeal ?? .max) <= session.rotated
    let query = try statement(isSealDue ? .rotate : .rotateAndSeal)
    query.bind(1, row.id)
    query.bind(2, session.generation)
    query.bind(3, blob: session.current)
    query.bind(4, blob: session.previous)
    query.bind(5, blob: session.seal)
    query.bind(6, blob: session.nonce)
    query.bind(7, text: session.jti)
    query.bind(8, session.rotated)
    query.bind(9, session.idleEnd)
    if !isSealDue { query.bind(10, session.rotated) }
    try query.run()
    let end = min(session.idleEnd, session.end)
    if row.dueEnd > end { try setDue(.setDueEnd, row.id, end) }
  }

  /// Says when a purge has to look at a row again.
  func setDue(_ which: Query, _ id: Int64, _ time: Int64) throws(Fault) {
    let query = try statement(which)
    query.bind(1, id)
    query.bind(2, time)
    try query.run()
  }

  /// Writes that a session is revoked.
  func revoke(_ row: SessionRow, _ reason: RevocationReason, at now: Int64) throws(Fault) {
    let query = try statement(.revoke)
    query.bind(1, row.id)
    query.bind(2, now)
    query.bind(3, Int64(reason.rawValue))
    try query.run()
  }
}
