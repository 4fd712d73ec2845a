/// Slots from `first` to `last`, and the master that has them.
struct SlotRange {
  let first: Int
  let last: Int
  let node: NodeAddress

  /// What CLUSTER SLOTS answers: an array of [first, last, [host, port, ...], replicas...]; nil where it is anything else.
  static func read(_ reply: Reply, from speaker: NodeAddress) -> [SlotRange]? {
    guard let entries = reply.array, entries.count <= HashSlot.count else { return nil }
    var ranges: [SlotRange] = []
    for entry in entries {
      guard let range = range(entry, speaker) else { return nil }
      ranges.append(range)
    }
    return ranges.isEmpty ? nil : ranges
  }

  private static func range(_ entry: Reply, _ speaker: NodeAddress) -> SlotRange? {
    guard let parts = entry.array, let first = parts.at(0)?.integer, let last = parts.at(1)?.integer,
      let master = parts.at(2)?.array, let port = master.at(1)?.integer
    else { return nil }
    guard first >= 0, last >= first, last < HashSlot.count else { return nil }
    // A server that does not know its own address says nothing.
    let host = master.at(0)?.bytes ?? []
    guard let node = NodeAddress(announced: host.span, port: port, from: speaker) else { return nil }
    return SlotRange(first: Int(first), last: Int(last), node: node)
  }
}
