import CPOSIX
import CPinJWT
import PinJWTCrypto

// What every function that C calls does with its arguments and its result, by the header's rules. size_t arrives as Int,
// so a length over PTRDIFF_MAX is negative here; PINJWT_STR is -1.

/// Runs `body`, fills `err` and answers with the status. Nothing else translates errors.
@unsafe public func answer(
  _ err: UnsafeMutablePointer<pinjwt_error>?, _ body: () throws(Failure) -> Void
) -> pinjwt_status {
  do throws(Failure) {
    try body()
    unsafe err?.pointee = pinjwt_error()
    return PINJWT_OK
  } catch {
    if let err = unsafe err { unsafe fill(&err.pointee, error) }
    return error.status.c
  }
}

/// The bytes of a text, valid during the call.
@unsafe public func text(
  _ pointer: UnsafePointer<CChar>?, _ length: Int, _ name: StaticString
) throws(Failure) -> UnsafeBufferPointer<UInt8> {
  if length == -1, let pointer = unsafe pointer {
    return unsafe try bytes(UnsafeRawPointer(pointer), strlen(pointer), name)
  }
  return unsafe try bytes(UnsafeRawPointer(pointer), length, name)
}

/// Bytes, valid during the call.
@unsafe public func bytes(
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

/// A pointer that must not be NULL.
@unsafe public func needed<Pointee>(
  _ pointer: UnsafePointer<Pointee>?, _ name: StaticString
) throws(Failure) -> UnsafePointer<Pointee> {
  guard let pointer = unsafe pointer else { throw missing(name) }
  return unsafe pointer
}

@unsafe public func needed<Pointee>(
  _ pointer: UnsafeMutablePointer<Pointee>?, _ name: StaticString
) throws(Failure) -> UnsafeMutablePointer<Pointee> {
  guard let pointer = unsafe pointer else { throw missing(name) }
  return unsafe pointer
}

private func missing(_ name: StaticString) -> Failure {
  Failure(.argument, Sentence(text: name), "The argument \(name) is NULL, and a value is needed.")
}
