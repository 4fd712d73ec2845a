import COpenSSL

/// The hashes that JWS algorithms use (FIPS 180-4).
enum SHA2: Sendable {
  case sha256
  case sha384
  case sha512

  var digestLength: Int {
    switch self {
    case .sha256: 32
    case .sha384: 48
    case .sha512: 64
    }
  }

  /// The block length B of HMAC (RFC 2104).
  var blockLength: Int { self == .sha256 ? 64 : 128 }

  /// The size of the hash's running state.
  var stateLength: Int {
    switch self {
    case .sha256: MemoryLayout<SHA256_CTX>.size
    case .sha384, .sha512: MemoryLayout<SHA512_CTX>.size
    }
  }

  /// libcrypto's name for the hash; a pointer to a constant.
  var evp: OpaquePointer? {
    switch self {
    case .sha256: unsafe EVP_sha256()
    case .sha384: unsafe EVP_sha384()
    case .sha512: unsafe EVP_sha512()
    }
  }

  // The four steps on a state of `stateLength` bytes, aligned as SHA512_CTX is. They cannot fail: libcrypto's functions
  // return 0 only for digest lengths that it does not know.

  @unsafe func start(_ state: UnsafeMutableRawPointer) {
    switch self {
    case .sha256: _ = unsafe SHA256_Init(state.assumingMemoryBound(to: SHA256_CTX.self))
    case .sha384: _ = unsafe SHA384_Init(state.assumingMemoryBound(to: SHA512_CTX.self))
    case .sha512: _ = unsafe SHA512_Init(state.assumingMemoryBound(to: SHA512_CTX.self))
    }
  }

  @unsafe func update(_ state: UnsafeMutableRawPointer, _ data: UnsafeRawPointer?, _ count: Int) {
    guard count > 0 else { return }
    switch self {
    case .sha256: _ = unsafe SHA256_Update(state.assumingMemoryBound(to: SHA256_CTX.self), data, count)
    case .sha384: _ = unsafe SHA384_Update(state.assumingMemoryBound(to: SHA512_CTX.self), data, count)
    case .sha512: _ = unsafe SHA512_Update(state.assumingMemoryBound(to: SHA512_CTX.self), data, count)
    }
  }

  @unsafe func finish(_ state: UnsafeMutableRawPointer, _ digest: UnsafeMutablePointer<UInt8>) {
    switch self {
    case .sha256: _ = unsafe SHA256_Final(digest, state.assumingMemoryBound(to: SHA256_CTX.self))
    case .sha384: _ = unsafe SHA384_Final(digest, state.assumingMemoryBound(to: SHA512_CTX.self))
    case .sha512: _ = unsafe SHA512_Final(digest, state.assumingMemoryBound(to: SHA512_CTX.self))
    }
  }
}

/// SHA-256 of public bytes, such as a JWK thumbprint's input (RFC 7638 §3).
public func sha256(_ bytes: borrowing Span<UInt8>) -> [UInt8] {
  let hash = SHA2.sha256
  var digest = [UInt8](repeating: 0, count: hash.digestLength)
  // Sound: the state is aligned and large enough, the digest has digestLength bytes, and the input is read in its count.
  unsafe withUnsafeTemporaryAllocation(byteCount: hash.stateLength, alignment: 16) { memory in
    guard let state = memory.baseAddress else { return }
    unsafe hash.start(state)
    unsafe withPointer(bytes) { bytes, count in unsafe hash.update(state, bytes, count) }
    var target = digest.mutableSpan
    unsafe withMutablePointer(&target) { target, _ in unsafe hash.finish(state, target) }
  }
  return digest
}
