// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPinJWT
import PinJWTCore
import PinJWTCrypto
import PinJWTStoreABI

@_cdecl("pinjwt_claims_json")
@implementation
public func pinjwt_claims_json(
  _ claims: UnsafePointer<pinjwt_claims>?, _ out: UnsafeMutablePointer<pinjwt_bytes>?
) -> pinjwt_status {
  unsafe answer(nil) { () throws(Failure) in
    let json = try unsafe borrow(claims).json
    unsafe try needed(out, "out").pointee = lend(json, 0..<json.count)
  }
}

@_cdecl("pinjwt_claims_header")
@implementation
public func pinjwt_claims_header(
  _ claims: UnsafePointer<pinjwt_claims>?, _ out: UnsafeMutablePointer<pinjwt_bytes>?
) -> pinjwt_status {
  unsafe answer(nil) { () throws(Failure) in
    let header = try unsafe borrow(claims).header
    unsafe try needed(out, "out").pointee = lend(header, 0..<header.count)
  }
}

@_cdecl("pinjwt_claims_get_string")
@implementation
public func pinjwt_claims_get_string(
  _ claims: UnsafePointer<pinjwt_claims>?, _ name: UnsafePointer<CChar>?, _ name_len: Int,
  _ out: UnsafeMutablePointer<pinjwt_bytes>?
) -> pinjwt_status {
  unsafe get(claims, name, name_len, out) { (claims, name) throws(Status) in
    unsafe lend(claims.decoded, try claims.string(name))
  }
}

@_cdecl("pinjwt_claims_get_item")
@implementation
public func pinjwt_claims_get_item(
  _ claims: UnsafePointer<pinjwt_claims>?, _ name: UnsafePointer<CChar>?, _ name_len: Int, _ index: Int,
  _ out: UnsafeMutablePointer<pinjwt_bytes>?
) -> pinjwt_status {
  // A size_t over PTRDIFF_MAX is negative here, and behind the end of any array.
  let index = index < 0 ? Int.max : index
  return unsafe get(claims, name, name_len, out) { (claims, name) throws(Status) in
    unsafe lend(claims.decoded, try claims.item(name, index))
  }
}

@_cdecl("pinjwt_claims_get_int")
@implementation
public func pinjwt_claims_get_int(
  _ claims: UnsafePointer<pinjwt_claims>?, _ name: UnsafePointer<CChar>?, _ name_len: Int,
  _ out: UnsafeMutablePointer<Int64>?
) -> pinjwt_status {
  unsafe get(claims, name, name_len, out) { (claims, name) throws(Status) in try claims.integer(name) }
}

@_cdecl("pinjwt_claims_get_time")
@implementation
public func pinjwt_claims_get_time(
  _ claims: UnsafePointer<pinjwt_claims>?, _ name: UnsafePointer<CChar>?, _ name_len: Int,
  _ out: UnsafeMutablePointer<Int64>?
) -> pinjwt_status {
  unsafe get(claims, name, name_len, out) { (claims, name) throws(Status) in try claims.time(name) }
}

@_cdecl("pinjwt_claims_get_bool")
@implementation
public func pinjwt_claims_get_bool(
  _ claims: UnsafePointer<pinjwt_claims>?, _ name: UnsafePointer<CChar>?, _ name_len: Int,
  _ out: UnsafeMutablePointer<Int32>?
) -> pinjwt_status {
  unsafe get(claims, name, name_len, out) { (claims, name) throws(Status) in try claims.boolean(name) ? 1 : 0 }
}

@_cdecl("pinjwt_claims_get_json")
@implementation
public func pinjwt_claims_get_json(
  _ claims: UnsafePointer<pinjwt_claims>?, _ name: UnsafePointer<CChar>?, _ name_len: Int,
  _ out: UnsafeMutablePointer<pinjwt_bytes>?
) -> pinjwt_status {
  unsafe get(claims, name, name_len, out) { (claims, name) throws(Status) in
    unsafe lend(claims.json, try claims.value(name))
  }
}

@_cdecl("pinjwt_claims_free")
@implementation
public func pinjwt_claims_free(_ claims: UnsafeMutablePointer<pinjwt_claims>?) {
  unsafe drop(claims, as: Claims.self)
}

/// What the getters share: no `err`, the output written on success only.
@unsafe private func get<Value>(
  _ claims: UnsafePointer<pinjwt_claims>?, _ name: UnsafePointer<CChar>?, _ name_len: Int,
  _ out: UnsafeMutablePointer<Value>?, _ read: (Claims, borrowing Span<UInt8>) throws(Status) -> Value
) -> pinjwt_status {
  let object: Claims
  let bytes: UnsafeBufferPointer<UInt8>
  let target: UnsafeMutablePointer<Value>
  do throws(Failure) {
    object = try unsafe borrow(claims)
    unsafe bytes = try text(name, name_len, "name")
    unsafe target = try needed(out, "out")
  } catch {
    return error.status.c
  }
  do throws(Status) {
    let span = unsafe bytes.span
    unsafe target.pointee = try read(object, span)
    return PINJWT_OK
  } catch {
    return error.c
  }
}
