import CPOSIX
import PinJWTCrypto
import Synchronization

/// Sends commands to the server that has their key, and follows where a cluster sends them.
///
/// A command is sent again only where it is known that no server has carried it out, or where it only reads.
final class Client: Sendable {
  enum Effect {
    case reads
    case writes
  }

  private let settings: RedisURL
  private let context: TLSContext?
  /// Whom to ask where nobody of the topology answers.
  private let seeds: [NodePool]
  private let topology: SharedReference<Topology>
  /// The process in which somebody asks for another topology; 0 for none. One that a fork has left behind does not count.
  private let refreshing = Atomic<Int32>(0)

  private static let mostRedirections = 5

  static func make(_ settings: RedisURL) throws(Failure) -> Client {
    let context = settings.isTLS ? try TLSContext.make(settings.options.caFile) : nil
    var seeds: [NodePool] = []
    for node in settings.nodes { seeds.append(NodePool(node, settings, context)) }
    guard let first = seeds.first else { throw RedisURL.refusal("The URL has no host.") }
    return Client(settings, context, seeds, Topology(first))
  }

  private init(_ settings: RedisURL, _ context: TLSContext?, _ seeds: [NodePool], _ topology: Topology) {
    self.settings = settings
    self.context = context
    self.seeds = seeds
    self.topology = SharedReference(topology)
  }

  var isCluster: Bool { settings.options.isCluster }

  /// For one operation that begins now.
  var deadline: Deadline { Deadline(after: settings.options.deadline) }

  /// The servers to go through for what concerns all keys.
  var masters: [NodePool] { topology.current.pools }

  /// The reply to a command on `key`, which is no refusal but the one of an unknown script.
  func call(
    _ command: Command, key: [UInt8], _ effect: Effect, _ deadline: Deadline
  ) throws(Failure) -> Reply {
    let slot = isCluster ? HashSlot.of(key.span) : 0
    var route = Route(pool: topology.current.pool(of: slot))
    while true {
      guard let pool = route.pool else {
        try pause(deadline, orElse: Client.unserved)
        refresh(from: nil, deadline)
        route.pool = topology.current.pool(of: slot)
        continue
      }
      switch attempt(command, pool, route.asks, deadline) {
      case .failure(let broken):
        guard mayRepeat(effect, broken, &route), !deadline.isOver else { throw Client.met(broken.failure) }
        if isCluster { refresh(from: nil, deadline) }
        route.go(to: topology.current.pool(of: slot))
      case .success(let reply):
        guard case .error(let text) = reply else { return reply }
        guard let next = try turn(Refusal(text, from: pool.node), text, pool, slot, route, deadline) else {
          return reply
        }
        route = next
      }
    }
  }

  /// Replaces the topology by what a server says; false where none says anything.
  @discardableResult
  func refresh(from best: NodePool?, _ deadline: Deadline) -> Bool {
    // One at a time: who comes meanwhile goes on with what there is.
    let other = refreshing.load(ordering: .acquiring)
    let process = getpid()
    guard other != process,
      refreshing.compareExchange(expected: other, desired: process, ordering: .acquiringAndReleasing).exchanged
    else { return false }
    defer { refreshing.store(0, ordering: .releasing) }
    var candidates: [NodePool] = []
    if let best { candidates.append(best) }
    candidates += topology.current.pools + seeds
    for pool in candidates where !deadline.isOver {
      // One that swallows everything leaves time for the others.
      if let ranges = ranges(pool, deadline.limited(to: max(10, deadline.left / 3))) {
        replace(ranges)
        return true
      }
    }
    return false
  }

  /// Asks each server whether it is fit for a store, having found out which they are.
  func check(_ deadline: Deadline) throws(Failure) {
    if isCluster {
      try firstTopology(deadline)
    }
    for pool in masters {
      do throws(Broken) { try pool.with(deadline) { (_) throws(Broken) in } } catch { throw error.failure }
    }
  }

  /// From the first seed that answers; else what the last one said.
  private func firstTopology(_ deadline: Deadline) throws(Failure) {
    var last = Client.unserved
    for pool in seeds {
      var command = Command("CLUSTER")
      command.append("SLOTS")
      switch attempt(command, pool, false, deadline.limited(to: max(10, deadline.left / 2))) {
      case .failure(let broken): last = broken.failure
      case .success(.error):
        throw Failure(
          .store, "store", "The Redis server \(pool.node.shown) is not one of a cluster; remove cluster=1 from the URL."
        )
      case .success(let reply):
        guard let ranges = SlotRange.read(reply, from: pool.node) else { continue }
        replace(ranges)
        return
      }
    }
    throw last
  }

  private func replace(_ ranges: [SlotRange]) {
    let (settings, context) = (settings, context)
    topology.update { old in Topology(ranges, after: old) { NodePool($0, settings, context) } }
  }

