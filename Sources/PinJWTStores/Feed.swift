/// One denial. Entries are numbered per space from 1 on, without gaps, and become visible in that order.
public struct FeedEntry: Equatable, Sendable {
  public enum Kind: Int32, CaseIterable, Sendable {
    /// A token by its jti.
    case jti = 1
    /// All tokens of a session by its sid.
    case sid = 2
    /// All tokens of the user `key` whose version is below `value`.
    case user = 3
    /// All tokens of sessions created before `value`, in milliseconds; `key` is empty.
    case before = 4
  }

  public var sequence: Int64
  public var kind: Kind
  /// Up to 256 bytes.
  public var key: [UInt8]
  public var value: Int64
  /// When it may be forgotten.
  public var until: Int64

  public init(sequence: Int64, kind: Kind, key: [UInt8], value: Int64, until: Int64) {
    self.sequence = sequence
    self.kind = kind
    self.key = key
    self.value = value
    self.until = until
  }
}

/// How far a reader has come. A feed that was lost and begun again has another epoch; one that lost its end and was
/// continued has another mark at the same sequence.
public struct FeedPosition: Equatable, Sendable {
  /// 16 random bytes, made with the feed; empty before the first read.
  public var epoch: [UInt8]
  /// The last entry read; 0 for none.
  public var sequence: Int64
  /// The mark of that entry, 8 bytes; empty for none.
  public var mark: [UInt8]

  public init(epoch: [UInt8] = [], sequence: Int64 = 0, mark: [UInt8] = []) {
    self.epoch = epoch
    self.sequence = sequence
    self.mark = mark
  }
}

/// Read what came after a position.
///
/// A store reads on only where it knows the position: the epoch is its own, and the entry with that sequence (or, where
/// it has been purged, the last entry ever written, which a store remembers) has that mark. From any other position, the
/// reader's first included, it reads from the oldest entry that it has.
public struct FeedRequest: Sendable {
  public var space: [UInt8]
  public var position: FeedPosition
  /// At most so many entries, at least 1.
  public var limit: Int
  /// 16 random bytes: the epoch to be, should this read make the feed.
  public var epoch: [UInt8]

  public init(space: [UInt8], position: FeedPosition, limit: Int, epoch: [UInt8]) {
    self.space = space
    self.position = position
    self.limit = limit
    self.epoch = epoch
  }
}

public struct FeedPage: Sendable {
  /// In the order of their sequence.
  public var entries: [FeedEntry]
  /// The position behind the last of them; behind the last entry ever written where there are none.
  public var position: FeedPosition
  /// Whether there are more.
  public var more: Bool
  public var now: Int64

  public init(entries: [FeedEntry], position: FeedPosition, more: Bool, now: Int64) {
    self.entries = entries
    self.position = position
    self.more = more
    self.now = now
  }
}
