import CPOSIX

/// What the system says of a file.
struct FileStatus: Sendable {
  private let status: posix_status

  /// The file behind a descriptor.
  static func of(_ descriptor: Int32) -> FileStatus? { unsafe look(descriptor, StaticString("").cString) }

  /// The file at a path.
  static func of(_ path: FilePath) -> FileStatus? { unsafe path.withCString { unsafe look(AT_FDCWD, $0) } }

  @unsafe private static func look(_ descriptor: Int32, _ path: UnsafePointer<CChar>) -> FileStatus? {
    var status = posix_status()
    return unsafe posix_look(descriptor, path, &status) == 0 ? FileStatus(status: status) : nil
  }

  var isRegular: Bool { status.mode & 0o170000 == 0o100000 }

  /// Whether nobody but its owner, who is this process's user or root, can read or change the file. `rootMayShare` lets a
  /// group read root's.
  func isOwnersAlone(rootMayShare: Bool) -> Bool {
    guard status.owner == 0 || status.owner == geteuid() else { return false }
    return status.mode & (rootMayShare && status.owner == 0 ? 0o037 : 0o077) == 0
  }

  var isWritableByOthers: Bool { status.mode & 0o002 != 0 }

  var stamp: FileStamp {
    FileStamp(device: status.device, inode: status.inode, size: status.size, modified: status.modified)
  }
}

/// The state of a file at one moment, by which a change is noticed.
public struct FileStamp: Equatable, Sendable {
  let device: UInt64
  let inode: UInt64
  let size: UInt64
  let modified: Int64

  /// nil when there is no such file.
  public static func now(_ path: FilePath) -> FileStamp? { FileStatus.of(path)?.stamp }
}
