import PinJWTCrypto

/// `typ` values (RFC 7515 §4.1.9): media types without regard to case, where "application/" goes without saying when
/// there is no slash.
package enum MediaType {
  static func areEqual(_ left: borrowing Span<UInt8>, _ right: borrowing Span<UInt8>) -> Bool {
    let (a, b) = (nameStart(left), nameStart(right))
    guard left.count - a == right.count - b else { return false }
    for offset in 0..<left.count - a where left[a + offset].lowercased != right[b + offset].lowercased { return false }
    return true
  }

  package static func areEqual(_ type: borrowing Span<UInt8>, _ name: StaticString) -> Bool {
    var bytes: [UInt8] = []
    bytes.append(text: name)
    return areEqual(type, bytes.span)
  }

  /// "JWT", or a type whose structured suffix says so (RFC 8725 §3.11).
  static func isJWT(_ type: borrowing Span<UInt8>) -> Bool {
    areEqual(type, "JWT") || (type.count >= 4 && areEqual(type.extracting(last: 4), "+jwt"))
  }

  /// Where the type begins behind "application/", when no other slash follows.
  private static func nameStart(_ type: borrowing Span<UInt8>) -> Int {
    let prefix: StaticString = "application/"
    let length = prefix.utf8CodeUnitCount
    guard type.count > length else { return 0 }
    var lower: [UInt8] = []
    for index in 0..<length { lower.append(type[index].lowercased) }
    guard lower.span.equals(prefix) else { return 0 }
    for index in length..<type.count where type[index] == UInt8(ascii: "/") { return 0 }
    return length
  }
}
