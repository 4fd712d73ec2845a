import PinJWTCrypto
import PinJWTStores
import Synchronization

/// A process's copy of the denials: what a check looks into.
///
/// Readers wait for nothing. A denial takes 16 bytes: a keyed hash of what is denied, until when, and a user's version. That
/// two names have one hash is as likely as guessing 64 bits, and would refuse a token rather than let one pass.
final class DenialCopy: Sendable {
  private let hash: ShortHash
  private let table: SharedReference<Table>
  private let beforeWord = Atomic<Int64>(0)
  private let writing = Lock()

  init(_ hash: ShortHash) {
    self.hash = hash
    table = SharedReference(Table((0..<Table.shardCount).map { _ in AtomicTable(capacity: 16) }))
  }

  /// Split, so that growing touches little at a time.
  fileprivate final class Table: Sendable {
    static let shardCount = 64
    let shards: [AtomicTable]

    init(_ shards: [AtomicTable]) {
      self.shards = shards
    }

    /// By the low bits: the place within a shard is found by the high ones.
    static func index(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash & 63) }
  }

  // MARK: Reading

  /// What a check asks, of one state of the copy.
  struct View {
    fileprivate let copy: DenialCopy
    fileprivate let table: Table

    func has(_ kind: FeedEntry.Kind, _ name: borrowing Span<UInt8>) -> Bool {
      value(kind, name) != nil
    }

    /// The least version of a user's tokens; 0 where nothing is known.
    func leastVersion(_ user: borrowing Span<UInt8>) -> Int64 {
      guard let value = value(.user, user) else { return 0 }
      return Int64(value & 0xffff_ffff)
    }

    /// In milliseconds: sessions that began before are denied.
    var before: Int64 { copy.beforeWord.load(ordering: .acquiring) }

    private func value(_ kind: FeedEntry.Kind, _ name: borrowing Span<UInt8>) -> UInt64? {
      let hash = copy.hashed(kind, name)
      return table.shards[Table.index(hash)].value(hash)
    }
  }

  var view: View { View(copy: self, table: table.current) }

  private func hashed(_ kind: FeedEntry.Kind, _ name: borrowing Span<UInt8>) -> UInt64 {
    // An odd multiple of the kind keeps the kinds apart: which hash a name has is not known outside.
    hash.hash(name) ^ UInt64(truncatingIfNeeded: kind.rawValue) &* 0x9e37_79b9_7f4a_7c15
  }

  // MARK: Writing

  /// Adds an entry; `now` is the store's time, by which entries go that have had theirs.
  func add(_ entry: FeedEntry, at now: Int64) {
    writing.withLock {
      guard entry.kind != .before else { return raiseBefore(entry.value) }
      insert(hashed(entry.kind, entry.key.span), value(entry), now)
    }
  }

  private func raiseBefore(_ time: Int64) {
    if time > beforeWord.load(ordering: .relaxed) { beforeWord.store(time, ordering: .releasing) }
  }

  /// Until when, in seconds, rounded up, and the version. A version that does not fit is the largest that does.
  private func value(_ entry: FeedEntry) -> UInt64 {
    let seconds = UInt32(clamping: entry.until / 1000 &+ 1)
    let version = entry.kind == .user ? UInt32(clamping: entry.value) : 0
    return UInt64(seconds) << 32 | UInt64(version)
  }

  /// The later time and the higher version of the two.
  private func insert(_ hash: UInt64, _ value: UInt64, _ now: Int64) {
    let shards = table.current.shards
    let index = Table.index(hash)
    let shard = shards[index]
    var value = value
    if let known = shard.value(hash) {
      value = max(known >> 32, value >> 32) << 32 | max(known & 0xffff_ffff, value & 0xffff_ffff)
    }
    if shard.insert(hash, value) { return }
    let grown = DenialCopy.grown(shard, now)
    _ = grown.insert(hash, value)
    table.update { old in
      var shards = old.shards
      shards[index] = grown
      return Table(shards)
    }
  }

  /// A table with what has not had its time, two thirds full.
  private static func grown(_ shard: AtomicTable, _ now: Int64) -> AtomicTable {
    let seconds = UInt64(clamping: now / 1000)
    var kept = 1
    shard.visit { _, value in if value >> 32 > seconds { kept &+= 1 } }
    let grown = AtomicTable(capacity: max(16, kept &* 3 / 2))
    shard.visit { hash, value in if value >> 32 > seconds { _ = grown.insert(hash, value) } }
    return grown
  }

  /// How many entries there are.
  var count: Int {
    writing.withLock {
      var count = 0
      for shard in table.current.shards { count &+= shard.count }
      return count
    }
  }
}
