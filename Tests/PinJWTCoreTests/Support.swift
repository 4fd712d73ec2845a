import PinJWTCrypto
import Synchronization
import Testing

@testable import PinJWTCore

func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Bytes that look random and are the same in every run: a secret that is not refused as guessable.
func pseudoRandom(_ count: Int) -> [UInt8] {
  var word: UInt64 = 0x5eed
  return (0..<count).map { _ in
    word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: word >> 56)
  }
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

func base64URL(_ bytes: [UInt8]) -> [UInt8] {
  var text: [UInt8] = []
  text.append(base64URL: bytes.span)
  return text
}

/// The status with which `body` refuses; nil when it does not.
func refusal(_ body: () throws -> Void) -> Status? {
  do {
    try body()
    return nil
  } catch {
    if let failure = error as? Failure { return failure.status }
    if let status = error as? Status { return status }
    Issue.record("Another error than the library's: \(error)")
    return nil
  }
}

/// What the refusal concerns.
func concern(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return (error as? Failure).map { text($0.what.bytes) }
  }
}

func claims(_ json: String) throws -> Claims {
  let bytes = utf8(json)
  return try Claims.make(header: PinnedBytes(count: 0), json: PinnedBytes(copying: bytes.span))
}

func bytes(_ secret: borrowing SecretText) -> [UInt8] {
  var copy: [UInt8] = []
  copy.append(bytes: secret.bytes)
  return copy
}

/// A token of any header and payload, signed by `key`.
func token(_ header: String, _ payload: String, _ key: Key) throws -> [UInt8] {
  var token = base64URL(utf8(header))
  token.append(UInt8(ascii: "."))
  token.append(contentsOf: base64URL(utf8(payload)))
  try token.appendSignature(key)
  return token
}

func key(_ algorithm: Algorithm, jwk: String) throws -> Key {
  let json = utf8(jwk)
  return try Key.make(algorithm, jwk: json.span)
}

extension Signer {
  func token(_ claims: String, at now: Int64) throws -> [UInt8] {
    let json = utf8(claims)
    return try sign(try draft(json.span, at: now))
  }
}

extension Verifier {
  func claims(of token: [UInt8], at now: Int64) throws -> String {
    let json = try verify(token.span, at: now).json
    return text(json.array)
  }
}

extension PolicyVerifier {
  func claims(of token: [UInt8], at now: Int64) throws -> String {
    let json = try verify(token.span, at: now).json
    return text(json.array)
  }
}

/// Keeps what an event handler is told.
final class EventLog: Sendable {
  private let events = Mutex<[Event]>([])

  var all: [Event] { events.withLock { $0 } }

  var handler: EventHandler { { event in self.events.withLock { $0.append(event) } } }
}

/// Random numbers that are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}

enum TestKeys {
  /// Made once: RSA takes a while.
  private static let rsa = Result { try Key.make(generating: .rs256) }

  static func make(_ algorithm: Algorithm) throws -> Key {
    guard algorithm.isRSA else { return try Key.make(generating: algorithm) }
    let key = try rsa.get()
    guard let components = try key.material.publicComponents() else { throw Status.keyFormat }
    return try Key.make(algorithm, try KeyMaterial(algorithm, components, try key.material.privateComponents()))
  }

  static func hs256() throws -> Key {
    let secret = pseudoRandom(32)
    return try Key.make(.hs256, secret: secret.span)
  }

  // The key of RFC 7517 appendix A.
  static let ecX = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"
  static let ecY = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"
  static let ecD = "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"

  /// A JWK on P-256; `more` begins by a comma.
  static func ec(_ more: String = "") -> String {
    #"{"kty":"EC","crv":"P-256","x":"\#(ecX)","y":"\#(ecY)"\#(more)}"#
  }

  static var ecPrivate: String { #","d":"\#(ecD)""# }

  static func secret(bytes: Int, _ more: String = "") -> String {
    #"{"kty":"oct","k":"\#(text(base64URL(pseudoRandom(bytes))))"\#(more)}"#
  }
}
