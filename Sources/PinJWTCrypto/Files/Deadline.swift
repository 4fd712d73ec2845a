/// When an operation has to be over, by a clock that nobody sets.
public struct Deadline: Sendable {
  private let end: Int64
  /// How long the operation has in all, in milliseconds.
  public let total: Int64

  public init(after milliseconds: Int64) {
    total = milliseconds
    end = Clock.monotonicMilliseconds() + milliseconds
  }

  private init(end: Int64, total: Int64) {
    self.end = end
    self.total = total
  }

  /// Milliseconds, never below 0.
  public var left: Int64 { max(0, end - Clock.monotonicMilliseconds()) }

  public var isOver: Bool { left == 0 }

  /// Whether too little is left to begin with something.
  public var isAlmostOver: Bool { left <= total / 20 }

  /// One of the same operation that ends after so many milliseconds at the latest.
  public func limited(to milliseconds: Int64) -> Deadline {
    Deadline(end: min(end, Clock.monotonicMilliseconds() + milliseconds), total: total)
  }

  /// As poll takes it: at least a millisecond, at most a minute.
  public var poll: Int32 { Int32(truncatingIfNeeded: min(max(left, 1), 60_000)) }
}
