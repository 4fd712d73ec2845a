import COpenSSL

/// Whether 57 bytes are an Ed448 public key: a point of the curve in its only encoding, and not of small order
/// (RFC 8032 §5.2.3). libcrypto takes any 57 bytes.
enum Ed448Point {
  static func check(_ encoded: borrowing Span<UInt8>) throws(Failure) {
    let length = EdwardsCurve.ed448.keyLength
    guard encoded.count == length else {
      throw Failure(.keyFormat, "x", "An Ed448 public key has 57 bytes, this one \(encoded.count).")
    }
    // The last byte holds the sign of x and seven zero bits.
    guard encoded[length - 1] & 0x7f == 0, try isOnCurve(encoded.extracting(first: length - 1)) else {
      throw Failure(.keyFormat, "x", "The Ed448 public key is not a valid point of the curve.")
    }
  }

  /// x² = (1 - y²) / (1 + 39081 y²) has a solution where the product of the two sides of the fraction is a square modulo
  /// p = 2^448 - 2^224 - 1. The four points of small order are those with y = 0, 1 and -1.
  private static func isOnCurve(_ littleEndian: borrowing Span<UInt8>) throws(Failure) -> Bool {
    var bigEndian: [UInt8] = []
    for index in littleEndian.indices.reversed() { bigEndian.append(littleEndian[index]) }
    let y = try BigNumber(bigEndian.span)
    let p = try BigNumber()
    let one = try BigNumber()
    let product = try BigNumber()
    let above = try BigNumber()
    let below = try BigNumber()
    guard let context = unsafe BN_CTX_new() else { throw Failure.libcryptoMemory }
    defer { unsafe BN_CTX_free(context) }
    guard unsafe BN_set_word(one.pointer, 1) == 1, unsafe BN_set_bit(p.pointer, 448) == 1,
      unsafe BN_set_bit(product.pointer, 224) == 1, unsafe BN_sub(p.pointer, p.pointer, product.pointer) == 1,
      unsafe BN_sub_word(p.pointer, 1) == 1
    else { throw Failure.libcryptoMemory }
    guard y.isBelow(p), unsafe BN_mod_sqr(below.pointer, y.pointer, p.pointer, context) == 1,
      unsafe BN_mod_sub(above.pointer, one.pointer, below.pointer, p.pointer, context) == 1,
      unsafe BN_mul_word(below.pointer, 39081) == 1, unsafe BN_add_word(below.pointer, 1) == 1,
      unsafe BN_mod_mul(product.pointer, above.pointer, below.pointer, p.pointer, context) == 1
    else { return false }
    // 1 for a square; 0 for y = 1 and -1, which are of small order.
    return unsafe BN_kronecker(product.pointer, p.pointer, context) == 1 && BN_is_zero(y.pointer) == 0
  }
}
