import COpenSSL

extension KeyMaterial {
  /// The one key in a PEM text (RFC 7468); blocks of EC parameters before it are passed over. Nothing ever prompts: an
  /// encrypted key without a passphrase is refused.
  public init(
    _ algorithm: Algorithm, pem text: borrowing Span<UInt8>, passphrase: borrowing Span<UInt8>
  ) throws(Failure) {
    guard !algorithm.isSymmetric else { throw Failure.mismatch(algorithm) }
    guard text.count <= DER.longest else {
      throw Failure(.keyFormat, "pem", "A key has at most \(DER.longest) bytes of PEM, this text has \(text.count).")
    }
    guard let block = try PEM.onlyBlock(text) else {
      throw Failure(
        .keyFormat, "pem", "The text holds no PEM block; it must have a BEGIN and an END line around the key.")
    }
    self = try PEM.key(algorithm, text, block, passphrase)
  }

  /// The key as PEM: PKCS#8 "PRIVATE KEY" or SPKI "PUBLIC KEY". A secret has no such form.
  public func pem(privateHalf: Bool) throws(Failure) -> SecretText {
    if case .hmac = self {
      throw Failure(.keyMismatch, "key", "An HMAC secret has no PEM form; write it as a JWK.")
    }
    guard isPrivate || !privateHalf else { throw Failure(.keyUse, "key", "The key has no private half to write.") }
    var text = try SecretText(capacity: 1024)
    try text.append(text: privateHalf ? "-----BEGIN PRIVATE KEY-----\n" : "-----BEGIN PUBLIC KEY-----\n")
    if privateHalf {
      let der = try pkcs8()
      try Base64.append(der.bytes, to: &text)
    } else {
      let der = try spki()
      try Base64.append(der.bytes, to: &text)
    }
    try text.append(text: privateHalf ? "-----END PRIVATE KEY-----\n" : "-----END PUBLIC KEY-----\n")
    return text
  }
}

enum PEM {
  /// The block that holds the key. Two of them would leave open which is meant.
  static func onlyBlock(_ text: borrowing Span<UInt8>) throws(Failure) -> PEMBlock? {
    var found: PEMBlock?
    var position = 0
    while let block = try PEMBlock.next(text, from: position) {
      position = block.end
      if found == nil, text.extracting(block.label).equals("EC PARAMETERS") { continue }
      guard found == nil else {
        throw Failure(.keyFormat, "pem", "The text holds more than one PEM block; give the key alone.")
      }
      found = block
    }
    return found
  }

  static func key(
    _ algorithm: Algorithm, _ text: borrowing Span<UInt8>, _ block: PEMBlock, _ passphrase: borrowing Span<UInt8>
  ) throws(Failure) -> KeyMaterial {
    let label = text.extracting(block.label)
    let der = try block.decoded(text)
    if label.equals("ENCRYPTED PRIVATE KEY") {
      try requirePassphrase(passphrase)
      return try DER.key(algorithm, encrypted: der.bytes, passphrase)
    }
    let form = try form(label)
    guard !block.headers.isEmpty else { return try DER.key(algorithm, der.bytes, form) }
    guard text.extracting(block.headers).position(of: "ENCRYPTED", from: 0) != nil else {
      throw Failure(.keyFormat, "pem", "The PEM block has headers that are not understood; write the key as PKCS#8.")
    }
    try requirePassphrase(passphrase)
    let plain = try decrypt(der, headers: text.extracting(block.headers), passphrase)
    do throws(Failure) {
      return try DER.key(algorithm, plain.bytes, form)
    } catch {
      // Without a checksum, a wrong passphrase can pass for right and yield rubbish.
      throw error.status == .keyFormat ? Failure.wrongPassphrase : error
    }
  }

