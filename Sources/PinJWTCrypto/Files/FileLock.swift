import CPOSIX

/// A lock that all processes share which change one file: on a file of its own beside it, since the other is replaced.
public enum FileLock {
  /// How long another process may hold it, in milliseconds.
  private static let longestWait: Int64 = 10_000

  public static func with<Result>(_ path: FilePath, _ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    let lock = path.appending(".lock")
    let file = try OpenFile(lock, flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
    let start = Clock.monotonicMilliseconds()
    while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard posix_errno() == EWOULDBLOCK || posix_errno() == EINTR else {
        throw Failure(.io, "path", "The file \(lock.shown) cannot be locked.")
      }
      guard Clock.monotonicMilliseconds() - start < longestWait else {
        throw Failure(.io, "path", "The lock \(lock.shown) has been held by another process for 10 s.")
      }
      usleep(500)
    }
    defer { flock(file.descriptor, LOCK_UN) }
    return try body()
  }
}
