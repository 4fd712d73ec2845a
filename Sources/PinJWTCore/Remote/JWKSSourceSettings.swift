import PinJWTCrypto

/// When a remote key set is fetched, and what is taken.
public struct JWKSSourceSettings: Sendable {
  /// How old a set may be before it is fetched again, in seconds; likewise below.
  var lifetime: Int64 = 600
  /// How old a set may be while fetches fail.
  var maxAge: Int64 = 86400
  /// The time between two fetches at least.
  var cooldown: Int64 = 30
  /// In bytes.
  public private(set) var maxSize = JWKSet.longest

  public init() {}

  /// From this age on the set is fetched anew while it still serves, so that nobody has to wait for it.
  var refreshAge: Int64 { lifetime - lifetime / 5 }

  public mutating func setLifetime(_ seconds: Int64) throws(Failure) {
    let seconds = try JWKSSourceSettings.checked(seconds, 86400, "lifetime")
    guard seconds <= maxAge else {
      throw Failure(
        .argument, "lifetime", "The lifetime of \(seconds) s is over the max_age of \(maxAge) s; raise that first.")
    }
    lifetime = seconds
  }

  public mutating func setMaxAge(_ seconds: Int64) throws(Failure) {
    let seconds = try JWKSSourceSettings.checked(seconds, 31_536_000, "max_age")
    guard seconds >= lifetime else {
      throw Failure(
        .argument, "max_age", "The max_age of \(seconds) s is below the lifetime of \(lifetime) s; set that first.")
    }
    maxAge = seconds
  }

  public mutating func setCooldown(_ seconds: Int64) throws(Failure) {
    cooldown = try JWKSSourceSettings.checked(seconds, 3600, "cooldown")
  }

  public mutating func setMaxSize(_ bytes: Int) throws(Failure) {
    guard (1024...JWKSet.longest).contains(bytes) else {
      throw Failure(.argument, "max_size", "The max_size must be from 1024 to \(JWKSet.longest) bytes.")
    }
    maxSize = bytes
  }

  private static func checked(_ seconds: Int64, _ most: Int64, _ what: StaticString) throws(Failure) -> Int64 {
    guard seconds >= 1, seconds <= most else {
      throw Failure(.argument, Sentence(text: what), "The \(what) must be from 1 to \(most) seconds, not \(seconds).")
    }
    return seconds
  }
}
