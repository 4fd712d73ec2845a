import CSQLite
import PinJWTCrypto

/// What stands in a database, and how a file becomes one.
enum Schema {
  /// "pjwt": the application that the file belongs to.
  static let application: Int64 = 0x706a_7774
  /// The newest version, PRAGMA user_version; 0 is a database without tables.
  static let version: Int64 = 1

  /// What makes each version of the one before it; a version that has been released is never changed again.
  ///
  /// A rotation writes one page. No index has a column that it changes; `due_end` and `due_seal` say when a purge has to
  /// look at a row for its end and for its seal, never later than what they stand for, and are set again by the purge that
  /// finds a row too early. And rows keep their length: zeros are in the place of what is not there yet.
  private static let first: StaticString = """
    CREATE TABLE space(
      id INTEGER PRIMARY KEY,
      name BLOB NOT NULL UNIQUE,
      epoch BLOB NOT NULL,
      sequence INTEGER NOT NULL,
      mark BLOB NOT NULL
    ) STRICT;
    CREATE TABLE session(
      id INTEGER PRIMARY KEY,
      space INTEGER NOT NULL,
      selector BLOB NOT NULL,
      generation INTEGER NOT NULL,
      current BLOB NOT NULL,
      has_previous INTEGER NOT NULL,
      previous BLOB NOT NULL,
      sealed INTEGER NOT NULL,
      seal BLOB NOT NULL,
      nonce BLOB NOT NULL,
      jti TEXT NOT NULL,
      rotated INTEGER NOT NULL,
      idle_end INTEGER NOT NULL,
      absolute_end INTEGER NOT NULL,
      created INTEGER NOT NULL,
      version INTEGER NOT NULL,
      revoked INTEGER NOT NULL,
      reason INTEGER NOT NULL,
      due_end INTEGER NOT NULL,
      due_seal INTEGER NOT NULL,
      sid TEXT NOT NULL,
      user TEXT NOT NULL,
      client TEXT NOT NULL,
      device TEXT NOT NULL,
      address TEXT NOT NULL,
      agent TEXT NOT NULL,
      claims TEXT NOT NULL,
      UNIQUE(space, selector)
    ) STRICT;
    CREATE INDEX session_user ON session(space, user, revoked, created);
    CREATE INDEX session_created ON session(space, created) WHERE revoked = 0;
    CREATE INDEX session_due_end ON session(space, due_end);
    CREATE INDEX session_due_seal ON session(space, due_seal) WHERE sealed = 1;
    CREATE TABLE user(
      space INTEGER NOT NULL,
      user TEXT NOT NULL,
      version INTEGER NOT NULL,
      PRIMARY KEY(space, user)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE feed(
      space INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      kind INTEGER NOT NULL,
      key BLOB NOT NULL,
      value INTEGER NOT NULL,
      until INTEGER NOT NULL,
      mark BLOB NOT NULL,
      PRIMARY KEY(space, sequence)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX feed_until ON feed(space, until);
    CREATE TABLE consumed(
      space INTEGER NOT NULL,
      key BLOB NOT NULL,
      until INTEGER NOT NULL,
      PRIMARY KEY(space, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX consumed_until ON consumed(space, until);
    PRAGMA user_version = 1;
    """

  /// Refuses a file of another application before anything of it is read as a database: that alone could change it.
  static func recognise(_ connection: Connection) throws(Fault) {
    let start = try connection.start(count: 100)
    let bytes = start.span
    var isEmpty = true
    for byte in start where byte != 0 { isEmpty = false }
    if isEmpty { return }
    guard bytes.starts(with: "SQLite format 3\0") else { throw connection.fault(SQLITE_NOTADB) }
    var found: Int64 = 0
    for index in 68..<72 { found = found << 8 | Int64(bytes[index]) }
    guard found == application else { throw foreign(connection) }
  }

  /// Marks an empty file as ours. Two at once may try.
  ///
  /// The mark has to be in the file, not in a log beside it, before the file is anything else.
  static func mark(_ connection: Connection) throws(Fault) {
    // Asked again as a database: what a crash left half done has been undone by that.
    guard try connection.number("PRAGMA application_id") != application else { return }
    try connection.execute("BEGIN EXCLUSIVE")
    do throws(Fault) {
      let found = try connection.number("PRAGMA application_id")
      guard found == 0 || found == application else { throw foreign(connection) }
      if found == 0 {
        let objects = try connection.number("SELECT count(*) FROM sqlite_schema")
        guard objects == 0 else { throw foreign(connection) }
        try connection.execute("PRAGMA application_id = 0x706a7774")
      }
      try connection.execute("COMMIT")
    } catch {
      if connection.isInTransaction { try? connection.execute("ROLLBACK") }
      throw error
    }
  }

  /// Brings the tables to this version, in one step that no other process comes between.
  static func migrate(_ connection: Connection) throws(Fault) {
    guard try !isCurrent(connection) else { return }
    try connection.execute("BEGIN IMMEDIATE")
    do throws(Fault) {
      if try !isCurrent(connection) { try connection.execute(first) }
      try connection.execute("COMMIT")
    } catch {
      if connection.isInTransaction { try? connection.execute("ROLLBACK") }
      throw error
    }
  }

  /// Refuses a version that is not known.
  static func isCurrent(_ connection: Connection) throws(Fault) -> Bool {
    try isCurrent(connection.number("PRAGMA user_version"), connection.file)
  }

  static func isCurrent(_ found: Int64, _ file: DatabaseFile) throws(Fault) -> Bool {
    guard (0...version).contains(found) else {
      throw .failed(
        Failure(
          .storeState, "store",
          "The database \(file.shown) has schema \(found), newer than \(version), the newest known here; update pinjwt."
        ))
    }
    return found == version
  }

  private static func foreign(_ connection: Connection) -> Fault {
    .failed(
      Failure(.storeState, "store", "The database \(connection.file.shown) is another application's; give a new path."))
  }
}
