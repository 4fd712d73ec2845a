import CSodium

/// Secret bytes of one call, wiped when released, with a NUL behind them. In ordinary memory: guarded pages cost more than
/// a whole refresh.
@safe public final class TransientSecret: @unchecked Sendable {
  // Sendable: written only by its maker, before it is shared; read-only from then on.
  private let start: UnsafeMutablePointer<UInt8>
  public let count: Int

  /// `count` zero bytes. `count` must not be negative; it comes from the length of bytes that exist.
  public init(count: Int) {
    self.count = max(0, count)
    // Sound: one byte more than `count` for the NUL, all of it initialised here.
    unsafe start = UnsafeMutablePointer<UInt8>.allocate(capacity: self.count &+ 1)
    unsafe start.initialize(repeating: 0, count: self.count &+ 1)
  }

  deinit {
    // Sound: allocated by init with this size and released once.
    unsafe sodium_memzero(start, count &+ 1)
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

  /// For the maker only, before it is shared.
  public var mutableBytes: MutableSpan<UInt8> {
    @_lifetime(borrow self)
    get {
      // Sound: as for `bytes`; only the maker writes, before any other thread can see the object.
      let span = unsafe MutableSpan<UInt8>(_unsafeStart: start, count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The address of the bytes, valid as long as the object.
  @unsafe public var address: UnsafePointer<UInt8> { unsafe UnsafePointer(start) }
}
