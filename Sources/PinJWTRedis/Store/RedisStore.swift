import PinJWTCrypto
import PinJWTStores

/// Sessions on Redis or Valkey, single or as a cluster: the sessions of a user, the feed and each used key are in slots of
/// their own.
public final class RedisStore: SessionStore, @unchecked Sendable {
  // Sendable: nothing in it changes but what has a lock or is atomic.
  private let client: Client
  private let sessions: UserSessions
  private let denials: DenialFeed
  private let upkeep: Upkeep

  /// The version of what is stored.
  private static let schema: Int64 = 1

  public static func open(_ url: borrowing Span<UInt8>) throws(Failure) -> RedisStore {
    let client = try Client.make(try RedisURL(url))
    let feed = DenialFeed(client: client, scripts: try FeedScripts())
    let sessions = UserSessions(client: client, scripts: try SessionScripts(), feed: feed)
    let upkeep = Upkeep(client: client, scripts: try UpkeepScripts(), feedScripts: feed.scripts)
    let store = RedisStore(client, sessions, feed, upkeep)
    let deadline = client.deadline
    try client.check(deadline)
    try store.checkSchema(deadline)
    return store
  }

  private init(_ client: Client, _ sessions: UserSessions, _ denials: DenialFeed, _ upkeep: Upkeep) {
    self.client = client
    self.sessions = sessions
    self.denials = denials
    self.upkeep = upkeep
    super.init()
  }

  public override func create(_ request: Creation) throws(Failure) -> Created { try sessions.create(request) }

  public override func rotate(_ request: Rotation) throws(Failure) -> Rotated { try sessions.rotate(request) }

  public override func revoke(_ request: Revocation) throws(Failure) -> Revoked { try sessions.revoke(request) }

  public override func list(_ request: Listing) throws(Failure) -> [Session] { try sessions.list(request) }

  public override func bump(_ request: Bump) throws(Failure) -> Int64 { try denials.bump(request) }

  public override func deny(_ request: Denial) throws(Failure) { try denials.deny(request) }

  public override func consume(_ request: Consumption) throws(Failure) -> Bool { try denials.consume(request) }

  public override func feed(_ request: FeedRequest) throws(Failure) -> FeedPage { try denials.read(request) }

  public override func sweep(_ request: Sweep) throws(Failure) -> Progress { try upkeep.sweep(request) }

  public override func purge(_ request: Purge) throws(Failure) -> Progress { try upkeep.purge(request) }

  public override func statistics(space: [UInt8]) throws(Failure) -> Statistics {
    try upkeep.statistics(space: space)
  }

  private func checkSchema(_ deadline: Deadline) throws(Failure) {
    var keys = Arguments()
    keys.append(Keys.schema)
    var arguments = Arguments()
    arguments.append(RedisStore.schema)
    let reply = try client.run(denials.scripts.schema, key: Keys.schema, keys, arguments, .reads, deadline)
    guard let number = reply.decimal(), number > 0 else {
      throw Failure(.storeState, "store", "The key pinjwt:schema in Redis is not a number; is it another program's?")
    }
    guard number <= RedisStore.schema else {
      throw Failure(
        .storeState, "store",
        "The store in Redis has the schema \(number), newer than \(RedisStore.schema) of this library; update the library."
      )
    }
  }

  /// An answer that no script of ours gives.
  static var broken: Failure {
    Failure(
      .store, "store", "The Redis server's answer to a script is not as it should be; has the store been changed?")
  }

  /// The largest number that a script can calculate with.
  static func bounded(_ number: Int64) -> Int64 { min(max(number, 0), 1 << 52) }
}
