import CPOSIX
import CSQLite
import PinJWTCrypto

/// A connection to a database, for one thread at a time.
@safe final class Connection {
  let file: DatabaseFile
  private let handle: OpaquePointer
  private(set) var isOpen = true
  /// Whether it can be used on: not after a fault that may come from what it has come to think of the file.
  private(set) var isSound = true

  /// Opens a file that exists, for reading and writing, without reading any of it.
  static func open(_ file: DatabaseFile) throws(Fault) -> Connection {
    guard sqlite3_libversion_number() >= 3_037_000 else {
      throw .failed(Failure(.unsupported, "store", "SQLite 3.37 or later is needed; this one is older."))
    }
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE
    var handle: OpaquePointer?
    let code = unsafe file.withCString { path in
      unsafe StaticString("unix").withCString { system in unsafe sqlite3_open_v2(path, &handle, flags, system) }
    }
    guard let opened = unsafe handle else { throw Fault(SQLITE_NOMEM, file) }
    let connection = unsafe Connection(file, opened)
    guard code == SQLITE_OK else {
      let fault = connection.fault(code)
      connection.close()
      throw fault
    }
    return connection
  }

  @unsafe private init(_ file: DatabaseFile, _ handle: OpaquePointer) {
    self.file = file
    unsafe self.handle = handle
  }

  deinit {
    close()
  }

  /// Closes it and everything that was prepared. What is not committed is rolled back.
  ///
  /// The log stays as it is where `keepingLog` says so; else the last connection of all writes it into the database.
  func close(keepingLog: Bool = false) {
    guard isOpen else { return }
    isOpen = false
    if keepingLog { _ = unsafe sqlite_switch(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1) }
    // Sound: statements do not use their handle once `isOpen` is false.
    while let statement = unsafe sqlite3_next_stmt(handle, nil) { unsafe sqlite3_finalize(statement) }
    unsafe sqlite3_close(handle)
  }

  /// A statement to be used often.
  func prepare(_ sql: StaticString) throws(Fault) -> Statement {
    guard isOpen else { throw fault(SQLITE_MISUSE) }
    var statement: OpaquePointer?
    let code = unsafe sql.withCString {
      unsafe sqlite3_prepare_v3(handle, $0, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    }
    guard code == SQLITE_OK, let prepared = unsafe statement else {
      throw fault(code == SQLITE_OK ? SQLITE_ERROR : code)
    }
    return unsafe Statement(self, prepared)
  }

  /// Runs one or more statements that are not needed again.
  func execute(_ sql: StaticString) throws(Fault) {
    guard isOpen else { throw fault(SQLITE_MISUSE) }
    let code = unsafe sql.withCString { unsafe sqlite3_exec(handle, $0, nil, nil, nil) }
    guard code == SQLITE_OK else { throw fault(code) }
  }

  /// The first value of the first row of a statement that is not needed again; nil where there is none.
  func value(_ sql: StaticString) throws(Fault) -> [UInt8]? {
    let statement = try prepare(sql)
    defer { statement.finish() }
    return try statement.step() ? statement.bytes(0) : nil
  }

  func number(_ sql: StaticString) throws(Fault) -> Int64 {
    let statement = try prepare(sql)
    defer { statement.finish() }
    return try statement.step() ? statement.number(0) : 0
  }

  /// Sets a switch (SQLITE_DBCONFIG_...).
  func set(_ option: Int32, _ isOn: Bool) throws(Fault) {
    guard isOpen else { throw fault(SQLITE_MISUSE) }
    let code = unsafe sqlite_switch(handle, option, isOn ? 1 : 0)
    guard code == SQLITE_OK else { throw fault(code) }
  }

  /// The fault that a result of this connection stands for.
  func fault(_ result: Int32) -> Fault {
    var code = result
    // SQLite tells a full disk as such where it writes pages only.
    if isOpen, code & 0xff == SQLITE_IOERR || code & 0xff == SQLITE_CANTOPEN {
      let cause = unsafe sqlite3_system_errno(handle)
      if cause == ENOSPC || cause == EDQUOT { code = SQLITE_FULL }
    }
    switch code & 0xff {
    case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_FULL, SQLITE_CONSTRAINT, SQLITE_NOMEM: break
    default: isSound = false
    }
    return Fault(code, file)
  }

  /// The first `count` bytes of the file, whatever they are, without a lock; zeros where it ends before.
  func start(count: Int32) throws(Fault) -> [UInt8] {
    guard isOpen else { throw fault(SQLITE_MISUSE) }
    var bytes = [UInt8](repeating: 0, count: max(0, Int(count)))
    // Sound: the buffer has `count` bytes.
    let code = unsafe bytes.withUnsafeMutableBufferPointer { unsafe sqlite_read_start(handle, $0.baseAddress, count) }
    guard code == SQLITE_OK else { throw fault(code) }
    return bytes
  }

  /// Whether SQLite could open the file for reading only.
  var isReadOnly: Bool {
    guard isOpen else { return false }
    return unsafe StaticString("main").withCString { unsafe sqlite3_db_readonly(handle, $0) } != 0
  }

  /// Refuses a file that the path no longer leads to.
  func checkPlace() throws(Fault) {
    guard isOpen else { throw fault(SQLITE_MISUSE) }
    guard unsafe sqlite_has_moved(handle) != 0 else { return }
    isSound = false
    throw .failed(Failure(.store, "store", "The file \(file.shown) was replaced or removed while in use; try again."))
  }

  var isInTransaction: Bool {
    guard isOpen else { return false }
    return unsafe sqlite3_get_autocommit(handle) == 0
  }

  /// How many rows the last statement changed.
  var changes: Int64 { isOpen ? unsafe Int64(sqlite3_changes(handle)) : 0 }
}

extension StaticString {
  /// Calls `body` with the text as C has it.
  @unsafe func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    // Sound: the text of a literal of more than one character ends in a NUL.
    unsafe body(UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self))
  }
}
