import CSQLite
import PinJWTCrypto

/// What can go wrong inside.
enum Fault: Error {
  /// Another connection has the lock: to be tried again, until the deadline.
  case busy
  case failed(Failure)

  /// The fault that a result code of SQLite stands for.
  init(_ code: Int32, _ file: DatabaseFile) {
    switch code & 0xff {
    case SQLITE_BUSY, SQLITE_LOCKED: self = .busy
    default: self = .failed(Fault.failure(code, file.shown))
    }
  }

  /// What the caller is told.
  func failure(_ file: DatabaseFile) -> Failure {
    switch self {
    case .busy: Failure(.store, "store", "The database \(file.shown) was locked by others for too long; try again.")
    case .failed(let failure): failure
    }
  }

  private static func failure(_ code: Int32, _ file: Sentence) -> Failure {
    guard sqlite_is_out_of_memory(code) == 0 else {
      return Failure(.memory, "store", "There is no memory for the database \(file).")
    }
    switch code & 0xff {
    case SQLITE_FULL:
      return Failure(.store, "store", "The disk is full, so \(file) cannot be written; make room.")
    case SQLITE_IOERR:
      return Failure(.store, "store", "Reading or writing \(file) failed; look after its disk.")
    case SQLITE_CANTOPEN:
      return Failure(.store, "store", "The database \(file) or its log cannot be opened; are too many files open?")
    case SQLITE_PROTOCOL:
      return Failure(.store, "store", "The lock on \(file) could not be had; try again.")
    case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH:
      return Failure(.storeState, "store", "This process may not write the database \(file), or its log.")
    case SQLITE_CORRUPT:
      return Failure(.storeState, "store", "The database \(file) is damaged; restore it from a copy.")
    case SQLITE_NOTADB:
      return Failure(.storeState, "store", "The file \(file) is not an SQLite database, or is damaged.")
    default:
      return Failure(
        .storeState, "store", "The database \(file) does not have what belongs there (SQLite says \(Int(code)))."
      )
    }
  }
}
