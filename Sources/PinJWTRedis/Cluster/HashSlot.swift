import PinJWTCrypto

/// The slots that a cluster's keys are spread over.
enum HashSlot {
  static let count = 16384

  /// The slot of a key: of what stands between its first { and the } behind it, if anything does.
  static func of(_ key: borrowing Span<UInt8>) -> Int {
    if let open = key.position(of: "{", from: 0), let close = key.position(of: "}", from: open + 1), close > open + 1 {
      return Int(crc16(key.extracting((open + 1)..<close))) % count
    }
    return Int(crc16(key)) % count
  }

  /// CRC-16/XMODEM.
  static func crc16(_ bytes: borrowing Span<UInt8>) -> UInt16 {
    var crc: UInt16 = 0
    for index in bytes.indices {
      crc ^= UInt16(bytes[index]) << 8
      for _ in 0..<8 { crc = crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
    }
    return crc
  }
}
