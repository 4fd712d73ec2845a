import CHiredis
import PinJWTCrypto

/// Reads replies out of what comes in, by hiredis' parser; the replies are built here, within bounds.
@safe final class ReplyReader {
  private let reader: UnsafeMutablePointer<redisReader>
  private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
  private let builder = ReplyBuilder()
  /// How many bytes of a reply that is not complete have come in.
  private var pending = 0

  /// The longest reply.
  static let longest = 32 << 20

  static func make() throws(Failure) -> ReplyReader {
    let functions = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
    unsafe functions.initialize(to: ReplyReader.callbacks)
    guard let reader = unsafe redisReaderCreateWithFunctions(functions) else {
      unsafe functions.deallocate()
      throw Failure(.memory, "store", "There is no memory to read from Redis.")
    }
    return unsafe ReplyReader(reader, functions)
  }

  @unsafe private init(
    _ reader: UnsafeMutablePointer<redisReader>, _ functions: UnsafeMutablePointer<redisReplyObjectFunctions>
  ) {
    unsafe self.reader = reader
    unsafe self.functions = functions
    // Sound: the builder lives as long as the reader, which hands the pointer to the callbacks only.
    unsafe reader.pointee.privdata = Unmanaged.passUnretained(builder).toOpaque()
  }

  deinit {
    // Sound: both were made by `make` and are released once, the functions after the reader that points to them.
    unsafe redisReaderFree(reader)
    unsafe functions.deallocate()
  }

  /// Takes bytes that came in; false when they cannot be taken.
  @unsafe func feed(_ bytes: UnsafeRawBufferPointer) -> Bool {
    pending += bytes.count
    guard pending <= ReplyReader.longest, let base = bytes.baseAddress else { return false }
    return unsafe redisReaderFeed(reader, base.assumingMemoryBound(to: CChar.self), bytes.count) == REDIS_OK
  }

  /// Whether all that was fed has been read as replies.
  var isDrained: Bool { unsafe reader.pointee.pos == reader.pointee.len }

  enum Next {
    case reply(Reply)
    case incomplete
    /// What came in is not the protocol, or is out of bounds; the connection is of no use any more.
    case broken
  }

  func next() -> Next {
    var object: UnsafeMutableRawPointer?
    guard unsafe redisReaderGetReply(reader, &object) == REDIS_OK else { return .broken }
    guard unsafe object != nil else { return .incomplete }
    guard let reply = builder.complete else { return .broken }
    builder.reset()
    // What follows may be in the reader already; it is less than what was fed last.
    pending = 0
    return .reply(reply)
  }

  // The callbacks answer with some pointer that is not NULL: the objects are in the builder. Sound: hiredis passes the
  // task of a reply, with the builder that `init` gave it, and a text with its length.

  private static var callbacks: redisReplyObjectFunctions {
    var functions = redisReplyObjectFunctions()
    unsafe functions.createString = { task, text, length in
      unsafe ReplyReader.take(task) { builder in
        var bytes: [UInt8] = []
        if let text = unsafe text, length > 0 {
          unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: text, count: Int(length)))
        }
        switch unsafe task?.pointee.type {
        case REDIS_REPLY_STATUS: return builder.add(.status(bytes))
        case REDIS_REPLY_ERROR: return builder.add(.error(bytes))
        default: return builder.add(.bytes(bytes))
        }
      }
    }
    unsafe functions.createArray = { task, count in
      unsafe ReplyReader.take(task) { $0.begin(Int(count)) }
    }
    unsafe functions.createInteger = { task, number in
      unsafe ReplyReader.take(task) { $0.add(.integer(Int64(number))) }
    }
    unsafe functions.createNil = { task in
      unsafe ReplyReader.take(task) { $0.add(.null) }
    }
    unsafe functions.freeObject = { _ in }
    return functions
  }

  @unsafe private static func take(
    _ task: UnsafePointer<redisReadTask>?, _ add: (ReplyBuilder) -> Bool
  ) -> UnsafeMutableRawPointer? {
    guard let pointer = unsafe task?.pointee.privdata else { return nil }
    let builder = unsafe Unmanaged<ReplyBuilder>.fromOpaque(pointer).takeUnretainedValue()
    return add(builder) ? unsafe pointer : nil
  }
}
