import CPOSIX
import PinJWTCore
import PinJWTCrypto

// Texts and bytes that come in, by the header's rules for (pointer, length). size_t arrives as Int, so a length over
// PTRDIFF_MAX is negative here; PINJWT_STR is -1.

/// The bytes of a text, valid during the call.
@unsafe func text(
  _ pointer: UnsafePointer<CChar>?, _ length: Int, _ name: StaticString
) throws(Failure) -> UnsafeBufferPointer<UInt8> {
  if length == -1, let pointer = unsafe pointer {
    return unsafe try bytes(UnsafeRawPointer(pointer), strlen(pointer), name)
  }
  return unsafe try bytes(UnsafeRawPointer(pointer), length, name)
}

/// Bytes, valid during the call.
@unsafe func bytes(
  _ pointer: UnsafeRawPointer?, _ length: Int, _ name: StaticString
) throws(Failure) -> UnsafeBufferPointer<UInt8> {
  guard length >= 0 else {
    throw Failure(.argument, Sentence(text: name), "The length of \(name) is not one that memory can have.")
  }
  guard let pointer = unsafe pointer else {
    guard length == 0 else {
      throw Failure(.argument, Sentence(text: name), "The argument \(name) is NULL, but its length is not 0.")
    }
    return unsafe UnsafeBufferPointer(start: nil, count: 0)
  }
  return unsafe UnsafeBufferPointer(start: pointer.assumingMemoryBound(to: UInt8.self), count: length)
}

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
