import CLibSSL
import CPOSIX
import PinJWTCrypto

/// TLS over a socket of ours: libssl reads and writes memory only, so that it neither blocks nor raises a signal.
///
/// The server's certificate must lead to one that is trusted and be made out to the very host that was connected to.
@safe final class TLSSession {
  private let context: TLSContext
  private let session: OpaquePointer
  private let incoming: OpaquePointer
  private let outgoing: OpaquePointer
  private let node: NodeAddress
  private let buffer: UnsafeMutableRawBufferPointer

  static func make(_ context: TLSContext, _ node: NodeAddress) throws(Failure) -> TLSSession {
    ERR_clear_error()
    defer { ERR_clear_error() }
    guard let session = unsafe context.session() else { throw TLSContext.failed }
    guard let incoming = unsafe BIO_new(BIO_s_mem()) else {
      unsafe SSL_free(session)
      throw TLSContext.failed
    }
    guard let outgoing = unsafe BIO_new(BIO_s_mem()) else {
      unsafe BIO_free(incoming)
      unsafe SSL_free(session)
      throw TLSContext.failed
    }
    // The session owns both from here on.
    unsafe SSL_set_bio(session, incoming, outgoing)
    let made = unsafe TLSSession(context, session, incoming, outgoing, node)
    try made.expect(node)
    return made
  }

  @unsafe private init(
    _ context: TLSContext, _ session: OpaquePointer, _ incoming: OpaquePointer, _ outgoing: OpaquePointer,
    _ node: NodeAddress
  ) {
    self.context = context
    unsafe self.session = session
    unsafe self.incoming = incoming
    unsafe self.outgoing = outgoing
    self.node = node
    unsafe buffer = .allocate(byteCount: 16 << 10, alignment: 16)
  }

  deinit {
    // Sound: each was made once. Nothing is sent: what libssl may still write goes to memory.
    context.pass { unsafe SSL_free(session) }
    unsafe buffer.deallocate()
  }

  /// Whom the certificate has to be made out to.
  private func expect(_ node: NodeAddress) throws(Failure) {
    var host = node.host
    host.append(0)
    // Sound: the text ends in a NUL and is copied by libssl.
    let isSet = unsafe host.withUnsafeBytes { text in
      guard let name = unsafe text.baseAddress?.assumingMemoryBound(to: CChar.self) else { return false }
      guard unsafe posix_address_family(name) == 0 else {
        return unsafe X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), name) == 1
      }
      unsafe SSL_set_hostflags(session, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
      return unsafe SSL_set1_host(session, name) == 1 && tls_name_server(session, name) == 1
    }
    guard isSet else { throw TLSContext.failed }
  }

  func handshake(_ socket: Socket, _ deadline: Deadline) throws(Failure) {
    ERR_clear_error()
    defer { ERR_clear_error() }
    while true {
      let result = context.pass { unsafe SSL_connect(session) }
      // What libssl has to say after a failure stays here: nothing more goes to a server that is not trusted.
      guard unsafe result == 1 || SSL_get_error(session, result) == SSL_ERROR_WANT_READ else { throw refused }
      try flush(socket, deadline)
      if result == 1 { break }
      do throws(Failure) { try fill(socket, deadline) } catch { throw silent }
    }
    // libssl has judged it already; that it did is checked once more, since everything hangs on it.
    guard unsafe SSL_get_verify_result(session) == Int(X509_V_OK), unsafe SSL_get0_peer_certificate(session) != nil
    else { throw refused }
  }

  /// Encrypts and sends all of it.
  @unsafe func send(_ bytes: UnsafeRawBufferPointer, _ socket: Socket, _ deadline: Deadline) throws(Failure) {
    ERR_clear_error()
    defer { ERR_clear_error() }
    var written = 0
    let taken = context.pass { unsafe SSL_write_ex(session, bytes.baseAddress, bytes.count, &written) }
    guard taken == 1, written == bytes.count else { throw Broken.closed(node) }
    try flush(socket, deadline)
  }

  /// Waits for bytes, at most as many as there is room for.
  @unsafe func receive(
    _ room: UnsafeMutableRawBufferPointer, _ socket: Socket, _ deadline: Deadline
  ) throws(Failure) -> Int {
    ERR_clear_error()
    defer { ERR_clear_error() }
    while true {
      var got = 0
      let result = context.pass { unsafe SSL_read_ex(session, room.baseAddress, room.count, &got) }
      if result == 1, got > 0 { return got }
      guard unsafe SSL_get_error(session, result) == SSL_ERROR_WANT_READ else { throw Broken.closed(node) }
      // TLS may have something to say by itself.
      try flush(socket, deadline)
      try fill(socket, deadline)
    }
  }

  /// Whether all that came in has been received.
  var isDrained: Bool { unsafe SSL_pending(session) == 0 && tls_pending(incoming) == 0 }

  /// Sends what libssl wrote.
  private func flush(_ socket: Socket, _ deadline: Deadline) throws(Failure) {
    while unsafe tls_pending(outgoing) > 0 {
      var count = 0
      guard unsafe BIO_read_ex(outgoing, buffer.baseAddress, buffer.count, &count) == 1, count > 0,
        unsafe count <= buffer.count
      else { throw TLSContext.failed }
      try unsafe socket.send(UnsafeRawBufferPointer(rebasing: buffer[..<count]), deadline)
    }
  }

  /// Gives libssl what came in, having waited for it.
  private func fill(_ socket: Socket, _ deadline: Deadline) throws(Failure) {
    let got = try unsafe socket.receive(buffer, deadline)
    var taken = 0
    guard unsafe BIO_write_ex(incoming, buffer.baseAddress, got, &taken) == 1, taken == got else {
      throw TLSContext.failed
    }
  }

  private var silent: Failure {
    Failure(
      .store, "store", "The Redis server \(node.shown) did not go on with the TLS handshake; does it speak TLS there?")
  }

  /// Why the handshake failed.
  private var refused: Failure {
    let reason: Sentence
    switch unsafe Int32(truncatingIfNeeded: SSL_get_verify_result(session)) {
    case X509_V_OK: reason = "the TLS handshake failed; does it speak TLS 1.2 or 1.3 there?"
    case X509_V_ERR_HOSTNAME_MISMATCH: reason = "its certificate is made out to another host name."
    case X509_V_ERR_IP_ADDRESS_MISMATCH: reason = "its certificate is made out to another IP address."
    case X509_V_ERR_CERT_HAS_EXPIRED: reason = "its certificate has expired."
    case X509_V_ERR_CERT_NOT_YET_VALID: reason = "its certificate is not valid yet; is the clock right?"
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
      X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_SIGNATURE_FAILURE:
      reason = "its certificate is not signed by one of ca_file or of the system."
    case let other: reason = "its certificate is refused (error \(Int(other)) of libssl)."
    }
    return Failure(.store, "store", "The Redis server \(node.shown) is not trusted: \(reason)")
  }
}
