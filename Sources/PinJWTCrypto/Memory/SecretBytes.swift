import CSodium

/// Bytes in guarded memory: between guard pages, left out of core dumps, locked where the system lets us, wiped when
/// released.
///
/// Locking is tried and not required: without privileges the usual limit is 8 MiB, about two thousand secrets.
@safe public final class SecretBytes: @unchecked Sendable {
  // Sendable: written only through `fill`, by the one owner that has just made it; read-only from then on.
  private let start: UnsafeMutableRawPointer
  public let count: Int

  // What can fail comes before the object is made, here and in every class: Embedded Swift does not release an object
  // whose initialiser throws.

  /// `count` zero bytes.
  public static func make(count: Int) throws(Failure) -> SecretBytes {
    guard count >= 0, sodium_init() >= 0, let memory = unsafe sodium_malloc(count) else {
      throw Failure(.memory, "secret", "Guarded memory for a secret could not be allocated.")
    }
    // Sound: sodium_malloc returned `count` writable bytes.
    unsafe sodium_memzero(memory, count)
    return unsafe SecretBytes(owning: memory, count: count)
  }

  /// A copy of `bytes`.
  public static func make(copying bytes: borrowing Span<UInt8>) throws(Failure) -> SecretBytes {
    let copy = try make(count: bytes.count)
    var target = copy.mutableBytes
    for index in bytes.indices { target[index] = bytes[index] }
    return copy
  }

  @unsafe private init(owning memory: UnsafeMutableRawPointer, count: Int) {
    unsafe start = memory
    self.count = count
  }

  deinit {
    // Sound: allocated by sodium_malloc and released once; sodium_free wipes it.
    unsafe sodium_free(start)
  }

  public var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    get {
      // Sound: `start` is valid for `count` initialised bytes as long as self, which the span borrows.
      let span = unsafe Span<UInt8>(_unsafeStart: start.assumingMemoryBound(to: UInt8.self), count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// For the maker of the secret only, before it is shared.
  public var mutableBytes: MutableSpan<UInt8> {
    @_lifetime(borrow self)
    get {
      // Sound: as for `bytes`; only the maker writes, before any other thread can see the object.
      let span = unsafe MutableSpan<UInt8>(_unsafeStart: start.assumingMemoryBound(to: UInt8.self), count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Calls `body` with the address of the bytes, valid inside the closure only.
  @unsafe func withPointer<Result>(_ body: (UnsafePointer<UInt8>, Int) -> Result) -> Result {
    unsafe body(start.assumingMemoryBound(to: UInt8.self), count)
  }
}
