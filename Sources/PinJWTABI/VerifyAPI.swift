// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPinJWT
import PinJWTCore
import PinJWTCrypto
import PinJWTFiles
import PinJWTStoreABI

@_cdecl("pinjwt_verifier_new")
@implementation
public func pinjwt_verifier_new(
  _ policy: UnsafePointer<pinjwt_policy>?, _ key: UnsafePointer<pinjwt_key>?,
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_verifier>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let policy = try unsafe borrow(policy).policy
    let key = try unsafe borrow(key)
    let out = try unsafe needed(out, "out")
    unsafe give(VerifierObject(.single(try PolicyVerifier.make(policy, key))), out)
  }
}

@_cdecl("pinjwt_verifier_new_with_keyset")
@implementation
public func pinjwt_verifier_new_with_keyset(
  _ policy: UnsafePointer<pinjwt_policy>?, _ set: UnsafePointer<pinjwt_keyset>?,
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_verifier>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let policy = try unsafe borrow(policy).policy
    let set = try unsafe borrow(set)
    let out = try unsafe needed(out, "out")
    unsafe give(VerifierObject(.single(PolicyVerifier.make(policy, set))), out)
  }
}

@_cdecl("pinjwt_verifier_new_with_keyring")
@implementation
public func pinjwt_verifier_new_with_keyring(
  _ policy: UnsafePointer<pinjwt_policy>?, _ ring: UnsafePointer<pinjwt_keyring>?,
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_verifier>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let policy = try unsafe borrow(policy).policy
    let ring = try unsafe borrow(ring).ring
    let out = try unsafe needed(out, "out")
    unsafe give(VerifierObject(.single(PolicyVerifier.make(policy, ring))), out)
  }
}

@_cdecl("pinjwt_verifier_new_with_source")
@implementation
public func pinjwt_verifier_new_with_source(
  _ policy: UnsafePointer<pinjwt_policy>?, _ source: UnsafeMutablePointer<pinjwt_jwks_source>?,
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_verifier>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let policy = try unsafe borrow(policy).policy
    let source = try unsafe borrow(source)
    let out = try unsafe needed(out, "out")
    unsafe give(VerifierObject(.single(PolicyVerifier.make(policy, try source.used()))), out)
  }
}

@_cdecl("pinjwt_verifier_join")
@implementation
public func pinjwt_verifier_join(
  _ parts: UnsafePointer<UnsafePointer<pinjwt_verifier>?>?, _ parts_count: Int,
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_verifier>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let parts = try unsafe needed(parts, "parts")
    let out = try unsafe needed(out, "out")
    guard (1...1024).contains(parts_count) else {
      throw Failure(.argument, "parts", "Between 1 and 1024 verifiers can be joined.")
    }
    var verifiers: [Verifier] = []
    for index in 0..<parts_count { verifiers.append(try unsafe borrow(parts[index])) }
    unsafe give(VerifierObject(try Verifier.join(verifiers)), out)
  }
}

@_cdecl("pinjwt_verify")
@implementation
public func pinjwt_verify(
  _ verifier: UnsafePointer<pinjwt_verifier>?, _ token: UnsafePointer<CChar>?, _ token_len: Int, _ now: Int64,
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_claims>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let verifier = try unsafe borrow(verifier)
    let token = try unsafe text(token, token_len, "token")
    let out = try unsafe needed(out, "out")
    unsafe give(try verifier.verify(token.span, at: try time(now)), out)
  }
}

@_cdecl("pinjwt_verify_json")
@implementation
public func pinjwt_verify_json(
  _ verifier: UnsafePointer<pinjwt_verifier>?, _ token: UnsafePointer<CChar>?, _ token_len: Int, _ now: Int64,
  _ buf: UnsafeMutablePointer<CChar>?, _ cap: Int, _ len: UnsafeMutablePointer<Int>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let verifier = try unsafe borrow(verifier)
    let token = try unsafe text(token, token_len, "token")
    let output = try unsafe Output(buf, cap, len)
    let now = try time(now)
    // Before any work; a payload is always shorter than its token.
    try output.require(token.count)
    let claims = try unsafe verifier.verify(token.span, at: now)
    let json = claims.json
    try output.write(json.bytes)
  }
}

@_cdecl("pinjwt_verifier_free")
@implementation
public func pinjwt_verifier_free(_ verifier: UnsafeMutablePointer<pinjwt_verifier>?) {
  unsafe drop(verifier, as: VerifierObject.self)
}
