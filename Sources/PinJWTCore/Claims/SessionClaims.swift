import PinJWTCrypto

/// The claims by which an access token's session is known, found in one pass: each check of a token reads them.
package struct SessionClaims {
  /// Where the strings stand in `decoded`; nil where the claim is absent or no string.
  package private(set) var issuer: Range<Int>?
  package private(set) var subject: Range<Int>?
  package private(set) var id: Range<Int>?
  package private(set) var session: Range<Int>?
  /// nil where the claim is absent or no whole number, and no time.
  package private(set) var version: Int64?
  package private(set) var began: Int64?

  fileprivate init(_ view: borrowing JSONView) {
    for index in view.members.indices {
      let member = view.members[index]
      switch SessionClaims.code(view.decoded, member.name) {
      case SessionClaims.iss: issuer = SessionClaims.string(view, member.value)
      case SessionClaims.sub: subject = SessionClaims.string(view, member.value)
      case SessionClaims.jti: id = SessionClaims.string(view, member.value)
      case SessionClaims.sid: session = SessionClaims.string(view, member.value)
      case SessionClaims.ver: version = SessionClaims.whole(view, member.value)
      case SessionClaims.other where view.decoded.extracting(member.name).equals("auth_time"):
        began = SessionClaims.digits(view, member.value) ?? NumericDate.seconds(view, member.value)
      default: break
      }
    }
  }

  // The names of three letters as numbers, which are compared in one step.
  private static let iss: UInt32 = 0x69_73_73
  private static let sub: UInt32 = 0x73_75_62
  private static let jti: UInt32 = 0x6a_74_69
  private static let sid: UInt32 = 0x73_69_64
  private static let ver: UInt32 = 0x76_65_72
  /// Any name of another length.
  private static let other: UInt32 = .max

  @inline(__always)
  private static func code(_ text: Span<UInt8>, _ name: Range<Int>) -> UInt32 {
    guard name.count == 3 else { return other }
    let start = name.lowerBound
    return UInt32(text[start]) << 16 | UInt32(text[start + 1]) << 8 | UInt32(text[start + 2])
  }

  private static func string(_ view: borrowing JSONView, _ value: JSONValue) -> Range<Int>? {
    value.kind == .string ? view.stringRange(value) : nil
  }

  private static func whole(_ view: borrowing JSONView, _ value: JSONValue) -> Int64? {
    if let digits = digits(view, value) { return digits }
    guard value.kind == .number, let number = JSONNumber.integer(view.source(value)), number.isExact else { return nil }
    return number.floor
  }

  /// A number of up to eleven plain digits, as nearly all are: below the end of time.
  private static func digits(_ view: borrowing JSONView, _ value: JSONValue) -> Int64? {
    guard value.kind == .number, value.range.count <= 11 else { return nil }
    var number: Int64 = 0
    for index in value.range {
      let byte = view.text[index]
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      number = number &* 10 &+ Int64(byte &- UInt8(ascii: "0"))
    }
    return number
  }
}

extension Claims {
  /// Calls `body` with the claims of a session, and the text in which their strings stand.
  package func withSessionClaims<Result, Fault>(
    _ body: (SessionClaims, borrowing Span<UInt8>) throws(Fault) -> Result
  ) throws(Fault) -> Result {
    try withView { (view) throws(Fault) in try body(SessionClaims(view), view.decoded) }
  }
}
