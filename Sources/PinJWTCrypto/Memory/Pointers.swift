// Spans as C wants them: a pointer that is never NULL, and a count.

/// Calls `body` with the address of `bytes`, valid for that many bytes inside the closure only.
@unsafe func withPointer<Result>(
  _ bytes: borrowing Span<UInt8>, _ body: (UnsafePointer<UInt8>, Int) -> Result
) -> Result {
  unsafe bytes.withUnsafeBufferPointer { buffer in
    if let base = buffer.baseAddress { return unsafe body(base, buffer.count) }
    var none: UInt8 = 0
    return unsafe withUnsafePointer(to: &none) { unsafe body($0, 0) }
  }
}

/// Calls `body` with the address of `bytes`, valid for writing that many bytes inside the closure only.
@unsafe func withMutablePointer<Result>(
  _ bytes: inout MutableSpan<UInt8>, _ body: (UnsafeMutablePointer<UInt8>, Int) -> Result
) -> Result {
  unsafe bytes.withUnsafeMutableBufferPointer { buffer in
    if let base = buffer.baseAddress { return unsafe body(base, buffer.count) }
    var none: UInt8 = 0
    return unsafe withUnsafeMutablePointer(to: &none) { unsafe body($0, 0) }
  }
}
