import PinJWTCrypto

/// Where sessions, versions of users, denials and used one-shot tokens are kept. Each store is a class of its own.
///
/// Every operation is atomic and durable when it returns: whatever it has not acknowledged may or may not have happened.
/// A failure is `.store` where the store did not answer (or an outcome is unknown) and `.storeState` where it is not
/// usable as it is. Operations may be called by any number of threads, and in a process that was forked later.
open class SessionStore: @unchecked Sendable {
  // Sendable: each subclass says how it is safe to share.

  public init() {}

  /// Adds a session, with the user's version and the store's time, and revokes the oldest live sessions of the user that
  /// are more than `cap`. Exact when several log in at once.
  open func create(_ request: Creation) throws(Failure) -> Created { throw notImplemented }

  /// Judges a refresh token and moves the row on, in one step that no other operation on the row comes between. A verdict
  /// that revokes is written, the denial of the sid included, before it is answered.
  open func rotate(_ request: Rotation) throws(Failure) -> Rotated { throw notImplemented }

  open func revoke(_ request: Revocation) throws(Failure) -> Revoked { throw notImplemented }

  open func sweep(_ request: Sweep) throws(Failure) -> Progress { throw notImplemented }

  /// The user's new version.
  open func bump(_ request: Bump) throws(Failure) -> Int64 { throw notImplemented }

  open func deny(_ request: Denial) throws(Failure) { throw notImplemented }

  /// Whether this was the first time.
  open func consume(_ request: Consumption) throws(Failure) -> Bool { throw notImplemented }

  open func feed(_ request: FeedRequest) throws(Failure) -> FeedPage { throw notImplemented }

  open func list(_ request: Listing) throws(Failure) -> [Session] { throw notImplemented }

  open func purge(_ request: Purge) throws(Failure) -> Progress { throw notImplemented }

  open func statistics(space: [UInt8]) throws(Failure) -> Statistics { throw notImplemented }

  private var notImplemented: Failure {
    Failure(.store, "store", "The store does not have this operation; supply a store that has them all.")
  }
}
