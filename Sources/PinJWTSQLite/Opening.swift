import CSQLite
import PinJWTCrypto

extension Connection {
  /// A connection that is ready for use: the file is ours, in WAL mode and of this version.
  static func ready(_ file: DatabaseFile) throws(Fault) -> Connection {
    do throws(Failure) { try file.check() } catch { throw .failed(error) }
    let connection = try open(file)
    do throws(Fault) {
      try connection.harden()
      try Schema.recognise(connection)
      try Schema.mark(connection)
      try connection.useLog()
      try connection.execute(
        """
        PRAGMA synchronous = FULL;
        PRAGMA foreign_keys = ON;
        PRAGMA secure_delete = ON;
        PRAGMA temp_store = MEMORY;
        PRAGMA mmap_size = 0;
        PRAGMA wal_autocheckpoint = 4000;
        PRAGMA journal_size_limit = 67108864;
        """)
      try Schema.migrate(connection)
    } catch {
      // What is not as it should be is left as it is.
      connection.close(keepingLog: true)
      throw error
    }
    return connection
  }

  /// Takes nothing that stands in the file for more than data.
  private func harden() throws(Fault) {
    if isReadOnly {
      throw .failed(
        Failure(.storeState, "store", "The database \(file.shown) can only be read by this process; let it write."))
    }
    try set(SQLITE_DBCONFIG_DEFENSIVE, true)
    try set(SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)
    try set(SQLITE_DBCONFIG_ENABLE_TRIGGER, false)
    try set(SQLITE_DBCONFIG_ENABLE_VIEW, false)
    try execute("PRAGMA cell_size_check = ON")
  }

  private func useLog() throws(Fault) {
    let mode = try value("PRAGMA journal_mode = WAL") ?? []
    guard mode.span.equals("wal") else {
      throw .failed(
        Failure(
          .storeState, "store",
          "The file system of \(file.shown) does not let SQLite write a log (WAL); use a local disk."
        ))
    }
  }
}
