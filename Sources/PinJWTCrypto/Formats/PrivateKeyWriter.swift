import COpenSSL

// Private keys into PKCS#8 (RFC 5208 §5), in guarded memory: libcrypto's encoders free copies without wiping them.

extension KeyMaterial {
  /// SubjectPublicKeyInfo (RFC 5280 §4.1).
  func spki() throws(Failure) -> SecretBytes {
    _ = ERR_set_mark()
    defer { _ = ERR_pop_to_mark() }
    let pkey = try unsafe publicPKEY()
    defer { unsafe EVP_PKEY_free(pkey) }
    let size = unsafe i2d_PUBKEY(pkey, nil)
    guard size > 0 else { throw Failure.libcryptoMemory }
    let bytes = try SecretBytes.make(count: Int(size))
    var target = bytes.mutableBytes
    // Sound: libcrypto said that it writes `size` bytes.
    let written = unsafe withMutablePointer(&target) { target, _ in
      var position: UnsafeMutablePointer<UInt8>? = unsafe target
      return unsafe i2d_PUBKEY(pkey, &position)
    }
    guard written == size else { throw Failure.libcryptoMemory }
    return bytes
  }

  /// PrivateKeyInfo; the algorithm and the point are those of the public form.
  func pkcs8() throws(Failure) -> SecretText {
    let spki = try spki()
    let open = spki.bytes
    guard let content = DERCursor.only(DERCursor.Tag.sequence, open, in: open.indices) else {
      throw Failure.libcryptoMemory
    }
    var cursor = DERCursor(content)
    guard cursor.next(DERCursor.Tag.sequence, open) != nil else { throw Failure.libcryptoMemory }
    let identifier = content.lowerBound..<cursor.rest.lowerBound
    let point = cursor.rest
    guard let components = try publicComponents(), let secret = try privateComponents() else {
      throw Failure(.keyUse, "key", "The key has no private half to write.")
    }
    let key: SecretText
    switch (components, secret) {
    case (.okp, .scalar(let d)):
      key = try SecretText.der(DERCursor.Tag.octetString, d.bytes)
    case (.rsa(let n, let e), .rsa(let secret)):
      var numbers = try SecretText(capacity: 2048)
      try numbers.append(version: 0)
      try numbers.append(integer: n.span)
      try numbers.append(integer: e.span)
      try numbers.append(integer: secret.d.bytes)
      try numbers.append(integer: secret.p.bytes)
      try numbers.append(integer: secret.q.bytes)
      try numbers.append(integer: secret.dp.bytes)
      try numbers.append(integer: secret.dq.bytes)
      try numbers.append(integer: secret.qi.bytes)
      key = try SecretText.der(DERCursor.Tag.sequence, numbers.bytes)
    case (_, .scalar(let d)):
      var parts = try SecretText()
      try parts.append(version: 1)
      try parts.append(der: DERCursor.Tag.octetString, d.bytes)
      try parts.append(der: DERCursor.Tag.context1, open.extracting(point))
      key = try SecretText.der(DERCursor.Tag.sequence, parts.bytes)
    case (_, .rsa):
      throw Failure.libcryptoMemory
    }
    var info = try SecretText(capacity: key.count + 64)
    try info.append(version: 0)
    try info.append(bytes: open.extracting(identifier))
    try info.append(der: DERCursor.Tag.octetString, key.bytes)
    return try SecretText.der(DERCursor.Tag.sequence, info.bytes)
  }

  /// A key of libcrypto whose public half is to be written, which the caller releases.
  @unsafe private func publicPKEY() throws(Failure) -> OpaquePointer {
    switch self {
    case .libcrypto(let key):
      guard unsafe EVP_PKEY_up_ref(key.pkey) == 1 else { throw Failure.libcryptoMemory }
      return unsafe key.pkey
    case .ed25519(let key):
      let publicKey = key.publicKey
      // Sound: the pointer goes with its count.
      let made = unsafe withPointer(publicKey.span) { bytes, count in
        unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, count)
      }
      guard let made = unsafe made else { throw Failure.libcryptoMemory }
      return unsafe made
    case .external(let key):
      return try unsafe key.publicHalf.publicPKEY()
    case .hmac(let key):
      throw Failure.mismatch(key.algorithm)
    }
  }
}
