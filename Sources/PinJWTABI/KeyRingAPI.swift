// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPinJWT
import PinJWTCore
import PinJWTCrypto
import PinJWTFiles
import PinJWTStoreABI

@_cdecl("pinjwt_keyring_new")
@implementation
public func pinjwt_keyring_new(
  _ alg: pinjwt_alg, _ publish_seconds: Int64, _ token_seconds: Int64, _ now: Int64,
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_keyring>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let out = try unsafe needed(out, "out")
    let ring = try KeyRing.make(
      try Algorithm(c: alg), publish: publish_seconds, retain: token_seconds, at: try time(now))
    unsafe give(StoredKeyRing(ring), out)
  }
}

@_cdecl("pinjwt_keyring_rotate")
@implementation
public func pinjwt_keyring_rotate(
  _ ring: UnsafeMutablePointer<pinjwt_keyring>?, _ now: Int64, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    try unsafe borrow(UnsafePointer(ring)).change(.rotate(at: try time(now)))
  }
}

@_cdecl("pinjwt_keyring_rotation_time")
@implementation
public func pinjwt_keyring_rotation_time(_ ring: UnsafePointer<pinjwt_keyring>?) -> Int64 {
  do throws(Failure) {
    return try unsafe borrow(ring).ring.rotationTime
  } catch {
    return 0
  }
}

@_cdecl("pinjwt_keyring_remove")
@implementation
public func pinjwt_keyring_remove(
  _ ring: UnsafeMutablePointer<pinjwt_keyring>?, _ kid: UnsafePointer<CChar>?, _ kid_len: Int, _ now: Int64,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let ring = try unsafe borrow(UnsafePointer(ring))
    let kid = try unsafe text(kid, kid_len, "kid")
    var id: [UInt8] = []
    unsafe id.append(bytes: kid.span)
    try ring.change(.remove(id, at: try time(now)))
  }
}

@_cdecl("pinjwt_keyring_to_jwks")
@implementation
public func pinjwt_keyring_to_jwks(
  _ ring: UnsafePointer<pinjwt_keyring>?, _ now: Int64, _ buf: UnsafeMutablePointer<CChar>?, _ cap: Int,
  _ len: UnsafeMutablePointer<Int>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let ring = try unsafe borrow(ring).ring
    let output = try unsafe Output(buf, cap, len)
    let jwks = try ring.jwks(at: try time(now))
    try output.write(jwks.span)
  }
}

@_cdecl("pinjwt_keyring_save")
@implementation
public func pinjwt_keyring_save(
  _ ring: UnsafeMutablePointer<pinjwt_keyring>?, _ path: UnsafePointer<CChar>?, _ passphrase: UnsafePointer<CChar>?,
  _ passphrase_len: Int, _ cost: pinjwt_cost, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let ring = try unsafe borrow(UnsafePointer(ring))
    let path = try unsafe ringPath(path)
    let passphrase = try unsafe secretPassphrase(passphrase, passphrase_len)
    try ring.save(path, passphrase: passphrase, try cost.passphraseCost)
  }
}

@_cdecl("pinjwt_keyring_load")
@implementation
public func pinjwt_keyring_load(
  _ path: UnsafePointer<CChar>?, _ passphrase: UnsafePointer<CChar>?, _ passphrase_len: Int,
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_keyring>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let out = try unsafe needed(out, "out")
    let path = try unsafe ringPath(path)
    let passphrase = try unsafe secretPassphrase(passphrase, passphrase_len)
    unsafe give(try StoredKeyRing.load(path, passphrase: passphrase), out)
  }
}

@_cdecl("pinjwt_keyring_reload")
@implementation
public func pinjwt_keyring_reload(
  _ ring: UnsafeMutablePointer<pinjwt_keyring>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    try unsafe borrow(UnsafePointer(ring)).reload()
  }
}

@_cdecl("pinjwt_keyring_free")
@implementation
public func pinjwt_keyring_free(_ ring: UnsafeMutablePointer<pinjwt_keyring>?) {
  unsafe drop(ring, as: StoredKeyRing.self)
}

extension pinjwt_cost {
  fileprivate var passphraseCost: PassphraseCost {
    get throws(Failure) {
      switch self {
      case PINJWT_COST_MINIMUM: return .minimum
      case PINJWT_COST_INTERACTIVE: return .interactive
      case PINJWT_COST_MODERATE: return .moderate
      case PINJWT_COST_SENSITIVE: return .sensitive
      default: throw Failure(.argument, "cost", "The argument cost is not one of the values of pinjwt_cost.")
      }
    }
  }
}

/// The names of a ring's lock and of its next version are a little longer.
@unsafe private func ringPath(_ pointer: UnsafePointer<CChar>?) throws(Failure) -> FilePath {
  let path = try unsafe PinJWTABI.path(pointer, "path")
  guard path.count <= 4000 else {
    throw Failure(.argument, "path", "The path of a key ring has at most 4000 bytes, this one has \(path.count).")
  }
  return path
}

@unsafe private func secretPassphrase(_ pointer: UnsafePointer<CChar>?, _ length: Int) throws(Failure) -> SecretBytes {
  let text = try unsafe passphraseText(pointer, length)
  return try SecretBytes.make(copying: unsafe text.span)
}
