import CPinJWT
import PinJWTStores

// Where a store's answer collects. Sound throughout: the pointer is that of a sink which lives until the store's function
// has returned, by which time it calls no more.

final class RowSink {
  private var sessions: [Session] = []
  private var isMalformed = false

  @unsafe static func at(_ sink: UnsafeMutableRawPointer?) -> RowSink? {
    guard let sink = unsafe sink else { return nil }
    return unsafe Unmanaged<RowSink>.fromOpaque(sink).takeUnretainedValue()
  }

  @unsafe func add(_ row: UnsafePointer<pinjwt_session_row>?) {
    do throws(Malformed) {
      guard let row = unsafe row else { throw Malformed() }
      sessions.append(try unsafe take(row))
    } catch {
      isMalformed = true
    }
  }

  /// The rows, if all were well formed.
  var all: [Session]? { isMalformed ? nil : sessions }

  /// The one row that there has to be.
  var only: Session? { isMalformed || sessions.count != 1 ? nil : sessions.first }
}

final class SinkPair {
  let first: RowSink
  let second: RowSink

  init(_ first: RowSink, _ second: RowSink) {
    self.first = first
    self.second = second
  }

  @unsafe static func at(_ sink: UnsafeMutableRawPointer?) -> SinkPair? {
    guard let sink = unsafe sink else { return nil }
    return unsafe Unmanaged<SinkPair>.fromOpaque(sink).takeUnretainedValue()
  }
}

final class FeedSink {
  private(set) var entries: [FeedEntry] = []
  private(set) var position: FeedPosition?
  private(set) var isMalformed = false

  @unsafe static func at(_ sink: UnsafeMutableRawPointer?) -> FeedSink? {
    guard let sink = unsafe sink else { return nil }
    return unsafe Unmanaged<FeedSink>.fromOpaque(sink).takeUnretainedValue()
  }

  @unsafe func add(_ entry: UnsafePointer<pinjwt_feed_entry>?) {
    do throws(Malformed) {
      guard let entry = unsafe entry else { throw Malformed() }
      entries.append(try unsafe take(entry))
    } catch {
      isMalformed = true
    }
  }

  @unsafe func set(_ position: UnsafePointer<pinjwt_feed_position>?) {
    do throws(Malformed) {
      guard let position = unsafe position else { throw Malformed() }
      self.position = try unsafe take(position.pointee)
    } catch {
      isMalformed = true
    }
  }
}