  private static func form(_ label: borrowing Span<UInt8>) throws(Failure) -> DER.Form {
    if label.equals("PRIVATE KEY") { return .pkcs8 }
    if label.equals("PUBLIC KEY") { return .spki }
    if label.equals("RSA PRIVATE KEY") { return .pkcs1 }
    if label.equals("EC PRIVATE KEY") { return .sec1 }
    if label.equals("RSA PUBLIC KEY") { return .pkcs1Public }
    if label.equals("CERTIFICATE") {
      throw Failure(
        .keyFormat, "pem", "This is a certificate; take its key out first: openssl x509 -in FILE -noout -pubkey.")
    }
    if label.equals("OPENSSH PRIVATE KEY") {
      throw Failure(
        .keyFormat, "pem", "This is an OpenSSH key; write it as PKCS#8 first: ssh-keygen -p -m PKCS8 -f FILE.")
    }
    throw Failure(
      .keyFormat, "pem", "A PEM block of this kind (\(Sentence(escaping: label.shortened(to: 40)))) is not a key.")
  }

  private static func requirePassphrase(_ passphrase: borrowing Span<UInt8>) throws(Failure) {
    guard passphrase.count > 0 else {
      throw Failure(.keyPassphrase, "passphrase", "The private key is encrypted; give its passphrase.")
    }
  }

  /// Decrypts a block of the traditional kind, whose headers name cipher and salt.
  private static func decrypt(
    _ der: SecretBytes, headers: borrowing Span<UInt8>, _ passphrase: borrowing Span<UInt8>
  ) throws(Failure) -> SecretBytes {
    _ = ERR_set_mark()
    defer { _ = ERR_pop_to_mark() }
    // As libcrypto parses it: from "Proc-Type" on, lines ending in LF, a NUL at the end.
    var text: [CChar] = []
    let start = headers.position(of: "Proc-Type", from: 0) ?? 0
    for index in start..<headers.count where headers[index] != UInt8(ascii: "\r") {
      text.append(CChar(truncatingIfNeeded: headers[index]))
    }
    text.append(0)
    var cipher = unsafe EVP_CIPHER_INFO()
    let known = unsafe text.withUnsafeMutableBufferPointer {
      unsafe PEM_get_EVP_CIPHER_INFO($0.baseAddress, &cipher) == 1
    }
    // libcrypto knows names of ciphers that it does not offer; headers that name none leave nil.
    let named = unsafe known ? cipher.cipher : nil
    let offered = unsafe named == nil ? nil : EVP_CIPHER_fetch(nil, EVP_CIPHER_get0_name(named), nil)
    defer { unsafe EVP_CIPHER_free(offered) }
    guard unsafe offered != nil else {
      throw Failure(
        .unsupported, "pem", "libcrypto does not offer the cipher of this PEM block; write the key as PKCS#8.")
    }
    let plain = try SecretBytes.make(copying: der.bytes)
    var target = plain.mutableBytes
    var length = plain.count
    // Sound: decrypted in place, within `length` bytes. libcrypto takes the passphrase through the callback, which
    // copies it from the pair of pointer and count that lives until the call returns.
    let opened = unsafe withMutablePointer(&target) { bytes, _ in
      unsafe withPointer(passphrase) { secret, count in
        var given = unsafe UnsafeBufferPointer(start: secret, count: count)
        return unsafe withUnsafeMutablePointer(to: &given) { given in
          unsafe PEM_do_header(&cipher, bytes, &length, copyPassphrase, given)
        }
      }
    }
    guard opened == 1, length >= 0, length <= plain.count else { throw Failure.wrongPassphrase }
    return try SecretBytes.make(copying: plain.bytes.extracting(first: length))
  }
}

/// libcrypto's way of asking for a passphrase; `context` is an UnsafeBufferPointer<UInt8>. -1 refuses.
@unsafe private func copyPassphrase(
  _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int32, _ writing: Int32, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  // Sound: only `decrypt` passes this function, with that type behind `context`.
  guard let buffer = unsafe buffer,
    let given = unsafe context?.assumingMemoryBound(to: UnsafeBufferPointer<UInt8>.self).pointee,
    let count = Int32(exactly: given.count), count <= size
  else { return -1 }
  for index in 0..<given.count { unsafe buffer[index] = CChar(truncatingIfNeeded: given[index]) }
  return count
}
