// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPinJWT
import PinJWTCore
import PinJWTCrypto
import PinJWTStoreABI

@_cdecl("pinjwt_policy_new")
@implementation
public func pinjwt_policy_new(
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_policy>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    unsafe give(MutablePolicy(), try needed(out, "out"))
  }
}

@_cdecl("pinjwt_policy_set_issuer")
@implementation
public func pinjwt_policy_set_issuer(
  _ policy: UnsafeMutablePointer<pinjwt_policy>?, _ iss: UnsafePointer<CChar>?, _ iss_len: Int,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let text = try unsafe text(iss, iss_len, "iss")
    try unsafe borrow(policy).policy.setIssuer(text.span)
  }
}

@_cdecl("pinjwt_policy_add_audience")
@implementation
public func pinjwt_policy_add_audience(
  _ policy: UnsafeMutablePointer<pinjwt_policy>?, _ aud: UnsafePointer<CChar>?, _ aud_len: Int,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let text = try unsafe text(aud, aud_len, "aud")
    try unsafe borrow(policy).policy.addAudience(text.span)
  }
}

@_cdecl("pinjwt_policy_set_subject")
@implementation
public func pinjwt_policy_set_subject(
  _ policy: UnsafeMutablePointer<pinjwt_policy>?, _ sub: UnsafePointer<CChar>?, _ sub_len: Int,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let text = try unsafe text(sub, sub_len, "sub")
    try unsafe borrow(policy).policy.setSubject(text.span)
  }
}

@_cdecl("pinjwt_policy_set_type")
@implementation
public func pinjwt_policy_set_type(
  _ policy: UnsafeMutablePointer<pinjwt_policy>?, _ typ: UnsafePointer<CChar>?, _ typ_len: Int,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let text = try unsafe text(typ, typ_len, "typ")
    try unsafe borrow(policy).policy.setType(text.span)
  }
}

@_cdecl("pinjwt_policy_set_lifetime")
@implementation
public func pinjwt_policy_set_lifetime(
  _ policy: UnsafeMutablePointer<pinjwt_policy>?, _ seconds: Int64, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in try unsafe borrow(policy).policy.setLifetime(seconds) }
}

@_cdecl("pinjwt_policy_set_max_lifetime")
@implementation
public func pinjwt_policy_set_max_lifetime(
  _ policy: UnsafeMutablePointer<pinjwt_policy>?, _ seconds: Int64, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in try unsafe borrow(policy).policy.setMaxLifetime(seconds) }
}

@_cdecl("pinjwt_policy_set_leeway")
@implementation
public func pinjwt_policy_set_leeway(
  _ policy: UnsafeMutablePointer<pinjwt_policy>?, _ seconds: Int64, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in try unsafe borrow(policy).policy.setLeeway(seconds) }
}

@_cdecl("pinjwt_policy_set_max_token_size")
@implementation
public func pinjwt_policy_set_max_token_size(
  _ policy: UnsafeMutablePointer<pinjwt_policy>?, _ bytes: Int, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in try unsafe borrow(policy).policy.setMaxTokenSize(bytes) }
}

@_cdecl("pinjwt_policy_require_claim")
@implementation
public func pinjwt_policy_require_claim(
  _ policy: UnsafeMutablePointer<pinjwt_policy>?, _ name: UnsafePointer<CChar>?, _ name_len: Int,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let text = try unsafe text(name, name_len, "name")
    try unsafe borrow(policy).policy.requireClaim(text.span)
  }
}

@_cdecl("pinjwt_policy_allow_sensitive")
@implementation
public func pinjwt_policy_allow_sensitive(
  _ policy: UnsafeMutablePointer<pinjwt_policy>?, _ claim: UnsafePointer<CChar>?, _ claim_len: Int,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let text = try unsafe text(claim, claim_len, "claim")
    try unsafe borrow(policy).policy.allowSensitive(text.span)
  }
}

@_cdecl("pinjwt_policy_free")
@implementation
public func pinjwt_policy_free(_ policy: UnsafeMutablePointer<pinjwt_policy>?) {
  unsafe drop(policy, as: MutablePolicy.self)
}

/// A policy handle that a function changes.
@unsafe private func borrow(_ handle: UnsafeMutablePointer<pinjwt_policy>?) throws(Failure) -> MutablePolicy {
  try unsafe borrow(UnsafePointer(handle))
}
