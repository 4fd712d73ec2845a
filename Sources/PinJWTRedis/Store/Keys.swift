import PinJWTCrypto

/// The keys of a space. Those of a user's sessions share the user's tag, and so a slot of a cluster.
struct Keys: Sendable {
  /// `pinjwt:` and the space, in hexadecimal.
  private let space: [UInt8]

  static let schema = [UInt8](text: "pinjwt:schema")
  /// The characters of a selector behind its tag.
  static let selectorDigits = 24

  init(_ space: [UInt8]) {
    var hex: [UInt8] = []
    hex.append(hex: space.span)
    self.space = hex
  }

  /// What the row of a session is under, without the selector's rest.
  func rows(_ tag: borrowing Span<UInt8>) -> [UInt8] { ofUser(tag, ":s:") }

  func row(_ selector: [UInt8]) -> [UInt8] {
    var key = rows(selector.span.shortened(to: 4))
    key.append(contentsOf: Keys.rest(selector))
    return key
  }

  /// The sessions that are not revoked, by the time of their login: a sorted set of members.
  func live(_ tag: borrowing Span<UInt8>) -> [UInt8] { ofUser(tag, ":l") }

  /// From sids to selectors.
  func names(_ tag: borrowing Span<UInt8>) -> [UInt8] { ofUser(tag, ":n") }

  /// The versions of users that were raised, and those that were given out (`FeedScripts.reserve`).
  func versions(_ tag: borrowing Span<UInt8>) -> [UInt8] { ofUser(tag, ":v") }

  /// A one-shot token that was used.
  func used(_ token: [UInt8]) -> [UInt8] {
    var key = [UInt8](text: "pinjwt:")
    key.append(contentsOf: space)
    key.append(text: ":o:")
    key.append(hex: token.span)
    return key
  }

  /// The feed's hash, which decides on its slot, and its stream.
  var feed: [UInt8] { ofFeed(":f") }
  var entries: [UInt8] { ofFeed(":e") }

  /// What matches the rows and the used keys, and more.
  var all: [UInt8] {
    var pattern = [UInt8](text: "pinjwt:")
    pattern.append(contentsOf: space)
    pattern.append(text: ":*")
    return pattern
  }

  /// What a session is in `live`: its selector without the tag, in hexadecimal, and its sid.
  static func member(_ selector: [UInt8], sid: [UInt8]) -> [UInt8] { rest(selector) + sid }

  static func rest(_ selector: [UInt8]) -> [UInt8] {
    var hex: [UInt8] = []
    if selector.count > 4 { hex.append(hex: selector.span.extracting(4...)) }
    return hex
  }

  private func ofUser(_ tag: borrowing Span<UInt8>, _ suffix: StaticString) -> [UInt8] {
    var key = [UInt8](text: "pinjwt:")
    key.append(contentsOf: space)
    key.append(text: ":{")
    key.append(hex: tag)
    key.append(text: "}")
    key.append(text: suffix)
    return key
  }

  private func ofFeed(_ suffix: StaticString) -> [UInt8] {
    var key = [UInt8](text: "pinjwt:{")
    key.append(contentsOf: space)
    key.append(text: "}")
    key.append(text: suffix)
    return key
  }
}

/// A key that a walk came upon.
enum FoundKey {
  /// The row of a session.
  case row(selector: [UInt8])
  case used

  init?(_ key: borrowing Span<UInt8>) {
    // pinjwt:SPACE:{TAG}:s:REST or pinjwt:SPACE:o:TOKEN
    let space = 7 + 32
    guard key.count > space + 3 else { return nil }
    let rest = key.extracting(space...)
    if rest.starts(with: ":o:") {
      self = .used
      return
    }
    guard rest.starts(with: ":{"), rest.count == 2 + 8 + 4 + Keys.selectorDigits,
      rest.extracting(10..<14).equals("}:s:"), let tag = FoundKey.bytes(rest.extracting(2..<10)),
      let other = FoundKey.bytes(rest.extracting(14...))
    else { return nil }
    self = .row(selector: tag + other)
  }

  static func bytes(_ hex: borrowing Span<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var index = 0
    while index < hex.count {
      guard let high = hex.hexValue(at: index), let low = hex.hexValue(at: index + 1) else { return nil }
      bytes.append(high << 4 | low)
      index += 2
    }
    return bytes
  }
}
