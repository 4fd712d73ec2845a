import Foundation
import PinJWTCrypto
import PinJWTStores
import Testing

@testable import PinJWTSQLite

/// A folder of its own for a test, removed with it.
final class Folder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("sqlite-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  func file(_ name: String = "sessions.db") -> String { "\(path)/\(name)" }
}

func open(_ location: String) throws(Failure) -> SQLiteStore {
  let bytes = Array(location.utf8)
  return try SQLiteStore.open(bytes.span)
}

func database(_ location: String) throws -> Database {
  let bytes = Array(location.utf8)
  return try Database.open(try Location(bytes.span))
}

/// The status with which `body` refuses, and the sentence; nil when it does not.
func refusal(_ body: () throws -> Void) -> (status: Status, message: String)? {
  do {
    try body()
    return nil
  } catch {
    guard let failure = error as? Failure else {
      Issue.record("Another error than the library's: \(error)")
      return nil
    }
    let message = String(decoding: failure.message.bytes, as: UTF8.self)
    // What every message has to be.
    #expect(failure.message.bytes.count <= 191 && message.hasSuffix(".") && !message.dropLast().contains(". "))
    return (failure.status, message)
  }
}

let space = [UInt8](repeating: 1, count: 16)
let otherSpace = [UInt8](repeating: 2, count: 16)
let terms = DenialTerms(keep: 60_000, mark: bytes(8, 9))

/// `count` bytes that the numbers tell from others.
func bytes(_ count: Int, _ numbers: Int...) -> [UInt8] {
  var word = numbers.reduce(UInt64(count)) {
    ($0 ^ UInt64($1)) &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
  }
  return (0..<count).map { _ in
    word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: word >> 56)
  }
}

/// The hash of a token of a session.
func hash(_ number: Int, _ generation: Int64) -> [UInt8] { bytes(32, number, Int(generation), 3) }

func sid(_ number: Int) -> [UInt8] { Array("sid-\(100_000_000_000_000_000 + number)".utf8) }

/// In the order of the numbers, as sessions that begin in the same millisecond are listed.
func selector(_ number: Int) -> [UInt8] { bytes(4, 1) + [UInt8(number)] + bytes(11, number) }

/// The session of a number, as it is at login.
func session(_ number: Int, user: String = "alice", claims: String = #"{"scope":"read"}"#) -> Session {
  Session(
    selector: selector(number), sid: sid(number), user: Array(user.utf8), client: Array("web".utf8),
    claims: Array(claims.utf8), device: Array("Firefox, Linux".utf8), address: Array("2001:db8::1".utf8),
    agent: Array("Mozilla/5.0 é".utf8), current: hash(number, 0), jti: Array("jti-0".utf8))
}

extension SessionStore {
  @discardableResult
  func login(
    _ number: Int, user: String = "alice", idle: Int64 = 60_000, absolute: Int64 = 600_000, cap: Int64 = 0,
    space: [UInt8] = space
  ) throws(Failure) -> Created {
    try create(
      Creation(
        space: space, session: session(number, user: user), idle: idle, absolute: absolute, cap: cap, denial: terms))
  }

  @discardableResult
  func refresh(
    _ number: Int, _ generation: Int64, hash presented: [UInt8]? = nil, grace: Int64 = 10_000, idle: Int64 = 60_000,
    client: String = "web", space: [UInt8] = space
  ) throws(Failure) -> Rotated {
    try rotate(
      Rotation(
        space: space, selector: selector(number), generation: generation,
        hash: presented ?? hash(number, generation), client: Array(client.utf8), next: hash(number, generation + 1),
        seal: bytes(32, number, Int(generation), 4), nonce: bytes(16, number, Int(generation), 5),
        jti: Array("jti-\(generation + 1)".utf8), grace: grace, idle: idle, denial: terms))
  }

  func end(
    _ target: Revocation.Target, limit: Int = 500, reason: RevocationReason = .session, space: [UInt8] = space
  ) throws(Failure) -> Revoked {
    try revoke(
      Revocation(space: space, tag: [0, 0, 0, 0], target: target, reason: reason, limit: limit, denial: terms))
  }

  func sessions(of user: String = "alice", limit: Int = 1000, space: [UInt8] = space) throws(Failure) -> [Session] {
    try list(Listing(space: space, tag: [0, 0, 0, 0], user: Array(user.utf8), limit: limit))
  }

  func read(_ position: FeedPosition = FeedPosition(), limit: Int = 100, space: [UInt8] = space) throws(Failure)
    -> FeedPage
  {
    try feed(FeedRequest(space: space, position: position, limit: limit, epoch: bytes(16, 7)))
  }

  @discardableResult
  func raise(_ user: String = "alice") throws(Failure) -> Int64 {
    try bump(Bump(space: space, tag: [0, 0, 0, 0], user: Array(user.utf8), denial: terms))
  }

  func denyToken(_ jti: String, until: Int64 = 0, mark: Int = 0, space: [UInt8] = space) throws(Failure) {
    try deny(
      Denial(
        space: space, kind: .jti, key: Array(jti.utf8), value: 0, until: until,
        terms: DenialTerms(keep: 60_000, mark: bytes(8, mark, 8))))
  }

  func purge(retain: Int64 = 0, grace: Int64 = 10_000, limit: Int = 1000) throws(Failure) -> PinJWTStores.Progress {
    try purge(Purge(space: space, retain: retain, grace: grace, limit: limit))
  }
}
