import CSodium

/// Overwrites bytes so that no optimiser leaves it out.
public func wipe(_ bytes: inout MutableSpan<UInt8>) {
  // Sound: the buffer is valid for its count inside the closure.
  unsafe bytes.withUnsafeMutableBufferPointer { buffer in
    if let base = buffer.baseAddress { unsafe sodium_memzero(base, buffer.count) }
  }
}

/// Fills bytes from the system's generator.
public func fillRandomly(_ bytes: inout MutableSpan<UInt8>) throws(Failure) {
  guard sodium_init() >= 0 else { throw Failure(.crypto, "", "The random generator could not be started.") }
  // Sound: the buffer is valid for its count inside the closure.
  unsafe bytes.withUnsafeMutableBufferPointer { buffer in
    if let base = buffer.baseAddress { unsafe randombytes_buf(base, buffer.count) }
  }
}
