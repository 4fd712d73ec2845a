import PinJWTStores

/// The denials of a space, in the order in which they were written.
struct MemoryFeed {
  /// Empty until the first read.
  var epoch: [UInt8]
  var entries: [(entry: FeedEntry, mark: [UInt8])] = []
  /// The last one ever written, which may have been removed since.
  private var last = (sequence: Int64(0), mark: [UInt8]())

  init(epoch: [UInt8]) {
    self.epoch = epoch
  }

  mutating func append(_ kind: FeedEntry.Kind, _ key: [UInt8], _ value: Int64, until: Int64, _ mark: [UInt8]) {
    last = (last.sequence.addingClamped(1), mark)
    entries.append((FeedEntry(sequence: last.sequence, kind: kind, key: key, value: value, until: until), mark))
  }

  func page(_ request: FeedRequest, at now: Int64) -> FeedPage {
    let after = knows(request.position) ? request.position.sequence : 0
    let start = entries.firstIndex { $0.entry.sequence > after } ?? entries.count
    let page = entries[start...].prefix(request.limit)
    let isLast = start + page.count == entries.count
    let end = isLast ? last : (page.last?.entry.sequence ?? 0, page.last?.mark ?? [])
    return FeedPage(
      entries: page.map { $0.entry }, position: FeedPosition(epoch: epoch, sequence: end.0, mark: end.1), more: !isLast,
      now: now)
  }

  private func knows(_ position: FeedPosition) -> Bool {
    guard position.epoch == epoch else { return false }
    if position.sequence == last.sequence { return position.mark == last.mark }
    return entries.contains { $0.entry.sequence == position.sequence && $0.mark == position.mark }
  }
}
