import Foundation
import PinJWTCore
import PinJWTCrypto
import PinJWTFiles
import Testing

/// Rings in files, in a folder of their own.
@Suite final class KeyRingFileTests {
  static let start: Int64 = 1_800_000_000
  private let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("ring-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: folder)
  }

  private func path(_ name: String = "ring") throws -> FilePath {
    let bytes = Array("\(folder)/\(name)".utf8)
    return try FilePath(bytes.span)
  }

  private func passphrase(_ text: String) throws -> SecretBytes {
    let bytes = Array(text.utf8)
    return try SecretBytes.make(copying: bytes.span)
  }

  private func ring() throws -> StoredKeyRing {
    StoredKeyRing(try KeyRing.make(.eddsa, publish: 60, retain: 7200, at: Self.start))
  }

  private func status(_ body: () throws -> Void) -> Status? {
    do {
      try body()
      return nil
    } catch {
      return (error as? Failure)?.status
    }
  }

  private func jwks(_ stored: StoredKeyRing) throws -> [UInt8] { try stored.ring.jwks(at: Self.start) }

  @Test(arguments: ["", "a passphrase"]) func savesAndLoads(_ phrase: String) throws {
    let stored = try ring()
    try stored.save(try path(), passphrase: try passphrase(phrase), .minimum)
    let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/ring")[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let loaded = try StoredKeyRing.load(try path(), passphrase: try passphrase(phrase))
    #expect(try jwks(loaded) == jwks(stored))
    #expect(status { _ = try StoredKeyRing.load(try path(), passphrase: try passphrase("other")) } == .keyPassphrase)
    try stored.change(.rotate(at: Self.start + 60))
    try loaded.reload()
    #expect(try jwks(loaded) == jwks(stored))
  }

  @Test func takesTurnsWithAnother() throws {
    let mine = try ring()
    try mine.save(try path(), passphrase: try passphrase(""), .minimum)
    let other = try StoredKeyRing.load(try path(), passphrase: try passphrase(""))
    try other.change(.rotate(at: Self.start + 60))
    // Mine still has the old keys, but changes what the file says.
    #expect(status { try mine.change(.rotate(at: Self.start + 60)) } == .notYetValid)
    try mine.change(.rotate(at: Self.start + 120))
    try other.reload()
    #expect(try jwks(mine) == jwks(other))
  }

  @Test func noticesAChangeByAnother() async throws {
    let mine = try ring()
    try mine.save(try path(), passphrase: try passphrase(""), .minimum)
    _ = mine.ring.rotationTime
    let other = try StoredKeyRing.load(try path(), passphrase: try passphrase(""))
    try other.change(.rotate(at: Self.start + 60))
    try await Task.sleep(for: .milliseconds(1100))
    #expect(mine.ring.rotationTime == Self.start + 120)
  }

  /// A change that is refused here has still seen what another process changed: a removed key must not go on.
  @Test(arguments: [KeyRingChange.rotate(at: start + 61), .remove([0x78], at: start + 61)])
  func takesOverWhatARefusedChangeHasSeen(_ change: KeyRingChange) throws {
    let mine = try ring()
    try mine.save(try path(), passphrase: try passphrase(""), .minimum)
    let other = try StoredKeyRing.load(try path(), passphrase: try passphrase(""))
    let stolen = try #require(mine.ring.keys.first).key
    let claims = Array("{}".utf8)
    let signer = try Signer.make(Policy(), mine.ring)
    let token = try signer.sign(try signer.draft(claims.span, at: Self.start))
    let verifier = PolicyVerifier.make(Policy(), mine.ring)
    #expect(status { _ = try verifier.verify(token.span, at: Self.start) } == nil)
    try other.change(.remove(stolen.id.array, at: Self.start + 60))
    #expect(status { try mine.change(change) } != nil)
    #expect(status { _ = try verifier.verify(token.span, at: Self.start) } == .keyUnknown)
    #expect(try jwks(mine) == jwks(other))
  }

  /// All who name the file, by whatever links, share it and its lock.
  @Test func followsLinks() throws {
    let stored = try ring()
    try stored.save(try path(), passphrase: try passphrase(""), .minimum)
    try FileManager.default.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: "ring")
    let linked = try StoredKeyRing.load(try path("link"), passphrase: try passphrase(""))
    try linked.change(.rotate(at: Self.start + 60))
    #expect(status { try stored.change(.rotate(at: Self.start + 61)) } == .notYetValid)
    #expect(try jwks(stored) == jwks(linked))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/link") == "ring")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["link", "ring", "ring.lock"])
  }

  @Test func overwritesNothing() throws {
    try Data("precious".utf8).write(to: URL(fileURLWithPath: "\(folder)/ring"))
    #expect(status { try ring().save(try path(), passphrase: try passphrase(""), .minimum) } == .io)
    #expect(try String(contentsOfFile: "\(folder)/ring", encoding: .utf8) == "precious")
    #expect(status { try ring().save(try path("none/ring"), passphrase: try passphrase(""), .minimum) } == .io)
  }

  @Test func changesItsPassphrase() throws {
    let stored = try ring()
    try stored.save(try path(), passphrase: try passphrase("old"), .minimum)
    try stored.save(try path(), passphrase: try passphrase("new"), .minimum)
    #expect(status { _ = try StoredKeyRing.load(try path(), passphrase: try passphrase("old")) } == .keyPassphrase)
    try stored.change(.rotate(at: Self.start + 60))
    let loaded = try StoredKeyRing.load(try path(), passphrase: try passphrase("new"))
    #expect(try jwks(loaded) == jwks(stored))
  }

  @Test func changesItsPassphraseWithoutLosingAChangeByAnother() throws {
    let mine = try ring()
    try mine.save(try path(), passphrase: try passphrase("old"), .minimum)
    let other = try StoredKeyRing.load(try path(), passphrase: try passphrase("old"))
    try other.change(.rotate(at: Self.start + 60))
    try mine.save(try path(), passphrase: try passphrase("new"), .minimum)
    #expect(try jwks(mine) == jwks(other))
    // The other does not know the new passphrase, and goes on with what it has.
    #expect(status { try other.reload() } == .keyPassphrase)
    #expect(other.ring.rotationTime == Self.start + 120)
  }

  @Test func takesNoOtherRingForItsOwn() throws {
    let mine = try ring()
    try mine.save(try path(), passphrase: try passphrase(""), .minimum)
    try FileManager.default.removeItem(atPath: "\(folder)/ring")
    let another = StoredKeyRing(try KeyRing.make(.es256, publish: 60, retain: 7200, at: Self.start))
    try another.save(try path(), passphrase: try passphrase(""), .minimum)
    #expect(status { try mine.reload() } == .keyFormat)
    #expect(status { try mine.change(.rotate(at: Self.start + 60)) } == .keyFormat)
    #expect(mine.ring.algorithm == .eddsa)
  }

  @Test(arguments: [0o644, 0o660, 0o604]) func refusesAnOpenFile(_ mode: Int) throws {
    let stored = try ring()
    try stored.save(try path(), passphrase: try passphrase(""), .minimum)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: "\(folder)/ring")
    #expect(status { _ = try StoredKeyRing.load(try path(), passphrase: try passphrase("")) } == .io)
    #expect(status { try stored.change(.rotate(at: Self.start + 60)) } == .io)
    #expect(stored.ring.rotationTime == Self.start + 60)
  }

  @Test func isOfOneFileOnly() throws {
    #expect(status { try ring().reload() } == .argument)
    #expect(status { _ = try StoredKeyRing.load(try path(), passphrase: try passphrase("")) } == .io)
  }
}
