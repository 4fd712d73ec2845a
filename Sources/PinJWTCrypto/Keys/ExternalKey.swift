/// A key whose private half stays elsewhere: in a KMS, an HSM, a Vault. Only its public half is here.
public final class ExternalKey: Sendable {
  /// Writes the JOSE signature over the message; the number of bytes written, nil where it failed.
  public typealias Sign = @Sendable (borrowing Span<UInt8>, inout MutableSpan<UInt8>) -> Int?

  let publicHalf: KeyMaterial
  private let sign: Sign

  public init(_ publicHalf: KeyMaterial, sign: @escaping Sign) {
    self.publicHalf = publicHalf
    self.sign = sign
  }

  /// Asks for a signature and checks it, so that a wrong answer never leaves.
  func sign(_ message: borrowing Span<UInt8>, into signature: inout MutableSpan<UInt8>) throws(Failure) {
    let expected = publicHalf.signatureLength
    guard signature.count == expected else {
      throw Failure(.crypto, "", "The buffer for the signature has not its length.")
    }
    guard let written = sign(message, &signature) else {
      throw Failure(.crypto, "sign", "The external key did not answer SIGNED; see its own error.")
    }
    guard written == expected else {
      throw Failure(
        .crypto, "sign",
        "The external key gave a signature of \(written) bytes, \(expected) are needed; ECDSA is r and s side by side, not DER."
      )
    }
    guard try publicHalf.verify(message, signature: signature.span) else {
      throw Failure(
        .crypto, "sign", "The external key's signature is not that of its public half; check which key it signs with.")
    }
  }
}
