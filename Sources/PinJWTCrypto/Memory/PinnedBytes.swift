/// Bytes at one address for as long as the object lives, with a NUL behind them: what the C ABI can lend to its caller.
@safe public final class PinnedBytes: @unchecked Sendable {
  // Sendable: written only by the maker, before any other thread can see the object; read-only from then on.
  private let start: UnsafeMutablePointer<UInt8>
  public let count: Int

  /// `count` zero bytes. `count` must not be negative; it comes from the length of bytes that exist.
  public init(count: Int) {
    let length = max(0, count)
    // Sound: one byte more than `count` for the NUL, all of it initialised here.
    unsafe start = UnsafeMutablePointer<UInt8>.allocate(capacity: length &+ 1)
    unsafe start.initialize(repeating: 0, count: length &+ 1)
    self.count = length
  }

  /// A copy of `bytes`.
  public convenience init(copying bytes: borrowing Span<UInt8>) {
    self.init(count: bytes.count)
    let target = unsafe start
    // Sound: `target` has room for `bytes.count` bytes, and the two do not overlap.
    unsafe bytes.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { unsafe target.update(from: base, count: source.count) }
    }
  }

  deinit {
    // Sound: allocated by init and released once.
    unsafe start.deallocate()
  }

  public var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    get {
      // Sound: `start` is valid for `count` initialised bytes as long as self, which the span borrows.
      let span = unsafe Span<UInt8>(_unsafeStart: start, count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// A copy of the bytes.
  public var array: [UInt8] {
    var copy: [UInt8] = []
    copy.append(bytes: bytes)
    return copy
  }

  /// For the maker only, before the object is shared.
  public var mutableBytes: MutableSpan<UInt8> {
    @_lifetime(borrow self)
    get {
      // Sound: as for `bytes`; only the maker writes.
      let span = unsafe MutableSpan<UInt8>(_unsafeStart: start, count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The address of the first byte, valid as long as this object: for lending to C.
  @unsafe public var address: UnsafePointer<UInt8> { unsafe UnsafePointer(start) }
}
