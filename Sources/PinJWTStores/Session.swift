/// One session: a family of refresh tokens, of which a store keeps one row.
///
/// Every time is in milliseconds since 1970 by the store's clock. Texts are UTF-8 without control characters, judged
/// before they come to a store.
public struct Session: Equatable, Sendable {
  /// 16 bytes, the row's key. The first 4 are the user's tag, the same for all sessions of the user.
  public var selector: [UInt8]
  /// The public name of the session: 22 characters of base64url, whose first 4 bytes are the user's tag too.
  public var sid: [UInt8]
  /// 1 to 256 bytes.
  public var user: [UInt8]
  /// 0 to 256 bytes.
  public var client: [UInt8]
  /// The claims that its access tokens carry beside the library's own: a JSON object of up to 4096 bytes, or empty.
  public var claims: [UInt8]
  /// Up to 64 bytes.
  public var device: [UInt8]
  /// Up to 45 bytes.
  public var address: [UInt8]
  /// Up to 256 bytes.
  public var agent: [UInt8]
  /// The generation of the current refresh token, 0 to 2^32 - 1.
  public var generation: Int64
  /// The hash of the current refresh token, 32 bytes.
  public var current: [UInt8]
  /// The hash of the one before, 32 bytes; empty before the first rotation.
  public var previous: [UInt8]
  /// The verifier of the current token, sealed for who presents the previous one: 32 bytes, or empty.
  public var seal: [UInt8]
  /// What the seal was made with: 16 bytes, or empty.
  public var nonce: [UInt8]
  /// The jti of the access token that came with the current refresh token: up to 22 bytes.
  public var jti: [UInt8]
  /// The user's version at login.
  public var version: Int64
  public var created: Int64
  /// The last rotation, or the login.
  public var rotated: Int64
  /// When it ends if it is not used: never after `end`.
  public var idleEnd: Int64
  /// When it ends in any case.
  public var end: Int64
  /// When it was revoked; 0 if it was not.
  public var revoked: Int64
  /// Why it was revoked.
  public var reason: RevocationReason

  public init(
    selector: [UInt8], sid: [UInt8], user: [UInt8], client: [UInt8] = [], claims: [UInt8] = [], device: [UInt8] = [],
    address: [UInt8] = [], agent: [UInt8] = [], generation: Int64 = 0, current: [UInt8], previous: [UInt8] = [],
    seal: [UInt8] = [], nonce: [UInt8] = [], jti: [UInt8], version: Int64 = 0, created: Int64 = 0, rotated: Int64 = 0,
    idleEnd: Int64 = 0, end: Int64 = 0, revoked: Int64 = 0, reason: RevocationReason = .none
  ) {
    self.selector = selector
    self.sid = sid
    self.user = user
    self.client = client
    self.claims = claims
    self.device = device
    self.address = address
    self.agent = agent
    self.generation = generation
    self.current = current
    self.previous = previous
    self.seal = seal
    self.nonce = nonce
    self.jti = jti
    self.version = version
    self.created = created
    self.rotated = rotated
    self.idleEnd = idleEnd
    self.end = end
    self.revoked = revoked
    self.reason = reason
  }

  /// The row of the session once it is revoked.
  public func ended(_ reason: RevocationReason, at now: Int64) -> Session {
    var row = self
    row.revoked = now
    row.reason = reason
    row.seal = []
    row.nonce = []
    return row
  }

  /// Whether it can still be refreshed, as far as the row tells.
  public func isLive(userVersion: Int64, at now: Int64) -> Bool {
    revoked == 0 && now < idleEnd && now < end && userVersion <= version
  }
}

/// Why a session was revoked: the numbers of `pinjwt_reason` in the C header.
public enum RevocationReason: Int32, CaseIterable, Sendable {
  /// It was not.
  case none = 0
  /// `logout`.
  case logout = 1
  /// `revoke_session`.
  case session = 2
  /// `revoke_user`.
  case user = 3
  /// The user signed in once more than the sessions per user allow, and this was the oldest.
  case displaced = 4
  /// A refresh token was used again after its time.
  case reused = 5
  /// The store was rolled back behind this session.
  case rolledBack = 6
  /// `revoke_before`.
  case before = 7
  /// The user's version was raised, by `bump_user`. No row carries it: the version tells.
  case version = 8
}
