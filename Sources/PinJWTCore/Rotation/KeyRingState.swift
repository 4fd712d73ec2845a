import PinJWTCrypto

/// The keys of a ring at one moment. Immutable.
public final class KeyRingState: Sendable {
  /// Retired keys verify longer than the tokens that they signed live: by twice the largest leeway, for clocks that differ,
  /// and by a minute in which another process may still have signed with them.
  private static let margin: Int64 = 2 * Limits.longestLeeway + 60
  /// With the active and the next key as many as a published set may have.
  static let mostRetired = KeySetContents.mostKeys - 2

  let terms: KeyRingTerms
  /// Published, not signing yet.
  let next: DatedKey
  /// Signing.
  let active: DatedKey
  /// Verifying only, each until its time.
  let retired: [DatedKey]
  /// All of them, for verifying.
  let contents: KeySetContents

  /// A key and a time in Unix seconds: when it was published, became active, or ends.
  struct DatedKey: Sendable {
    let key: Key
    let time: Int64
  }

  init(_ terms: KeyRingTerms, next: DatedKey, active: DatedKey, retired: [DatedKey]) {
    self.terms = terms
    self.next = next
    self.active = active
    self.retired = retired
    contents = KeySetContents(
      [KeySetEntry(active.key), KeySetEntry(next.key)] + retired.map { KeySetEntry($0.key, end: $0.time) })
  }

  static func make(_ terms: KeyRingTerms, at now: Int64) throws(Failure) -> KeyRingState {
    try Limits.checkTime(now)
    let active = DatedKey(key: try terms.newKey(), time: now)
    return KeyRingState(terms, next: DatedKey(key: try terms.newKey(), time: now), active: active, retired: [])
  }

  /// This state in the place of `old`, which must be one of the same ring: its pin and its times were relied on.
  public func continuing(_ old: KeyRingState) throws(Failure) -> KeyRingState {
    guard terms == old.terms else {
      throw Failure(.keyFormat, "path", "The file holds a ring of another algorithm or other times now; load it anew.")
    }
    return self
  }

  /// When the next key may become active: once it has been published for long enough, and there is room for one more that
  /// is retired.
  var rotationTime: Int64 {
    let published = next.time + terms.publish
    guard retired.count >= KeyRingState.mostRetired else { return published }
    var room = Int64.max
    for key in retired { room = min(room, key.time) }
    return max(published, room)
  }

  /// Each key one step further.
  func rotated(at now: Int64) throws(Failure) -> KeyRingState {
    try Limits.checkTime(now)
    guard now >= next.time + terms.publish else {
      throw Failure(
        .notYetValid, "now",
        "The next key has been published for \(now - next.time) s of \(terms.publish); rotate at \(rotationTime) or later."
      )
    }
    guard now >= rotationTime else {
      throw Failure(
        .notYetValid, "now",
        "The ring has \(retired.count) retired keys that still verify, the most that there can be; rotate at \(rotationTime) or later."
      )
    }
    let end = max(now, active.time) + terms.retain + KeyRingState.margin
    return try advanced(at: now, retired: verifying(at: now) + [DatedKey(key: active.key, time: end)])
  }

  /// Without a key that others know.
  func removing(_ id: [UInt8], at now: Int64) throws(Failure) -> KeyRingState {
    try Limits.checkTime(now)
    if KeyRingState.has(active, id) { return try advanced(at: now, retired: verifying(at: now)) }
    if KeyRingState.has(next, id) {
      return KeyRingState(
        terms, next: DatedKey(key: try terms.newKey(), time: now), active: active, retired: verifying(at: now))
    }
    let left = retired.filter { !KeyRingState.has($0, id) }
    guard left.count < retired.count else { throw KeySetContents.unknown(id.span) }
    return KeyRingState(terms, next: next, active: active, retired: left)
  }

  private func advanced(at now: Int64, retired: [DatedKey]) throws(Failure) -> KeyRingState {
    KeyRingState(
      terms, next: DatedKey(key: try terms.newKey(), time: now), active: DatedKey(key: next.key, time: now),
      retired: retired)
  }

  private func verifying(at now: Int64) -> [DatedKey] { retired.filter { now < $0.time } }

  private static func has(_ dated: DatedKey, _ id: [UInt8]) -> Bool {
    let known = dated.key.id
    return known.bytes.equals(id.span)
  }
}
