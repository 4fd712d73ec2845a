import COpenSSL
import CSodium

/// An HMAC secret (RFC 2104, RFC 7518 §3.2) with the hash states after its inner and outer pads, so that a token costs
/// only the hashing of its own bytes.
@safe public final class HMACKey: Sendable {
  public let algorithm: Algorithm
  public let secret: SecretBytes
  private let hash: SHA2
  /// The state behind the inner pad, then the one behind the outer pad.
  private let states: SecretBytes

  /// `secret` is one whose form has been judged; nil when `algorithm` is not HMAC.
  static func make(_ algorithm: Algorithm, _ secret: SecretBytes) throws(Failure) -> HMACKey? {
    guard algorithm.family == .hmac, let hash = algorithm.hash else { return nil }
    return HMACKey(algorithm, secret, hash, try paddedStates(hash, secret))
  }

  private init(_ algorithm: Algorithm, _ secret: SecretBytes, _ hash: SHA2, _ states: SecretBytes) {
    self.algorithm = algorithm
    self.secret = secret
    self.hash = hash
    self.states = states
  }

  public var signatureLength: Int { hash.digestLength }

  /// Writes the tag of `message` into the first `signatureLength` bytes of `tag`.
  func sign(_ message: borrowing Span<UInt8>, into tag: inout MutableSpan<UInt8>) throws(Failure) {
    guard tag.count >= hash.digestLength else { throw Failure(.crypto, "", "The buffer for the tag is too small.") }
    // Sound: the buffer has room for digestLength bytes, by the guard.
    unsafe withMutablePointer(&tag) { tag, _ in unsafe writeTag(message, to: tag) }
  }

  /// Whether `tag` is the tag of `message`; compared in constant time.
  func verify(_ message: borrowing Span<UInt8>, _ tag: borrowing Span<UInt8>) -> Bool {
    guard tag.count == hash.digestLength else { return false }
    // Sound: `expected` has digestLength bytes and `given` as many, by the guard.
    return unsafe withUnsafeTemporaryAllocation(byteCount: 64, alignment: 16) { memory in
      guard let expected = unsafe memory.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return false }
      unsafe writeTag(message, to: expected)
      let same = unsafe withPointer(tag) { given, count in unsafe sodium_memcmp(expected, given, count) == 0 }
      unsafe sodium_memzero(expected, 64)
      return same
    }
  }

  @unsafe private func writeTag(_ message: borrowing Span<UInt8>, to tag: UnsafeMutablePointer<UInt8>) {
    let length = hash.stateLength
    // Sound: `states` holds two states of `length` bytes; `memory` has room for one state and a digest of 64 bytes.
    unsafe withUnsafeTemporaryAllocation(byteCount: length + 64, alignment: 16) { memory in
      guard let state = memory.baseAddress else { return }
      let digest = unsafe state.advanced(by: length).assumingMemoryBound(to: UInt8.self)
      unsafe states.withPointer { inner, _ in
        unsafe state.copyMemory(from: inner, byteCount: length)
        unsafe withPointer(message) { bytes, count in unsafe hash.update(state, bytes, count) }
        unsafe hash.finish(state, digest)
        unsafe state.copyMemory(from: inner.advanced(by: length), byteCount: length)
        unsafe hash.update(state, digest, hash.digestLength)
        unsafe hash.finish(state, tag)
      }
      unsafe sodium_memzero(state, length + 64)
    }
  }

  /// The states after hashing secret XOR ipad and secret XOR opad; a secret longer than a block is hashed first.
  private static func paddedStates(_ hash: SHA2, _ secret: SecretBytes) throws(Failure) -> SecretBytes {
    let block = try SecretBytes.make(count: hash.blockLength)
    let states = try SecretBytes.make(count: 2 * hash.stateLength)
    var pad = block.mutableBytes
    var target = states.mutableBytes
    // Sound: every length is that of the memory it goes with. The states are hashed in aligned temporary memory and
    // copied, since guarded memory is placed by its end.
    unsafe withUnsafeTemporaryAllocation(byteCount: hash.stateLength, alignment: 16) { memory in
      guard let state = memory.baseAddress else { return }
      unsafe withMutablePointer(&pad) { pad, length in
        unsafe secret.withPointer { bytes, count in
          if count > length {
            unsafe hash.start(state)
            unsafe hash.update(state, bytes, count)
            unsafe hash.finish(state, pad)
          } else {
            unsafe pad.update(from: bytes, count: count)
          }
        }
        unsafe withMutablePointer(&target) { target, _ in
          for index in 0..<length { unsafe pad[index] ^= 0x36 }
          unsafe hash.start(state)
          unsafe hash.update(state, pad, length)
          unsafe UnsafeMutableRawPointer(target).copyMemory(from: state, byteCount: hash.stateLength)
          for index in 0..<length { unsafe pad[index] ^= 0x36 ^ 0x5c }
          unsafe hash.start(state)
          unsafe hash.update(state, pad, length)
          unsafe UnsafeMutableRawPointer(target + hash.stateLength).copyMemory(
            from: state, byteCount: hash.stateLength)
        }
      }
      unsafe sodium_memzero(state, hash.stateLength)
    }
    return states
  }
}

extension HMACKey {
  /// A secret of HS256's strength, judged as one that a caller gives for that algorithm is.
  public static func make(judging secret: borrowing Span<UInt8>) throws(Failure) -> HMACKey {
    try SecretCheck.check(.hs256, secret, from: .bytes)
    return try make256(try SecretBytes.make(copying: secret))
  }

  /// The key for one use of this secret, by its label.
  public func derived(_ label: StaticString) throws(Failure) -> HMACKey {
    var text: [UInt8] = []
    text.append(text: label)
    let secret = try SecretBytes.make(count: signatureLength)
    var target = secret.mutableBytes
    try sign(text.span, into: &target)
    return try HMACKey.make256(secret)
  }

  private static func make256(_ secret: SecretBytes) throws(Failure) -> HMACKey {
    guard let key = try make(.hs256, secret) else { throw Failure(.crypto, "", "The key for HMAC could not be made.") }
    return key
  }

  /// The tag of `message`, `signatureLength` bytes.
  public func tag(_ message: borrowing Span<UInt8>) throws(Failure) -> TransientSecret {
    let tag = TransientSecret(count: signatureLength)
    var target = tag.mutableBytes
    try sign(message, into: &target)
    return tag
  }
}

/// Whether both are the same, found in a time that does not tell where they differ.
public func equalInConstantTime(_ first: borrowing Span<UInt8>, _ second: borrowing Span<UInt8>) -> Bool {
  guard first.count == second.count else { return false }
  // Sound: both have `count` bytes.
  return unsafe withPointer(first) { first, count in
    unsafe withPointer(second) { second, _ in unsafe sodium_memcmp(first, second, count) == 0 }
  }
}
