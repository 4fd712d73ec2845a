import Synchronization

/// A hash table of a fixed capacity from 64-bit hashes to 64-bit values, which any number of threads read while one writes.
/// Readers wait for nothing and see each entry whole. Entries are never removed.
///
/// A byte for each slot, eight in a word, tells that it is taken and seven bits of its hash: what is not there is mostly
/// known by one word, of which there are so few that they stay in a near cache.
@safe final class AtomicTable: @unchecked Sendable {
  // Sendable: every word is atomic; `count` is its one writer's.
  private let groups: Int
  /// The bytes of eight slots, 0 where a slot is free.
  private let marks: UnsafeMutablePointer<Atomic<UInt64>>
  /// Two words each: the hash and the value.
  private let slots: UnsafeMutablePointer<Atomic<UInt64>>
  private(set) var count = 0

  private static let highBits: UInt64 = 0x8080_8080_8080_8080
  private static let lowBits: UInt64 = 0x0101_0101_0101_0101

  init(capacity: Int) {
    groups = (max(1, min(capacity, 1 << 40)) &+ 7) / 8
    // Sound: all of the words are initialised here and given back in deinit.
    unsafe marks = .allocate(capacity: groups)
    unsafe slots = .allocate(capacity: 16 &* groups)
    for index in 0..<groups { unsafe (marks + index).initialize(to: Atomic(0)) }
    for index in 0..<(16 &* groups) { unsafe (slots + index).initialize(to: Atomic(0)) }
  }

  deinit {
    unsafe marks.deinitialize(count: groups)
    unsafe marks.deallocate()
    unsafe slots.deinitialize(count: 16 &* groups)
    unsafe slots.deallocate()
  }

  /// The value of a hash.
  func value(_ hash: UInt64) -> UInt64? {
    var group = home(hash)
    // Sound: a group is below `groups`, a slot below eight times as many. The loop ends: `insert` leaves slots free.
    while true {
      let taken = unsafe marks[group].load(ordering: .acquiring)
      if let slot = slot(of: hash, in: group, taken) {
        return unsafe slots[2 &* slot &+ 1].load(ordering: .relaxed)
      }
      if AtomicTable.hasFree(taken) { return nil }
      group = next(group)
    }
  }

  /// Adds an entry or replaces its value; false where that would make the table more than seven eighths full.
  func insert(_ hash: UInt64, _ value: UInt64) -> Bool {
    var group = home(hash)
    var taken = unsafe marks[group].load(ordering: .relaxed)
    while true {
      if let slot = slot(of: hash, in: group, taken) {
        unsafe slots[2 &* slot &+ 1].store(value, ordering: .relaxed)
        return true
      }
      if AtomicTable.hasFree(taken) { break }
      group = next(group)
      taken = unsafe marks[group].load(ordering: .relaxed)
    }
    guard count < 7 &* groups else { return false }
    count &+= 1
    let place = (~taken & AtomicTable.highBits).trailingZeroBitCount / 8
    let slot = 8 &* group &+ place
    unsafe slots[2 &* slot &+ 1].store(value, ordering: .relaxed)
    unsafe slots[2 &* slot].store(hash, ordering: .relaxed)
    unsafe marks[group].store(taken | AtomicTable.mark(hash) &<< UInt64(8 &* place), ordering: .releasing)
    return true
  }

  /// Calls `body` with each entry.
  func visit(_ body: (UInt64, UInt64) -> Void) {
    for group in 0..<groups {
      let taken = unsafe marks[group].load(ordering: .acquiring)
      for place in 0..<8 where taken &>> UInt64(8 &* place) & 0x80 != 0 {
        let slot = 8 &* group &+ place
        body(
          unsafe slots[2 &* slot].load(ordering: .relaxed), unsafe slots[2 &* slot &+ 1].load(ordering: .relaxed))
      }
    }
  }

  /// The slot of a hash among those of a group that are taken.
  @inline(__always)
  private func slot(of hash: UInt64, in group: Int, _ taken: UInt64) -> Int? {
    let differences = taken ^ AtomicTable.mark(hash) &* AtomicTable.lowBits
    // The high bits of the bytes without a difference, and of some above them, which the comparison of the hash sorts out.
    var candidates = (differences &- AtomicTable.lowBits) & ~differences & AtomicTable.highBits
    while candidates != 0 {
      let slot = 8 &* group &+ candidates.trailingZeroBitCount / 8
      if unsafe slots[2 &* slot].load(ordering: .relaxed) == hash { return slot }
      candidates &= candidates &- 1
    }
    return nil
  }

  private static func hasFree(_ taken: UInt64) -> Bool { ~taken & highBits != 0 }

  /// By the high bits; `mark` and AtomicMap go by low ones.
  private func home(_ hash: UInt64) -> Int {
    Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(truncatingIfNeeded: groups)).high)
  }

  private func next(_ group: Int) -> Int { group &+ 1 == groups ? 0 : group &+ 1 }

  private static func mark(_ hash: UInt64) -> UInt64 { hash &>> 6 & 0x7f | 0x80 }
}
