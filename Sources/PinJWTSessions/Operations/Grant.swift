import PinJWTCrypto

/// What a login or a refresh gives.
public final class Grant: Sendable {
  public let accessToken: TransientSecret
  public let refreshToken: TransientSecret
  public let sid: PinnedBytes
  public let user: PinnedBytes
  public let jti: PinnedBytes
  /// In seconds.
  public let accessSeconds: Int64
  public let refreshSeconds: Int64
  public let generation: Int64
  /// Whether the refresh token had been given before.
  public let isReplayed: Bool

  init(
    accessToken: TransientSecret, refreshToken: TransientSecret, sid: [UInt8], user: [UInt8], jti: [UInt8],
    accessSeconds: Int64, refreshSeconds: Int64, generation: Int64, isReplayed: Bool
  ) {
    self.accessToken = accessToken
    self.refreshToken = refreshToken
    self.sid = PinnedBytes(copying: sid.span)
    self.user = PinnedBytes(copying: user.span)
    self.jti = PinnedBytes(copying: jti.span)
    self.accessSeconds = accessSeconds
    self.refreshSeconds = refreshSeconds
    self.generation = generation
    self.isReplayed = isReplayed
  }
}
