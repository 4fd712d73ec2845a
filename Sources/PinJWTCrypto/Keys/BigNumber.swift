import COpenSSL

/// A number of libcrypto, wiped when it is released.
@safe struct BigNumber: ~Copyable {
  let pointer: OpaquePointer

  /// Zero; its digits are wiped whenever libcrypto moves or frees them.
  init() throws(Failure) {
    guard let number = unsafe BN_secure_new() else { throw Failure.libcryptoMemory }
    unsafe pointer = number
  }

  /// Takes over a number that the caller owns.
  @unsafe init(owning number: OpaquePointer) {
    unsafe pointer = number
  }

  /// The number that `bytes` are in big-endian order.
  init(_ bytes: borrowing Span<UInt8>) throws(Failure) {
    guard let length = Int32(exactly: bytes.count), let number = unsafe BN_secure_new() else {
      throw Failure.libcryptoMemory
    }
    // Sound: the pointer is valid for `length` bytes inside the closure.
    let read = unsafe withPointer(bytes) { bytes, _ in unsafe BN_bin2bn(bytes, length, number) }
    guard unsafe read != nil else {
      unsafe BN_clear_free(number)
      throw Failure.libcryptoMemory
    }
    unsafe pointer = number
  }

  deinit {
    unsafe BN_clear_free(pointer)
  }

  var bitCount: Int { Int(unsafe BN_num_bits(pointer)) }
  var byteCount: Int { (bitCount + 7) / 8 }
  var isOdd: Bool { unsafe BN_is_odd(pointer) == 1 }
  var isOne: Bool { unsafe BN_is_one(pointer) == 1 }

  func equals(_ other: borrowing BigNumber) -> Bool { unsafe BN_cmp(pointer, other.pointer) == 0 }
  func isBelow(_ other: borrowing BigNumber) -> Bool { unsafe BN_cmp(pointer, other.pointer) < 0 }

  /// Writes the number big-endian over all of `target`; false when it does not fit.
  func write(to target: inout MutableSpan<UInt8>) -> Bool {
    guard let length = Int32(exactly: target.count) else { return false }
    let number = unsafe pointer
    // Sound: the pointer is valid for `length` bytes inside the closure.
    return unsafe withMutablePointer(&target) { target, _ in unsafe BN_bn2binpad(number, target, length) == length }
  }

  /// The big-endian form of a public number, in `length` bytes or the fewest.
  func publicBytes(length: Int? = nil) throws(Failure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: length ?? byteCount)
    var target = bytes.mutableSpan
    guard write(to: &target) else { throw Failure.libcryptoMemory }
    return bytes
  }

  /// The big-endian form of a secret number, in `length` bytes or the fewest.
  func secretBytes(length: Int? = nil) throws(Failure) -> SecretBytes {
    let bytes = try SecretBytes.make(count: length ?? byteCount)
    var target = bytes.mutableBytes
    guard write(to: &target) else { throw Failure.libcryptoMemory }
    return bytes
  }
}

extension Failure {
  /// libcrypto could not do what only a lack of memory prevents.
  static var libcryptoMemory: Failure { Failure(.memory, "", "libcrypto could not allocate memory.") }
}
