import PinJWTCrypto

/// What a server answers.
enum Reply: Sendable {
  case integer(Int64)
  case bytes([UInt8])
  case array([Reply])
  case null
  /// Such as OK.
  case status([UInt8])
  /// A refusal: a word such as NOSCRIPT, and a text.
  case error([UInt8])

  var integer: Int64? {
    guard case .integer(let number) = self else { return nil }
    return number
  }

  var bytes: [UInt8]? {
    guard case .bytes(let bytes) = self else { return nil }
    return bytes
  }

  /// A number that was answered as text.
  func decimal(upTo limit: Int64 = .max) -> Int64? {
    guard let bytes else { return nil }
    return bytes.span.decimal(upTo: limit)
  }

  var array: [Reply]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  var isNull: Bool {
    guard case .null = self else { return false }
    return true
  }
}

extension Array where Element == Reply {
  /// The element at an index that the server was to answer.
  func at(_ index: Int) -> Reply? { index >= 0 && index < count ? self[index] : nil }
}
