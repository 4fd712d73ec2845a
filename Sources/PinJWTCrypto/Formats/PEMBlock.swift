/// One block of PEM (RFC 7468): where its label, its headers and its base64 are in the text.
struct PEMBlock {
  let label: Range<Int>
  /// RFC 1421 headers, of a block encrypted the traditional way; may be empty.
  let headers: Range<Int>
  let body: Range<Int>
  /// Behind the END line.
  let end: Int

  /// The next block at or after `start`; nil when there is none. A block that does not end is refused.
  static func next(_ text: borrowing Span<UInt8>, from start: Int) throws(Failure) -> PEMBlock? {
    guard let begin = text.position(of: "-----BEGIN ", from: start) else { return nil }
    let labelStart = begin + 11
    guard let labelEnd = text.position(of: "-----", from: labelStart),
      let close = text.position(of: "-----END ", from: labelEnd + 5)
    else { throw malformed }
    let label = labelStart..<labelEnd
    let endLabel = close + 9
    guard endLabel + label.count + 5 <= text.count,
      text.extracting(endLabel..<endLabel + label.count).equals(text.extracting(label)),
      text.extracting(endLabel + label.count..<endLabel + label.count + 5).equals("-----")
    else { throw malformed }
    let content = labelEnd + 5..<close
    let headers = headerRange(text, content)
    return PEMBlock(
      label: label, headers: headers, body: headers.upperBound..<close, end: endLabel + label.count + 5)
  }

  /// The block's bytes; white space between the base64 characters is passed over (RFC 7468 §3).
  func decoded(_ text: borrowing Span<UInt8>) throws(Failure) -> SecretBytes {
    let scratch = try SecretBytes.make(count: body.count)
    var target = scratch.mutableBytes
    guard let length = Base64.decode(text.extracting(body), into: &target) else { throw PEMBlock.malformed }
    return try SecretBytes.make(copying: scratch.bytes.extracting(first: length))
  }

  /// Header lines have a colon and end at an empty line.
  private static func headerRange(_ text: borrowing Span<UInt8>, _ content: Range<Int>) -> Range<Int> {
    var hasColon = false
    var lineIsEmpty = false
    for index in content {
      switch text[index] {
      case UInt8(ascii: "\n"):
        if lineIsEmpty, hasColon { return content.lowerBound..<index + 1 }
        lineIsEmpty = true
      case UInt8(ascii: "\r"), UInt8(ascii: " "), UInt8(ascii: "\t"): break
      case UInt8(ascii: ":"):
        hasColon = true
        lineIsEmpty = false
      default: lineIsEmpty = false
      }
    }
    return content.lowerBound..<content.lowerBound
  }

  private static var malformed: Failure {
    Failure(.keyFormat, "pem", "The PEM text is malformed; it must have matching BEGIN and END lines around base64.")
  }
}
