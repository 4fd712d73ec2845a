import PinJWTCrypto
import PinJWTStores

/// The feed of denials, and what else is kept for access tokens: the versions of users and used one-shot tokens.
struct DenialFeed: Sendable {
  let client: Client
  let scripts: FeedScripts

  /// The user's version is given out first, then told to the feed, then raised: a failure on the way denies too much.
  func bump(_ request: Bump) throws(Failure) -> Int64 {
    let deadline = client.deadline
    let versions = Keys(request.space).versions(request.tag.span)
    var passed = Arguments()
    passed.append(versions)
    var arguments = Arguments()
    arguments.append(request.user)
    let reply = try client.run(scripts.reserve, key: versions, passed, arguments, .writes, deadline)
    guard let version = reply.integer, version > 0 else { throw RedisStore.broken }
    let entry = Entry(kind: .user, key: request.user, value: version, until: 0)
    try append([entry], request.space, request.denial, deadline)
    arguments.append(version)
    _ = try client.run(scripts.raise, key: versions, passed, arguments, .writes, deadline)
    return version
  }

  func deny(_ request: Denial) throws(Failure) {
    let entry = Entry(kind: request.kind, key: request.key, value: request.value, until: request.until)
    try append([entry], request.space, request.terms, client.deadline)
  }

  /// Denies sessions.
  func deny(_ sids: [[UInt8]], _ space: [UInt8], _ terms: DenialTerms, _ deadline: Deadline) throws(Failure) {
    try append(sids.map { Entry(kind: .sid, key: $0, value: 0, until: 0) }, space, terms, deadline)
  }

  private struct Entry {
    let kind: FeedEntry.Kind
    let key: [UInt8]
    let value: Int64
    let until: Int64
  }

  private func append(
    _ entries: [Entry], _ space: [UInt8], _ terms: DenialTerms, _ deadline: Deadline
  ) throws(Failure) {
    let keys = Keys(space)
    let feed = keys.feed
    var passed = Arguments()
    passed.append(feed)
    passed.append(keys.entries)
    var arguments = Arguments()
    arguments.append(terms.mark)
    arguments.append(RedisStore.bounded(terms.keep))
    for entry in entries {
      arguments.append(Int64(entry.kind.rawValue))
      arguments.append(DenialFeed.bigEndian(entry.value))
      arguments.append(RedisStore.bounded(entry.until))
      arguments.append(entry.key)
    }
    let reply = try client.run(scripts.append, key: feed, passed, arguments, .writes, deadline)
    guard reply.array?.at(0)?.integer != nil else { throw RedisStore.broken }
  }

  private static func bigEndian(_ number: Int64) -> [UInt8] {
    var bytes: [UInt8] = []
    for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    return bytes
  }

  /// Entries in one answer, so that it stays within bounds.
  private static let mostEntries = 8192

  func read(_ request: FeedRequest) throws(Failure) -> FeedPage {
    let keys = Keys(request.space)
    let feed = keys.feed
    var passed = Arguments()
    passed.append(feed)
    passed.append(keys.entries)
    var arguments = Arguments()
    arguments.append(request.position.epoch)
    arguments.append(RedisStore.bounded(request.position.sequence))
    arguments.append(request.position.mark)
    arguments.append(Int64(min(max(request.limit, 1), DenialFeed.mostEntries)))
    arguments.append(request.epoch)
    let reply = try client.run(scripts.read, key: feed, passed, arguments, .reads, client.deadline)
    guard let answer = reply.array, let page = DenialFeed.page(answer) else { throw RedisStore.broken }
    return page
  }

  private static func page(_ answer: [Reply]) -> FeedPage? {
    guard let now = answer.at(0)?.integer, let epoch = answer.at(1)?.bytes,
      let last = answer.at(2)?.decimal(), let mark = answer.at(3)?.bytes,
      let more = answer.at(4)?.integer
    else { return nil }
    var page = FeedPage(
      entries: [], position: FeedPosition(epoch: epoch, sequence: last, mark: mark), more: more == 1, now: now)
    var index = 5
    while index < answer.count {
      guard let id = answer.at(index)?.bytes, let text = answer.at(index + 1)?.bytes,
        let read = entry(id.span, text)
      else { return nil }
      page.entries.append(read.entry)
      page.position.sequence = read.entry.sequence
      page.position.mark = read.mark
      index += 2
    }
    return page
  }

  /// An entry under an id such as 17-0.
  private static func entry(_ id: borrowing Span<UInt8>, _ text: [UInt8]) -> (entry: FeedEntry, mark: [UInt8])? {
    var cursor = RowCursor(text)
    guard let dash = id.position(of: "-", from: 0), let sequence = id.extracting(0..<dash).decimal(upTo: .max),
      let code = cursor.byte(), let kind = FeedEntry.Kind(rawValue: Int32(code)), let mark = cursor.take(8),
      let value = cursor.number(), let until = cursor.number()
    else { return nil }
    return (FeedEntry(sequence: sequence, kind: kind, key: cursor.rest(), value: value, until: until), mark)
  }

  func consume(_ request: Consumption) throws(Failure) -> Bool {
    let key = Keys(request.space).used(request.key)
    var passed = Arguments()
    passed.append(key)
    var arguments = Arguments()
    arguments.append(RedisStore.bounded(request.until))
    let reply = try client.run(scripts.consume, key: key, passed, arguments, .writes, client.deadline)
    guard let first = reply.integer else { throw RedisStore.broken }
    return first == 1
  }
}
