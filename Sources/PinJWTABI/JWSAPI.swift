// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPinJWT
import PinJWTCore
import PinJWTCrypto
import PinJWTStoreABI

@_cdecl("pinjwt_jws_sign")
@implementation
public func pinjwt_jws_sign(
  _ key: UnsafePointer<pinjwt_key>?, _ typ: UnsafePointer<CChar>?, _ typ_len: Int, _ payload: UnsafeRawPointer?,
  _ payload_len: Int, _ buf: UnsafeMutablePointer<CChar>?, _ cap: Int, _ len: UnsafeMutablePointer<Int>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let key = try unsafe borrow(key)
    let typ = try unsafe text(typ, typ_len, "typ")
    let payload = try unsafe bytes(payload, payload_len, "payload")
    let output = try unsafe Output(buf, cap, len)
    let type = try JWS.checkedType(unsafe typ.span)
    let content = unsafe payload.span
    try output.require(try JWS.length(key, type, payload: content) + 1)
    let jws = try JWS.sign(key, type, payload: content)
    try output.write(jws.span)
  }
}

@_cdecl("pinjwt_jws_verify")
@implementation
public func pinjwt_jws_verify(
  _ key: UnsafePointer<pinjwt_key>?, _ typ: UnsafePointer<CChar>?, _ typ_len: Int, _ jws: UnsafePointer<CChar>?,
  _ jws_len: Int, _ payload: UnsafeMutablePointer<UInt8>?, _ cap: Int, _ len: UnsafeMutablePointer<Int>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let key = try unsafe borrow(key)
    let typ = try unsafe text(typ, typ_len, "typ")
    let jws = try unsafe text(jws, jws_len, "jws")
    let buffer = unsafe UnsafeMutableRawPointer(payload)?.assumingMemoryBound(to: CChar.self)
    let output = try unsafe Output(buffer, cap, len)
    let type = try JWS.checkedType(unsafe typ.span)
    // Before any work; a payload is always shorter than its token.
    try output.require(jws.count)
    let payload = try JWS.verify(key, type, unsafe jws.span)
    try output.write(payload.span)
  }
}
