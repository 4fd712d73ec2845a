import COpenSSL

/// The two forms of an ECDSA signature: R and S side by side in JOSE (RFC 7518 §3.4), DER in libcrypto.
enum ECDSASignature {
  /// The DER form of a JOSE signature whose length is that of the curve.
  static func der(_ signature: borrowing Span<UInt8>, _ curve: Curve) throws(Failure) -> [UInt8] {
    let length = curve.coordinateLength
    guard signature.count == 2 * length, let pair = unsafe ECDSA_SIG_new() else { throw Failure.libcryptoMemory }
    defer { unsafe ECDSA_SIG_free(pair) }
    let r = try unsafe number(signature.extracting(first: length))
    let s: OpaquePointer
    do throws(Failure) {
      unsafe s = try number(signature.extracting(last: length))
    } catch {
      unsafe BN_free(r)
      throw error
    }
    // Takes over both numbers; it fails only when one is NULL.
    guard unsafe ECDSA_SIG_set0(pair, r, s) == 1 else { throw Failure.libcryptoMemory }
    let size = Int(unsafe i2d_ECDSA_SIG(pair, nil))
    guard size > 0 else { throw Failure.libcryptoMemory }
    var bytes = [UInt8](repeating: 0, count: size)
    // Sound: libcrypto said that it writes `size` bytes.
    let written = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      var position = buffer.baseAddress
      return Int(unsafe i2d_ECDSA_SIG(pair, &position))
    }
    guard written == size else { throw Failure.libcryptoMemory }
    return bytes
  }

  /// Writes the JOSE form of a DER signature that libcrypto made.
  static func write(
    der: borrowing Span<UInt8>, _ curve: Curve, into signature: inout MutableSpan<UInt8>
  ) throws(Failure) {
    let length = curve.coordinateLength
    guard signature.count >= 2 * length else { throw Failure.signingFailed }
    // Sound: libcrypto reads at most `count` bytes.
    let pair = unsafe der.withUnsafeBufferPointer { buffer in
      var position = buffer.baseAddress
      return unsafe d2i_ECDSA_SIG(nil, &position, buffer.count)
    }
    guard let pair = unsafe pair else { throw Failure.signingFailed }
    defer { unsafe ECDSA_SIG_free(pair) }
    // Sound: two halves of `length` bytes each, by the guard.
    let written = unsafe signature.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return false }
      let size = Int32(truncatingIfNeeded: length)
      return unsafe BN_bn2binpad(ECDSA_SIG_get0_r(pair), base, size) == size
        && BN_bn2binpad(ECDSA_SIG_get0_s(pair), base.advanced(by: length), size) == size
    }
    guard written else { throw Failure.signingFailed }
  }

  @unsafe private static func number(_ bytes: borrowing Span<UInt8>) throws(Failure) -> OpaquePointer {
    // Sound: the buffer is valid for its count inside the closure.
    let number = unsafe bytes.withUnsafeBufferPointer {
      unsafe BN_bin2bn($0.baseAddress, Int32(truncatingIfNeeded: $0.count), nil)
    }
    guard let number = unsafe number else { throw Failure.libcryptoMemory }
    return unsafe number
  }
}
