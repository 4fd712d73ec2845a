import PinJWTCrypto
import PinJWTStores

/// The row of a session, as `sharedScript` describes it.
enum Row {
  /// The bytes of the numbers at its beginning, and of the seal's length.
  static let headCount = 59
  private static let format: UInt8 = 1

  /// What never changes.
  static func rest(_ session: Session) -> [UInt8] {
    var bytes: [UInt8] = []
    for text in [
      session.user, session.client, session.sid, session.claims, session.device, session.address, session.agent,
    ] {
      let count = UInt16(truncatingIfNeeded: min(text.count, 0xffff))
      bytes.append(UInt8(count >> 8))
      bytes.append(UInt8(count & 0xff))
      bytes.append(contentsOf: text.prefix(Int(count)))
    }
    return bytes
  }

  /// nil where it is none.
  static func read(_ bytes: [UInt8], selector: [UInt8]) -> Session? {
    var cursor = RowCursor(bytes)
    guard let head = Head(&cursor), let seal = cursor.text(1), let nonce = cursor.text(1),
      let current = cursor.text(1), let previous = cursor.text(1), let jti = cursor.text(1)
    else { return nil }
    guard let user = cursor.text(2), let client = cursor.text(2), let sid = cursor.text(2),
      let claims = cursor.text(2), let device = cursor.text(2), let address = cursor.text(2),
      let agent = cursor.text(2), cursor.isAtEnd
    else { return nil }
    return Session(
      selector: selector, sid: sid, user: user, client: client, claims: claims, device: device, address: address,
      agent: agent, generation: head.generation, current: current, previous: previous, seal: seal, nonce: nonce,
      jti: jti, version: head.version, created: head.created, rotated: head.rotated, idleEnd: head.idleEnd,
      end: head.end, revoked: head.revoked, reason: head.reason)
  }

  /// The numbers at the beginning of a row.
  struct Head {
    let reason: RevocationReason
    let generation, version, created, rotated, idleEnd, end, revoked: Int64

    init?(_ cursor: inout RowCursor) {
      guard cursor.byte() == Row.format, let code = cursor.byte(), let reason = RevocationReason(rawValue: Int32(code)),
        let generation = cursor.number(), let version = cursor.number(), let created = cursor.number(),
        let rotated = cursor.number(), let idleEnd = cursor.number(), let end = cursor.number(),
        let revoked = cursor.number()
      else { return nil }
      self.reason = reason
      self.generation = generation
      self.version = version
      self.created = created
      self.rotated = rotated
      self.idleEnd = idleEnd
      self.end = end
      self.revoked = revoked
    }

    func isPastEnd(at now: Int64) -> Bool { now >= idleEnd || now >= end }
  }
}

/// Reads a row from its beginning to its end; nil where it has no more.
struct RowCursor {
  private let bytes: [UInt8]
  private var index = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  var isAtEnd: Bool { index == bytes.count }

  mutating func byte() -> UInt8? {
    guard index < bytes.count else { return nil }
    index += 1
    return bytes[index - 1]
  }

  /// 8 bytes, big-endian; not negative.
  mutating func number() -> Int64? {
    guard bytes.count - index >= 8 else { return nil }
    var number: UInt64 = 0
    for offset in 0..<8 { number = number << 8 | UInt64(bytes[index + offset]) }
    index += 8
    return Int64(exactly: number)
  }

  /// So many bytes.
  mutating func take(_ count: Int) -> [UInt8]? {
    guard count >= 0, bytes.count - index >= count else { return nil }
    index += count
    return Array(bytes[(index - count)..<index])
  }

  /// A text behind so many bytes for its length.
  mutating func text(_ lengthBytes: Int) -> [UInt8]? {
    var count = 0
    for _ in 0..<lengthBytes {
      guard let next = byte() else { return nil }
      count = count << 8 | Int(next)
    }
    return take(count)
  }

  mutating func rest() -> [UInt8] {
    let rest = Array(bytes[index...])
    index = bytes.count
    return rest
  }
}
