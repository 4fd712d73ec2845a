import CLibSSL
import PinJWTCrypto

/// What all TLS connections of a store have in common: TLS 1.2 or later, and whom to trust.
@safe final class TLSContext: @unchecked Sendable {
  // Sendable: not changed once it is made, and libssl counts its references atomically.
  private let context: OpaquePointer

  static func make(_ caFile: [UInt8]?) throws(Failure) -> TLSContext {
    ERR_clear_error()
    defer { ERR_clear_error() }
    guard let context = unsafe SSL_CTX_new(TLS_client_method()) else { throw TLSContext.failed }
    let made = unsafe TLSContext(context)
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

  @unsafe private init(_ context: OpaquePointer) {
    unsafe self.context = context
  }

  deinit {
    // Sound: made by SSL_CTX_new and released once; sessions have references of their own.
    unsafe SSL_CTX_free(context)
  }

  /// A new session, which the caller releases.
  @unsafe func session() -> OpaquePointer? { unsafe SSL_new(context) }

  static var failed: Failure { Failure(.crypto, "store", "libssl cannot make a TLS connection on this system.") }
}
