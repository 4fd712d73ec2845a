import PinJWTCrypto

/// A ring as text: a JSON object with the terms and the private keys, each with its place and time.
extension KeyRingState {
  public func text() throws(Failure) -> SecretText {
    var text = try SecretText(capacity: 4096)
    var head: [UInt8] = []
    head.append(text: "{\"pinjwt_keyring\":1,\"alg\":\"")
    head.append(text: terms.algorithm.name)
    head.append(text: "\",\"publish_seconds\":")
    head.append(decimal: terms.publish)
    head.append(text: ",\"token_seconds\":")
    head.append(decimal: terms.retain)
    head.append(text: ",\"keys\":[")
    try text.append(bytes: head.span)
    try KeyRingState.append("active", active, to: &text)
    try text.append(text: ",")
    try KeyRingState.append("next", next, to: &text)
    for key in retired {
      try text.append(text: ",")
      try KeyRingState.append("retired", key, to: &text)
    }
    try text.append(text: "]}\n")
    return text
  }

  private static func append(_ place: StaticString, _ dated: DatedKey, to text: inout SecretText) throws(Failure) {
    var head: [UInt8] = []
    head.append(text: "\n{\"place\":\"")
    head.append(text: place)
    head.append(text: "\",\"time\":")
    head.append(decimal: dated.time)
    head.append(text: ",\"key\":")
    try text.append(bytes: head.span)
    let jwk = try dated.key.jwk(privateHalf: true)
    try text.append(bytes: jwk.bytes)
    try text.append(text: "}")
  }

  /// The ring that `text` wrote.
  public static func read(_ text: Span<UInt8>) throws(Failure) -> KeyRingState {
    let decoded = try SecretBytes.make(copying: text)
    let view = JSONView(text: text, decoded: decoded.bytes, members: try KeyRingText.members(text, decoded))
    return try KeyRingText(view).state()
  }
}

/// Reads the text of a ring.
private struct KeyRingText: ~Escapable {
  private let view: JSONView

  @_lifetime(copy view)
  init(_ view: JSONView) {
    self.view = view
  }

  static func members(_ text: Span<UInt8>, _ decoded: SecretBytes) throws(Failure) -> [JSONMember] {
    var target = decoded.mutableBytes
    do throws(JSONFault) {
      return try JSONScanner.members(text, decoding: &target)
    } catch {
      throw Failure.damagedKeyRing
    }
  }

  func state() throws(Failure) -> KeyRingState {
    guard try number("pinjwt_keyring") == 1 else {
      throw Failure(.keyFormat, "pinjwt_keyring", "The key ring is of a version that this library does not know.")
    }
    let terms = try terms()
    guard let keys = view.value("keys"), keys.kind == .array else { throw Failure.damagedKeyRing }
    var active: KeyRingState.DatedKey?
    var next: KeyRingState.DatedKey?
    var retired: [KeyRingState.DatedKey] = []
    var element = view.element(of: keys, after: nil)
    while let current = element {
      guard current.kind == .object, retired.count < KeyRingState.mostRetired else { throw Failure.damagedKeyRing }
      let entry = view.source(current)
      let decoded = try SecretBytes.make(copying: entry)
      let members = try KeyRingText.members(entry, decoded)
      let reader = KeyRingText(JSONView(text: entry, decoded: decoded.bytes, members: members))
      let dated = try reader.datedKey(terms.algorithm)
      switch try reader.place() {
      case .active where active == nil: active = dated
      case .next where next == nil: next = dated
      case .retired: retired.append(dated)
      default: throw Failure.damagedKeyRing
      }
      element = view.element(of: keys, after: current)
    }
    guard let active, let next else { throw Failure.damagedKeyRing }
    return KeyRingState(terms, next: next, active: active, retired: retired)
  }

  private enum Place {
    case active
    case next
    case retired
  }

  private func place() throws(Failure) -> Place {
    guard let value = view.value("place"), value.kind == .string else { throw Failure.damagedKeyRing }
    let name = view.string(value)
    if name.equals("active") { return .active }
    if name.equals("next") { return .next }
    guard name.equals("retired") else { throw Failure.damagedKeyRing }
    return .retired
  }

  private func datedKey(_ algorithm: Algorithm) throws(Failure) -> KeyRingState.DatedKey {
    guard let value = view.value("key"), value.kind == .object else { throw Failure.damagedKeyRing }
    let key: Key
    do throws(Failure) {
      key = try Key.make(algorithm, jwk: view.source(value))
    } catch {
      throw error.status == .memory ? error : Failure.damagedKeyRing
    }
    guard key.canSign, key.id.count > 0 else { throw Failure.damagedKeyRing }
    return KeyRingState.DatedKey(key: key, time: try number("time"))
  }

  private func terms() throws(Failure) -> KeyRingTerms {
    let (algorithm, publish, retain) = (try algorithm(), try number("publish_seconds"), try number("token_seconds"))
    do throws(Failure) {
      return try KeyRingTerms(algorithm, publish: publish, retain: retain)
    } catch {
      throw Failure.damagedKeyRing
    }
  }

  private func algorithm() throws(Failure) -> Algorithm {
    guard let value = view.value("alg"), value.kind == .string else { throw Failure.damagedKeyRing }
    for algorithm in Algorithm.allCases where view.string(value).equals(algorithm.name) { return algorithm }
    throw Failure.damagedKeyRing
  }

  private func number(_ name: StaticString) throws(Failure) -> Int64 {
    guard let value = view.value(name), value.kind == .number, let number = JSONNumber.integer(view.source(value)),
      number.isExact, (0..<Limits.endOfTime + Limits.longestLifetime * 2).contains(number.floor)
    else { throw Failure.damagedKeyRing }
    return number.floor
  }
}

extension Failure {
  static var damagedKeyRing: Failure {
    Failure(.keyFormat, "path", "The file is not a key ring as pinjwt_keyring_save writes it; restore it from a copy.")
  }
}
