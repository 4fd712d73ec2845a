// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPOSIX
import CPinJWT
import PinJWTCrypto
import PinJWTStoreABI

@_cdecl("pinjwt_sqlite_store")
@implementation
public func pinjwt_sqlite_store(
  _ location: UnsafePointer<CChar>?, _ location_len: Int, _ out: UnsafeMutablePointer<pinjwt_store>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  do throws(Failure) {
    guard let out = unsafe out else { throw Failure(.argument, "out", "The argument out is NULL.") }
    let store = try SQLiteStore.open(unsafe text(location, location_len).span)
    unsafe out.pointee = exported(store)
    unsafe err?.pointee = pinjwt_error()
    return PINJWT_OK
  } catch {
    if let err = unsafe err { unsafe fill(&err.pointee, error) }
    return error.status.c
  }
}

/// The location, valid during the call.
@unsafe private func text(
  _ location: UnsafePointer<CChar>?, _ length: Int
) throws(Failure) -> UnsafeBufferPointer<UInt8> {
  guard let location = unsafe location else { throw Failure(.argument, "location", "The argument location is NULL.") }
  // Sound: the caller says that it ends in a NUL, or has that many bytes.
  let count = length == -1 ? unsafe strlen(location) : length
  guard count >= 0 else {
    throw Failure(.argument, "location", "The length of location is not one that memory can have.")
  }
  return unsafe UnsafeBufferPointer(start: UnsafeRawPointer(location).assumingMemoryBound(to: UInt8.self), count: count)
}
