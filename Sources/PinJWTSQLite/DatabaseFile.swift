import CPOSIX
import PinJWTCrypto

/// The file of a database, by its path from the root on: a process that changes its folder still means the same file.
@safe struct DatabaseFile: Sendable {
  /// With a NUL at the end, and without links up to the file's name.
  private let path: [UInt8]

  /// SQLite's own limit is 512, with what it appends.
  private static let longest = 500

  /// AT_EACCESS: by the rights that the process works with.
  private static let effectively: Int32 = 0x200

  /// Finds the folder, which has to exist; the file need not.
  static func make(_ text: [UInt8]) throws(Failure) -> DatabaseFile {
    var start = text.count
    while start > 0, text[start - 1] != UInt8(ascii: "/") { start -= 1 }
    let name = Array(text[start...])
    guard !name.isEmpty, name != [0x2e], name != [0x2e, 0x2e] else {
      throw Failure(.argument, "location", "The location is that of a folder; name a file in it.")
    }
    let folder = start == 0 ? [UInt8(ascii: ".")] : Array(text[..<start])
    guard var path = resolved(folder) else {
      let shown = Sentence(path: folder.span)
      throw Failure(.storeState, "location", "There is no folder \(shown) for the database; make it first.")
    }
    if path.last != UInt8(ascii: "/") { path.append(UInt8(ascii: "/")) }
    path.append(contentsOf: name)
    guard path.count <= longest else {
      throw Failure(.argument, "location", "The path has \(path.count) bytes; SQLite takes up to \(longest).")
    }
    path.append(0)
    return DatabaseFile(path: path)
  }

  private init(path: [UInt8]) {
    self.path = path
  }

  /// For messages.
  var shown: Sentence { Sentence(path: path.span.extracting(first: path.count - 1)) }

  /// Calls `body` with the path as C has it, valid inside the closure only.
  @unsafe func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    unsafe DatabaseFile.withCString(path, body)
  }

  /// Makes the file, of mode 0600, where there is nothing.
  ///
  /// Without opening it: closing a descriptor of it would drop the locks that this process may have on it by then.
  func create() throws(Failure) {
    guard unsafe withCString({ unsafe posix_make_file($0) }) != 0 else { return }
    switch posix_errno() {
    case EEXIST: return
    case ENOSPC, EDQUOT: throw Failure(.store, "store", "The disk is full, so \(shown) cannot be made; make room.")
    default:
      throw Failure(.storeState, "store", "This process may not make the file \(shown); let it write the folder.")
    }
  }

  /// Refuses what is no file of ours alone, and one that this process cannot keep a log beside.
  func check() throws(Failure) {
    // Sound: of the target of a link one byte is written, into the one that there is.
    var target: CChar = 0
    guard unsafe withCString({ unsafe readlink($0, &target, 1) }) < 0 else {
      throw Failure(.storeState, "store", "The path \(shown) is a symbolic link; give the file itself.")
    }
    var status = posix_status()
    guard unsafe withCString({ unsafe posix_look(AT_FDCWD, $0, &status) }) == 0 else {
      throw Failure(.storeState, "store", "There is no file \(shown), or this process may not look at it.")
    }
    guard status.mode & 0o170000 == 0o100000 else {
      throw Failure(.storeState, "store", "The path \(shown) is not that of a regular file.")
    }
    guard status.mode & 0o007 == 0 else {
      throw Failure(.storeState, "store", "The file \(shown) is open to everybody; run chmod o= on it.")
    }
    try checkWritable()
  }

  private func checkWritable() throws(Failure) {
    guard unsafe withCString({ unsafe faccessat(AT_FDCWD, $0, R_OK | W_OK, DatabaseFile.effectively) }) == 0 else {
      throw Failure(.storeState, "store", "This process may not write the file \(shown); let it, or give another.")
    }
    var folder = path
    while let last = folder.last, last != UInt8(ascii: "/") { folder.removeLast() }
    let isWritable = unsafe DatabaseFile.withCString(folder + [0]) {
      unsafe faccessat(AT_FDCWD, $0, W_OK | X_OK, DatabaseFile.effectively)
    }
    guard isWritable == 0 else {
      throw Failure(.storeState, "store", "This process may not write the folder of \(shown), where its log has to be.")
    }
  }

  private static func resolved(_ folder: [UInt8]) -> [UInt8]? {
    // Sound: realpath returns a text of its own, which is copied and released.
    guard let found = unsafe withCString(folder + [0], { unsafe realpath($0, nil) }) else { return nil }
    defer { unsafe free(found) }
    let bytes = unsafe UnsafeRawPointer(found).assumingMemoryBound(to: UInt8.self)
    return unsafe Array(UnsafeBufferPointer(start: bytes, count: strlen(found)))
  }

  /// `text` ends in a NUL.
  @unsafe private static func withCString<Result>(
    _ text: [UInt8], _ body: (UnsafePointer<CChar>) -> Result
  ) -> Result {
    unsafe text.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else {
        var nothing: CChar = 0
        return unsafe body(&nothing)
      }
      return unsafe body(UnsafeRawPointer(base).assumingMemoryBound(to: CChar.self))
    }
  }
}
