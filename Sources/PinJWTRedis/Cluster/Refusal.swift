import PinJWTCrypto

/// What an error reply asks for. In all of these cases nothing has been carried out.
enum Refusal {
  /// Another server has the slot.
  case moved(NodeAddress)
  /// Another server has this key already, of a slot that is on its way.
  case ask(NodeAddress)
  /// For the moment only.
  case wait
  /// A replica, which takes no writes: its master is another one by now.
  case readOnly
  /// The script has to be sent as a whole.
  case unknownScript
  /// Anything else: trying again does not help.
  case other

  init(_ text: [UInt8], from speaker: NodeAddress) {
    let text = text.span
    if text.starts(with: "NOSCRIPT") {
      self = .unknownScript
    } else if text.starts(with: "MOVED "), let node = Refusal.node(text, speaker) {
      self = .moved(node)
    } else if text.starts(with: "ASK "), let node = Refusal.node(text, speaker) {
      self = .ask(node)
    } else if text.starts(with: "READONLY") || text.position(of: "-READONLY ", from: 0) != nil {
      self = .readOnly
    } else if Refusal.isTemporary(text) {
      self = .wait
    } else {
      self = .other
    }
  }

  /// `MOVED 3999 127.0.0.1:6381`.
  private static func node(_ text: borrowing Span<UInt8>, _ speaker: NodeAddress) -> NodeAddress? {
    guard let first = text.position(of: " ", from: 0), let second = text.position(of: " ", from: first + 1) else {
      return nil
    }
    return NodeAddress(redirection: text.extracting((second + 1)...), from: speaker)
  }

  private static func isTemporary(_ text: borrowing Span<UInt8>) -> Bool {
    // The last one: a script of ours came upon a key that has moved on, while it read and had written nothing.
    text.starts(with: "TRYAGAIN") || text.starts(with: "CLUSTERDOWN") || text.starts(with: "LOADING")
      || text.starts(with: "MASTERDOWN") || text.starts(with: "BUSY ")
      || text.position(of: "access a non local key", from: 0) != nil
  }

  /// The failure that a caller sees in the end. The server's text may repeat arguments, so that only its beginning is
  /// shown.
  static func failure(_ text: [UInt8], _ node: NodeAddress) -> Failure {
    let text = text.span
    if text.starts(with: "OOM") {
      return said("The Redis server \(node.shown) is out of memory; raise its maxmemory.")
    }
    if text.starts(with: "MISCONF") {
      return said("The Redis server \(node.shown) cannot write to its disk and takes no changes; see its log.")
    }
    if text.starts(with: "NOPERM") {
      return said(
        "The Redis user may not run a command that is needed; allow it @scripting, @read and @write on pinjwt*.")
    }
    if text.starts(with: "NOAUTH") {
      return said("The Redis server \(node.shown) wants a password; put it into the URL or a password_file.")
    }
    var end = 0
    while end < text.count, end < 72, isPlain(text[end]) { end += 1 }
    return said("The Redis server \(node.shown) refused a command: \(Sentence(escaping: text.extracting(0..<end))).")
  }

  private static func said(_ sentence: Sentence) -> Failure { Failure(.store, "store", sentence) }

  private static func isPlain(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "@")
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte.lowercased)
  }
}
