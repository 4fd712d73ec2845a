import PinJWTCrypto

/// The value of a Set-Cookie header (RFC 6265 §4.1) that gives a refresh token to a browser, or takes it back: not for
/// scripts, never in plain, not for other sites, and only where it is needed.
public enum RefreshCookie {
  public static func set(
    _ name: borrowing Span<UInt8>, _ path: borrowing Span<UInt8>, _ token: borrowing Span<UInt8>, seconds: Int64
  ) throws(Failure) -> TransientSecret {
    guard RefreshToken.isWellFormed(token) else {
      throw Failure(.refreshInvalid, "token", "This is not a refresh token; give the one of the grant.")
    }
    guard (1...315_360_000).contains(seconds) else {
      throw Failure(.argument, "seconds", "The argument seconds must be from 1 to 315360000, not \(seconds).")
    }
    return try text(name, path, token, seconds)
  }

  public static func clear(
    _ name: borrowing Span<UInt8>, _ path: borrowing Span<UInt8>
  ) throws(Failure) -> TransientSecret {
    let nothing: [UInt8] = []
    return try text(name, path, nothing.span, 0)
  }

  private static func text(
    _ name: borrowing Span<UInt8>, _ path: borrowing Span<UInt8>, _ token: borrowing Span<UInt8>, _ seconds: Int64
  ) throws(Failure) -> TransientSecret {
    guard (1...64).contains(name.count), isName(name) else {
      throw Failure(
        .argument, "name", "A cookie's name must be 1 to 64 characters of A-Z, a-z, 0-9, \"-\" and \"_\".")
    }
    guard (1...256).contains(path.count), path[0] == UInt8(ascii: "/"), isPath(path) else {
      throw Failure(
        .argument, "path",
        "A cookie's path must begin with \"/\" and have up to 256 visible characters but \";\" and \",\".")
    }
    var head: [UInt8] = []
    head.append(text: "__Secure-")
    head.append(bytes: name)
    head.append(UInt8(ascii: "="))
    var tail: [UInt8] = []
    tail.append(text: "; Path=")
    tail.append(bytes: path)
    tail.append(text: "; Max-Age=")
    tail.append(decimal: seconds)
    tail.append(text: "; HttpOnly; Secure; SameSite=Strict")
    let text = TransientSecret(count: head.count + token.count + tail.count)
    var bytes = text.mutableBytes
    for index in head.indices { bytes[index] = head[index] }
    for index in token.indices { bytes[head.count + index] = token[index] }
    for index in tail.indices { bytes[head.count + token.count + index] = tail[index] }
    return text
  }

  private static func isName(_ name: borrowing Span<UInt8>) -> Bool {
    for index in name.indices {
      switch name[index] {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        continue
      default: return false
      }
    }
    return true
  }

  private static func isPath(_ path: borrowing Span<UInt8>) -> Bool {
    for index in path.indices {
      let byte = path[index]
      guard byte > 0x20, byte < 0x7f, byte != UInt8(ascii: ";"), byte != UInt8(ascii: ",") else { return false }
    }
    return true
  }
}
