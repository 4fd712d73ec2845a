/// A map from 64-bit hashes to 64-bit values that grows, which any number of threads read while one writes. Readers wait for
/// nothing.
public final class AtomicMap: Sendable {
  private let shards: SharedReference<Shards>

  public init() {
    shards = SharedReference(Shards((0..<Shards.count).map { _ in AtomicTable(capacity: 16) }))
  }

  /// Tables by the low bits of the hashes: split, so that growing touches little at a time.
  @safe fileprivate final class Shards: @unchecked Sendable {
    // Sendable: nothing of it changes.
    static let count = 64
    let tables: [AtomicTable]
    /// The same tables, to be read without counting references, which all readers would have to share.
    private let shared: UnsafeMutablePointer<Unmanaged<AtomicTable>>

    init(_ tables: [AtomicTable]) {
      self.tables = tables
      // Sound: each place is initialised, since there are `count` tables, and `tables` keeps them.
      unsafe shared = .allocate(capacity: tables.count)
      for index in tables.indices { unsafe (shared + index).initialize(to: .passUnretained(tables[index])) }
    }

    deinit {
      unsafe shared.deallocate()
    }

    func value(_ hash: UInt64) -> UInt64? {
      // Sound: an index is below `count`, and the tables live as long as this object.
      unsafe shared[Shards.index(hash)]._withUnsafeGuaranteedRef { $0.value(hash) }
    }

    static func index(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash & 63) }
  }

  public func value(_ hash: UInt64) -> UInt64? { shards.read { $0.value(hash) } }

  /// The values of three hashes, for which the processor fetches the three places at once.
  public func values(_ first: UInt64, _ second: UInt64, _ third: UInt64) -> (UInt64?, UInt64?, UInt64?) {
    shards.read { ($0.value(first), $0.value(second), $0.value(third)) }
  }

  // MARK: Writing, one thread at a time

  /// Adds an entry, or replaces its value by what `merge` makes of the old one. Where room has to be made, entries go whose
  /// value is not `kept`.
  public func insert(
    _ hash: UInt64, _ value: UInt64, merge: (UInt64) -> UInt64, kept: (UInt64) -> Bool
  ) {
    let tables = shards.current.tables
    let index = Shards.index(hash)
    let table = tables[index]
    let value = table.value(hash).map(merge) ?? value
    if table.insert(hash, value) { return }
    let grown = AtomicMap.grown(table, kept)
    _ = grown.insert(hash, value)
    shards.update { old in
      var tables = old.tables
      tables[index] = grown
      return Shards(tables)
    }
  }

  /// A table with what is kept, three quarters full.
  private static func grown(_ table: AtomicTable, _ kept: (UInt64) -> Bool) -> AtomicTable {
    var count = 1
    table.visit { _, value in if kept(value) { count &+= 1 } }
    let grown = AtomicTable(capacity: max(16, count &* 4 / 3))
    table.visit { hash, value in if kept(value) { _ = grown.insert(hash, value) } }
    return grown
  }

  /// How many entries there are.
  public var count: Int {
    shards.current.tables.reduce(0) { $0 &+ $1.count }
  }
}
