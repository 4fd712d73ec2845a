import PinJWTCrypto

/// The store's clock, which is the system's: milliseconds since 1970.
enum StoreClock {
  static func now() throws(Fault) -> Int64 {
    guard let now = Clock.milliseconds() else {
      throw .failed(Failure(.store, "store", "The system's clock could not be read."))
    }
    return now
  }
}
