import CSodium

/// SipHash-2-4 under a random key: for hash tables whose keys others choose.
public struct ShortHash: Sendable {
  // Not an array: each hash would count references to it.
  private let key: InlineArray<16, UInt8>

  public init() throws(Failure) {
    var key = InlineArray<16, UInt8>(repeating: 0)
    var target = key.mutableSpan
    try fillRandomly(&target)
    self.key = key
  }

  public func hash(_ bytes: borrowing Span<UInt8>) -> UInt64 {
    var hash: UInt64 = 0
    // Sound: the hash has 8 bytes, the key the 16 of KEYBYTES, and the input is read in its count.
    unsafe withUnsafeMutableBytes(of: &hash) { target in
      guard let target = unsafe target.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
      unsafe withPointer(bytes) { bytes, count in
        unsafe withPointer(key.span) { key, _ in
          _ = unsafe crypto_shorthash(target, bytes, UInt64(truncatingIfNeeded: count), key)
        }
      }
    }
    return hash
  }
}
