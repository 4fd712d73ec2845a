import CSQLite
import PinJWTCrypto

/// A prepared statement, kept as long as its connection. For one thread at a time, as that is.
@safe final class Statement {
  // Sound, here and below: the connection finalizes its statements when it is closed, and is asked before each use.
  private let connection: Connection
  private let handle: OpaquePointer
  /// The first result that was not well since the last reset.
  private var code = SQLITE_OK
  private var isFinished = false

  @unsafe init(_ connection: Connection, _ handle: OpaquePointer) {
    self.connection = connection
    unsafe self.handle = handle
  }

  // Values are bound from 1 on; what goes wrong comes out at the step.

  func bind(_ index: Int32, _ number: Int64) {
    guard isUsable else { return }
    note(unsafe sqlite3_bind_int64(handle, index, number))
  }

  func bind(_ index: Int32, blob: [UInt8]) {
    guard isUsable else { return }
    guard let count = Int32(exactly: blob.count) else { return note(SQLITE_TOOBIG) }
    unsafe blob.withUnsafeBytes { note(unsafe sqlite_bind_blob(handle, index, $0.baseAddress, count)) }
  }

  func bind(_ index: Int32, text: [UInt8]) {
    guard isUsable else { return }
    guard let count = Int32(exactly: text.count) else { return note(SQLITE_TOOBIG) }
    unsafe text.withUnsafeBytes { note(unsafe sqlite_bind_text(handle, index, $0.baseAddress, count)) }
  }

  func bind(_ index: Int32, zeros count: Int32) {
    guard isUsable else { return }
    note(unsafe sqlite3_bind_zeroblob(handle, index, count))
  }

  /// Goes on to the next row; false when there is none.
  func step() throws(Fault) -> Bool {
    guard isUsable else { throw connection.fault(SQLITE_MISUSE) }
    guard code == SQLITE_OK else { throw connection.fault(code) }
    let result = unsafe sqlite3_step(handle)
    switch result {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw connection.fault(result)
    }
  }

  /// Runs a statement that has no rows.
  func run() throws(Fault) {
    defer { reset() }
    while try step() {}
  }

  /// Lets go of what the statement holds, its values included.
  func reset() {
    guard isUsable else { return }
    unsafe sqlite3_reset(handle)
    unsafe sqlite3_clear_bindings(handle)
    code = SQLITE_OK
  }

  // Columns are counted from 0 on; SQLite converts what is of another type.

  func number(_ column: Int32) -> Int64 {
    guard isUsable else { return 0 }
    return unsafe sqlite3_column_int64(handle, column)
  }

  func bytes(_ column: Int32) -> [UInt8] {
    guard isUsable, let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
    let count = max(0, Int(unsafe sqlite3_column_bytes(handle, column)))
    // Sound: SQLite lends that many bytes until the next step or reset.
    return unsafe Array(UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count))
  }

  /// Ends a statement that is not needed again.
  func finish() {
    guard isUsable else { return }
    isFinished = true
    unsafe sqlite3_finalize(handle)
  }

  private var isUsable: Bool { connection.isOpen && !isFinished }

  private func note(_ result: Int32) {
    if code == SQLITE_OK { code = result }
  }
}
