import PinJWTCrypto
import PinJWTStores
import Synchronization

/// Keeps a process's copy of the denials up to date: reads on from the feed when a check finds the copy old.
final class Denials: @unchecked Sendable {
  // Sendable: `state` is touched under `lock` only.
  private let store: SessionStore
  private let space: [UInt8]
  private let epoch: [UInt8]
  private let copy: DenialCopy
  /// How old the copy may be, in milliseconds; 0 to ask the store each time.
  let staleness = Atomic<Int64>(5000)
  /// When the last complete reading began, in monotonic milliseconds; 0 before the first.
  private let readAt = Atomic<Int64>(0)
  /// How far the store's clock is ahead of the monotonic one.
  private let storeAhead = Atomic<Int64>(0)
  private let lock = Lock()
  private var state = State()

  private struct State {
    var position = FeedPosition()
    /// Readings begun and ended; the one at work is the last one begun.
    var begun = 0
    var ended = 0
    var reader: ThreadIdentity?
    /// How the last reading ended, and when.
    var fault: Failure?
    var faultAt: Int64 = 0
  }

  static func make(_ store: SessionStore, _ space: [UInt8]) throws(Failure) -> Denials {
    Denials(store, space, try randomBytes(16), DenialCopy(try ShortHash()))
  }

  private init(_ store: SessionStore, _ space: [UInt8], _ epoch: [UInt8], _ copy: DenialCopy) {
    self.store = store
    self.space = space
    self.epoch = epoch
    self.copy = copy
  }

  // MARK: The copy

  /// Calls `body` with a copy that is as new as it has to be.
  @inline(__always)
  func withCopy<Result>(_ body: (DenialCopy) -> Result) throws(Failure) -> Result {
    try renewCopy()
    return body(copy)
  }

  private func renewCopy() throws(Failure) {
    let staleness = self.staleness.load(ordering: .relaxed)
    let age = self.age
    if age > staleness / 5 || staleness == 0 { try refresh(staleness, age) }
  }

  var count: Int { copy.count }

  /// The store's time as far as it is known, in milliseconds.
  var now: Int64 {
    guard readAt.load(ordering: .acquiring) != 0 else { return Clock.milliseconds() ?? 0 }
    return storeAhead.load(ordering: .acquiring).addingClamped(Clock.monotonicMilliseconds())
  }

  /// The store's time, asked for.
  func readNow() throws(Failure) -> Int64 {
    try sync()
    return now
  }

  private var age: Int64 {
    let read = readAt.load(ordering: .acquiring)
    return read == 0 ? .max : Clock.monotonicMilliseconds().subtractingClamped(read)
  }

  /// Adds what this process has just denied.
  func note(_ kind: FeedEntry.Kind, _ key: [UInt8], _ keep: Int64) {
    add(FeedEntry(sequence: 0, kind: kind, key: key, value: 0, until: now.addingClamped(keep)))
  }

  func note(user: [UInt8], version: Int64, _ keep: Int64) {
    add(FeedEntry(sequence: 0, kind: .user, key: user, value: version, until: now.addingClamped(keep)))
  }

  func note(before: Int64) {
    add(FeedEntry(sequence: 0, kind: .before, key: [], value: before, until: 0))
  }

  private func add(_ entry: FeedEntry) {
    copy.add(entry, at: now)
  }

  // MARK: Reading on

  /// Reads on, and knows all that was denied before this call.
  func sync() throws(Failure) {
    try waitForReading(begunAfterNow: true)
  }

  /// Reads on where nobody else does; waits for who does where the copy is too old to go on with.
  private func refresh(_ staleness: Int64, _ age: Int64) throws(Failure) {
    if staleness == 0 { return try waitForReading(begunAfterNow: true) }
    let isUsable = age <= staleness
    if isUsable, isBusyOrJustFailed { return }
    do throws(Failure) {
      try waitForReading(begunAfterNow: false)
      // One that had begun long before, and took as long, does not help.
      if self.age > staleness { try waitForReading(begunAfterNow: true) }
      guard self.age <= staleness else { throw Denials.late }
    } catch {
      // A reading that failed leaves the copy good for as long as it may be old.
      if self.age <= staleness { return }
      throw error
    }
  }

  /// A store that does not answer is not asked again by each check.
  private var isBusyOrJustFailed: Bool {
    lock.withLock {
      let now = Clock.monotonicMilliseconds()
      return isReading || (state.fault != nil && now.subtractingClamped(state.faultAt) < 500)
    }
  }

  /// Under the lock. A reader that a fork has left behind does not count.
  private var isReading: Bool { state.reader?.isAlive ?? false }

  /// Reads, or waits for who reads: a reading that is under way, or one that begins from now on.
  private func waitForReading(begunAfterNow: Bool) throws(Failure) {
    let (mine, position, fault) = lock.withLock { () -> (Bool, FeedPosition, Failure?) in
      if !isReading { state.ended = state.begun }
      let wanted = begunAfterNow || !isReading ? state.begun &+ 1 : state.begun
      while true {
        if state.ended >= wanted { return (false, state.position, state.fault) }
        if !isReading {
          state.begun &+= 1
          state.reader = .current
          return (true, state.position, nil)
        }
        if state.reader?.isThisThread ?? false { return (false, state.position, Denials.recursion) }
        lock.wait()
      }
    }
    if mine { return try read(from: position) }
    if let fault { throw fault }
  }

  /// Reads from a position to the end of the feed. One thread at a time.
  private func read(from start: FeedPosition) throws(Failure) {
    var position = start
    let begun = Clock.monotonicMilliseconds()
    do throws(Failure) {
      let now = try pages(&position)
      storeAhead.store(now.subtractingClamped(begun), ordering: .releasing)
      readAt.store(max(1, begun), ordering: .releasing)
      finish(position, nil)
    } catch {
      finish(position, error)
      throw error
    }
  }

  /// The store's time when the first page was read.
  private func pages(_ position: inout FeedPosition) throws(Failure) -> Int64 {
    var first: Int64?
    while true {
      let page = try store.feed(FeedRequest(space: space, position: position, limit: 5000, epoch: epoch))
      for entry in page.entries { copy.add(entry, at: page.now) }
      let isStuck = page.more && page.position == position
      position = page.position
      let now = first ?? page.now
      first = now
      guard page.more else { return now }
      guard !isStuck else {
        throw Failure(.store, "store", "The store says that its feed has more, but does not give it; mend the store.")
      }
    }
  }

  private func finish(_ position: FeedPosition, _ fault: Failure?) {
    lock.withLock {
      state.position = position
      state.ended = state.begun
      state.reader = nil
      state.fault = fault
      state.faultAt = Clock.monotonicMilliseconds()
      lock.wakeAll()
    }
  }

  private static var late: Failure {
    Failure(.store, "store", "The store takes longer to tell of denials than they may be old; try again.")
  }

  private static var recursion: Failure {
    Failure(.store, "store", "The store asked for the denials while it was being read for them; mend the store.")
  }
}
