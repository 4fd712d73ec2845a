import PinJWTCrypto

/// Why a text is not JSON as it is accepted here.
enum JSONFault: Error {
  case syntax(at: Int)
  case notAnObject
  case trailingData(at: Int)
  case duplicateMember(name: Range<Int>)
  case tooDeep
  case longNumber(at: Int)
  case encoding(at: Int)
}

extension JSONFault {
  /// The fault as an error about `what`, a header or a set of claims.
  func failure(_ status: Status, _ what: StaticString, decoded: borrowing Span<UInt8>) -> Failure {
    switch self {
    case .syntax(let position):
      return Failure(status, Sentence(text: what), "The \(what) is not valid JSON at byte \(position) (RFC 8259).")
    case .notAnObject:
      return Failure(status, Sentence(text: what), "The \(what) must be a JSON object.")
    case .trailingData(let position):
      return Failure(status, Sentence(text: what), "The \(what) goes on behind its JSON object, at byte \(position).")
    case .duplicateMember(let range):
      let name = Sentence(escaping: decoded.extracting(range).shortened(to: 40))
      return Failure(status, name, "The \(what) has the member \(name) twice, which leaves open which one counts.")
    case .tooDeep:
      return Failure(
        status, Sentence(text: what), "The \(what) is nested deeper than \(JSONScanner.deepest) levels.")
    case .longNumber(let position):
      return Failure(
        status, Sentence(text: what),
        "The \(what) has a number of over \(JSONScanner.longestNumber) characters at byte \(position).")
    case .encoding(let position):
      return Failure(
        status, Sentence(text: what), "The \(what) has a string that is not valid Unicode text, at byte \(position).")
    }
  }
}
