import PinJWTCrypto
import PinJWTStores
import Synchronization

@testable import PinJWTSessions

/// Counts what reaches a store.
final class CountingStore: SessionStore, @unchecked Sendable {
  private let store: SessionStore
  private let count = Atomic<Int>(0)

  init(_ store: SessionStore) {
    self.store = store
    super.init()
  }

  var calls: Int { count.load(ordering: .sequentiallyConsistent) }

  override func create(_ request: Creation) throws(Failure) -> Created {
    count.add(1, ordering: .sequentiallyConsistent)
    return try store.create(request)
  }

  override func rotate(_ request: Rotation) throws(Failure) -> Rotated {
    count.add(1, ordering: .sequentiallyConsistent)
    return try store.rotate(request)
  }

  override func revoke(_ request: Revocation) throws(Failure) -> Revoked {
    count.add(1, ordering: .sequentiallyConsistent)
    return try store.revoke(request)
  }
}

/// A store whose feed is what the test says, and which can be down.
final class ScriptedStore: SessionStore, @unchecked Sendable {
  let isDown = Atomic<Bool>(false)
  private let reads = Atomic<Int>(0)
  // ThreadSanitizer knows pthread's locks, not those of the standard library.
  private let lock = Lock()
  private var feed = MemoryFeed(epoch: [UInt8](repeating: 1, count: 16))
  private let gate: (@Sendable () -> Void)?

  init(gate: (@Sendable () -> Void)? = nil) {
    self.gate = gate
    super.init()
  }

  var readCount: Int { reads.load(ordering: .sequentiallyConsistent) }

  func change(_ body: (inout MemoryFeed) -> Void) { lock.withLock { body(&feed) } }

  override func feed(_ request: FeedRequest) throws(Failure) -> FeedPage {
    reads.add(1, ordering: .sequentiallyConsistent)
    gate?()
    if isDown.load(ordering: .sequentiallyConsistent) { throw Failure(.store, "store", "It is down.") }
    return lock.withLock { feed.page(request, at: 1_000_000_000_000) }
  }
}