  /// The replies of one server to several commands that only read, or that may be carried out twice.
  func call(_ commands: [Command], on pool: NodePool, _ deadline: Deadline) throws(Failure) -> [Reply] {
    var isSecond = false
    while true {
      do throws(Broken) {
        return try pool.with(deadline) { (connection) throws(Broken) in try connection.call(commands, deadline) }
      } catch {
        guard !isSecond, !deadline.isOver else { throw Client.met(error.failure) }
        isSecond = true
      }
    }
  }

  /// Another number after slots have changed their servers.
  var generation: Int { topology.current.generation }

  /// Where the next attempt goes.
  private struct Route {
    var pool: NodePool?
    /// Whether the server has to be told that it was another one that sent us.
    var asks = false
    var redirections = 0
    /// Attempts on connections that broke.
    var repeats = 0

    mutating func go(to pool: NodePool?) {
      self.pool = pool
      asks = false
    }
  }

  private func attempt(
    _ command: Command, _ pool: NodePool, _ asks: Bool, _ deadline: Deadline
  ) -> Result<Reply, Broken> {
    do throws(Broken) {
      return .success(
        try pool.with(deadline) { (connection) throws(Broken) in
          guard asks else { return try connection.call(command, deadline) }
          return try connection.call([Command("ASKING"), command], deadline).at(1) ?? .null
        })
    } catch {
      return .failure(error)
    }
  }

  /// A server that came to be unfit is no state of the sessions, whose users would be signed out.
  private static func met(_ failure: Failure) -> Failure { Failure(.store, failure.what, failure.message) }

  /// After a connection that broke.
  private func mayRepeat(_ effect: Effect, _ broken: Broken, _ route: inout Route) -> Bool {
    route.repeats += 1
    return route.repeats <= 1 && (effect == .reads || !broken.mayHaveRun)
  }

  /// Where to go after a refusal; nil where the caller is to see the reply.
  private func turn(
    _ refusal: Refusal, _ text: [UInt8], _ pool: NodePool, _ slot: Int, _ route: Route, _ deadline: Deadline
  ) throws(Failure) -> Route? {
    var next = route
    let failure = Refusal.failure(text, pool.node)
    switch refusal {
    case .unknownScript: return nil
    case .other: throw failure
    case .wait:
      try pause(deadline, orElse: failure)
      if isCluster, text.span.starts(with: "CLUSTERDOWN") { refresh(from: nil, deadline) }
      if !route.asks { next.go(to: topology.current.pool(of: slot)) }
    case .readOnly:
      next.redirections += 1
      guard next.redirections <= Client.mostRedirections else { throw failure }
      // By now the name may lead to another server, and the cluster may have another master.
      pool.closeIdle()
      try pause(deadline, orElse: failure)
      if isCluster { refresh(from: nil, deadline) }
      next.go(to: topology.current.pool(of: slot))
    case .moved(let node):
      try requireCluster(failure: pool.node)
      next.redirections += 1
      guard next.redirections <= Client.mostRedirections, !deadline.isOver else { throw Client.lost }
      let named = self.pool(at: node)
      // Unless another caller has been sent there too.
      if topology.current.pool(of: slot)?.node != node { refresh(from: named, deadline) }
      next.go(to: named)
    case .ask(let node):
      try requireCluster(failure: pool.node)
      next.redirections += 1
      guard next.redirections <= Client.mostRedirections, !deadline.isOver else { throw Client.lost }
      next.pool = self.pool(at: node)
      next.asks = true
    }
    return next
  }

  private func requireCluster(failure node: NodeAddress) throws(Failure) {
    guard isCluster else {
      throw Failure(
        .store, "store", "The Redis server \(node.shown) is one of a cluster; add cluster=1 to the URL.")
    }
  }

  /// The pool of a server that a reply named; one for this once where the topology does not have it.
  private func pool(at node: NodeAddress) -> NodePool {
    topology.current.pool(at: node) ?? NodePool(node, settings, context)
  }

  private func ranges(_ pool: NodePool, _ deadline: Deadline) -> [SlotRange]? {
    var command = Command("CLUSTER")
    command.append("SLOTS")
    guard case .success(let reply) = attempt(command, pool, false, deadline) else { return nil }
    return SlotRange.read(reply, from: pool.node)
  }

  /// Waits a little; throws where there is no time for it.
  private func pause(_ deadline: Deadline, orElse failure: Failure) throws(Failure) {
    guard deadline.left > 20 else { throw failure }
    posix_pause(20)
  }

  private static var unserved: Failure {
    Failure(.store, "store", "No server of the Redis Cluster has the slot of a key; see its CLUSTER INFO.")
  }

  private static var lost: Failure {
    Failure(.store, "store", "The servers of the Redis Cluster send a command from one to the other; try again.")
  }
}
