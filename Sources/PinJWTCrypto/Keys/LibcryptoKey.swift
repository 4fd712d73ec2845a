import COpenSSL

/// An RSA, EC or Ed448 key of libcrypto that has been checked, with contexts made ready for its algorithm: a signature
/// costs the copy of a context and the computation.
@safe public final class LibcryptoKey: @unchecked Sendable {
  // Sendable: nothing changes after init. libcrypto counts references atomically, and the contexts are only copied from.
  public let algorithm: Algorithm
  public let kind: Kind
  public let isPrivate: Bool
  let pkey: OpaquePointer
  private let verifying: OpaquePointer
  private let signing: OpaquePointer?

  public enum Kind: Sendable {
    case rsa
    case ec(Curve)
    case ed448
  }

  /// Takes over `pkey`, also when it throws.
  @unsafe static func make(
    _ algorithm: Algorithm, _ kind: Kind, owning pkey: OpaquePointer, isPrivate: Bool
  ) throws(Failure) -> LibcryptoKey {
    var verifying: OpaquePointer?
    do throws(Failure) {
      let context = try unsafe SignatureContext.verifying(algorithm, pkey)
      unsafe verifying = context
      let signing = unsafe isPrivate ? try SignatureContext.signing(algorithm, pkey) : nil
      return unsafe LibcryptoKey(algorithm, kind, pkey, isPrivate, context, signing)
    } catch {
      unsafe EVP_MD_CTX_free(verifying)
      unsafe EVP_PKEY_free(pkey)
      throw error
    }
  }

  @unsafe private init(
    _ algorithm: Algorithm, _ kind: Kind, _ pkey: OpaquePointer, _ isPrivate: Bool, _ verifying: OpaquePointer,
    _ signing: OpaquePointer?
  ) {
    self.algorithm = algorithm
    self.kind = kind
    self.isPrivate = isPrivate
    unsafe self.pkey = pkey
    unsafe self.verifying = verifying
    unsafe self.signing = signing
  }

  deinit {
    // Sound: each was made for this object and is released once.
    unsafe EVP_MD_CTX_free(verifying)
    unsafe EVP_MD_CTX_free(signing)
    unsafe EVP_PKEY_free(pkey)
  }

  /// The length of a JOSE signature (RFC 7518 §3.3 to §3.5, RFC 8032 §5.2.6).
  public var signatureLength: Int {
    switch kind {
    case .rsa: Int(unsafe EVP_PKEY_get_size(pkey))
    case .ec(let curve): 2 * curve.coordinateLength
    case .ed448: 114
    }
  }

  /// Writes the signature over `message` into the first `signatureLength` bytes of `signature`.
  func sign(_ message: borrowing Span<UInt8>, into signature: inout MutableSpan<UInt8>) throws(Failure) {
    guard let template = unsafe signing else { throw Failure(.keyUse, "key", "The key has no private half.") }
    switch kind {
    case .rsa, .ed448:
      let written = try unsafe SignatureContext.sign(template, message, into: &signature)
      guard written == signatureLength else { throw Failure.signingFailed }
    case .ec(let curve):
      var der = [UInt8](repeating: 0, count: Int(unsafe EVP_PKEY_get_size(pkey)))
      var target = der.mutableSpan
      let written = try unsafe SignatureContext.sign(template, message, into: &target)
      guard written <= der.count else { throw Failure.signingFailed }
      try ECDSASignature.write(der: der.span.extracting(first: written), curve, into: &signature)
    }
  }

  /// Whether `signature` is this key's over `message`.
  func verify(_ message: borrowing Span<UInt8>, _ signature: borrowing Span<UInt8>) throws(Failure) -> Bool {
    guard signature.count == signatureLength else { return false }
    switch kind {
    case .rsa, .ed448:
      return try unsafe SignatureContext.verify(verifying, message, signature)
    case .ec(let curve):
      let der = try ECDSASignature.der(signature, curve)
      return try unsafe SignatureContext.verify(verifying, message, der.span)
    }
  }
}

extension Failure {
  static var signingFailed: Failure { Failure(.crypto, "key", "libcrypto could not make the signature.") }
}
