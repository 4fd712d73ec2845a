// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPinJWT
import PinJWTCore
import PinJWTCrypto
import PinJWTFiles
import PinJWTStoreABI

@_cdecl("pinjwt_key_from_secret")
@implementation
public func pinjwt_key_from_secret(
  _ alg: pinjwt_alg, _ secret: UnsafeRawPointer?, _ secret_len: Int,
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_key>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let out = try unsafe needed(out, "out")
    let algorithm = try Algorithm(c: alg)
    let secret = try unsafe bytes(secret, secret_len, "secret")
    unsafe give(try Key.make(algorithm, secret: secret.span), out)
  }
}

@_cdecl("pinjwt_key_from_pem")
@implementation
public func pinjwt_key_from_pem(
  _ alg: pinjwt_alg, _ pem: UnsafePointer<CChar>?, _ pem_len: Int, _ passphrase: UnsafePointer<CChar>?,
  _ passphrase_len: Int, _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_key>?>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let out = try unsafe needed(out, "out")
    let algorithm = try Algorithm(c: alg)
    let pem = try unsafe text(pem, pem_len, "pem")
    let passphrase = try unsafe passphraseText(passphrase, passphrase_len)
    unsafe give(try Key.make(algorithm, pem: pem.span, passphrase: passphrase.span), out)
  }
}

@_cdecl("pinjwt_key_from_der")
@implementation
public func pinjwt_key_from_der(
  _ alg: pinjwt_alg, _ der: UnsafeRawPointer?, _ der_len: Int,
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_key>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let out = try unsafe needed(out, "out")
    let algorithm = try Algorithm(c: alg)
    let der = try unsafe bytes(der, der_len, "der")
    unsafe give(try Key.make(algorithm, der: der.span), out)
  }
}

@_cdecl("pinjwt_key_from_jwk")
@implementation
public func pinjwt_key_from_jwk(
  _ alg: pinjwt_alg, _ json: UnsafePointer<CChar>?, _ json_len: Int,
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_key>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let out = try unsafe needed(out, "out")
    let algorithm = try Algorithm(c: alg)
    let json = try unsafe text(json, json_len, "json")
    unsafe give(try Key.make(algorithm, jwk: json.span), out)
  }
}

@_cdecl("pinjwt_key_from_file")
@implementation
public func pinjwt_key_from_file(
  _ alg: pinjwt_alg, _ path: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_key>?>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let out = try unsafe needed(out, "out")
    let algorithm = try Algorithm(c: alg)
    let path = try unsafe PinJWTABI.path(path, "path")
    unsafe give(try KeyFile.read(algorithm, path), out)
  }
}

@_cdecl("pinjwt_key_from_env")
@implementation
public func pinjwt_key_from_env(
  _ alg: pinjwt_alg, _ name: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_key>?>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let out = try unsafe needed(out, "out")
    let algorithm = try Algorithm(c: alg)
    let name = try unsafe PinJWTABI.path(name, "name")
    unsafe give(try KeyFile.read(algorithm, variable: name), out)
  }
}

@_cdecl("pinjwt_key_generate")
@implementation
public func pinjwt_key_generate(
  _ alg: pinjwt_alg, _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_key>?>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let out = try unsafe needed(out, "out")
    unsafe give(try Key.make(generating: try Algorithm(c: alg)), out)
  }
}

@_cdecl("pinjwt_key_external")
@implementation
public func pinjwt_key_external(
  _ public_key: UnsafePointer<pinjwt_key>?, _ sign: pinjwt_sign_fn?, _ context: UnsafeMutableRawPointer?,
  _ release: pinjwt_release_fn?, _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_key>?>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let key = try unsafe borrow(public_key, "public_key")
    let out = try unsafe needed(out, "out")
    guard let sign = unsafe sign else {
      throw Failure(.argument, "sign", "The argument sign is NULL, and a callback is needed.")
    }
    // The context is the caller's until nothing can fail any more.
    let holder = unsafe HookContext(context, nil)
    let made = try Key.make(external: key) { message, signature in unsafe askToSign(sign, holder, message, &signature) }
    unsafe holder.adopt(release)
    unsafe give(made, out)
  }
}

/// The number of bytes that the host's callback wrote; nil unless it answered PINJWT_SIGNED.
@unsafe private func askToSign(
  _ sign: pinjwt_sign_fn, _ context: HookContext, _ message: borrowing Span<UInt8>,
  _ signature: inout MutableSpan<UInt8>
) -> Int? {
  // Sound: each pointer goes with its own count, and lives until the callback has returned.
  unsafe signature.withUnsafeMutableBufferPointer { target in
    unsafe message.withUnsafeBufferPointer { source in
      var length = 0
      let answer = unsafe sign(
        context.pointer, source.baseAddress, source.count, target.baseAddress, target.count, &length)
      // A size_t over PTRDIFF_MAX is negative here, and no length of a signature.
      return answer == PINJWT_SIGNED ? length : nil
    }
  }
}

