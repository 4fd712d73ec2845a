// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPinJWT
import PinJWTCore
import PinJWTCrypto
import PinJWTStoreABI

@_cdecl("pinjwt_jwks_source_new")
@implementation
public func pinjwt_jwks_source_new(
  _ url: UnsafePointer<CChar>?, _ url_len: Int, _ transport: pinjwt_transport, _ allowed: UnsafePointer<pinjwt_alg>?,
  _ allowed_count: Int, _ fetch: pinjwt_fetch_fn?, _ context: UnsafeMutableRawPointer?, _ release: pinjwt_release_fn?,
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_jwks_source>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let text = try unsafe text(url, url_len, "url")
    let url = try JWKSURL(unsafe text.span, allowHTTP: try transport.allowsHTTP)
    let algorithms = try unsafe algorithms(allowed, allowed_count)
    try JWKSSource.checkAllowed(algorithms)
    guard let fetch = unsafe fetch else {
      throw Failure(.argument, "fetch", "The argument fetch is NULL, and a callback is needed.")
    }
    let out = try unsafe needed(out, "out")
    unsafe give(SourceObject(url, algorithms, fetch, HookContext(context, release)), out)
  }
}

@_cdecl("pinjwt_jwks_source_set_lifetime")
@implementation
public func pinjwt_jwks_source_set_lifetime(
  _ source: UnsafeMutablePointer<pinjwt_jwks_source>?, _ seconds: Int64, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    try unsafe borrow(source).set { (settings) throws(Failure) in try settings.setLifetime(seconds) }
  }
}

@_cdecl("pinjwt_jwks_source_set_max_age")
@implementation
public func pinjwt_jwks_source_set_max_age(
  _ source: UnsafeMutablePointer<pinjwt_jwks_source>?, _ seconds: Int64, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    try unsafe borrow(source).set { (settings) throws(Failure) in try settings.setMaxAge(seconds) }
  }
}

@_cdecl("pinjwt_jwks_source_set_cooldown")
@implementation
public func pinjwt_jwks_source_set_cooldown(
  _ source: UnsafeMutablePointer<pinjwt_jwks_source>?, _ seconds: Int64, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    try unsafe borrow(source).set { (settings) throws(Failure) in try settings.setCooldown(seconds) }
  }
}

@_cdecl("pinjwt_jwks_source_set_max_size")
@implementation
public func pinjwt_jwks_source_set_max_size(
  _ source: UnsafeMutablePointer<pinjwt_jwks_source>?, _ bytes: Int, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    try unsafe borrow(source).set { (settings) throws(Failure) in try settings.setMaxSize(bytes) }
  }
}

@_cdecl("pinjwt_jwks_source_refresh")
@implementation
public func pinjwt_jwks_source_refresh(
  _ source: UnsafeMutablePointer<pinjwt_jwks_source>?, _ now: Int64, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let source = try unsafe borrow(source)
    let now = try time(now)
    try source.used().refresh(at: now)
  }
}

@_cdecl("pinjwt_jwks_source_free")
@implementation
public func pinjwt_jwks_source_free(_ source: UnsafeMutablePointer<pinjwt_jwks_source>?) {
  unsafe drop(source, as: SourceObject.self)
}

extension pinjwt_transport {
  fileprivate var allowsHTTP: Bool {
    get throws(Failure) {
      switch self {
      case PINJWT_HTTPS_ONLY: return false
      case PINJWT_HTTP_ALLOWED: return true
      default:
        throw Failure(.argument, "transport", "The argument transport is not one of the values of pinjwt_transport.")
      }
    }
  }
}
