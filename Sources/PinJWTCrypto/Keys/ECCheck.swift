import COpenSSL

/// What an EC key must be: on the pin's curve, named and not spelled out in parameters (CVE-2020-0601), its point on the
/// curve and not at infinity, and a private half that belongs to it.
enum ECCheck {
  @unsafe static func check(
    _ pkey: OpaquePointer, _ curve: Curve, _ algorithm: Algorithm, isPrivate: Bool
  ) throws(Failure) {
    var explicit: Int32 = 0
    if unsafe EVP_PKEY_get_int_param(pkey, StaticString("decoded-from-explicit").cString, &explicit) == 1, explicit != 0
    {
      throw Failure(.keyFormat, "curve", "The key spells out its curve; write it with a named curve.")
    }
    let name = try unsafe groupName(pkey)
    guard name.span.equals(curve.groupName) else {
      throw Failure(
        .keyMismatch, "curve", "The key is on another curve than \(curve.name), which \(algorithm) requires.")
    }
    guard let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, pkey, nil) else { throw Failure.libcryptoMemory }
    defer { unsafe EVP_PKEY_CTX_free(context) }
    guard unsafe EVP_PKEY_public_check(context) == 1 else {
      throw Failure(.keyFormat, "x", "The public key is not a valid point of \(curve.name).")
    }
    guard unsafe !isPrivate || EVP_PKEY_check(context) == 1 else {
      throw Failure(.keyFormat, "d", "The private half does not belong to the public half.")
    }
  }

  @unsafe private static func groupName(_ pkey: OpaquePointer) throws(Failure) -> [UInt8] {
    var name = [CChar](repeating: 0, count: 64)
    var length = 0
    let capacity = name.count
    // Sound: libcrypto writes at most `capacity` bytes.
    let done = unsafe name.withUnsafeMutableBufferPointer {
      unsafe EVP_PKEY_get_group_name(pkey, $0.baseAddress, capacity, &length)
    }
    guard done == 1, length <= capacity else {
      throw Failure(.keyFormat, "curve", "The key does not name its curve; write it with a named curve.")
    }
    return name[..<length].map { UInt8(bitPattern: $0) }
  }
}
