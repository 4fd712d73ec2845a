import CPOSIX
import Synchronization

/// A reference that is replaced while any number of threads read it. Readers never wait.
///
/// A reader counts itself in while it takes its reference. An object that has been replaced is kept until each of the two
/// counts has been seen at zero: whoever still was about to take it has done so by then. New readers use the other count
/// meanwhile, so that each comes to zero however many there are. A process that forked in the middle of a reader's step
/// keeps a count above zero, and so keeps replaced objects; nothing waits for it for long.
@safe public final class SharedReference<Object: AnyObject & Sendable>: @unchecked Sendable {
  // Sendable: `pointer`, `side` and the counts are atomic, `replaced` is touched under the lock only.
  private let pointer: Atomic<Unmanaged<Object>>
  /// Which count new readers use.
  private let side = Atomic<Bool>(false)
  private let left = Atomic<Int>(0)
  private let right = Atomic<Int>(0)
  private let lock = Lock()
  private var replaced: [Object] = []

  public init(_ object: Object) {
    unsafe pointer = Atomic(Unmanaged.passRetained(object))
  }

  deinit {
    // Sound: the one reference that `init` or `update` took.
    unsafe pointer.load(ordering: .sequentiallyConsistent).release()
  }

  public var current: Object {
    let onRight = arrive()
    // Sound: the object is kept as long as this reader is counted, and the reference taken before that ends.
    let object = unsafe SharedReference.retained(pointer.load(ordering: .sequentiallyConsistent))
    depart(onRight)
    return object
  }

  /// Calls `body` without taking a reference, which counts for all readers; `body` should not take long.
  public func read<Result>(_ body: (Object) -> Result) -> Result {
    let onRight = arrive()
    // Sound: the object is kept as long as this reader is counted.
    let result = unsafe pointer.load(ordering: .sequentiallyConsistent)._withUnsafeGuaranteedRef(body)
    depart(onRight)
    return result
  }

  /// Counts a reader in; what it reads then is kept until it departs, on the side that this returns.
  func arrive() -> Bool {
    let onRight = side.load(ordering: .sequentiallyConsistent)
    if onRight {
      right.add(1, ordering: .sequentiallyConsistent)
    } else {
      left.add(1, ordering: .sequentiallyConsistent)
    }
    return onRight
  }

  func depart(_ onRight: Bool) {
    if onRight {
      right.subtract(1, ordering: .sequentiallyConsistent)
    } else {
      left.subtract(1, ordering: .sequentiallyConsistent)
    }
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
    let onRight = side.load(ordering: .sequentiallyConsistent)
    side.store(!onRight, ordering: .sequentiallyConsistent)
    for _ in 0..<1000 {
      let count = onRight ? right.load(ordering: .sequentiallyConsistent) : left.load(ordering: .sequentiallyConsistent)
      if count == 0 { return true }
      sched_yield()
    }
    return false
  }

  /// Not inlined, so that the reference is taken here and not later.
  @inline(never)
  private static func retained(_ pointer: Unmanaged<Object>) -> Object {
    unsafe pointer.retain().takeRetainedValue()
  }
}
