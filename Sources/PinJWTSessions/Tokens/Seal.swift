import PinJWTCrypto

/// The verifier of a successor, sealed for who presents the token before it: so the same successor can be given again
/// without being stored. Only the old token and the pepper together open it.
struct Seal {
  let text: [UInt8]
  let nonce: [UInt8]

  /// Seals `next`, the verifier of the successor of `token`.
  static func make(_ next: TransientSecret, for token: RefreshToken) throws(Failure) -> Seal {
    let nonce = try randomBytes(16)
    let key = try stream(token, token.pepper, nonce)
    var text: [UInt8] = []
    for index in 0..<32 { text.append(next.bytes[index] ^ key.bytes[index]) }
    return Seal(text: text, nonce: nonce)
  }

  /// The verifier of the successor, if it was sealed under this pepper; nil when the seal is not one.
  ///
  /// That need not be the pepper of the token's text: where servers have them in another order, one token has two texts.
  func open(by token: RefreshToken, _ pepper: Pepper) throws(Failure) -> TransientSecret? {
    guard text.count == 32, nonce.count == 16 else { return nil }
    let key = try Seal.stream(token, pepper, nonce)
    let verifier = TransientSecret(count: 32)
    var bytes = verifier.mutableBytes
    for index in 0..<32 { bytes[index] = text[index] ^ key.bytes[index] }
    return verifier
  }

  private static func stream(
    _ token: RefreshToken, _ pepper: Pepper, _ nonce: [UInt8]
  ) throws(Failure) -> TransientSecret {
    let message = TransientSecret(count: 32 + 16 + 4 + 16)
    var bytes = message.mutableBytes
    let verifier = token.verifier.bytes
    for index in 0..<32 { bytes[index] = verifier[index] }
    for (index, byte) in token.selector.enumerated() where index < 16 { bytes[32 + index] = byte }
    for (index, byte) in RefreshToken.bytes(token.generation &+ 1).enumerated() { bytes[48 + index] = byte }
    for (index, byte) in nonce.enumerated() where index < 16 { bytes[52 + index] = byte }
    return try pepper.seal.tag(message.bytes)
  }
}

/// Bytes of the system's generator.
func randomBytes(_ count: Int) throws(Failure) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  var target = bytes.mutableSpan
  try fillRandomly(&target)
  return bytes
}
