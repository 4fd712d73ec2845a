import CLibSSL
import PinJWTCrypto

/// What all TLS connections of a store have in common: TLS 1.2 or later, and whom to trust.
@safe final class TLSContext: @unchecked Sendable {
  // Sendable: not changed once it is made, and libssl counts its references atomically.
  private let context: OpaquePointer
  /// A fork in the middle of a handshake would leave locks of libssl and libcrypto to the child that nobody there holds.
  private let gate: ForkGate

  /// How long a fork waits for what libssl does, none of which waits for the network, in milliseconds.
  private static let longestWait: Int64 = 1000

  static func make(_ caFile: [UInt8]?) throws(Failure) -> TLSContext {
    let gate = try ForkGate.shared(waiting: longestWait)
    return try gate.pass { () throws(Failure) in try make(caFile, gate) }
  }

  private static func make(_ caFile: [UInt8]?, _ gate: ForkGate) throws(Failure) -> TLSContext {
    ERR_clear_error()
    defer { ERR_clear_error() }
    guard let context = unsafe SSL_CTX_new(TLS_client_method()) else { throw TLSContext.failed }
    let made = unsafe TLSContext(context, gate)
    guard unsafe tls_require_1_2(context) == 1 else { throw TLSContext.failed }
    unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
    guard var path = caFile else {
      guard unsafe SSL_CTX_set_default_verify_paths(context) == 1 else { throw TLSContext.failed }
      return made
    }
    path.append(0)
    // Sound: the path ends in a NUL.
    let isLoaded = unsafe path.withUnsafeBytes { text in
      unsafe SSL_CTX_load_verify_locations(context, text.baseAddress?.assumingMemoryBound(to: CChar.self), nil) == 1
    }
    guard isLoaded else {
      throw Failure(
        .argument, "ca_file", "The file of the option ca_file cannot be read or holds no certificate in PEM.")
    }
    return made
  }

  @unsafe private init(_ context: OpaquePointer, _ gate: ForkGate) {
    unsafe self.context = context
    self.gate = gate
  }

  deinit {
    // Sound: made by SSL_CTX_new and released once; sessions have references of their own.
    unsafe SSL_CTX_free(context)
  }

  /// A new session, which the caller releases.
  @unsafe func session() -> OpaquePointer? { unsafe pass { unsafe SSL_new(context) } }

  /// Calls libssl while no fork happens.
  func pass<Result>(_ call: () -> Result) -> Result { gate.pass(call) }

  static var failed: Failure { Failure(.crypto, "store", "libssl cannot make a TLS connection on this system.") }
}
