import CPinJWT
import PinJWTCrypto

/// Fills in the C form of a failure: printable ASCII, as much as leaves room for the NUL.
@unsafe public func fill(_ err: inout pinjwt_error, _ failure: Failure) {
  var filled = pinjwt_error()
  filled.status = failure.status.c
  unsafe withUnsafeMutableBytes(of: &filled.what) { unsafe copy(failure.what, to: $0) }
  unsafe withUnsafeMutableBytes(of: &filled.message) { unsafe copy(failure.message, to: $0) }
  err = filled
}

extension Status {
  /// The number in the header, of which each case has one.
  public var c: pinjwt_status { pinjwt_status(rawValue: UInt32(truncatingIfNeeded: rawValue)) }
}

@unsafe private func copy(_ sentence: Sentence, to target: UnsafeMutableRawBufferPointer) {
  for (index, byte) in sentence.bytes.enumerated() where index < target.count - 1 {
    unsafe target[index] = byte >= 0x20 && byte < 0x7f ? byte : UInt8(ascii: "?")
  }
}
