import CLibSSL
import PinJWTCrypto

/// A Lua script, which a server knows by its SHA-1 once it has seen it.
struct Script: Sendable {
  let text: [UInt8]
  /// In hexadecimal, as EVALSHA wants it.
  let digest: [UInt8]

  /// `body` behind what all scripts share.
  init(_ body: StaticString) throws(Failure) {
    var text = [UInt8](text: sharedScript)
    text.append(text: body)
    self.text = text
    var digest = [UInt8](repeating: 0, count: 20)
    var length: UInt32 = 0
    ERR_clear_error()
    defer { ERR_clear_error() }
    // Sound: SHA-1 writes 20 bytes, and the text is valid for its length.
    let result = unsafe digest.withUnsafeMutableBufferPointer { target in
      unsafe text.withUnsafeBytes { source in
        unsafe EVP_Digest(source.baseAddress, source.count, target.baseAddress, &length, EVP_sha1(), nil)
      }
    }
    guard result == 1, length == 20 else {
      throw Failure(.crypto, "store", "libcrypto does not have SHA-1, by which Redis knows scripts.")
    }
    var hex: [UInt8] = []
    hex.append(hex: digest.span)
    self.digest = hex
  }

  /// EVALSHA, or EVAL where the server does not know it.
  func command(whole: Bool, _ keys: Arguments, _ arguments: Arguments) -> Command {
    var command = Command(whole ? "EVAL" : "EVALSHA")
    command.append(whole ? text : digest)
    command.append(Int64(keys.count))
    command.append(contentsOf: keys)
    command.append(contentsOf: arguments)
    return command
  }
}

extension Client {
  /// Runs a script on the server that has its first key, `key`.
  func run(
    _ script: Script, key: [UInt8], _ keys: Arguments, _ arguments: Arguments, _ effect: Effect, _ deadline: Deadline
  ) throws(Failure) -> Reply {
    let reply = try call(script.command(whole: false, keys, arguments), key: key, effect, deadline)
    guard case .error = reply else { return reply }
    // The server does not know the script and has not run it.
    let second = try call(script.command(whole: true, keys, arguments), key: key, effect, deadline)
    guard case .error = second else { return second }
    throw Failure(.store, "store", "The Redis server does not know a script that it was sent a moment ago; try again.")
  }
}
