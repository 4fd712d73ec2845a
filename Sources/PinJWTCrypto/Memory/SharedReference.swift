import CPOSIX
import Synchronization

/// A reference that is replaced while any number of threads read it. Readers never wait.
///
/// A reader counts itself in while it takes its reference. An object that has been replaced is kept until the count has
/// been seen at zero: whoever still was about to take it has done so by then. A process that forked in the middle of a
/// reader's step keeps a count above zero, and so keeps replaced objects; nothing waits for it.
@safe public final class SharedReference<Object: AnyObject & Sendable>: @unchecked Sendable {
  // Sendable: `pointer` and `readers` are atomic, `replaced` is touched under the lock only.
  private let pointer: Atomic<Unmanaged<Object>>
  private let readers = Atomic<Int>(0)
  private let lock = Lock()
  private var replaced: [Object] = []

  public init(_ object: Object) {
    unsafe pointer = Atomic(Unmanaged.passRetained(object))
  }

  deinit {
    // Sound: the one reference that `init` or `replace` took.
    unsafe pointer.load(ordering: .sequentiallyConsistent).release()
  }

  public var current: Object {
    // Sound: the object is kept as long as this reader is counted, and the reference taken before that ends.
    let object = unsafe SharedReference.retained(arrive())
    depart()
    return object
  }

  /// Counts a reader in; the object is kept until it departs.
  @unsafe func arrive() -> Unmanaged<Object> {
    readers.add(1, ordering: .sequentiallyConsistent)
    return unsafe pointer.load(ordering: .sequentiallyConsistent)
  }

  func depart() {
    readers.subtract(1, ordering: .sequentiallyConsistent)
  }

  /// Replaces the object by what `change` makes of it; nothing changes when that throws. One change at a time.
  public func update<Fault>(_ change: (Object) throws(Fault) -> Object) throws(Fault) {
    try lock.withLock { () throws(Fault) in
      // Sound: only this function, under the lock, replaces and releases.
      let old = unsafe pointer.load(ordering: .sequentiallyConsistent).takeUnretainedValue()
      let new = unsafe Unmanaged.passRetained(try change(old))
      replaced.append(unsafe pointer.exchange(new, ordering: .sequentiallyConsistent).takeRetainedValue())
      for _ in 0..<64 {
        if readers.load(ordering: .sequentiallyConsistent) == 0 {
          replaced.removeAll()
          return
        }
        sched_yield()
      }
    }
  }

  /// Not inlined, so that the reference is taken here and not later.
  @inline(never)
  private static func retained(_ pointer: Unmanaged<Object>) -> Object {
    unsafe pointer.retain().takeRetainedValue()
  }
}
