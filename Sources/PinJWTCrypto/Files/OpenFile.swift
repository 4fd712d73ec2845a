import CPOSIX

/// A file that is open, closed when it is released.
@safe struct OpenFile: ~Copyable {
  let descriptor: Int32

  init(_ path: FilePath, flags: Int32, mode: UInt32 = 0) throws(Failure) {
    var opened: Int32
    repeat {
      opened = unsafe path.withCString { unsafe posix_open($0, flags | O_CLOEXEC, mode) }
    } while opened < 0 && posix_errno() == EINTR
    guard opened >= 0 else { throw OpenFile.refusal(path) }
    descriptor = opened
  }

  deinit {
    close(descriptor)
  }

  func status(_ path: FilePath) throws(Failure) -> FileStatus {
    guard let status = FileStatus.of(descriptor) else {
      throw Failure(.io, "path", "The file \(path.shown) cannot be looked at.")
    }
    return status
  }

  /// All of the file, up to `limit` bytes, in guarded memory.
  func read(_ path: FilePath, limit: Int) throws(Failure) -> SecretBytes {
    let buffer = try SecretBytes.make(count: limit + 1)
    var target = buffer.mutableBytes
    var count = 0
    while count <= limit {
      // Sound: `target` has `limit + 1` bytes, of which `count` are taken.
      let got = unsafe withMutablePointer(&target) { bytes, length in
        unsafe CPOSIX.read(descriptor, bytes + count, length - count)
      }
      if got < 0, posix_errno() == EINTR { continue }
      guard got >= 0 else { throw Failure(.io, "path", "The file \(path.shown) cannot be read.") }
      if got == 0 { return try SecretBytes.make(copying: buffer.bytes.extracting(first: count)) }
      count += got
    }
    throw Failure(.io, "path", "The file \(path.shown) has over \(limit) bytes, more than a key has.")
  }

  /// Writes all of `bytes` and waits until they are on the disk.
  func write(_ bytes: borrowing Span<UInt8>, _ path: FilePath) throws(Failure) {
    var written = 0
    while written < bytes.count {
      // Sound: the pointer is valid for the count that goes with it.
      let took = unsafe withPointer(bytes.extracting(written...)) { unsafe CPOSIX.write(descriptor, $0, $1) }
      if took < 0, posix_errno() == EINTR { continue }
      guard took > 0 else { throw Failure(.io, "path", "The file \(path.shown) cannot be written; is the disk full?") }
      written += took
    }
    try sync(path)
  }

  func sync(_ path: FilePath) throws(Failure) {
    guard fsync(descriptor) == 0 else {
      throw Failure(.io, "path", "The file \(path.shown) cannot be written to disk.")
    }
  }

  private static func refusal(_ path: FilePath) -> Failure {
    switch posix_errno() {
    case ENOENT, ENOTDIR: Failure(.io, "path", "There is no file \(path.shown).")
    case EACCES, EPERM: Failure(.io, "path", "This process may not open the file \(path.shown).")
    case EEXIST: Failure(.io, "path", "There is a file \(path.shown) already, which is not overwritten.")
    case EMFILE, ENFILE: Failure(.io, "path", "Too many files are open to open \(path.shown) as well.")
    default: Failure(.io, "path", "The file \(path.shown) cannot be opened.")
    }
  }
}
