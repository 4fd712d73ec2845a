import PinJWTCrypto

/// Where a server listens: a name or an address, and a port.
struct NodeAddress: Equatable, Sendable {
  /// Without the brackets of an IPv6 address.
  let host: [UInt8]
  let port: UInt16

  static let usualPort: UInt16 = 6379
  /// The longest name that DNS has.
  static let longestHost = 253

  init(host: [UInt8], port: UInt16) {
    self.host = host
    self.port = port
  }

  /// `host`, `host:port`, `[IPv6]` or `[IPv6]:port`; nil for anything else.
  init?(url text: borrowing Span<UInt8>) {
    let host: [UInt8]
    let rest: Int
    if let first = text.first, first == UInt8(ascii: "[") {
      guard let end = text.position(of: "]", from: 1) else { return nil }
      host = Array(copying: text.extracting(1..<end))
      guard host.contains(UInt8(ascii: ":")), host.allSatisfy(NodeAddress.isOfIPv6) else { return nil }
      rest = end + 1
    } else {
      let end = text.position(of: ":", from: 0) ?? text.count
      host = Array(copying: text.extracting(0..<end))
      guard host.allSatisfy(NodeAddress.isOfName) else { return nil }
      rest = end
    }
    guard (1...NodeAddress.longestHost).contains(host.count) else { return nil }
    self.host = host
    guard rest < text.count else {
      port = NodeAddress.usualPort
      return
    }
    guard text[rest] == UInt8(ascii: ":"), let port = NodeAddress.port(text.extracting((rest + 1)...)) else {
      return nil
    }
    self.port = port
  }

  /// As servers say it in MOVED and ASK: `host:port`, where an IPv6 address stands without brackets and an empty host is
  /// that of the server that said it; nil for anything else.
  init?(redirection text: borrowing Span<UInt8>, from speaker: NodeAddress) {
    var colon = text.count - 1
    while colon >= 0, text[colon] != UInt8(ascii: ":") { colon -= 1 }
    guard colon >= 0, let port = NodeAddress.port(text.extracting((colon + 1)...)) else { return nil }
    self.init(announced: text.extracting(0..<colon), port: Int64(port), from: speaker)
  }

  /// As servers say it in CLUSTER SLOTS; nil where it cannot be an address.
  init?(announced host: borrowing Span<UInt8>, port: Int64, from speaker: NodeAddress) {
    guard let port = UInt16(exactly: port), port > 0, host.count <= NodeAddress.longestHost else { return nil }
    if host.isEmpty || host.equals("?") {
      self.init(host: speaker.host, port: port)
      return
    }
    let host = [UInt8](copying: host)
    guard host.allSatisfy({ NodeAddress.isOfName($0) || NodeAddress.isOfIPv6($0) }) else { return nil }
    self.init(host: host, port: port)
  }

  private static func port(_ text: borrowing Span<UInt8>) -> UInt16? {
    guard let number = text.decimal(upTo: 65535), number > 0 else { return nil }
    return UInt16(exactly: number)
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte.lowercased)
      || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
  }

  private static func isOfIPv6(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte.lowercased)
      || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  /// For messages.
  var shown: Sentence { "\(Sentence(escaping: host.span.shortened(to: 48))):\(Int(port))" }
}
