import Synchronization

/// A hash table of a fixed capacity from 64-bit hashes to 64-bit values, which any number of threads read while one writes.
/// Readers wait for nothing and see each entry whole. Entries are never removed.
@safe public final class AtomicTable: @unchecked Sendable {
  // Sendable: every word is atomic; `count` is its one writer's.
  /// Two words each: the hash, 0 where the slot is free, and the value.
  private let slots: UnsafeMutablePointer<Atomic<UInt64>>
  private let capacity: Int
  public private(set) var count = 0

  public init(capacity: Int) {
    self.capacity = max(1, min(capacity, 1 << 40))
    // Sound: all of the words are initialised here and given back in deinit.
    unsafe slots = .allocate(capacity: 2 &* self.capacity)
    for index in 0..<(2 &* self.capacity) { unsafe (slots + index).initialize(to: Atomic(0)) }
  }

  deinit {
    unsafe slots.deinitialize(count: 2 &* capacity)
    unsafe slots.deallocate()
  }

  /// The value of a hash.
  public func value(_ hash: UInt64) -> UInt64? {
    let hash = AtomicTable.used(hash)
    var slot = home(hash)
    // Sound: a slot is below the capacity. The loop ends: `insert` leaves a slot free.
    while true {
      let found = unsafe slots[2 &* slot].load(ordering: .acquiring)
      if found == hash { return unsafe slots[2 &* slot &+ 1].load(ordering: .relaxed) }
      if found == 0 { return nil }
      slot = next(slot)
    }
  }

  /// Adds an entry or replaces its value; false where that would make the table more than three quarters full.
  public func insert(_ hash: UInt64, _ value: UInt64) -> Bool {
    let hash = AtomicTable.used(hash)
    var slot = home(hash)
    while true {
      let found = unsafe slots[2 &* slot].load(ordering: .relaxed)
      if found == hash {
        unsafe slots[2 &* slot &+ 1].store(value, ordering: .relaxed)
        return true
      }
      if found == 0 { break }
      slot = next(slot)
    }
    guard (count &+ 1) &* 4 <= capacity &* 3 else { return false }
    count &+= 1
    unsafe slots[2 &* slot &+ 1].store(value, ordering: .relaxed)
    unsafe slots[2 &* slot].store(hash, ordering: .releasing)
    return true
  }

  /// Calls `body` with each entry.
  public func visit(_ body: (UInt64, UInt64) -> Void) {
    for slot in 0..<capacity {
      let hash = unsafe slots[2 &* slot].load(ordering: .acquiring)
      if hash != 0 { body(hash, unsafe slots[2 &* slot &+ 1].load(ordering: .relaxed)) }
    }
  }

  private func home(_ hash: UInt64) -> Int {
    Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(truncatingIfNeeded: capacity)).high)
  }

  private func next(_ slot: Int) -> Int { slot &+ 1 == capacity ? 0 : slot &+ 1 }

  /// 0 marks a free slot.
  private static func used(_ hash: UInt64) -> UInt64 { hash == 0 ? 1 : hash }
}
