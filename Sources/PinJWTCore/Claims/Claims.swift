import PinJWTCrypto

/// The claims of a token that has been verified. Immutable; it owns its bytes.
public final class Claims: Sendable {
  /// The token's header, as JSON.
  public let header: PinnedBytes
  /// The token's payload, as JSON.
  public let json: PinnedBytes
  /// The payload with each string's value in its place and a NUL behind it.
  public let decoded: PinnedBytes
  private let members: [JSONMember]

  /// The claims of a payload; one that is not a JSON object is refused (RFC 7519 §7.2).
  static func make(header: PinnedBytes, json: PinnedBytes) throws(Failure) -> Claims {
    let decoded = PinnedBytes(copying: json.bytes)
    var target = decoded.mutableBytes
    do throws(JSONFault) {
      let members = try JSONScanner.members(json.bytes, decoding: &target)
      return Claims(header: header, json: json, decoded: decoded, members: members)
    } catch {
      throw error.failure(.claimsFormat, "payload", decoded: target.span)
    }
  }

  private init(header: PinnedBytes, json: PinnedBytes, decoded: PinnedBytes, members: [JSONMember]) {
    self.header = header
    self.json = json
    self.decoded = decoded
    self.members = members
  }

  func withView<Result, Fault>(_ body: (borrowing JSONView) throws(Fault) -> Result) throws(Fault) -> Result {
    let (text, values) = (json, decoded)
    return try body(JSONView(text: text.bytes, decoded: values.bytes, members: members))
  }

  // MARK: Reading

  /// Claims that a caller gives, before they are signed.
  package static func make(given json: borrowing Span<UInt8>) throws(Failure) -> Claims {
    try make(header: PinnedBytes(count: 0), json: PinnedBytes(copying: json))
  }

  /// The typ in the token's header; nil where it has none.
  package var type: [UInt8]? {
    do throws(Failure) {
      let text = header
      let members = try Claims.make(given: text.bytes)
      guard let range = members.string("typ") else { return nil }
      let values = members.decoded
      var type: [UInt8] = []
      type.append(bytes: values.bytes.extracting(range))
      return type
    } catch {
      return nil
    }
  }

  package func has(_ name: StaticString) -> Bool { withView { $0.value(name) != nil } }

  /// The string that a claim is; nil for anything else.
  package func string(_ name: StaticString) -> Range<Int>? {
    withView { view in
      guard let value = view.value(name), value.kind == .string else { return nil }
      return view.stringRange(value)
    }
  }

  /// The time that a claim is, rounded down; nil for anything else.
  package func time(_ name: StaticString) -> Int64? {
    withView { view in view.value(name).flatMap { NumericDate.seconds(view, $0) } }
  }

  /// Where a claim's string stands in `decoded`; one with a NUL inside is no C string and refused.
  public func string(_ name: borrowing Span<UInt8>) throws(Status) -> Range<Int> {
    try read(name) { (view, value) throws(Status) in try Claims.string(view, value) }
  }

  /// The string that a claim is, or the `index`-th of an array of strings.
  public func item(_ name: borrowing Span<UInt8>, _ index: Int) throws(Status) -> Range<Int> {
    try read(name) { (view, value) throws(Status) in
      if value.kind == .string {
        guard index == 0 else { throw .claimMissing }
        return try Claims.string(view, value)
      }
      guard value.kind == .array else { throw .claimInvalid }
      return try Claims.string(view, try Claims.element(view, of: value, at: index))
    }
  }

  /// A claim that is a whole number.
  public func integer(_ name: borrowing Span<UInt8>) throws(Status) -> Int64 {
    try read(name) { (view, value) throws(Status) in
      guard value.kind == .number, let number = JSONNumber.integer(view.source(value)), number.isExact else {
        throw .claimInvalid
      }
      return number.floor
    }
  }

  /// A claim that is a NumericDate, rounded down (RFC 7519 §2).
  public func time(_ name: borrowing Span<UInt8>) throws(Status) -> Int64 {
    try read(name) { (view, value) throws(Status) in
      guard let time = NumericDate.seconds(view, value) else { throw .claimInvalid }
      return time
    }
  }

  /// A claim that is true or false.
  public func boolean(_ name: borrowing Span<UInt8>) throws(Status) -> Bool {
    try read(name) { (_, value) throws(Status) in
      switch value.kind {
      case .true: return true
      case .false: return false
      default: throw .claimInvalid
      }
    }
  }

  /// Where a claim's value stands in `json`, whatever it is.
  public func value(_ name: borrowing Span<UInt8>) throws(Status) -> Range<Int> {
    try read(name) { (_, value) throws(Status) in value.range }
  }

  private func read<Result>(
    _ name: borrowing Span<UInt8>, _ body: (borrowing JSONView, JSONValue) throws(Status) -> Result
  ) throws(Status) -> Result {
    let (text, values) = (json, decoded)
    let view = JSONView(text: text.bytes, decoded: values.bytes, members: members)
    guard let value = view.value(name) else { throw .claimMissing }
    return try body(view, value)
  }

  /// An element of an array that has only strings.
  private static func element(
    _ view: borrowing JSONView, of array: JSONValue, at index: Int
  ) throws(Status) -> JSONValue {
    var found: JSONValue?
    var position = 0
    var element = view.element(of: array, after: nil)
    while let current = element {
      guard current.kind == .string else { throw .claimInvalid }
      if position == index { found = current }
      position += 1
      element = view.element(of: array, after: current)
    }
    guard let found else { throw .claimMissing }
    return found
  }

  private static func string(_ view: borrowing JSONView, _ value: JSONValue) throws(Status) -> Range<Int> {
    guard value.kind == .string else { throw .claimInvalid }
    let range = view.stringRange(value)
    for index in range where view.decoded[index] == 0 { throw .claimInvalid }
    return range
  }
}
