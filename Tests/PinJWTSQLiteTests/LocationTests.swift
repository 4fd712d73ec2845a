import PinJWTCrypto
import Testing

@testable import PinJWTSQLite

@Suite struct LocationTests {
  private func location(_ text: String) throws -> (path: String, busy: Int64) {
    let bytes = Array(text.utf8)
    let location = try Location(bytes.span)
    return (String(decoding: location.path, as: UTF8.self), location.busy)
  }

  @Test(arguments: [
    ("/var/lib/app/s.db", "/var/lib/app/s.db", 2000), ("s.db", "s.db", 2000), ("a?busy_ms=5", "a?busy_ms=5", 2000),
    ("sqlite:///var/s.db", "/var/s.db", 2000), ("sqlite:/var/s.db", "/var/s.db", 2000), ("sqlite:s.db", "s.db", 2000),
    ("sqlite:dir/s.db?busy_ms=10", "dir/s.db", 10), ("sqlite:///s.db?busy_ms=60000", "/s.db", 60_000),
    ("sqlite:///a%20b%3f%25.db", "/a b?%.db", 2000), ("a%20b", "a%20b", 2000),
  ])
  func reads(_ text: String, _ path: String, _ busy: Int64) throws {
    let read = try location(text)
    #expect(read.path == path)
    #expect(read.busy == busy)
  }

  @Test(arguments: [
    "", ":memory:", "sqlite::memory:", "sqlite:", "sqlite://", "sqlite://host/s.db", "sqlite:?busy_ms=10",
    "sqlite:s.db?", "sqlite:s.db?busy_ms=", "sqlite:s.db?busy_ms=9", "sqlite:s.db?busy_ms=60001",
    "sqlite:s.db?busy_ms=010", "sqlite:s.db?busy_ms=+10", "sqlite:s.db?busy_ms=10x", "sqlite:s.db?busy_ms=99999999999",
    "sqlite:s.db?busy_ms=10&busy_ms=10", "sqlite:s.db?Busy_ms=10", "sqlite:s.db?mode=ro", "sqlite:s.db#part",
    "sqlite:a%2", "sqlite:a%zz", "sqlite:a%00b", "postgres://host/db", "file:s.db", "sqlite:file:s.db", "a\0b",
    String(repeating: "a", count: 4097),
  ])
  func refuses(_ text: String) {
    #expect(refusal { _ = try location(text) }?.status == .argument)
  }

  @Test func needsAFolderThatIsThereAndANameInIt() throws {
    let folder = try Folder()
    #expect(refusal { _ = try open(folder.file("none/s.db")) }?.status == .storeState)
    #expect(refusal { _ = try open(folder.path + "/") }?.status == .argument)
    #expect(refusal { _ = try open(folder.path + "/..") }?.status == .argument)
    #expect(refusal { _ = try open(folder.file(String(repeating: "n", count: 499))) }?.status == .argument)
    _ = try open(folder.path + "/./s.db")
  }
}
