/// Which server has which slots. Never changed; another one takes its place.
final class Topology: Sendable {
  let pools: [NodePool]
  /// The index of each slot's pool, negative for none; empty where the one pool has everything.
  private let owners: [Int16]
  /// Another number for each other assignment of the slots.
  let generation: Int

  init(_ only: NodePool) {
    pools = [only]
    owners = []
    generation = 0
  }

  /// From what a server says; the pools that exist are kept.
  init(_ ranges: [SlotRange], after old: Topology, _ make: (NodeAddress) -> NodePool) {
    var pools: [NodePool] = []
    var owners = [Int16](repeating: -1, count: HashSlot.count)
    for range in ranges {
      let index: Int
      if let known = Topology.index(of: range.node, in: pools) {
        index = known
      } else {
        index = pools.count
        pools.append(old.pool(at: range.node) ?? make(range.node))
      }
      guard let owner = Int16(exactly: index) else { continue }
      for slot in range.first...range.last where slot >= 0 && slot < owners.count { owners[slot] = owner }
    }
    self.pools = pools
    self.owners = owners
    var isSame = owners == old.owners && pools.count == old.pools.count
    for index in pools.indices where isSame { isSame = pools[index] === old.pools[index] }
    generation = isSame ? old.generation : old.generation &+ 1
  }

  /// The pool of a slot; nil where no server has it.
  func pool(of slot: Int) -> NodePool? {
    guard !owners.isEmpty else { return pools.first }
    guard slot >= 0, slot < owners.count, let index = Int(exactly: owners[slot]), index >= 0, index < pools.count else {
      return nil
    }
    return pools[index]
  }

  func pool(at node: NodeAddress) -> NodePool? {
    guard let index = Topology.index(of: node, in: pools) else { return nil }
    return pools[index]
  }

  private static func index(of node: NodeAddress, in pools: [NodePool]) -> Int? {
    for index in pools.indices where pools[index].node == node { return index }
    return nil
  }
}
