/// What a JWK's `key_ops` lets the key do (RFC 7517 §4.3).
struct KeyOperations: Sendable {
  let permitSigning: Bool
  let permitVerifying: Bool

  static var unrestricted: KeyOperations { KeyOperations(permitSigning: true, permitVerifying: true) }

  var isRestricted: Bool { !(permitSigning && permitVerifying) }

  func ofPublicHalf(canVerify: Bool) -> KeyOperations {
    isRestricted ? KeyOperations(permitSigning: false, permitVerifying: canVerify) : self
  }
}
