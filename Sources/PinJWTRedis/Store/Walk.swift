import PinJWTCrypto

/// A walk through all keys of a space, server by server.
///
/// Redis promises to come upon each key that is there from the beginning to the end; some may come twice. A walk during
/// which slots changed their servers is no whole one.
struct Walk {
  private let pattern: [UInt8]
  private let generation: Int
  private var pools: [NodePool]
  private var cursor = [UInt8](text: "0")
  private var pending: [[UInt8]] = []
  /// Where in the feed a purge goes on; empty behind its end.
  var entry = [UInt8](text: "-")

  /// Keys to look at, all on one server.
  struct Batch {
    let pool: NodePool
    let keys: [[UInt8]]
  }

  init(_ client: Client, _ pattern: [UInt8]) {
    self.pattern = pattern
    generation = client.generation
    pools = client.masters
  }

  var isAtEnd: Bool { pools.isEmpty }

  func isWhole(_ client: Client) -> Bool { generation == client.generation }

  /// Up to `limit` keys, which may be none; nil at the end.
  mutating func next(_ limit: Int, _ client: Client, _ deadline: Deadline) throws(Failure) -> Batch? {
    guard let pool = pools.last else { return nil }
    if pending.isEmpty { try scan(pool, client, deadline) }
    let keys = Array(pending.suffix(max(1, limit)))
    pending.removeLast(keys.count)
    if pending.isEmpty, cursor.span.equals("0") { pools.removeLast() }
    return Batch(pool: pool, keys: keys)
  }

  private mutating func scan(_ pool: NodePool, _ client: Client, _ deadline: Deadline) throws(Failure) {
    var command = Command("SCAN")
    command.append(cursor)
    command.append("MATCH")
    command.append(pattern)
    command.append("COUNT")
    command.append(500)
    let reply = try client.call([command], on: pool, deadline).at(0)
    if case .error(let text) = reply { throw Refusal.failure(text, pool.node) }
    guard let answer = reply?.array, let next = answer.at(0)?.bytes, next.count <= 20, !next.isEmpty,
      let keys = answer.at(1)?.array
    else { throw RedisStore.broken }
    cursor = next
    for key in keys {
      guard let key = key.bytes else { throw RedisStore.broken }
      pending.append(key)
    }
  }
}

/// Walks that were not finished, to be gone on with by a later call.
final class Walks: @unchecked Sendable {
  // Sendable: touched under the lock only.
  private let lock = Lock()
  private var kept: [(purpose: [UInt8], walk: Walk)] = []

  private static let most = 8

  /// The walk of a purpose, which nobody else gets until it is put back.
  func take(_ purpose: [UInt8], orElse make: () -> Walk) -> Walk {
    let found = lock.withLock { () -> Walk? in
      for index in kept.indices where kept[index].purpose == purpose { return kept.remove(at: index).walk }
      return nil
    }
    return found ?? make()
  }

  func keep(_ purpose: [UInt8], _ walk: Walk) {
    lock.withLock {
      if kept.count >= Walks.most { kept.removeFirst() }
      kept.append((purpose, walk))
    }
  }
}
