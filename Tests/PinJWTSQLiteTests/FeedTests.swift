import PinJWTCrypto
import PinJWTStores
import Testing

@testable import PinJWTSQLite

@Suite struct FeedTests {
  private let folder: Folder
  private let store: SQLiteStore

  init() throws {
    folder = try Folder()
    store = try open(folder.file())
  }

  private func keys(_ page: FeedPage) -> [String] { page.entries.map { String(decoding: $0.key, as: UTF8.self) } }

  @Test func beginsWithTheFirstRead() throws {
    let empty = try store.read()
    #expect(empty.entries.isEmpty && !empty.more)
    #expect(empty.position == FeedPosition(epoch: bytes(16, 7), sequence: 0, mark: []))
    // The epoch stays what it was made as, and is the space's own.
    let again = try store.feed(FeedRequest(space: space, position: empty.position, limit: 1, epoch: bytes(16, 8)))
    #expect(again.position == empty.position)
    let other = try store.feed(FeedRequest(space: otherSpace, position: empty.position, limit: 1, epoch: bytes(16, 8)))
    #expect(other.position.epoch == bytes(16, 8))
  }

  @Test func keepsWhatWasDeniedBeforeTheFirstRead() throws {
    try store.denyToken("early")
    #expect(keys(try store.read()) == ["early"])
  }

  @Test func goesOnPageByPage() throws {
    for number in 1...5 { try store.denyToken("t\(number)", mark: number) }
    let first = try store.read(limit: 2)
    #expect(keys(first) == ["t1", "t2"] && first.more)
    #expect(first.position.sequence == 2 && first.position.mark == bytes(8, 2, 8))
    let second = try store.read(first.position, limit: 2)
    #expect(keys(second) == ["t3", "t4"] && second.more)
    let third = try store.read(second.position, limit: 2)
    #expect(keys(third) == ["t5"] && !third.more)
    let none = try store.read(third.position, limit: 2)
    #expect(none.entries.isEmpty && none.position == third.position)
    #expect(first.entries.map { $0.sequence } == [1, 2])
    try store.denyToken("t6")
    #expect(keys(try store.read(none.position)) == ["t6"])
  }

  @Test func readsAllFromAPositionThatItDoesNotKnow() throws {
    for number in 1...3 { try store.denyToken("t\(number)", mark: number) }
    let end = try store.read().position
    var unknown = [end, end, end, end]
    unknown[0].epoch = bytes(16, 1)
    unknown[1].mark = bytes(8, 1)
    unknown[2].sequence = 2
    unknown[3].sequence = 4
    for position in unknown { #expect(keys(try store.read(position)) == ["t1", "t2", "t3"]) }
  }

  @Test func remembersTheEndThatWasPurged() throws {
    try store.denyToken("gone", until: 1, mark: 1)
    try store.denyToken("last", until: 1, mark: 2)
    let end = try store.read().position
    #expect(try store.purge().count == 2)
    let page = try store.read(end)
    #expect(page.entries.isEmpty && page.position == end)
    try store.denyToken("new", mark: 3)
    let next = try store.read(end)
    #expect(keys(next) == ["new"] && next.entries.first?.sequence == 3)
    // Who has read less than the last that was written reads all.
    var middle = end
    middle.sequence = 1
    middle.mark = bytes(8, 1, 8)
    #expect(keys(try store.read(middle)) == ["new"])
  }

  @Test func keepsAnEntryUntilItsTime() throws {
    let page = try store.read()
    try store.denyToken("a")
    try store.denyToken("b", until: 77)
    let entries = try store.read().entries
    let until = try #require(entries.first?.until)
    #expect(until >= page.now + 60_000 && until <= page.now + 70_000)
    #expect(entries.last?.until == 77)
  }
}
