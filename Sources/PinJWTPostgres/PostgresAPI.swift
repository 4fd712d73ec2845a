// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPOSIX
import CPinJWT
import PinJWTCrypto
import PinJWTStoreABI

@_cdecl("pinjwt_postgres_store")
@implementation
public func pinjwt_postgres_store(
  _ url: UnsafePointer<CChar>?, _ url_len: Int, _ out: UnsafeMutablePointer<pinjwt_store>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  do throws(Failure) {
    let url = try unsafe text(url, url_len)
    guard let out = unsafe out else {
      throw Failure(.argument, "out", "The argument out is NULL, and a pointer is needed.")
    }
    unsafe out.pointee = exported(try PostgresStore.open(unsafe url.span))
    unsafe err?.pointee = pinjwt_error()
    return PINJWT_OK
  } catch {
    if let err = unsafe err { unsafe fill(&err.pointee, error) }
    return error.status.c
  }
}

/// The bytes of the URL, valid during the call: not copied, for it may hold a password.
@unsafe private func text(_ pointer: UnsafePointer<CChar>?, _ length: Int) throws(Failure) -> UnsafeBufferPointer<UInt8>
{
  guard let pointer = unsafe pointer else {
    throw Failure(.argument, "url", "The argument url is NULL, and a text is needed.")
  }
  // size_t arrives as Int: PINJWT_STR is -1, and a length over PTRDIFF_MAX is negative too.
  guard length >= -1 else {
    throw Failure(.argument, "url", "The length of url is not one that memory can have.")
  }
  let count = unsafe length == -1 ? strlen(pointer) : length
  return unsafe UnsafeBufferPointer(
    start: UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt8.self), count: count)
}
