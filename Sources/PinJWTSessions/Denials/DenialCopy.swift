import PinJWTCrypto
import PinJWTStores
import Synchronization

/// A process's copy of the denials: what a check looks into.
///
/// Readers wait for nothing. A denial takes 16 bytes: a keyed hash of what is denied, until when, and a user's version. That
/// two names have one hash is as likely as guessing 64 bits, and would refuse a token rather than let one pass.
final class DenialCopy: Sendable {
  private let hash: ShortHash
  private let map = AtomicMap()
  private let beforeWord = Atomic<Int64>(0)
  private let writing = Lock()

  init(_ hash: ShortHash) {
    self.hash = hash
  }

  // MARK: Reading

  /// In milliseconds: sessions that began before are denied.
  var before: Int64 { beforeWord.load(ordering: .acquiring) }

  func has(_ kind: FeedEntry.Kind, _ name: borrowing Span<UInt8>) -> Bool {
    map.value(hashed(kind, name)) != nil
  }

  /// Whether a token is denied by its jti, its sid, or its user's version.
  func has(
    jti: borrowing Span<UInt8>, sid: borrowing Span<UInt8>, user: borrowing Span<UInt8>, version: Int64
  ) -> Bool {
    let (jti, sid, user) = map.values(hashed(.jti, jti), hashed(.sid, sid), hashed(.user, user))
    return jti != nil || sid != nil || DenialCopy.version(user ?? 0) > version
  }

  private func hashed(_ kind: FeedEntry.Kind, _ name: borrowing Span<UInt8>) -> UInt64 {
    // An odd multiple of the kind keeps the kinds apart: which hash a name has is not known outside.
    hash.hash(name) ^ UInt64(truncatingIfNeeded: kind.rawValue) &* 0x9e37_79b9_7f4a_7c15
  }

  // MARK: Values: until when, in seconds, and a user's least version

  private static func until(_ value: UInt64) -> UInt64 { value >> 32 }

  private static func version(_ value: UInt64) -> Int64 { Int64(value & 0xffff_ffff) }

  /// Rounded up. A version that does not fit is the largest that does.
  private static func value(_ entry: FeedEntry) -> UInt64 {
    let seconds = UInt32(clamping: entry.until / 1000 &+ 1)
    let version = entry.kind == .user ? UInt32(clamping: entry.value) : 0
    return UInt64(seconds) << 32 | UInt64(version)
  }

  /// The later time and the higher version of the two.
  private static func merged(_ one: UInt64, _ other: UInt64) -> UInt64 {
    max(until(one), until(other)) << 32 | max(one & 0xffff_ffff, other & 0xffff_ffff)
  }

  // MARK: Writing

  /// Adds an entry; `now` is the store's time, by which entries go that have had theirs.
  func add(_ entry: FeedEntry, at now: Int64) {
    writing.withLock {
      guard entry.kind != .before else { return raiseBefore(entry.value) }
      let value = DenialCopy.value(entry)
      let seconds = UInt64(clamping: now / 1000)
      map.insert(
        hashed(entry.kind, entry.key.span), value, merge: { DenialCopy.merged($0, value) },
        kept: { DenialCopy.until($0) > seconds })
    }
  }

  private func raiseBefore(_ time: Int64) {
    if time > beforeWord.load(ordering: .relaxed) { beforeWord.store(time, ordering: .releasing) }
  }

  /// How many entries there are.
  var count: Int { writing.withLock { map.count } }
}
