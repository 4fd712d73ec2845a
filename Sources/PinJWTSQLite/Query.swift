/// The statements that are kept prepared.
enum Query: Int, CaseIterable {
  case begin, beginWriting, commit, rollBack, savepoint, release, returnToSavepoint, version
  case space, addSpace, setEpoch, nextSequence
  case userVersion, raiseVersion
  case session, sessionOfSid, sessionsToRevoke, liveSessions, countLive, addSession
  case rotate, rotateAndSeal, revoke, sweep
  case addEntry, markOfEntry, entries
  case consume
  case dueEnds, removeSession, setDueEnd, purgeFeed, purgeConsumed, dueSeals, eraseSeal, setDueSeal
  case countUnrevoked, countRevoked, countExpired, countEntries, countConsumed

  /// Spaces go by their number, but for `session`, which a rotation needs with one statement. Columns of a session come as
  /// in the schema.
  var sql: StaticString {
    switch self {
    case .begin: "BEGIN"
    case .beginWriting: "BEGIN IMMEDIATE"
    case .commit: "COMMIT"
    case .rollBack: "ROLLBACK"
    case .savepoint: "SAVEPOINT one"
    case .release: "RELEASE one"
    case .returnToSavepoint: "ROLLBACK TO one"
    case .version: "PRAGMA user_version"

    case .space: "SELECT id, epoch, sequence, mark FROM space WHERE name = ?1"
    case .addSpace: "INSERT INTO space(name, epoch, sequence, mark) VALUES(?1, x'', 0, x'') RETURNING id"
    case .setEpoch: "UPDATE space SET epoch = ?2 WHERE id = ?1"
    case .nextSequence: "UPDATE space SET sequence = sequence + 1, mark = ?2 WHERE id = ?1 RETURNING sequence"

    case .userVersion: "SELECT version FROM user WHERE space = ?1 AND user = ?2"
    case .raiseVersion:
      """
      INSERT INTO user(space, user, version) VALUES(?1, ?2, 1)
      ON CONFLICT DO UPDATE SET version = version + 1 RETURNING version
      """

    case .session:
      """
      SELECT s.*, coalesce((SELECT version FROM user AS u WHERE u.space = s.space AND u.user = s.user), 0)
      FROM session AS s WHERE space = (SELECT id FROM space WHERE name = ?1) AND selector = ?2
      """
    case .sessionOfSid: "SELECT * FROM session WHERE space = ?1 AND user = ?2 AND sid = ?3"
    case .sessionsToRevoke:
      """
      SELECT * FROM session WHERE space = ?1 AND user = ?2 AND sid <> ?3 AND revoked = 0
      AND idle_end > ?4 AND absolute_end > ?4 ORDER BY created, selector LIMIT ?5
      """
    case .liveSessions:
      """
      SELECT * FROM session WHERE space = ?1 AND user = ?2 AND version >= ?3 AND revoked = 0
      AND idle_end > ?4 AND absolute_end > ?4 ORDER BY created, selector LIMIT ?5
      """
    case .countLive:
      """
      SELECT count(*) FROM session WHERE space = ?1 AND user = ?2 AND version >= ?3 AND revoked = 0
      AND idle_end > ?4 AND absolute_end > ?4
      """
    case .addSession:
      """
      INSERT INTO session VALUES(NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
      ?20, ?21, ?22, ?23, ?24, ?25, ?26)
      """

    case .rotate:
      """
      UPDATE session SET generation = ?2, current = ?3, has_previous = 1, previous = ?4, seal = ?5, nonce = ?6, jti = ?7, rotated = ?8,
      idle_end = ?9 WHERE id = ?1
      """
    case .rotateAndSeal:
      """
      UPDATE session SET generation = ?2, current = ?3, has_previous = 1, previous = ?4, seal = ?5, nonce = ?6, jti = ?7, rotated = ?8,
      idle_end = ?9, sealed = 1, due_seal = ?10 WHERE id = ?1
      """
    case .revoke:
      "UPDATE session SET revoked = ?2, reason = ?3, sealed = 0, seal = zeroblob(32), nonce = zeroblob(16) WHERE id = ?1"
    case .sweep:
      """
      UPDATE session SET revoked = ?2, reason = ?3, sealed = 0, seal = zeroblob(32), nonce = zeroblob(16) WHERE id IN
      (SELECT id FROM session WHERE space = ?1 AND revoked = 0 AND created < ?4 ORDER BY created LIMIT ?5)
      """

    case .addEntry:
      "INSERT INTO feed(space, sequence, kind, key, value, until, mark) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"
    case .markOfEntry: "SELECT mark FROM feed WHERE space = ?1 AND sequence = ?2"
    case .entries:
      """
      SELECT sequence, kind, key, value, until, mark FROM feed WHERE space = ?1 AND sequence > ?2
      ORDER BY sequence LIMIT ?3
      """

    case .consume: "INSERT INTO consumed(space, key, until) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING"

    case .dueEnds:
      "SELECT id, min(idle_end, absolute_end) FROM session WHERE space = ?1 AND due_end <= ?2 ORDER BY due_end LIMIT ?3"
    case .removeSession: "DELETE FROM session WHERE id = ?1"
    case .setDueEnd: "UPDATE session SET due_end = ?2 WHERE id = ?1"
    case .purgeFeed:
      """
      DELETE FROM feed WHERE space = ?1 AND sequence IN
      (SELECT sequence FROM feed WHERE space = ?1 AND until <= ?2 ORDER BY until LIMIT ?3)
      """
    case .purgeConsumed:
      """
      DELETE FROM consumed WHERE space = ?1 AND key IN
      (SELECT key FROM consumed WHERE space = ?1 AND until <= ?2 ORDER BY until LIMIT ?3)
      """
    case .dueSeals:
      """
      SELECT id, rotated FROM session WHERE space = ?1 AND sealed = 1 AND due_seal < ?2
      ORDER BY due_seal LIMIT ?3
      """
    case .eraseSeal: "UPDATE session SET sealed = 0, seal = zeroblob(32), nonce = zeroblob(16) WHERE id = ?1"
    case .setDueSeal: "UPDATE session SET due_seal = ?2 WHERE id = ?1"

    case .countUnrevoked: "SELECT count(*) FROM session WHERE space = ?1 AND revoked = 0"
    case .countRevoked: "SELECT count(*) FROM session WHERE space = ?1 AND revoked <> 0"
    case .countExpired:
      """
      SELECT count(*) FROM session WHERE space = ?1 AND due_end <= ?2 AND revoked = 0
      AND (idle_end <= ?2 OR absolute_end <= ?2)
      """
    case .countEntries: "SELECT count(*) FROM feed WHERE space = ?1"
    case .countConsumed: "SELECT count(*) FROM consumed WHERE space = ?1"
    }
  }
}
