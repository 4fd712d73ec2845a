import CPOSIX

/// What was read from a file that may hold a secret.
public struct SecretFile: Sendable {
  public let bytes: SecretBytes
  /// Which state of the file that was, to notice another.
  public let stamp: FileStamp
  private let status: FileStatus
  private let path: FilePath

  /// The whole of a regular file.
  public static func read(_ path: FilePath, limit: Int) throws(Failure) -> SecretFile {
    // A pipe would make the caller wait: not blocking, and looked at first.
    let file = try OpenFile(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
    let status = try file.status(path)
    guard status.isRegular else { throw Failure(.io, "path", "The path \(path.shown) is not that of a regular file.") }
    return SecretFile(bytes: try file.read(path, limit: limit), stamp: status.stamp, status: status, path: path)
  }

  /// Refuses a file that others than its owner can read or change: it holds a secret. Root may share one that is only
  /// read.
  public func requireOwnersAlone(rootMayShare: Bool) throws(Failure) {
    guard status.isOwnersAlone(rootMayShare: rootMayShare) else {
      throw Failure(
        .io, "path",
        "The file \(path.shown) holds a secret and is open to others than its owner; run chmod 600 on it, as its owner."
      )
    }
  }

  /// Refuses a file that anybody can change: it holds a public key, which must stay what it is.
  public func requireNotWritableByOthers() throws(Failure) {
    guard !status.isWritableByOthers else {
      throw Failure(.io, "path", "The file \(path.shown) can be changed by anybody; run chmod o-w on it.")
    }
  }

  /// Writes a new file of mode 0600; one that exists is never touched.
  private static func create(_ path: FilePath, _ bytes: borrowing Span<UInt8>) throws(Failure) {
    let file = try OpenFile(path, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
    do throws(Failure) {
      try file.write(bytes, path)
    } catch {
      _ = unsafe path.withCString { unsafe unlink($0) }
      throw error
    }
  }

  /// Replaces a file in one step: whoever opens it, even after a crash, finds the old one or the new one. One writer at a
  /// time (`FileLock`).
  ///
  /// The new state; nil when it could not be seen.
  public static func replace(_ path: FilePath, _ bytes: borrowing Span<UInt8>) throws(Failure) -> FileStamp? {
    let new = path.appending(".new")
    // Left by a writer that crashed.
    _ = unsafe new.withCString { unsafe unlink($0) }
    try create(new, bytes)
    let renamed = unsafe new.withCString { from in unsafe path.withCString { to in unsafe rename(from, to) } }
    guard renamed == 0 else {
      _ = unsafe new.withCString { unsafe unlink($0) }
      throw Failure(.io, "path", "The file \(path.shown) cannot be replaced.")
    }
    // The new name too should be on the disk, but from here on the change counts, whatever a crash leaves of it.
    try? OpenFile(path.folder, flags: O_RDONLY | O_DIRECTORY).sync(path)
    return FileStamp.now(path)
  }

  public static func exists(_ path: FilePath) -> Bool {
    unsafe path.withCString { unsafe access($0, F_OK) == 0 }
  }
}
