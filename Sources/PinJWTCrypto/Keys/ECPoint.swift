import COpenSSL

/// Points of the curves, by libcrypto.
enum ECPoint {
  /// The coordinates of a point in one of its forms (SEC 1 §2.3.4).
  static func coordinates(_ curve: Curve, _ point: borrowing Span<UInt8>) throws(Failure) -> (x: [UInt8], y: [UInt8]) {
    try unsafe make(curve) { group, made, context in
      // Sound: libcrypto reads `count` bytes.
      unsafe withPointer(point) { bytes, count in unsafe EC_POINT_oct2point(group, made, bytes, count, context) == 1 }
    }
  }

  /// The coordinates of the public point of a private scalar, for keys that leave it out.
  static func coordinates(_ curve: Curve, _ scalar: SecretBytes) throws(Failure) -> (x: [UInt8], y: [UInt8]) {
    let number = try BigNumber(scalar.bytes)
    return try unsafe make(curve) { group, made, context in
      // Sound: libcrypto takes no multiple of another point where both are nil.
      unsafe EC_POINT_mul(group, made, number.pointer, nil, nil, context) == 1
    }
  }

  /// Calls `fill` with a group, a point to fill and memory to compute in, all valid inside the closure only.
  @unsafe private static func make(
    _ curve: Curve, _ fill: (OpaquePointer, OpaquePointer, OpaquePointer) -> Bool
  ) throws(Failure) -> (x: [UInt8], y: [UInt8]) {
    _ = ERR_set_mark()
    defer { _ = ERR_pop_to_mark() }
    guard let group = unsafe EC_GROUP_new_by_curve_name(OBJ_txt2nid(curve.groupName.cString)) else {
      throw Failure(.unsupported, "curve", "libcrypto here does not have the curve \(curve.name).")
    }
    let point = unsafe EC_POINT_new(group)
    let context = unsafe BN_CTX_secure_new()
    defer {
      unsafe BN_CTX_free(context)
      unsafe EC_POINT_free(point)
      unsafe EC_GROUP_free(group)
    }
    guard let point = unsafe point, let context = unsafe context else { throw Failure.libcryptoMemory }
    let x = try BigNumber()
    let y = try BigNumber()
    guard unsafe fill(group, point, context),
      unsafe EC_POINT_get_affine_coordinates(group, point, x.pointer, y.pointer, context) == 1
    else {
      throw Failure(.keyFormat, "x", "The public key is not a valid point of \(curve.name).")
    }
    return (
      try x.publicBytes(length: curve.coordinateLength), try y.publicBytes(length: curve.coordinateLength)
    )
  }
}
