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
    let place = shared.arrive()
    shared.update { _ in Thing(2) }
    #expect(old?.number == 1)
    shared.depart(place)
    weak let second = shared.current
    shared.update { _ in Thing(3) }
    #expect(old == nil)
    #expect(second == nil)
    #expect(shared.current.number == 3)
  }

  /// Likewise where the next change begins on the other side.
  @Test func keepsAnObjectThroughSeveralChanges() {
    let shared = SharedReference(Thing(1))
    weak let old = shared.current
    let place = shared.arrive()
    for number in 2...5 {
      shared.update { _ in Thing(number) }
      #expect(old?.number == 1)
    }
    shared.depart(place)
    shared.update { _ in Thing(6) }
    #expect(old == nil)
  }

  /// What is released may change the reference itself.
  @Test func releasesWithoutTheLock() {
    final class Changing: Sendable {
      let shared: SharedReference<Thing>?
      init(_ shared: SharedReference<Thing>?) { self.shared = shared }
      deinit { shared?.update { Thing($0.number + 1) } }
    }
    final class Holder: Sendable {
      let changing: Changing
      init(_ changing: Changing) { self.changing = changing }
    }
    let inner = SharedReference(Thing(1))
    let outer = SharedReference(Holder(Changing(inner)))
    outer.update { _ in Holder(Changing(nil)) }
    #expect(inner.current.number == 2)
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
