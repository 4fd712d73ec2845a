import CPOSIX
import Synchronization

/// A reference that is replaced while any number of threads read it. Readers never wait.
///
/// A reader counts itself in while it takes its reference. An object that has been replaced is kept until each of the
/// counts has been seen at zero: whoever still was about to take it has done so by then. There are two sides of them; new
/// readers use the other side meanwhile, so that each comes to zero however many there are. A process that forked in the
/// middle of a reader's step keeps a count above zero, and so keeps replaced objects; nothing waits for it for long.
///
/// Each side has several counts, and threads use different ones: processors that count in one place wait for each other.
@safe public final class SharedReference<Object: AnyObject & Sendable>: @unchecked Sendable {
  // Sendable: `pointer`, `isRight` and the counts are atomic, `replaced` is touched under the lock only.
  private let pointer: Atomic<Unmanaged<Object>>
  /// Which side new readers use.
  private let isRight = Atomic<Bool>(false)
  /// The counts of the left side, then those of the right one, each in a line of the cache of its own.
  private let counts: UnsafeMutablePointer<Atomic<Int>>
  private let lock = Lock()
  private var replaced: [Object] = []

  private static var countsOfASide: Int { 8 }
  private static var wordsOfALine: Int { 8 }
  private static var words: Int { 2 * countsOfASide * wordsOfALine }

  public init(_ object: Object) {
    unsafe pointer = Atomic(Unmanaged.passRetained(object))
    // Sound: all of the words are initialised here and given back in deinit.
    unsafe counts = .allocate(capacity: SharedReference.words)
    for index in 0..<SharedReference.words { unsafe (counts + index).initialize(to: Atomic(0)) }
  }

  deinit {
    // Sound: the one reference that `init` or `update` took.
    unsafe pointer.load(ordering: .sequentiallyConsistent).release()
    unsafe counts.deinitialize(count: SharedReference.words)
    unsafe counts.deallocate()
  }

  public var current: Object {
    let place = arrive()
    // Sound: the object is kept as long as this reader is counted, and the reference taken before that ends.
    let object = unsafe SharedReference.retained(pointer.load(ordering: .sequentiallyConsistent))
    depart(place)
    return object
  }

  /// Calls `body` without taking a reference, which counts for all readers; `body` should not take long.
  public func read<Result>(_ body: (Object) -> Result) -> Result {
    let place = arrive()
    // Sound: the object is kept as long as this reader is counted.
    let result = unsafe pointer.load(ordering: .sequentiallyConsistent)._withUnsafeGuaranteedRef(body)
    depart(place)
    return result
  }

  /// Counts a reader in; what it reads then is kept until it departs from the place that this returns.
  func arrive() -> Int {
    let place = SharedReference.place(isRight.load(ordering: .sequentiallyConsistent), SharedReference.ofThisThread)
    // Sound: a place is one of the words.
    unsafe counts[place].add(1, ordering: .sequentiallyConsistent)
    return place
  }

  func depart(_ place: Int) {
    // Sound: as above.
    unsafe counts[place].subtract(1, ordering: .sequentiallyConsistent)
  }

  private static func place(_ isRight: Bool, _ number: Int) -> Int {
    ((isRight ? countsOfASide : 0) &+ number) &* wordsOfALine
  }

  /// Which of the 8 counts of a side this thread uses: by where the system keeps the thread, in pages.
  private static var ofThisThread: Int {
    let mixed = UInt64(UInt(pthread_self()) >> 12) &* 0x9e37_79b9_7f4a_7c15
    return Int(truncatingIfNeeded: mixed >> 61)
  }

  /// Replaces the object by what `change` makes of it; nothing changes when that throws. One change at a time.
  public func update<Fault>(_ change: (Object) throws(Fault) -> Object) throws(Fault) {
    let unused = try lock.withLock { () throws(Fault) in
      // Sound: only this function, under the lock, replaces and releases.
      let old = unsafe pointer.load(ordering: .sequentiallyConsistent).takeUnretainedValue()
      let new = unsafe Unmanaged.passRetained(try change(old))
      replaced.append(unsafe pointer.exchange(new, ordering: .sequentiallyConsistent).takeRetainedValue())
      guard drains(), drains() else { return [Object]() }
      let unused = replaced
      replaced = []
      return unused
    }
    // Released here, without the lock: what is released may call back.
    withExtendedLifetime(unused) {}
  }

  /// Turns new readers to the other side, and waits until nobody is left on this one; false when that takes long.
  private func drains() -> Bool {
    let side = isRight.load(ordering: .sequentiallyConsistent)
    isRight.store(!side, ordering: .sequentiallyConsistent)
    var waits = 1000
    for number in 0..<SharedReference.countsOfASide {
      // Sound: a place is one of the words.
      while unsafe counts[SharedReference.place(side, number)].load(ordering: .sequentiallyConsistent) != 0 {
        guard waits > 0 else { return false }
        waits &-= 1
        sched_yield()
      }
    }
    return true
  }

  /// Not inlined, so that the reference is taken here and not later.
  @inline(never)
  private static func retained(_ pointer: Unmanaged<Object>) -> Object {
    unsafe pointer.retain().takeRetainedValue()
  }
}
