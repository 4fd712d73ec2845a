import PinJWTCrypto
import PinJWTStores

/// What goes through all rows of a space, a batch at a time; where it stops, the next call of the same kind goes on.
struct Upkeep: Sendable {
  let client: Client
  let scripts: UpkeepScripts
  let feedScripts: FeedScripts
  private let walks = Walks()

  init(client: Client, scripts: UpkeepScripts, feedScripts: FeedScripts) {
    self.client = client
    self.scripts = scripts
    self.feedScripts = feedScripts
  }

  /// Keys that are looked at in one round trip.
  private static let batch = 256

  func sweep(_ request: Sweep) throws(Failure) -> Progress {
    let keys = Keys(request.space)
    var purpose = [UInt8](text: "sweep")
    purpose.append(contentsOf: request.space)
    purpose.append(decimal: request.before)
    return try walk(purpose, keys, request.limit) { (batch, deadline) throws(Failure) in
      var changes: [Change] = []
      for found in try look(batch, deadline).keys {
        guard case .row(let selector, let head, _) = found.kind else { continue }
        guard head.revoked == 0, head.created < request.before else { continue }
        let tag = selector.span.shortened(to: 4)
        var change = Change(scripts.sweep, found.key)
        change.keys.append(found.key)
        change.keys.append(keys.live(tag))
        change.arguments.append(Keys.rest(selector))
        change.arguments.append(RedisStore.bounded(request.before))
        changes.append(change)
      }
      return try carryOut(changes, on: batch.pool, deadline)
    }
  }

  func purge(_ request: Purge) throws(Failure) -> Progress {
    let keys = Keys(request.space)
    var purpose = [UInt8](text: "purge")
    purpose.append(contentsOf: request.space)
    return try walk(purpose, keys, request.limit) { (batch, deadline) throws(Failure) in
      let seen = try look(batch, deadline)
      var changes: [Change] = []
      for found in seen.keys {
        switch found.kind {
        case .used(let until):
          if until <= seen.now { changes.append(Change(found.key)) }
        case .row(let selector, let head, let isSealed):
          let isOld = seen.now.subtractingClamped(request.retain) >= min(head.idleEnd, head.end)
          guard isOld || isSealed && seen.now.subtractingClamped(head.rotated) > request.grace else { continue }
          changes.append(removal(found.key, selector, request, keys))
        }
      }
      return try carryOut(changes, on: batch.pool, deadline)
    }
  }

  private func removal(_ key: [UInt8], _ selector: [UInt8], _ request: Purge, _ keys: Keys) -> Change {
    let tag = selector.span.shortened(to: 4)
    var change = Change(scripts.purge, key)
    change.keys.append(key)
    change.keys.append(keys.live(tag))
    change.keys.append(keys.names(tag))
    change.arguments.append(Keys.rest(selector))
    change.arguments.append(RedisStore.bounded(request.retain))
    change.arguments.append(RedisStore.bounded(request.grace))
    return change
  }

  func statistics(space: [UInt8]) throws(Failure) -> Statistics {
    let keys = Keys(space)
    var counts = Statistics()
    var length = Command("XLEN")
    length.append(keys.entries)
    guard let denials = try client.call(length, key: keys.feed, .reads, client.deadline).integer else {
      throw RedisStore.broken
    }
    counts.denials = denials
    var walk = Walk(client, keys.all)
    // The deadline is that of each round trip: all rows take as long as they take.
    while let batch = try walk.next(Upkeep.batch, client, client.deadline) {
      let seen = try look(batch, client.deadline)
      for found in seen.keys {
        switch found.kind {
        case .used: counts.consumed += 1
        case .row(_, let head, _):
          if head.revoked != 0 {
            counts.revoked += 1
          } else if head.isPastEnd(at: seen.now) {
            counts.expired += 1
          } else {
            counts.live += 1
          }
        }
      }
    }
    return counts
  }

  /// Goes on with a walk until there are `limit` changes, half of the time is over, or all is done.
  private func walk(
    _ purpose: [UInt8], _ keys: Keys, _ limit: Int, _ body: (Walk.Batch, Deadline) throws(Failure) -> Int64
  ) throws(Failure) -> Progress {
    let deadline = client.deadline
    var walk = walks.take(purpose) { Walk(client, keys.all) }
    var count: Int64 = 0
    let most = Int64(limit)
    let purges = purpose.span.starts(with: "purge")
    while purges, !walk.entry.isEmpty, count < most, deadline.left > deadline.total / 2 {
      count += try purgeFeed(&walk.entry, keys, most - count, deadline)
    }
    while count < most, deadline.left > deadline.total / 2 {
      let room = Int(truncatingIfNeeded: min(most - count, Int64(Upkeep.batch)))
      guard let batch = try walk.next(room, client, deadline) else { break }
      count += try body(batch, deadline)
    }
    let isDone = walk.isAtEnd && walk.isWhole(client)
    if !walk.isAtEnd { walks.keep(purpose, walk) }
    return Progress(count: count, more: !isDone)
  }