@_cdecl("pinjwt_key_with_id")
@implementation
public func pinjwt_key_with_id(
  _ key: UnsafePointer<pinjwt_key>?, _ kid: UnsafePointer<CChar>?, _ kid_len: Int,
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_key>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let key = try unsafe borrow(key)
    let kid = try unsafe text(kid, kid_len, "kid")
    let out = try unsafe needed(out, "out")
    unsafe give(try key.withID(kid.span), out)
  }
}

@_cdecl("pinjwt_key_public")
@implementation
public func pinjwt_key_public(
  _ key: UnsafePointer<pinjwt_key>?, _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_key>?>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let key = try unsafe borrow(key)
    let out = try unsafe needed(out, "out")
    unsafe give(try key.publicHalf(), out)
  }
}

@_cdecl("pinjwt_key_alg")
@implementation
public func pinjwt_key_alg(_ key: UnsafePointer<pinjwt_key>?) -> pinjwt_alg {
  do throws(Failure) {
    return try unsafe borrow(key).algorithm.c
  } catch {
    return pinjwt_alg(rawValue: 0)
  }
}

@_cdecl("pinjwt_key_can_sign")
@implementation
public func pinjwt_key_can_sign(_ key: UnsafePointer<pinjwt_key>?) -> Int32 {
  do throws(Failure) {
    return try unsafe borrow(key).canSign ? 1 : 0
  } catch {
    return 0
  }
}

@_cdecl("pinjwt_key_id")
@implementation
public func pinjwt_key_id(
  _ key: UnsafePointer<pinjwt_key>?, _ out: UnsafeMutablePointer<pinjwt_bytes>?
) -> pinjwt_status {
  unsafe answer(nil) { () throws(Failure) in
    let key = try unsafe borrow(key)
    unsafe try needed(out, "out").pointee = lend(key.id, 0..<key.id.count)
  }
}

@_cdecl("pinjwt_key_thumbprint")
@implementation
public func pinjwt_key_thumbprint(
  _ key: UnsafePointer<pinjwt_key>?, _ buf: UnsafeMutablePointer<CChar>?, _ cap: Int,
  _ len: UnsafeMutablePointer<Int>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let key = try unsafe borrow(key)
    let output = try unsafe Output(buf, cap, len)
    let thumbprint = key.thumbprint
    guard !thumbprint.isEmpty else {
      throw Failure(.keyMismatch, "key", "An HMAC secret has no thumbprint here: it would publish the secret's hash.")
    }
    try output.write(thumbprint.span)
  }
}

extension pinjwt_part {
  /// Whether the private half is asked for.
  var isPrivate: Bool {
    get throws(Failure) {
      switch self {
      case PINJWT_PART_PUBLIC: return false
      case PINJWT_PART_PRIVATE: return true
      default: throw Failure(.argument, "part", "The argument part is not one of the values of pinjwt_part.")
      }
    }
  }
}

@_cdecl("pinjwt_key_to_jwk")
@implementation
public func pinjwt_key_to_jwk(
  _ key: UnsafePointer<pinjwt_key>?, _ part: pinjwt_part, _ buf: UnsafeMutablePointer<CChar>?, _ cap: Int,
  _ len: UnsafeMutablePointer<Int>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let key = try unsafe borrow(key)
    let output = try unsafe Output(buf, cap, len)
    let jwk = try key.jwk(privateHalf: try part.isPrivate)
    try output.write(jwk.bytes)
  }
}

@_cdecl("pinjwt_key_to_pem")
@implementation
public func pinjwt_key_to_pem(
  _ key: UnsafePointer<pinjwt_key>?, _ part: pinjwt_part, _ buf: UnsafeMutablePointer<CChar>?, _ cap: Int,
  _ len: UnsafeMutablePointer<Int>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let key = try unsafe borrow(key)
    let output = try unsafe Output(buf, cap, len)
    let pem = try key.material.pem(privateHalf: try part.isPrivate)
    try output.write(pem.bytes)
  }
}

@_cdecl("pinjwt_key_free")
@implementation
public func pinjwt_key_free(_ key: UnsafeMutablePointer<pinjwt_key>?) {
  unsafe drop(key, as: Key.self)
}

/// Bytes of an object, which the caller may read as long as it holds the object.
@unsafe func lend(_ bytes: PinnedBytes, _ range: Range<Int>) -> pinjwt_bytes {
  unsafe pinjwt_bytes(data: bytes.address + range.lowerBound, len: range.count)
}
