// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPinJWT
import PinJWTCore
import PinJWTCrypto
import PinJWTSessions
import PinJWTStoreABI

@_cdecl("pinjwt_sessions_login")
@implementation
public func pinjwt_sessions_login(
  _ sessions: UnsafePointer<pinjwt_sessions>?, _ user: UnsafePointer<CChar>?, _ user_len: Int,
  _ client: UnsafePointer<CChar>?, _ client_len: Int, _ claims: UnsafePointer<CChar>?, _ claims_len: Int,
  _ device: UnsafePointer<pinjwt_device>?, _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_grant>?>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let sessions = try unsafe borrow(sessions)
    let user = try unsafe text(user, user_len, "user")
    let client = try unsafe text(client, client_len, "client")
    let claims = try unsafe text(claims, claims_len, "claims")
    let given = unsafe device?.pointee ?? pinjwt_device()
    let name = try unsafe bytes(UnsafeRawPointer(given.name.data), given.name.len, "device name")
    let address = try unsafe bytes(UnsafeRawPointer(given.address.data), given.address.len, "device address")
    let agent = try unsafe bytes(UnsafeRawPointer(given.agent.data), given.agent.len, "device agent")
    let out = try unsafe needed(out, "out")
    let signIn = try unsafe SignIn(
      user: user.span, client: client.span, claims: claims.span, device: name.span, address: address.span,
      agent: agent.span)
    unsafe give(try sessions.login(signIn), out)
  }
}

@_cdecl("pinjwt_sessions_refresh")
@implementation
public func pinjwt_sessions_refresh(
  _ sessions: UnsafePointer<pinjwt_sessions>?, _ token: UnsafePointer<CChar>?, _ token_len: Int,
  _ client: UnsafePointer<CChar>?, _ client_len: Int,
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_grant>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let sessions = try unsafe borrow(sessions)
    let token = try unsafe text(token, token_len, "token")
    let client = try unsafe text(client, client_len, "client")
    let out = try unsafe needed(out, "out")
    unsafe give(try sessions.refresh(token.span, client: client.span), out)
  }
}

@_cdecl("pinjwt_grant_get_text")
@implementation
public func pinjwt_grant_get_text(
  _ grant: UnsafePointer<pinjwt_grant>?, _ which: pinjwt_grant_text, _ out: UnsafeMutablePointer<pinjwt_bytes>?
) -> pinjwt_status {
  unsafe answer(nil) { () throws(Failure) in
    let grant = try unsafe borrow(grant)
    let out = try unsafe needed(out, "out")
    unsafe out.pointee =
      switch which {
      case PINJWT_GRANT_ACCESS_TOKEN: unsafe lend(grant.accessToken)
      case PINJWT_GRANT_REFRESH_TOKEN: unsafe lend(grant.refreshToken)
      case PINJWT_GRANT_SID: unsafe lend(grant.sid, 0..<grant.sid.count)
      case PINJWT_GRANT_USER: unsafe lend(grant.user, 0..<grant.user.count)
      case PINJWT_GRANT_JTI: unsafe lend(grant.jti, 0..<grant.jti.count)
      default: throw Failure(.argument, "which", "The argument which is not one of the values of pinjwt_grant_text.")
      }
  }
}

@_cdecl("pinjwt_grant_get_number")
@implementation
public func pinjwt_grant_get_number(
  _ grant: UnsafePointer<pinjwt_grant>?, _ which: pinjwt_grant_number
) -> Int64 {
  do throws(Failure) {
    let grant = try unsafe borrow(grant)
    switch which {
    case PINJWT_GRANT_ACCESS_SECONDS: return grant.accessSeconds
    case PINJWT_GRANT_REFRESH_SECONDS: return grant.refreshSeconds
    case PINJWT_GRANT_GENERATION: return grant.generation
    case PINJWT_GRANT_REPLAYED: return grant.isReplayed ? 1 : 0
    default: return -1
    }
  } catch {
    return -1
  }
}

@_cdecl("pinjwt_grant_free")
@implementation
public func pinjwt_grant_free(_ grant: UnsafeMutablePointer<pinjwt_grant>?) {
  unsafe drop(grant, as: Grant.self)
}

@_cdecl("pinjwt_cookie_set")
@implementation
public func pinjwt_cookie_set(
  _ name: UnsafePointer<CChar>?, _ name_len: Int, _ path: UnsafePointer<CChar>?, _ path_len: Int,
  _ token: UnsafePointer<CChar>?, _ token_len: Int, _ seconds: Int64, _ buf: UnsafeMutablePointer<CChar>?,
  _ cap: Int, _ len: UnsafeMutablePointer<Int>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let name = try unsafe text(name, name_len, "name")
    let path = try unsafe text(path, path_len, "path")
    let token = try unsafe text(token, token_len, "token")
    let output = try unsafe Output(buf, cap, len)
    let cookie = try unsafe RefreshCookie.set(name.span, path.span, token.span, seconds: seconds)
    try output.write(cookie.bytes)
  }
}

@_cdecl("pinjwt_cookie_clear")
@implementation
public func pinjwt_cookie_clear(
  _ name: UnsafePointer<CChar>?, _ name_len: Int, _ path: UnsafePointer<CChar>?, _ path_len: Int,
  _ buf: UnsafeMutablePointer<CChar>?, _ cap: Int, _ len: UnsafeMutablePointer<Int>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let name = try unsafe text(name, name_len, "name")
    let path = try unsafe text(path, path_len, "path")
    let output = try unsafe Output(buf, cap, len)
    let cookie = try unsafe RefreshCookie.clear(name.span, path.span)
    try output.write(cookie.bytes)
  }
}

/// A text of a grant, valid as long as the grant.
@unsafe private func lend(_ secret: TransientSecret) -> pinjwt_bytes {
  unsafe pinjwt_bytes(data: secret.address, len: secret.count)
}