  /// Removes entries whose time is over from some of the feed.
  private func purgeFeed(
    _ entry: inout [UInt8], _ keys: Keys, _ limit: Int64, _ deadline: Deadline
  ) throws(Failure) -> Int64 {
    var passed = Arguments()
    passed.append(keys.entries)
    var arguments = Arguments()
    arguments.append(entry)
    arguments.append(1000)
    arguments.append(limit)
    let reply = try client.run(feedScripts.purge, key: keys.feed, passed, arguments, .writes, deadline)
    guard let answer = reply.array, let removed = answer.at(0)?.integer, let next = answer.at(1)?.bytes else {
      throw RedisStore.broken
    }
    entry = next
    return removed
  }

  /// A key and what is to be known of it.
  private struct Seen {
    enum Kind {
      case row(selector: [UInt8], Row.Head, isSealed: Bool)
      case used(until: Int64)
    }

    let key: [UInt8]
    let kind: Kind
  }

  /// Reads the beginnings of the rows, and the server's time.
  private func look(_ batch: Walk.Batch, _ deadline: Deadline) throws(Failure) -> (keys: [Seen], now: Int64) {
    var commands = [Command("TIME")]
    var found: [(key: [UInt8], kind: FoundKey)] = []
    for key in batch.keys {
      guard let kind = FoundKey(key.span) else { continue }
      found.append((key, kind))
      var command = Command("GETRANGE")
      command.append(key)
      command.append(0)
      command.append(Int64(Row.headCount - 1))
      commands.append(command)
    }
    let replies = try client.call(commands, on: batch.pool, deadline)
    guard let now = Upkeep.time(replies.at(0)) else { throw RedisStore.broken }
    var seen: [Seen] = []
    for index in found.indices {
      var reply = replies.at(index + 1)
      if case .error = reply {
        // Such as MOVED: the key is on its way.
        reply = try client.call(commands[index + 1], key: found[index].key, .reads, deadline)
      }
      guard let bytes = reply?.bytes else { throw RedisStore.broken }
      // Removed meanwhile.
      guard !bytes.isEmpty else { continue }
      seen.append(try Upkeep.seen(found[index].key, found[index].kind, bytes))
    }
    return (seen, now)
  }

  private static func seen(_ key: [UInt8], _ kind: FoundKey, _ bytes: [UInt8]) throws(Failure) -> Seen {
    switch kind {
    case .used:
      guard let until = bytes.span.decimal(upTo: .max) else { throw RedisStore.broken }
      return Seen(key: key, kind: .used(until: until))
    case .row(let selector):
      var cursor = RowCursor(bytes)
      guard let head = Row.Head(&cursor), let seal = cursor.byte() else { throw RedisStore.broken }
      return Seen(key: key, kind: .row(selector: selector, head, isSealed: seal != 0))
    }
  }

  /// Seconds and microseconds, in milliseconds.
  private static func time(_ reply: Reply?) -> Int64? {
    guard let parts = reply?.array, let seconds = parts.at(0)?.decimal(upTo: 1 << 40),
      let micros = parts.at(1)?.decimal(upTo: 999_999)
    else { return nil }
    return seconds * 1000 + micros / 1000
  }

  /// A script to run on a row, or the removal of a key.
  private struct Change {
    let script: Script?
    let key: [UInt8]
    var keys = Arguments()
    var arguments = Arguments()

    init(_ script: Script, _ key: [UInt8]) {
      self.script = script
      self.key = key
    }

    init(_ removed: [UInt8]) {
      script = nil
      key = removed
    }

    var command: Command {
      if let script { return script.command(whole: false, keys, arguments) }
      var command = Command("DEL")
      command.append(key)
      return command
    }
  }

  /// Makes the changes in one round trip, each of which may be made twice; how many were made.
  private func carryOut(_ changes: [Change], on pool: NodePool, _ deadline: Deadline) throws(Failure) -> Int64 {
    guard !changes.isEmpty else { return 0 }
    let replies = try client.call(changes.map { $0.command }, on: pool, deadline)
    var count: Int64 = 0
    for index in changes.indices {
      var reply = replies.at(index)
      if case .error = reply { reply = try again(changes[index], deadline) }
      guard let made = reply?.integer else { throw RedisStore.broken }
      count += made
    }
    return count
  }

  /// By itself, wherever the key is by now, and with the whole script.
  private func again(_ change: Change, _ deadline: Deadline) throws(Failure) -> Reply {
    guard let script = change.script else {
      return try client.call(change.command, key: change.key, .reads, deadline)
    }
    return try client.run(script, key: change.key, change.keys, change.arguments, .reads, deadline)
  }
}
