import PinJWTCrypto

/// A secret of the servers that refresh: with it they know their own tokens.
final class Pepper: Sendable {
  /// Which pepper a token was made with. Two peppers may have the same: then both are tried.
  let id: UInt8
  /// The keys for the macs of tokens and for seals.
  let mac: HMACKey
  let seal: HMACKey

  static func make(_ secret: borrowing Span<UInt8>) throws(Failure) -> Pepper {
    do throws(Failure) {
      let key = try HMACKey.make(judging: secret)
      let id = try key.derived("pinjwt pepper id").secret
      return Pepper(
        id.bytes[0], mac: try key.derived("pinjwt refresh mac"), seal: try key.derived("pinjwt refresh seal"))
    } catch {
      guard error.status == .keyFormat || error.status == .keyWeak else { throw error }
      throw Failure(
        .keyWeak, "pepper",
        "A pepper must be 32 to 255 random bytes that nobody can guess; make one with \"openssl rand -hex 32\".")
    }
  }

  private init(_ id: UInt8, mac: HMACKey, seal: HMACKey) {
    self.id = id
    self.mac = mac
    self.seal = seal
  }
}

/// The peppers: the first makes tokens, all of them know theirs.
struct PepperRing: Sendable {
  let all: [Pepper]
}
