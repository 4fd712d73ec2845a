import PinJWTCrypto
import PinJWTStores

extension Tables {
  /// Removes sessions whose end is `before` or earlier; looks at up to `limit` rows.
  func purgeSessions(_ space: Int64, before: Int64, limit: Int64) throws(Fault) -> (looked: Int64, removed: Int64) {
    let due = try pairs(.dueEnds, space, before, limit)
    var removed: Int64 = 0
    for (id, end) in due {
      if end > before {
        try setDue(.setDueEnd, id, end)
      } else {
        try run(.removeSession, id)
        removed += 1
      }
    }
    return (Int64(due.count), removed)
  }

  /// Erases the seals of sessions that were rotated before a time; looks at up to `limit` rows.
  func purgeSeals(_ space: Int64, before: Int64, limit: Int64) throws(Fault) -> (looked: Int64, removed: Int64) {
    let due = try pairs(.dueSeals, space, before, limit)
    var removed: Int64 = 0
    for (id, rotated) in due {
      if rotated >= before {
        try setDue(.setDueSeal, id, rotated)
      } else {
        try run(.eraseSeal, id)
        removed += 1
      }
    }
    return (Int64(due.count), removed)
  }

  private func run(_ which: Query, _ id: Int64) throws(Fault) {
    let query = try statement(which)
    query.bind(1, id)
    try query.run()
  }

  /// Removes rows of the feed or used keys that are past their time.
  func purge(_ which: Query, _ space: Int64, at now: Int64, limit: Int64) throws(Fault) -> Int64 {
    let query = try statement(which)
    query.bind(1, space)
    query.bind(2, now)
    query.bind(3, limit)
    try query.run()
    return connection.changes
  }

  /// The two numbers of each row of a query for what is due.
  private func pairs(_ which: Query, _ space: Int64, _ time: Int64, _ limit: Int64) throws(Fault) -> [(Int64, Int64)] {
    let query = try statement(which)
    defer { query.reset() }
    query.bind(1, space)
    query.bind(2, time)
    query.bind(3, limit)
    var pairs: [(Int64, Int64)] = []
    while try query.step() { pairs.append((query.number(0), query.number(1))) }
    return pairs
  }

  /// A count of rows in a space; up to a time, where the query has one.
  func count(_ which: Query, _ space: Int64, at now: Int64? = nil) throws(Fault) -> Int64 {
    let query = try statement(which)
    defer { query.reset() }
    query.bind(1, space)
    if let now { query.bind(2, now) }
    return try query.step() ? query.number(0) : 0
  }
}
