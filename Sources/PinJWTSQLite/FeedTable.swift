import CSQLite
import PinJWTCrypto
import PinJWTStores

/// A space: its number, and how far its feed has come.
struct Space {
  let id: Int64
  let epoch: [UInt8]
  let sequence: Int64
  let mark: [UInt8]

  /// The position behind the last entry ever written.
  var end: FeedPosition { FeedPosition(epoch: epoch, sequence: sequence, mark: mark) }
}

extension Tables {
  func space(_ name: [UInt8]) throws(Fault) -> Space? {
    let query = try statement(.space)
    defer { query.reset() }
    query.bind(1, blob: name)
    guard try query.step() else { return nil }
    return Space(id: query.number(0), epoch: query.bytes(1), sequence: query.number(2), mark: query.bytes(3))
  }

  /// The number of a space, which is made where there is none.
  func spaceToWrite(_ name: [UInt8]) throws(Fault) -> Int64 {
    if let known = try space(name) { return known.id }
    let query = try statement(.addSpace)
    query.bind(1, blob: name)
    return try onlyNumber(query)
  }

  func setEpoch(_ epoch: [UInt8], _ space: Int64) throws(Fault) {
    let query = try statement(.setEpoch)
    query.bind(1, space)
    query.bind(2, blob: epoch)
    try query.run()
  }

  func userVersion(_ space: Int64, _ user: [UInt8]) throws(Fault) -> Int64 {
    let query = try statement(.userVersion)
    defer { query.reset() }
    query.bind(1, space)
    query.bind(2, text: user)
    return try query.step() ? query.number(0) : 0
  }

  /// The user's new version.
  func raiseVersion(_ space: Int64, _ user: [UInt8]) throws(Fault) -> Int64 {
    let query = try statement(.raiseVersion)
    query.bind(1, space)
    query.bind(2, text: user)
    return try onlyNumber(query)
  }

  /// Adds an entry. Numbers come from the row of the space, which the transaction holds: they are seen in their order.
  func deny(
    _ space: Int64, _ kind: FeedEntry.Kind, _ key: [UInt8], value: Int64, until: Int64, mark: [UInt8]
  ) throws(Fault) {
    let next = try statement(.nextSequence)
    next.bind(1, space)
    next.bind(2, blob: mark)
    let sequence = try onlyNumber(next)
    let query = try statement(.addEntry)
    query.bind(1, space)
    query.bind(2, sequence)
    query.bind(3, Int64(kind.rawValue))
    query.bind(4, blob: key)
    query.bind(5, value)
    query.bind(6, until)
    query.bind(7, blob: mark)
    try query.run()
  }

  /// The mark of an entry that is there.
  func mark(_ space: Int64, of sequence: Int64) throws(Fault) -> [UInt8]? {
    let query = try statement(.markOfEntry)
    defer { query.reset() }
    query.bind(1, space)
    query.bind(2, sequence)
    return try query.step() ? query.bytes(0) : nil
  }

  /// The entries behind a sequence, and their marks.
  func entries(
    _ space: Int64, after sequence: Int64, limit: Int64
  ) throws(Fault) -> (entries: [FeedEntry], marks: [[UInt8]]) {
    let query = try statement(.entries)
    defer { query.reset() }
    query.bind(1, space)
    query.bind(2, sequence)
    query.bind(3, limit)
    var entries: [FeedEntry] = []
    var marks: [[UInt8]] = []
    while try query.step() {
      guard let code = Int32(exactly: query.number(1)), let kind = FeedEntry.Kind(rawValue: code) else {
        throw connection.fault(SQLITE_MISMATCH)
      }
      entries.append(
        FeedEntry(
          sequence: query.number(0), kind: kind, key: query.bytes(2), value: query.number(3), until: query.number(4)))
      marks.append(query.bytes(5))
    }
    return (entries, marks)
  }

  /// The one number that a statement answers.
  func onlyNumber(_ query: Statement) throws(Fault) -> Int64 {
    defer { query.reset() }
    guard try query.step() else { throw connection.fault(SQLITE_MISMATCH) }
    let number = query.number(0)
    // A statement that writes is finished by the step that finds no more.
    guard try !query.step() else { throw connection.fault(SQLITE_MISMATCH) }
    return number
  }
}
