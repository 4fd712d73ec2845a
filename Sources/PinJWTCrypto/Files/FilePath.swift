import CPOSIX

/// The path of a file, as the system takes it.
public struct FilePath: Sendable {
  /// With a NUL at the end.
  let bytes: [UInt8]

  public static let longest = 4095

  /// A path from text without a NUL.
  public init(_ text: borrowing Span<UInt8>) throws(Failure) {
    guard (1...FilePath.longest).contains(text.count) else {
      throw Failure(.argument, "path", "The path must have from 1 to \(FilePath.longest) bytes, not \(text.count).")
    }
    for index in text.indices where text[index] == 0 {
      throw Failure(.argument, "path", "The path has a NUL inside, where the system would cut it off.")
    }
    var bytes: [UInt8] = []
    bytes.append(bytes: text)
    bytes.append(0)
    self.bytes = bytes
  }

  private init(terminated bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The length in bytes.
  public var count: Int { bytes.count - 1 }

  /// The path with a suffix.
  public func appending(_ suffix: StaticString) -> FilePath {
    var longer = bytes
    longer.removeLast()
    longer.append(text: suffix)
    longer.append(0)
    return FilePath(terminated: longer)
  }

  /// The folder that the file is in.
  var folder: FilePath {
    var end = bytes.count - 1
    while end > 0, bytes[end - 1] != UInt8(ascii: "/") { end -= 1 }
    guard end > 0 else { return FilePath(terminated: [UInt8(ascii: "."), 0]) }
    return FilePath(terminated: Array(bytes[..<end]) + [0])
  }

  /// The path from the root on and without links, as far as the file or its folder exists.
  public var resolved: FilePath {
    if let whole = real { return whole }
    guard let folder = folder.real else { return self }
    var start = bytes.count - 1
    while start > 0, bytes[start - 1] != UInt8(ascii: "/") { start -= 1 }
    var joined = folder.bytes
    joined.removeLast()
    joined.append(UInt8(ascii: "/"))
    joined.append(contentsOf: bytes[start...])
    return FilePath(terminated: joined)
  }

  private var real: FilePath? {
    // Sound: realpath returns a text of its own, which is copied and released.
    guard let found = unsafe withCString({ unsafe realpath($0, nil) }) else { return nil }
    defer { unsafe free(found) }
    let source = unsafe UnsafeBufferPointer(
      start: UnsafeRawPointer(found).assumingMemoryBound(to: UInt8.self), count: strlen(found) + 1)
    return FilePath(terminated: unsafe Array(source))
  }

  public func equals(_ other: FilePath) -> Bool { bytes == other.bytes }

  /// For messages.
  var shown: Sentence { Sentence(path: bytes.span.extracting(first: bytes.count - 1)) }

  /// Calls `body` with the path as C has it, valid inside the closure only.
  @unsafe func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    let bytes = bytes
    return unsafe withPointer(bytes.span) { pointer, _ in
      unsafe body(UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
    }
  }
}
