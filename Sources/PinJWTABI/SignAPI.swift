// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPinJWT
import PinJWTCore
import PinJWTCrypto
import PinJWTFiles
import PinJWTStoreABI

@_cdecl("pinjwt_signer_new")
@implementation
public func pinjwt_signer_new(
  _ policy: UnsafePointer<pinjwt_policy>?, _ key: UnsafePointer<pinjwt_key>?,
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_signer>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let policy = try unsafe borrow(policy).policy
    let key = try unsafe borrow(key)
    let out = try unsafe needed(out, "out")
    unsafe give(try Signer.make(policy, key), out)
  }
}

@_cdecl("pinjwt_signer_new_with_keyring")
@implementation
public func pinjwt_signer_new_with_keyring(
  _ policy: UnsafePointer<pinjwt_policy>?, _ ring: UnsafePointer<pinjwt_keyring>?,
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_signer>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let policy = try unsafe borrow(policy).policy
    let ring = try unsafe borrow(ring).ring
    let out = try unsafe needed(out, "out")
    unsafe give(try Signer.make(policy, ring), out)
  }
}

@_cdecl("pinjwt_sign")
@implementation
public func pinjwt_sign(
  _ signer: UnsafePointer<pinjwt_signer>?, _ claims: UnsafePointer<CChar>?, _ claims_len: Int, _ now: Int64,
  _ buf: UnsafeMutablePointer<CChar>?, _ cap: Int, _ len: UnsafeMutablePointer<Int>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let signer = try unsafe borrow(signer)
    let claims = try unsafe text(claims, claims_len, "claims")
    let output = try unsafe Output(buf, cap, len)
    let draft = try unsafe signer.draft(claims.span, at: try time(now))
    try output.require(draft.length + 1)
    let token = try signer.sign(draft)
    try output.write(token.span)
  }
}

@_cdecl("pinjwt_signer_free")
@implementation
public func pinjwt_signer_free(_ signer: UnsafeMutablePointer<pinjwt_signer>?) {
  unsafe drop(signer, as: Signer.self)
}
