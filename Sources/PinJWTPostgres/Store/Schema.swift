import PinJWTCrypto

/// The tables, in the first schema of the role's search path.
///
/// A column that tells rows apart leads each index, not the space: plans made while the tables are empty, and kept, would
/// take any index that begins by the space, and read all of it. For the same reason the condition of
/// `pinjwt_sessions_began` is written as only a sweep writes it.
///
/// `due` and `seal_due` are when a purge has to look at a row; a rotation does not move them, so that it changes no index.
enum Schema {
  static let version: Int64 = 1

  /// Refuses tables of another version.
  static func check(_ connection: Connection, _ deadline: Deadline) throws(Fault) {
    guard let found = try found(connection, deadline) else { throw .failed(absent) }
    try judge(found)
  }

  /// Makes the tables where there are none, and refuses those of another version. Two at once come one after the other.
  static func migrate(_ connection: Connection, _ deadline: Deadline) throws(Fault) {
    if let found = try found(connection, deadline) { return try judge(found) }
    do throws(Fault) {
      _ = try connection.execute(bytes("BEGIN; SELECT pg_advisory_xact_lock(1886415476, 1)"), deadline)
      if try found(connection, deadline) == nil { _ = try connection.execute(bytes(tables), deadline) }
      _ = try connection.execute(bytes("COMMIT"), deadline)
    } catch {
      guard case .denied = error else { throw error }
      throw .failed(refused)
    }
    try check(connection, deadline)
  }

  private static func judge(_ found: Int64) throws(Fault) {
    guard found != version else { return }
    throw .failed(
      Failure(
        .storeState, "store",
        "The tables of pinjwt in PostgreSQL have schema \(found), this library knows \(version); update pinjwt."))
  }

  /// The version of the tables; nil where there are none.
  private static func found(_ connection: Connection, _ deadline: Deadline) throws(Fault) -> Int64? {
    // Looked for in the catalogue itself: to_regclass would answer from a cache what was so before a lock was waited for.
    let present = try connection.execute(
      bytes("SELECT count(*) FROM pg_class WHERE relname = 'pinjwt_meta' AND pg_table_is_visible(oid)"), deadline)
    guard try present.bytes(0, 0).first != UInt8(ascii: "0") else { return nil }
    let answer = try connection.execute(bytes("SELECT version FROM pinjwt_meta"), deadline)
    guard answer.rows.count == 1 else { throw .malformed }
    let text = try answer.bytes(0, 0)
    guard let number = text.span.decimal(upTo: 1_000_000) else { throw .malformed }
    return number
  }

  private static var absent: Failure {
    Failure(.storeState, "store", "The tables of pinjwt are not in PostgreSQL any more; open the store again.")
  }

  private static var refused: Failure {
    Failure(
      .storeState, "store",
      "The PostgreSQL role may not make the tables of pinjwt; grant it CREATE on its schema, or make them as another.")
  }

  private static func bytes(_ text: StaticString) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(text: text)
    return bytes
  }

  private static var tables: StaticString {
    """
    CREATE TABLE pinjwt_meta (version bigint NOT NULL);
    CREATE TABLE pinjwt_sessions (
      space bytea NOT NULL, selector bytea NOT NULL, sid bytea NOT NULL, user_id bytea NOT NULL, client bytea NOT NULL,
      claims bytea NOT NULL, device bytea NOT NULL, address bytea NOT NULL, agent bytea NOT NULL,
      current bytea NOT NULL, previous bytea NOT NULL, seal bytea NOT NULL, nonce bytea NOT NULL, jti bytea NOT NULL,
      generation bigint NOT NULL, version bigint NOT NULL, created bigint NOT NULL, rotated bigint NOT NULL,
      idle_end bigint NOT NULL, ends bigint NOT NULL, revoked bigint NOT NULL, reason bigint NOT NULL,
      due bigint NOT NULL, seal_due bigint, PRIMARY KEY (selector, space)) WITH (fillfactor = 70);
    CREATE INDEX pinjwt_sessions_user ON pinjwt_sessions (user_id, space);
    CREATE INDEX pinjwt_sessions_due ON pinjwt_sessions (due, space);
    CREATE INDEX pinjwt_sessions_began ON pinjwt_sessions (created, space) WHERE (revoked = 0) IS TRUE;
    CREATE INDEX pinjwt_sessions_seal ON pinjwt_sessions (seal_due, space) WHERE seal_due IS NOT NULL;
    CREATE TABLE pinjwt_users (
      space bytea NOT NULL, user_id bytea NOT NULL, version bigint NOT NULL, PRIMARY KEY (user_id, space));
    CREATE TABLE pinjwt_feeds (
      space bytea PRIMARY KEY, epoch bytea, sequence bigint NOT NULL, mark bytea NOT NULL) WITH (fillfactor = 50);
    CREATE TABLE pinjwt_denials (
      space bytea NOT NULL, sequence bigint NOT NULL, kind bigint NOT NULL, key bytea NOT NULL, value bigint NOT NULL,
      until bigint NOT NULL, mark bytea NOT NULL, PRIMARY KEY (space, sequence));
    CREATE INDEX pinjwt_denials_until ON pinjwt_denials (until, space);
    CREATE TABLE pinjwt_consumed (
      space bytea NOT NULL, key bytea NOT NULL, until bigint NOT NULL, PRIMARY KEY (key, space));
    CREATE INDEX pinjwt_consumed_until ON pinjwt_consumed (until, space);
    INSERT INTO pinjwt_meta VALUES (1)
    """
  }
}
