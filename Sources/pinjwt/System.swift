import Glibc
import PinJWTCrypto

/// All that touches the system: files, terminal, environment, clock.
enum System {
  enum Stream: Int32 {
    case input = 0
    case output = 1
    case error = 2
  }

  static func exit(_ status: ExitStatus) -> Never {
    Glibc.exit(status.rawValue)
  }

  static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

  /// nil when it is not set or empty.
  static func environment(_ name: String) -> String? {
    // Sound: nothing here changes the environment.
    guard let value = unsafe getenv(name), unsafe value.pointee != 0 else { return nil }
    return unsafe String(cString: value)
  }

  /// The folder of this program; nil where the system does not tell.
  static var programFolder: String? {
    var buffer = [CChar](repeating: 0, count: 4096)
    // Sound: at most that many bytes are written.
    let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0, count < buffer.count else { return nil }
    let path = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return path.lastIndex(of: "/").map { String(path[..<$0]) }
  }

  /// Unix seconds.
  static func now() throws(Problem) -> Int64 {
    guard let now = Clock.now() else { throw .file("The system's clock could not be read.") }
    return now
  }

  // MARK: Reading

  /// A file that may hold a secret.
  struct SecretFile {
    let bytes: SecretBytes
    /// Whether it is a file that others than its owner can open; false for pipes and the like.
    let isOpenToOthers: Bool
  }

  /// A file, or standard input for "-".
  static func readSecret(_ path: String, limit: Int) throws -> SecretFile {
    let file = try open(path)
    defer { close(file) }
    var status = stat()
    guard unsafe fstat(file, &status) == 0 else { throw unreadable(path) }
    let bytes = try SecretBytes.make(count: limit + 1)
    var target = bytes.mutableBytes
    var count = 0
    while count < target.count {
      let more = try read(file, into: &target, from: count, path)
      guard more > 0 else { break }
      count += more
    }
    guard count <= limit else { throw Problem.file("\(name(path)) is larger than \(limit) bytes, which no key is.") }
    let isFile = status.st_mode & S_IFMT == S_IFREG
    return SecretFile(
      bytes: try SecretBytes.make(copying: bytes.bytes.extracting(first: count)),
      isOpenToOthers: isFile && status.st_mode & 0o077 != 0)
  }

  /// A file, or standard input for "-".
  static func read(_ path: String, limit: Int, toNewline: Bool = false) throws(Problem) -> [UInt8] {
    let file = try open(path)
    defer { close(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65536)
    while true {
      var target = piece.mutableSpan
      let more = try read(file, into: &target, from: 0, path)
      bytes.append(contentsOf: piece[..<more])
      guard bytes.count <= limit else { throw .file("\(name(path)) is larger than \(limit) bytes.") }
      if more == 0 || toNewline && bytes.last == UInt8(ascii: "\n") { return bytes }
    }
  }

  /// What to call a file at the beginning of a sentence.
  static func name(_ path: String) -> String { path == "-" ? "Standard input" : path }

  private static func open(_ path: String) throws(Problem) -> Int32 {
    // A copy, so that closing it is right for both.
    let file = path == "-" ? dup(Stream.input.rawValue) : unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw unreadable(path) }
    return file
  }

  private static func read(
    _ file: Int32, into target: inout MutableSpan<UInt8>, from start: Int, _ path: String
  ) throws(Problem) -> Int {
    while true {
      // Sound: read writes at most as many bytes as the buffer has behind `start`.
      let count = unsafe target.withUnsafeMutableBufferPointer { buffer in
        unsafe Glibc.read(file, buffer.baseAddress.map { unsafe $0 + start }, buffer.count - start)
      }
      if count >= 0 { return count }
      guard errno == EINTR else { throw unreadable(path) }
    }
  }

  private static func unreadable(_ path: String) -> Problem {
    .file("\(name(path)) cannot be read: \(lastError).")
  }

  // MARK: Writing

  static func write(_ text: String, to stream: Stream) throws(Problem) {
    let bytes = Array(text.utf8)
    try write(bytes.span, to: stream)
  }

  static func write(_ bytes: borrowing Span<UInt8>, to stream: Stream) throws(Problem) {
    try write(bytes, to: stream.rawValue, stream == .output ? "Standard output" : "Standard error")
  }

  private static func write(_ bytes: borrowing Span<UInt8>, to file: Int32, _ name: String) throws(Problem) {
    var done = 0
    while done < bytes.count {
      // Sound: write reads the bytes from `done` on.
      let count = unsafe bytes.withUnsafeBufferPointer { buffer in
        unsafe Glibc.write(file, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done)
      }
      if count >= 0 {
        done += count
      } else if errno != EINTR {
        throw .file("\(name) cannot be written: \(lastError).")
      }
    }
  }

  /// A file that did not exist before. It is removed again unless it is written.
  struct NewFile: ~Copyable {
    private let path: String
    private let file: Int32
    private var isComplete = false

    init(_ path: String, mode: mode_t) throws(Problem) {
      self.path = path
      file = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
      guard file >= 0 else {
        throw errno == EEXIST
          ? .file("\(path) exists already and is never overwritten; move it away or name another file.")
          : .file("\(path) cannot be made: \(System.lastError).")
      }
    }

    deinit {
      guard file >= 0 else { return }
      close(file)
      if !isComplete { System.remove(path) }
    }

    mutating func write(_ bytes: borrowing Span<UInt8>) throws(Problem) {
      try System.write(bytes, to: file, path)
      guard fsync(file) == 0 else { throw .file("\(path) cannot be written: \(System.lastError).") }
      isComplete = true
    }
  }

  static func remove(_ path: String) {
    _ = unsafe unlink(path)
  }

  private static var lastError: String {
    // Sound: strerror returns a text that stays until its next call.
    guard let text = unsafe strerror(errno) else { return "error \(errno)" }
    return unsafe String(cString: text)
  }
}
