import CPOSIX
import PinJWTCore
import PinJWTCrypto
import PinJWTStoreABI

// Arguments that have rules of their own.

@unsafe func passphraseText(
  _ pointer: UnsafePointer<CChar>?, _ length: Int
) throws(Failure) -> UnsafeBufferPointer<UInt8> {
  let passphrase = try unsafe text(pointer, length, "passphrase")
  guard passphrase.count <= 1024 else {
    throw Failure(.argument, "passphrase", "The passphrase has \(passphrase.count) bytes; at most 1024 are accepted.")
  }
  return unsafe passphrase
}

/// Unix seconds; 0 is the system's clock.
func time(_ now: Int64) throws(Failure) -> Int64 {
  guard now == 0 else {
    try Limits.checkTime(now)
    return now
  }
  guard let time = Clock.now() else { throw Failure(.crypto, "now", "The system's clock could not be read.") }
  return time
}

/// A text that ends in a NUL and names a file or a variable.
@unsafe func path(_ pointer: UnsafePointer<CChar>?, _ name: StaticString) throws(Failure) -> FilePath {
  let pointer = try unsafe needed(pointer, name)
  return try FilePath(unsafe text(pointer, strnlen(pointer, FilePath.longest + 1), name).span)
}
