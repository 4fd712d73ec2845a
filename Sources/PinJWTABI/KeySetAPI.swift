// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPinJWT
import PinJWTCore
import PinJWTCrypto
import PinJWTStoreABI

@_cdecl("pinjwt_keyset_new")
@implementation
public func pinjwt_keyset_new(
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_keyset>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    unsafe give(KeySet(), try needed(out, "out"))
  }
}

@_cdecl("pinjwt_keyset_add")
@implementation
public func pinjwt_keyset_add(
  _ set: UnsafeMutablePointer<pinjwt_keyset>?, _ key: UnsafePointer<pinjwt_key>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let set = try unsafe borrow(UnsafePointer(set))
    try set.add(try unsafe borrow(key))
  }
}

@_cdecl("pinjwt_keyset_remove")
@implementation
public func pinjwt_keyset_remove(
  _ set: UnsafeMutablePointer<pinjwt_keyset>?, _ kid: UnsafePointer<CChar>?, _ kid_len: Int,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let set = try unsafe borrow(UnsafePointer(set))
    let kid = try unsafe text(kid, kid_len, "kid")
    unsafe try set.remove(kid.span)
  }
}

@_cdecl("pinjwt_keyset_load_jwks")
@implementation
public func pinjwt_keyset_load_jwks(
  _ set: UnsafeMutablePointer<pinjwt_keyset>?, _ json: UnsafePointer<CChar>?, _ json_len: Int,
  _ allowed: UnsafePointer<pinjwt_alg>?, _ allowed_count: Int, _ skipped: UnsafeMutablePointer<Int>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let set = try unsafe borrow(UnsafePointer(set))
    let json = try unsafe text(json, json_len, "json")
    let algorithms = try unsafe algorithms(allowed, allowed_count)
    let count = try set.load(unsafe json.span, allowed: algorithms)
    unsafe skipped?.pointee = count
  }
}

@_cdecl("pinjwt_keyset_count")
@implementation
public func pinjwt_keyset_count(_ set: UnsafePointer<pinjwt_keyset>?) -> Int {
  do throws(Failure) {
    return try unsafe borrow(set).count
  } catch {
    return 0
  }
}

@_cdecl("pinjwt_keyset_to_jwks")
@implementation
public func pinjwt_keyset_to_jwks(
  _ set: UnsafePointer<pinjwt_keyset>?, _ buf: UnsafeMutablePointer<CChar>?, _ cap: Int,
  _ len: UnsafeMutablePointer<Int>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let set = try unsafe borrow(set)
    let output = try unsafe Output(buf, cap, len)
    let jwks = try set.jwks()
    try output.write(jwks.span)
  }
}

@_cdecl("pinjwt_keyset_free")
@implementation
public func pinjwt_keyset_free(_ set: UnsafeMutablePointer<pinjwt_keyset>?) {
  unsafe drop(set, as: KeySet.self)
}

/// The pins that keys of a set may have.
@unsafe func algorithms(_ allowed: UnsafePointer<pinjwt_alg>?, _ count: Int) throws(Failure) -> [Algorithm] {
  let allowed = try unsafe needed(allowed, "allowed")
  guard (1...16).contains(count) else {
    throw Failure(.argument, "allowed", "Between 1 and 16 algorithms can be allowed.")
  }
  var algorithms: [Algorithm] = []
  for index in 0..<count { algorithms.append(try Algorithm(c: unsafe allowed[index])) }
  return algorithms
}
