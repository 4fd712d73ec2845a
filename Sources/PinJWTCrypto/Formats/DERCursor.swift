/// A place in DER (X.690), moved from element to element. Strict: definite lengths in their shortest form, numbers that
/// are not negative, without needless zeros. It holds places only, so no secret is copied by reading.
struct DERCursor {
  enum Tag {
    static let integer: UInt8 = 0x02
    static let bitString: UInt8 = 0x03
    static let octetString: UInt8 = 0x04
    static let null: UInt8 = 0x05
    static let objectIdentifier: UInt8 = 0x06
    static let sequence: UInt8 = 0x30
    /// [0] and [1], constructed.
    static let context0: UInt8 = 0xa0
    static let context1: UInt8 = 0xa1
    /// [1], of which a BIT STRING is made without its own tag.
    static let publicKey: UInt8 = 0x81
  }

  private var position: Int
  private let end: Int

  /// Reads what stands in `range`.
  init(_ range: Range<Int>) {
    position = range.lowerBound
    end = range.upperBound
  }

  /// The content of the one element of this kind that `range` is, whole.
  static func only(_ tag: UInt8, _ bytes: borrowing Span<UInt8>, in range: Range<Int>) -> Range<Int>? {
    var cursor = DERCursor(range)
    guard let content = cursor.next(tag, bytes), cursor.isAtEnd else { return nil }
    return content
  }

  var isAtEnd: Bool { position == end }

  /// What has not been read.
  var rest: Range<Int> { position..<end }

  /// Whether an element of this kind is next.
  func isNext(_ tag: UInt8, _ bytes: borrowing Span<UInt8>) -> Bool { position < end && bytes[position] == tag }

  /// Moves behind the next element; its content, or nil when it is of another kind or not in DER.
  mutating func next(_ tag: UInt8, _ bytes: borrowing Span<UInt8>) -> Range<Int>? {
    guard end - position >= 2, bytes[position] == tag else { return nil }
    var start = position + 2
    var length = Int(bytes[position + 1])
    if length >= 0x80 {
      // Keys have 65536 bytes at most, so three bytes of length are enough.
      let count = length & 0x7f
      guard (1...3).contains(count), end - start >= count, bytes[start] != 0 else { return nil }
      length = 0
      for index in 0..<count { length = length << 8 | Int(bytes[start + index]) }
      guard length >= 0x80 else { return nil }
      start += count
    }
    guard end - start >= length else { return nil }
    position = start + length
    return start..<position
  }

  /// Moves behind the next number; its bytes in big-endian order, the fewest, which for 0 is one.
  mutating func nextInteger(_ bytes: borrowing Span<UInt8>) -> Range<Int>? {
    guard let content = next(Tag.integer, bytes), let first = content.first, bytes[first] < 0x80 else { return nil }
    guard bytes[first] == 0, content.count > 1 else { return content }
    guard bytes[first + 1] >= 0x80 else { return nil }
    return first + 1..<content.upperBound
  }

  /// Moves behind the next number, which must be this one.
  mutating func skip(version: UInt8, _ bytes: borrowing Span<UInt8>) -> Bool {
    guard let number = nextInteger(bytes) else { return false }
    return number.count == 1 && bytes[number.lowerBound] == version
  }
}
