import Testing

@testable import PinJWTCrypto

@Suite struct SharedReferenceTests {
  private final class Thing: Sendable {
    let number: Int

    init(_ number: Int) {
      self.number = number
    }
  }

  @Test func isReplaced() {
    let shared = SharedReference(Thing(1))
    #expect(shared.current.number == 1)
    shared.update { Thing($0.number + 1) }
    #expect(shared.current.number == 2)
  }

  @Test func keepsTheObjectWhenAChangeFails() {
    let shared = SharedReference(Thing(1))
    #expect(throws: Status.argument) {
      try shared.update { (_) throws(Status) in throw .argument }
    }
    #expect(shared.current.number == 1)
  }

  /// A reader that has its pointer and not yet its reference.
  @Test func keepsAnObjectThatAReaderIsAboutToTake() {
    let shared = SharedReference(Thing(1))
    weak let old = shared.current
    let seen = shared.arrive()
    shared.update { _ in Thing(2) }
    #expect(old?.number == 1)
    #expect(seen.takeUnretainedValue().number == 1)
    shared.depart()
    weak let second = shared.current
    shared.update { _ in Thing(3) }
    #expect(old == nil)
    #expect(second == nil)
    #expect(shared.current.number == 3)
  }

  @Test func releasesTheLastObject() {
    weak var last: Thing?
    do {
      let shared = SharedReference(Thing(1))
      last = shared.current
      #expect(last != nil)
    }
    #expect(last == nil)
  }
}
