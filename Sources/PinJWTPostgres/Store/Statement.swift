import PinJWTCrypto

/// The prepared statements. A parameter is bytes (b) or a number (n), by `types`.
///
/// Each is a statement of its own in a flight, so it sees what was committed before it began: what follows a lock sees what
/// the lock has waited for.
enum Statement: Int, CaseIterable {
  case begin, commit, rollback
  case joinLogins, awaitLogins, lockUser, userVersion, displace, addSession
  case lockSession, versionOfSession, rotate, endSession, deny
  case sessionOfSid, sessionsOfUser
  case sweep, raiseVersion, addDenial, consume
  case feed, setEpoch, list
  case purgeSessions, moveDue, purgeDenials, purgeConsumed, eraseSeals, moveSealDue
  case readWhole, statistics, time

  var endsTransaction: Bool { self == .commit || self == .rollback }

  /// Whether nothing is changed by it where it is a transaction of its own.
  var onlyReads: Bool {
    switch self {
    case .awaitLogins, .feed, .list, .readWhole, .statistics, .time: true
    default: false
    }
  }

  /// By which the server knows it.
  var name: [UInt8] {
    var name: [UInt8] = []
    name.append(text: "pinjwt_")
    name.append(decimal: Int64(rawValue))
    return name
  }

  var sql: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(text: text)
    return bytes
  }

  /// The types of the parameters, as PostgreSQL numbers them.
  var types: [UInt32] {
    var types: [UInt32] = []
    var letters: [UInt8] = []
    letters.append(text: parameters)
    for letter in letters { types.append(letter == UInt8(ascii: "b") ? 17 : 20) }
    return types
  }

  private var parameters: StaticString {
    switch self {
    case .begin, .commit, .rollback, .readWhole, .time: ""
    case .joinLogins, .awaitLogins: "n"
    case .lockUser: "nn"
    case .userVersion: "bb"
    case .displace: "bbn"
    case .addSession: "bbbbbbbbbbbnnnnnn"
    case .lockSession, .versionOfSession: "bb"
    case .rotate: "bbbbbbbnnn"
    case .endSession: "bbnn"
    case .deny: "bbnbn"
    case .sessionOfSid: "bbb"
    case .sessionsOfUser: "bbbn"
    case .sweep: "bnn"
    case .raiseVersion: "bb"
    case .addDenial: "bbnbnnn"
    case .consume: "bbn"
    case .feed: "bbnbn"
    case .setEpoch: "bb"
    case .list: "bbn"
    case .purgeSessions, .moveDue, .purgeDenials, .purgeConsumed, .eraseSeals, .moveSealDue: "bnn"
    case .statistics: "b"
    }
  }

  private var text: StaticString {
    switch self {
    case .begin: "BEGIN"
    case .commit: "COMMIT"
    case .rollback: "ROLLBACK"
    case .readWhole: "SET LOCAL enable_seqscan = on"
    case .time: "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
    case .joinLogins: "SELECT 1 FROM pg_advisory_xact_lock_shared($1)"
    case .awaitLogins: "SELECT 1 FROM pg_advisory_xact_lock($1)"
    case .lockUser: "SELECT 1 FROM pg_advisory_xact_lock($1::int, $2::int)"
    case .userVersion:
      """
      SELECT coalesce((SELECT version FROM pinjwt_users WHERE space = $1 AND user_id = $2), 0)::bigint,
        floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
      """
    case .addSession:
      """
      INSERT INTO pinjwt_sessions (space, selector, sid, user_id, client, claims, device, address, agent, current, jti,
        generation, version, created, rotated, idle_end, ends, previous, seal, nonce, revoked, reason, due)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, '', '', '', 0, 0, $16)
      """
    case .displace:
      """
      WITH clock AS MATERIALIZED (
        SELECT coalesce((SELECT version FROM pinjwt_users WHERE space = $1 AND user_id = $2), 0)::bigint AS lowest,
          floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now),
      chosen AS MATERIALIZED (
        SELECT selector FROM pinjwt_sessions, clock
        WHERE space = $1 AND user_id = $2 AND revoked = 0 AND idle_end > now AND ends > now AND version >= lowest
        ORDER BY created DESC, selector DESC OFFSET $3),
      held AS MATERIALIZED (
        SELECT h.* FROM (SELECT selector FROM chosen ORDER BY selector) c CROSS JOIN LATERAL (
          SELECT * FROM pinjwt_sessions WHERE space = $1 AND selector = c.selector FOR UPDATE) h)
      SELECT selector, sid, user_id, client, claims, device, address, agent, current, previous, seal, nonce, jti,
        generation, version, created, rotated, idle_end, ends, revoked, reason, lowest, now
      FROM clock LEFT JOIN held ON true ORDER BY created, selector
      """
    case .lockSession:
      """
      SELECT selector, sid, user_id, client, claims, device, address, agent, current, previous, seal, nonce, jti,
        generation, version, created, rotated, idle_end, ends, revoked, reason
      FROM pinjwt_sessions WHERE space = $1 AND selector = $2 FOR UPDATE
      """
    case .versionOfSession:
      """
      SELECT coalesce((SELECT u.version FROM pinjwt_users u JOIN pinjwt_sessions s
          ON u.space = s.space AND u.user_id = s.user_id WHERE s.space = $1 AND s.selector = $2), 0)::bigint,
        floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
      """
    case .rotate:
      """
      UPDATE pinjwt_sessions SET current = $3, previous = $4, seal = $5, nonce = $6, jti = $7, generation = $8,
        rotated = $9, idle_end = $10, seal_due = coalesce(seal_due, $9)
      WHERE space = $1 AND selector = $2
      """
    case .endSession:
      """
      UPDATE pinjwt_sessions SET revoked = $3, reason = $4, seal = '', nonce = '', seal_due = NULL
      WHERE space = $1 AND selector = $2
      """
    case .deny:
      """
      WITH head AS (INSERT INTO pinjwt_feeds (space, sequence, mark) VALUES ($1, 1, $2)
        ON CONFLICT (space) DO UPDATE SET sequence = pinjwt_feeds.sequence + 1, mark = excluded.mark RETURNING sequence)
      INSERT INTO pinjwt_denials (space, sequence, kind, key, value, until, mark)
      SELECT $1, sequence, $3, $4, 0, $5, $2 FROM head
      """
    case .addDenial:
      """
      WITH head AS (INSERT INTO pinjwt_feeds (space, sequence, mark) VALUES ($1, 1, $2)
        ON CONFLICT (space) DO UPDATE SET sequence = pinjwt_feeds.sequence + 1, mark = excluded.mark RETURNING sequence)
      INSERT INTO pinjwt_denials (space, sequence, kind, key, value, until, mark)
      SELECT $1, sequence, $3, $4, $5,
        CASE WHEN $6 <> 0 THEN $6 ELSE floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint + $7 END, $2 FROM head
      """
    case .sessionOfSid:
      """
      SELECT selector, sid, user_id, client, claims, device, address, agent, current, previous, seal, nonce, jti,
        generation, version, created, rotated, idle_end, ends, revoked, reason
      FROM pinjwt_sessions WHERE space = $1 AND user_id = $2 AND sid = $3 FOR UPDATE
      """
    case .sessionsOfUser:
      """
      SELECT selector, sid, user_id, client, claims, device, address, agent, current, previous, seal, nonce, jti,
        generation, version, created, rotated, idle_end, ends, revoked, reason
      FROM pinjwt_sessions WHERE space = $1 AND user_id = $2 AND sid <> $3 AND revoked = 0
        AND least(idle_end, ends) > floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
      ORDER BY selector LIMIT $4 FOR UPDATE
      """
    case .sweep:
      """
      WITH chosen AS MATERIALIZED (
        SELECT selector FROM pinjwt_sessions WHERE space = $1 AND (revoked = 0) IS TRUE AND created < $2
        ORDER BY created LIMIT $3)
      SELECT h.selector, h.revoked FROM (SELECT selector FROM chosen ORDER BY selector) c CROSS JOIN LATERAL (
        SELECT selector, revoked FROM pinjwt_sessions WHERE space = $1 AND selector = c.selector FOR UPDATE) h
      """
    case .raiseVersion:
      """
      INSERT INTO pinjwt_users (space, user_id, version) VALUES ($1, $2, 1)
      ON CONFLICT (user_id, space) DO UPDATE SET version = pinjwt_users.version + 1 RETURNING version
      """
    case .consume:
      "INSERT INTO pinjwt_consumed (space, key, until) VALUES ($1, $2, $3) ON CONFLICT (key, space) DO NOTHING"
    case .feed:
      """
      WITH head AS (SELECT epoch, sequence, mark FROM pinjwt_feeds WHERE space = $1 AND epoch IS NOT NULL),
      start AS (SELECT CASE WHEN epoch = $2 AND $3 > 0 AND coalesce(
          (SELECT d.mark FROM pinjwt_denials d WHERE d.space = $1 AND d.sequence = $3),
          CASE WHEN sequence = $3 THEN mark END) = $4 THEN $3 ELSE 0 END AS sequence FROM head)
      SELECT head.epoch, head.sequence, head.mark, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint,
        d.sequence, d.kind, d.key, d.value, d.until, d.mark
      FROM head CROSS JOIN start LEFT JOIN LATERAL (
        SELECT * FROM pinjwt_denials e WHERE e.space = $1 AND e.sequence > start.sequence ORDER BY e.sequence LIMIT $5
      ) d ON true ORDER BY d.sequence
      """
    case .setEpoch:
      """
      INSERT INTO pinjwt_feeds (space, epoch, sequence, mark) VALUES ($1, $2, 0, '')
      ON CONFLICT (space) DO UPDATE SET epoch = coalesce(pinjwt_feeds.epoch, excluded.epoch)
      """
    case .list:
      """
      SELECT selector, sid, user_id, client, claims, device, address, agent, current, previous, seal, nonce, jti,
        generation, version, created, rotated, idle_end, ends, revoked, reason
      FROM pinjwt_sessions WHERE space = $1 AND user_id = $2 AND revoked = 0
        AND least(idle_end, ends) > floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
        AND version >= coalesce((SELECT version FROM pinjwt_users WHERE space = $1 AND user_id = $2), 0)
      ORDER BY created, selector LIMIT $3
      """
    case .purgeSessions:
      """
      WITH chosen AS MATERIALIZED (
        SELECT selector FROM pinjwt_sessions WHERE space = $1 AND due <= $2 AND least(idle_end, ends) <= $2
        ORDER BY due LIMIT $3 FOR UPDATE SKIP LOCKED)
      DELETE FROM pinjwt_sessions WHERE space = $1 AND selector = ANY (ARRAY(SELECT selector FROM chosen))
      """
    case .moveDue:
      """
      WITH chosen AS MATERIALIZED (
        SELECT selector FROM pinjwt_sessions WHERE space = $1 AND due <= $2 AND least(idle_end, ends) > $2
        ORDER BY due LIMIT $3 FOR UPDATE SKIP LOCKED)
      UPDATE pinjwt_sessions SET due = least(idle_end, ends)
      WHERE space = $1 AND selector = ANY (ARRAY(SELECT selector FROM chosen))
      """
    case .purgeDenials:
      """
      WITH chosen AS MATERIALIZED (
        SELECT sequence FROM pinjwt_denials WHERE space = $1 AND until <= $2
        ORDER BY until LIMIT $3 FOR UPDATE SKIP LOCKED)
      DELETE FROM pinjwt_denials WHERE space = $1 AND sequence = ANY (ARRAY(SELECT sequence FROM chosen))
      """
    case .purgeConsumed:
      """
      WITH chosen AS MATERIALIZED (
        SELECT key FROM pinjwt_consumed WHERE space = $1 AND until <= $2
        ORDER BY until LIMIT $3 FOR UPDATE SKIP LOCKED)
      DELETE FROM pinjwt_consumed WHERE space = $1 AND key = ANY (ARRAY(SELECT key FROM chosen))
      """
    case .eraseSeals:
      """
      WITH chosen AS MATERIALIZED (
        SELECT selector FROM pinjwt_sessions WHERE space = $1 AND seal_due < $2 AND rotated < $2
        ORDER BY seal_due LIMIT $3 FOR UPDATE SKIP LOCKED)
      UPDATE pinjwt_sessions SET seal = '', nonce = '', seal_due = NULL
      WHERE space = $1 AND selector = ANY (ARRAY(SELECT selector FROM chosen))
      """
    case .moveSealDue:
      """
      WITH chosen AS MATERIALIZED (
        SELECT selector FROM pinjwt_sessions WHERE space = $1 AND seal_due < $2 AND rotated >= $2
        ORDER BY seal_due LIMIT $3 FOR UPDATE SKIP LOCKED)
      UPDATE pinjwt_sessions SET seal_due = rotated
      WHERE space = $1 AND selector = ANY (ARRAY(SELECT selector FROM chosen))
      """
    case .statistics:
      """
      SELECT count(*) FILTER (WHERE revoked = 0 AND least(idle_end, ends) > clock.now)::bigint,
        count(*) FILTER (WHERE revoked <> 0)::bigint,
        count(*) FILTER (WHERE revoked = 0 AND least(idle_end, ends) <= clock.now)::bigint,
        (SELECT count(*) FROM pinjwt_denials WHERE space = $1)::bigint,
        (SELECT count(*) FROM pinjwt_consumed WHERE space = $1)::bigint
      FROM (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now) clock
        LEFT JOIN pinjwt_sessions ON space = $1 GROUP BY clock.now
      """
    }
  }
}
