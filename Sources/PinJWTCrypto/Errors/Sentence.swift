/// Text of an error, as bytes: Swift's String would bring Unicode tables into the library.
///
/// Write it as a string literal; numbers, other sentences, static texts and (escaped) bytes can stand inside.
public struct Sentence: ExpressibleByStringInterpolation, Sendable {
  public private(set) var bytes: [UInt8]

  public init(stringLiteral value: StaticString) {
    bytes = []
    bytes.append(text: value)
  }

  /// A fixed text that is chosen when the program runs.
  public init(text: StaticString) {
    bytes = []
    bytes.append(text: text)
  }

  public init(stringInterpolation: Interpolation) {
    bytes = stringInterpolation.bytes
  }

  /// Bytes that a caller or a token chose, as printable ASCII: everything else becomes `\xNN`.
  public init(escaping text: borrowing Span<UInt8>) {
    bytes = []
    for index in text.indices {
      let byte = text[index]
      if byte >= 0x20, byte < 0x7f, byte != UInt8(ascii: "\\") {
        bytes.append(byte)
      } else {
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(UInt8(ascii: "x"))
        bytes.append(hexDigit(byte >> 4))
        bytes.append(hexDigit(byte & 15))
      }
    }
  }

  /// A path; of a long one the end, which tells files apart.
  public init(path: borrowing Span<UInt8>) {
    let longest = 64
    guard path.count > longest else {
      self.init(escaping: path)
      return
    }
    self.init(text: "...")
    bytes += Sentence(escaping: path.extracting(path.count - (longest - bytes.count)..<path.count)).bytes
  }

  public struct Interpolation: StringInterpolationProtocol {
    var bytes: [UInt8] = []

    public init(literalCapacity: Int, interpolationCount: Int) {}

    public mutating func appendLiteral(_ literal: StaticString) {
      bytes.append(text: literal)
    }

    public mutating func appendInterpolation(_ text: StaticString) {
      bytes.append(text: text)
    }

    public mutating func appendInterpolation(_ sentence: Sentence) {
      bytes.append(contentsOf: sentence.bytes)
    }

    public mutating func appendInterpolation(_ number: Int) {
      bytes.append(decimal: Int64(number))
    }

    public mutating func appendInterpolation(_ number: Int64) {
      bytes.append(decimal: number)
    }

    public mutating func appendInterpolation(_ algorithm: Algorithm) {
      bytes.append(text: algorithm.name)
    }
  }
}

/// A lower-case hexadecimal digit for the low four bits of `nibble`.
public func hexDigit(_ nibble: UInt8) -> UInt8 {
  let value = nibble & 15
  return value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + (value - 10)
}
