import PinJWTCrypto

/// The text of a ring sealed with a passphrase: a JSON object that says how to open it.
public enum SealedKeyRing {
  /// Whether a ring's text is sealed.
  public static func isSealed(_ text: Span<UInt8>) -> Bool { text.position(of: "\"sealed\"", from: 0) != nil }

  public static func seal(_ text: borrowing Span<UInt8>, _ key: PassphraseKey) throws(Failure) -> [UInt8] {
    let head = head(key.salt, key.cost)
    let (nonce, sealed) = try key.seal(text, head.span)
    return whole(head, nonce, sealed)
  }

  private static func whole(_ head: [UInt8], _ nonce: [UInt8], _ sealed: [UInt8]) -> [UInt8] {
    var json = head
    json.append(text: ",\"nonce\":\"")
    json.append(base64URL: nonce.span)
    json.append(text: "\",\"sealed\":\"")
    json.append(base64URL: sealed.span)
    json.append(text: "\"}\n")
    return json
  }

  /// What is opened with, and the text. `known` saves the derivation where the salt is still the same.
  public static func open(
    _ text: Span<UInt8>, _ passphrase: SecretBytes, known: PassphraseKey?
  ) throws(Failure) -> (PassphraseKey, SecretBytes) {
    let decoded = PinnedBytes(copying: text)
    var target = decoded.mutableBytes
    let members: [JSONMember]
    do throws(JSONFault) {
      members = try JSONScanner.members(text, decoding: &target)
    } catch {
      throw Failure.damagedKeyRing
    }
    let view = JSONView(text: text, decoded: decoded.bytes, members: members)
    guard let salt = bytes(view, "salt"), let nonce = bytes(view, "nonce"), let sealed = bytes(view, "sealed"),
      salt.count == PassphraseKey.saltLength, let operations = number(view, "opslimit"),
      let memory = number(view, "memlimit"), let cost = PassphraseCost(operations: operations, memory: memory)
    else { throw Failure.damagedKeyRing }
    let head = head(salt, cost)
    // Nothing but what `seal` writes, byte for byte: so the version and the names of the algorithms are judged too.
    let expected = whole(head, nonce, sealed)
    guard text.equals(expected.span) else { throw Failure.damagedKeyRing }
    let key =
      if let known, known.salt == salt, known.cost == cost { known } else {
        try PassphraseKey.make(passphrase, salt: salt, cost)
      }
    guard let opened = try key.open(sealed.span, nonce: nonce, head.span) else {
      throw Failure(
        .keyPassphrase, "passphrase", "The passphrase does not open the key ring, or the file has been changed.")
    }
    return (key, opened)
  }

  /// The part that is not encrypted, to which the rest is bound.
  private static func head(_ salt: [UInt8], _ cost: PassphraseCost) -> [UInt8] {
    var json: [UInt8] = []
    json.append(text: "{\"pinjwt_keyring\":1,\"kdf\":\"argon2id13\",\"opslimit\":")
    json.append(decimal: Int64(clamping: cost.operations))
    json.append(text: ",\"memlimit\":")
    json.append(decimal: Int64(cost.memory))
    json.append(text: ",\"salt\":\"")
    json.append(base64URL: salt.span)
    json.append(text: "\",\"cipher\":\"xchacha20-poly1305\"")
    return json
  }

  private static func bytes(_ view: borrowing JSONView, _ name: StaticString) -> [UInt8]? {
    guard let value = view.value(name), value.kind == .string else { return nil }
    return Base64URL.decode(view.string(value))
  }

  private static func number(_ view: borrowing JSONView, _ name: StaticString) -> Int64? {
    guard let value = view.value(name), value.kind == .number else { return nil }
    return JSONNumber.integer(view.source(value))?.floor
  }
}
