import PinJWTCrypto

/// Whether a server is fit for a store: one that may drop keys would silently forget denials.
enum ServerCheck {
  private static let oldest: Int64 = 5

  static func check(_ connection: Connection, _ deadline: Deadline) throws(Broken) {
    var server = Command("INFO")
    server.append("server")
    var memory = Command("INFO")
    memory.append("memory")
    let replies = try asked([server, memory], connection, deadline)
    try fit(text(replies.at(0), connection), text(replies.at(1), connection), connection.node)
  }

  /// Whatever becomes of the questions, the command that the connection is for has not been sent.
  private static func asked(
    _ commands: [Command], _ connection: Connection, _ deadline: Deadline
  ) throws(Broken) -> [Reply] {
    do throws(Broken) {
      return try connection.call(commands, deadline)
    } catch {
      throw Broken(error.failure)
    }
  }

  private static func text(_ reply: Reply?, _ connection: Connection) throws(Broken) -> [UInt8] {
    if let bytes = reply?.bytes { return bytes }
    if case .error(let text) = reply {
      // Which means that it is loading, or wants a password, or the like.
      guard !text.span.starts(with: "NOPERM"), !text.span.starts(with: "ERR") else { throw Broken(unknown(connection)) }
      throw Broken(Refusal.failure(text, connection.node))
    }
    throw Broken(unknown(connection))
  }

  private static func fit(_ server: [UInt8], _ memory: [UInt8], _ node: NodeAddress) throws(Broken) {
    if let version = field("redis_version:", of: server.span), version < oldest {
      throw Broken(
        Failure(
          .storeState, "store",
          "The Redis server \(node.shown) is older than version \(oldest), which is the oldest for this."))
    }
    guard memory.span.position(of: "\nmaxmemory_policy:noeviction\r", from: 0) != nil else {
      throw Broken(
        Failure(
          .storeState, "maxmemory-policy",
          "The Redis server \(node.shown) may evict keys, revocations too; set its maxmemory-policy to noeviction."))
    }
  }

  /// The number that a field begins by.
  private static func field(_ name: StaticString, of text: borrowing Span<UInt8>) -> Int64? {
    guard let start = text.position(of: name, from: 0) else { return nil }
    let first = start + name.utf8CodeUnitCount
    var end = first
    while end < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[end]) { end += 1 }
    return text.extracting(first..<end).decimal(upTo: .max)
  }

  private static func unknown(_ connection: Connection) -> Failure {
    Failure(
      .storeState, "store",
      "The Redis server \(connection.node.shown) does not tell whether it evicts keys; allow the user the command INFO."
    )
  }
}
