/// What an HMAC secret must be (RFC 7518 §3.2, RFC 8725 §3.5): as long as the hash at least, and not something public
/// that was taken for a secret (CVE-2016-10555 and its kin).
enum SecretCheck {
  /// Where a secret stands: as bytes, or as `k` of a JWK.
  enum Source {
    case bytes
    case jwk

    /// Public keys and moduli are longer than 255 bytes: RSA-2048's modulus has 256. A JWK says that it holds a secret,
    /// so length alone raises no suspicion there.
    var longest: Int { self == .bytes ? 255 : 1024 }

    var member: StaticString { self == .bytes ? "secret" : "k" }
  }

  static func check(
    _ algorithm: Algorithm, _ secret: borrowing Span<UInt8>, from source: Source
  ) throws(Failure) {
    guard let hash = algorithm.hash, algorithm.isSymmetric else { throw Failure.mismatch(algorithm) }
    let (what, count) = (Sentence(text: source.member), secret.count)
    if let kind = disguise(secret) {
      throw Failure(
        .keyFormat, what, "The secret is really \(kind); give \(hash.digestLength) or more random bytes instead.")
    }
    guard count >= hash.digestLength else {
      throw Failure(
        .keyWeak, what,
        "The secret has \(count) bytes; \(algorithm) requires at least \(hash.digestLength) random bytes (RFC 7518 section 3.2)."
      )
    }
    guard count <= source.longest else {
      throw Failure(
        .keyFormat, what,
        "The secret has \(count) bytes, at most \(source.longest) are accepted; give its hash, which is the same to HMAC."
      )
    }
    if let weakness = try SecretStrength.weakness(secret, leastBytes: hash.digestLength) {
      throw Failure(
        .keyWeak, what,
        "The secret \(weakness); make a random one with pinjwt_key_generate or \"openssl rand -hex \(hash.digestLength)\"."
      )
    }
  }

  /// What the bytes really are, when they are not a secret.
  private static func disguise(_ secret: borrowing Span<UInt8>) -> StaticString? {
    if secret.position(of: "-----BEGIN ", from: 0) != nil { return "a PEM text" }
    if secret.position(of: "---- BEGIN SSH2", from: 0) != nil { return "an SSH key" }
    if isDER(secret) { return "a key or certificate in DER" }
    let text = secret.trimmedOfMark()
    if text.starts(with: "ssh-") || text.starts(with: "ecdsa-sha2-") || text.starts(with: "sk-ssh-")
      || text.starts(with: "sk-ecdsa-")
    {
      return "an SSH key"
    }
    if isEnclosed(text, "{", "}") || isEnclosed(text, "[", "]") { return "a JSON text, such as a JWK" }
    if text.starts(with: "AAAA"), isSSHWire(text) { return "an SSH key" }
    if isBase64DER(text) { return "a key or certificate in base64" }
    if isHexDER(text) { return "a key or certificate in hexadecimal" }
    if secret.count > 11, secret[0] == 0, secret[1] == 0, secret[2] == 0,
      secret.extracting(4...).starts(with: "ssh-") || secret.extracting(4...).starts(with: "ecdsa-")
    {
      return "an SSH key"
    }
    return nil
  }

  private static func isEnclosed(_ text: borrowing Span<UInt8>, _ first: StaticString, _ last: StaticString) -> Bool {
    guard text.count >= 2, text.starts(with: first), text.extracting(last: 1).equals(last) else { return false }
    // Random bytes may begin and end by chance, but are not all of them printable.
    for index in text.indices where text[index] >= 0x7f || (text[index] < 0x20 && !Base64.isSpace(text[index])) {
      return false
    }
    return true
  }

  /// A SEQUENCE that is as long as the bytes are, and that begins as keys and certificates do: by an INTEGER or another
  /// SEQUENCE. One random secret of 2^22 looks like this.
  private static func isDER(_ bytes: borrowing Span<UInt8>) -> Bool {
    guard bytes.count > 8, bytes[0] == 0x30 else { return false }
    var header = 2
    var length = Int(bytes[1])
    if length >= 0x80 {
      let count = length & 0x7f
      guard count == 1 || count == 2 else { return false }
      length = 0
      for index in 0..<count { length = length << 8 | Int(bytes[2 + index]) }
      header += count
    }
    return header + length == bytes.count && (bytes[header] == 0x02 || bytes[header] == 0x30)
  }

  private static func isBase64DER(_ text: borrowing Span<UInt8>) -> Bool {
    guard text.starts(with: "M"), text.count <= DER.longest, let scratch = try? SecretBytes.make(count: text.count)
    else {
      return false
    }
    var target = scratch.mutableBytes
    guard let length = Base64.decode(text, into: &target, anyForm: true) else { return false }
    return isDER(scratch.bytes.extracting(first: length))
  }

  private static func isHexDER(_ text: borrowing Span<UInt8>) -> Bool {
    guard text.starts(with: "30"), text.count % 2 == 0, let scratch = try? SecretBytes.make(count: text.count / 2)
    else { return false }
    var target = scratch.mutableBytes
    for index in 0..<text.count / 2 {
      guard let high = nibble(text[2 * index]), let low = nibble(text[2 * index + 1]) else { return false }
      target[index] = high << 4 | low
    }
    return isDER(scratch.bytes)
  }

  private static func nibble(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// base64 of an SSH key: four bytes of length and a name that begins by "ssh-" or "ecdsa-".
  private static func isSSHWire(_ text: borrowing Span<UInt8>) -> Bool {
    text.starts(with: "AAAAB3NzaC") || text.starts(with: "AAAAC3NzaC") || text.starts(with: "AAAAE2VjZHNh")
      || text.starts(with: "AAAAGnNr") || text.starts(with: "AAAAInNr")
  }
}

extension KeyMaterial {
  /// An HMAC key from a secret's bytes.
  public init(_ algorithm: Algorithm, secret: borrowing Span<UInt8>) throws(Failure) {
    try SecretCheck.check(algorithm, secret, from: .bytes)
    try self.init(algorithm, judged: try SecretBytes.make(copying: secret))
  }

  /// An HMAC key from `k` of a JWK (RFC 7518 §6.4).
  public init(_ algorithm: Algorithm, k: SecretBytes) throws(Failure) {
    try SecretCheck.check(algorithm, k.bytes, from: .jwk)
    try self.init(algorithm, judged: k)
  }

  init(_ algorithm: Algorithm, judged secret: SecretBytes) throws(Failure) {
    guard let key = try HMACKey.make(algorithm, secret) else { throw Failure.mismatch(algorithm) }
    self = .hmac(key)
  }
}
