import CHiredis
import PinJWTCrypto

/// A command as it goes over the wire, in hiredis' memory; wiped when it is released, since it may hold a password.
@safe struct Wire: ~Copyable {
  private let start: UnsafeMutablePointer<CChar>
  let count: Int

  init(_ command: borrowing Command) throws(Failure) {
    // Sound: each argument's pointer lies within the command's bytes, which outlive the call.
    let made = unsafe command.bytes.withUnsafeBufferPointer { buffer in
      var none: CChar = 0
      return unsafe withUnsafePointer(to: &none) { none in
        var arguments: [UnsafePointer<CChar>?] = unsafe []
        var lengths: [Int] = []
        var first = 0
        let base = unsafe buffer.baseAddress.map { unsafe UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self) }
        for end in command.ends {
          unsafe arguments.append(base.map { unsafe $0 + first } ?? none)
          lengths.append(end - first)
          first = end
        }
        return unsafe Wire.format(&arguments, &lengths)
      }
    }
    guard let made = unsafe made else { throw Wire.noMemory }
    unsafe start = made.start
    count = unsafe made.count
  }

  /// AUTH, straight from guarded memory.
  init(user: [UInt8], password: SecretBytes) throws(Failure) {
    let name = [UInt8](text: "AUTH")
    let secret = password
    // Sound: the three texts outlive the call.
    let made = unsafe name.withUnsafeBytes { name in
      unsafe user.withUnsafeBytes { user in
        let bytes = secret.bytes
        return unsafe bytes.withUnsafeBytes { secret in
          let isDefault = user.count == 0
          var arguments: [UnsafePointer<CChar>?] = unsafe [Wire.text(name)]
          var lengths = [name.count]
          if !isDefault {
            unsafe arguments.append(Wire.text(user))
            lengths.append(user.count)
          }
          unsafe arguments.append(Wire.text(secret))
          lengths.append(secret.count)
          return unsafe Wire.format(&arguments, &lengths)
        }
      }
    }
    guard let made = unsafe made else { throw Wire.noMemory }
    unsafe start = made.start
    count = unsafe made.count
  }

  deinit {
    // Sound: hiredis allocated `count` bytes and a NUL, which are released once.
    unsafe start.withMemoryRebound(to: UInt8.self, capacity: count) { bytes in
      var span = unsafe MutableSpan(_unsafeStart: bytes, count: count)
      wipe(&span)
    }
    unsafe redisFreeCommand(start)
  }

  /// Calls `body` with the bytes, valid inside the closure only.
  @unsafe borrowing func withBytes<Result, Fault>(
    _ body: (UnsafeRawBufferPointer) throws(Fault) -> Result
  ) throws(Fault) -> Result {
    try unsafe body(UnsafeRawBufferPointer(start: start, count: count))
  }

  @unsafe private static func text(_ bytes: UnsafeRawBufferPointer) -> UnsafePointer<CChar>? {
    unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
  }

  @unsafe private static func format(
    _ arguments: inout [UnsafePointer<CChar>?], _ lengths: inout [Int]
  ) -> (start: UnsafeMutablePointer<CChar>, count: Int)? {
    guard let number = unsafe Int32(exactly: arguments.count), number > 0, Int(number) == lengths.count else {
      return nil
    }
    var target: UnsafeMutablePointer<CChar>?
    let count = unsafe redisFormatCommandArgv(&target, number, &arguments, &lengths)
    guard count > 0, let target = unsafe target else { return nil }
    return unsafe (target, Int(count))
  }

  private static var noMemory: Failure { Failure(.memory, "store", "There is no memory to send a command to Redis.") }
}
