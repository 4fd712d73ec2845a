import CPinJWT
import PinJWTCrypto
import PinJWTStoreABI

// Results that go out: the status, the error, texts in the caller's buffers.

/// A buffer of the caller's for a text that ends in NUL.
@safe struct Output {
  private let buffer: UnsafeMutablePointer<CChar>?
  private let capacity: Int
  private let length: UnsafeMutablePointer<Int>?

  init(
    _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int, _ length: UnsafeMutablePointer<Int>?
  ) throws(Failure) {
    guard capacity >= 0 else { throw Failure(.argument, "cap", "The argument cap is not a size that memory can have.") }
    guard unsafe buffer != nil || capacity == 0 else {
      throw Failure(.argument, "buf", "The argument buf is NULL, but cap is not 0.")
    }
    unsafe self.buffer = buffer
    self.capacity = capacity
    unsafe self.length = length
  }

  /// Refuses a buffer that does not hold `needed` bytes, and says how many do.
  func require(_ needed: Int) throws(Failure) {
    guard capacity < needed else { return }
    unsafe length?.pointee = needed
    throw Failure(.buffer, "cap", "The buffer has \(capacity) bytes, \(needed) are needed.")
  }

  /// Writes the text and its NUL.
  func write(_ bytes: borrowing Span<UInt8>) throws(Failure) {
    try require(bytes.count + 1)
    guard let buffer = unsafe buffer else { return }
    // Sound: `require` has seen room for the text and its NUL, and the caller's buffer does not overlap ours.
    unsafe bytes.withUnsafeBufferPointer { source in
      if let base = source.baseAddress {
        unsafe UnsafeMutableRawPointer(buffer).copyMemory(from: base, byteCount: source.count)
      }
    }
    unsafe buffer[bytes.count] = 0
    unsafe length?.pointee = bytes.count
  }
}
