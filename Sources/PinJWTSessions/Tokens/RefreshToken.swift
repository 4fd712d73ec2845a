import PinJWTCore
import PinJWTCrypto

/// A refresh token: `pjr1_`, base64url of pepper id (1 byte), selector (16), generation (4), verifier (32) and mac (16), and
/// six characters of checksum, by which scanners find leaked ones.
///
/// The mac is checked before the store is asked: a made-up token costs nothing and logs nobody out.
struct RefreshToken {
  static let length = 103
  private static let prefix: StaticString = "pjr1_"
  private static let prefixLength = 5
  private static let bodyLength = 92
  private static let checksumLength = 6
  /// What the mac stands over, and the whole.
  private static let signedLength = 53
  private static let dataLength = 69

  let selector: [UInt8]
  let generation: UInt32
  let verifier: TransientSecret
  /// The pepper that it was made with.
  let pepper: Pepper

  /// Reads a token of `space`, whose mac holds under one of the peppers.
  static func read(
    _ text: borrowing Span<UInt8>, _ space: [UInt8], _ peppers: PepperRing
  ) throws(Failure) -> RefreshToken {
    guard isWellFormed(text) else { throw invalid }
    let data = TransientSecret(count: dataLength)
    var target = data.mutableBytes
    guard Base64URL.decode(text.extracting(prefixLength..<(prefixLength + bodyLength)), into: &target) else {
      throw invalid
    }
    let bytes = data.bytes
    let (signed, mac) = (bytes.extracting(0..<signedLength), bytes.extracting(signedLength..<dataLength))
    for pepper in peppers.all where pepper.id == bytes[0] {
      let expected = try RefreshToken.mac(signed, space, pepper)
      guard equalInConstantTime(expected.bytes.extracting(0..<16), mac) else { continue }
      let verifier = TransientSecret(count: 32)
      var copy = verifier.mutableBytes
      for index in 0..<32 { copy[index] = bytes[21 + index] }
      var selector: [UInt8] = []
      selector.append(bytes: bytes.extracting(1..<17))
      return RefreshToken(
        selector: selector, generation: number(bytes.extracting(17..<21)), verifier: verifier, pepper: pepper)
    }
    throw invalid
  }

  /// The text of the token.
  func text(_ space: [UInt8]) throws(Failure) -> TransientSecret {
    let data = TransientSecret(count: RefreshToken.dataLength)
    var bytes = data.mutableBytes
    bytes[0] = pepper.id
    for (index, byte) in selector.enumerated() where index < 16 { bytes[1 + index] = byte }
    for (index, byte) in RefreshToken.bytes(generation).enumerated() { bytes[17 + index] = byte }
    let source = verifier.bytes
    for index in 0..<32 { bytes[21 + index] = source[index] }
    let mac = try RefreshToken.mac(data.bytes.extracting(0..<RefreshToken.signedLength), space, pepper)
    for index in 0..<16 { bytes[RefreshToken.signedLength + index] = mac.bytes[index] }
    let text = TransientSecret(count: RefreshToken.length)
    var characters = text.mutableBytes
    var position = 0
    for byte in RefreshToken.prefixBytes {
      characters[position] = byte
      position += 1
    }
    Base64URL.encode(data.bytes) { character in
      characters[position] = character
      position += 1
    }
    let checksum = RefreshToken.checksum(text.bytes.extracting(0..<position))
    for index in 0..<RefreshToken.checksumLength { characters[position + index] = checksum[index] }
    return text
  }

  /// What a store keeps of a token.
  func hash() -> [UInt8] {
    var known: [UInt8] = []
    known.append(text: "pinjwt refresh 1")
    known.append(contentsOf: selector)
    known.append(contentsOf: RefreshToken.bytes(generation))
    let message = TransientSecret(count: known.count + 32)
    var bytes = message.mutableBytes
    for (index, byte) in known.enumerated() { bytes[index] = byte }
    let source = verifier.bytes
    for index in 0..<32 { bytes[known.count + index] = source[index] }
    return sha256(message.bytes)
  }

  /// Whether it has the form and the checksum of a refresh token; what anybody can see of one.
  static func isWellFormed(_ text: borrowing Span<UInt8>) -> Bool {
    guard text.count == length, text.starts(with: prefix) else { return false }
    let body = prefixLength + bodyLength
    let checksum = checksum(text.extracting(0..<body))
    return text.extracting(body..<length).equals(checksum.span)
  }

  private static var invalid: Failure {
    Failure(
      .refreshInvalid, "token", "This is not a refresh token of this issuer and its peppers; the user has to sign in.")
  }

  private static func mac(
    _ signed: borrowing Span<UInt8>, _ space: [UInt8], _ pepper: Pepper
  ) throws(Failure) -> TransientSecret {
    let message = TransientSecret(count: space.count + signedLength)
    var bytes = message.mutableBytes
    for (index, byte) in space.enumerated() { bytes[index] = byte }
    for index in signed.indices { bytes[space.count + index] = signed[index] }
    return try pepper.mac.tag(message.bytes)
  }

  private static func number(_ bytes: borrowing Span<UInt8>) -> UInt32 {
    var number: UInt32 = 0
    for index in bytes.indices { number = number << 8 | UInt32(bytes[index]) }
    return number
  }

  static func bytes(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  private static var prefixBytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(text: prefix)
    return bytes
  }

  /// CRC-32 (ISO 3309) in base 62, the digits before the letters.
  private static func checksum(_ text: borrowing Span<UInt8>) -> [UInt8] {
    var crc: UInt32 = 0xffff_ffff
    for index in text.indices {
      crc ^= UInt32(text[index])
      for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0xedb8_8320 }
    }
    var rest = ~crc
    var digits = [UInt8](repeating: 0, count: checksumLength)
    for index in digits.indices.reversed() {
      digits[index] = digit(rest % 62)
      rest /= 62
    }
    return digits
  }

  private static func digit(_ value: UInt32) -> UInt8 {
    let value = UInt8(truncatingIfNeeded: value)
    return switch value {
    case 0..<10: UInt8(ascii: "0") + value
    case 10..<36: UInt8(ascii: "A") + (value - 10)
    default: UInt8(ascii: "a") + (value - 36)
    }
  }
}
