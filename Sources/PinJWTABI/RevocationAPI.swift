// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPinJWT
import PinJWTCore
import PinJWTCrypto
import PinJWTSessions
import PinJWTStoreABI
import PinJWTStores

@_cdecl("pinjwt_sessions_logout")
@implementation
public func pinjwt_sessions_logout(
  _ sessions: UnsafePointer<pinjwt_sessions>?, _ token: UnsafePointer<CChar>?, _ token_len: Int,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let sessions = try unsafe borrow(sessions)
    let token = try unsafe text(token, token_len, "token")
    try sessions.logout(unsafe token.span)
  }
}

@_cdecl("pinjwt_sessions_revoke_session")
@implementation
public func pinjwt_sessions_revoke_session(
  _ sessions: UnsafePointer<pinjwt_sessions>?, _ user: UnsafePointer<CChar>?, _ user_len: Int,
  _ sid: UnsafePointer<CChar>?, _ sid_len: Int, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let sessions = try unsafe borrow(sessions)
    let user = try unsafe text(user, user_len, "user")
    let sid = try unsafe text(sid, sid_len, "sid")
    try unsafe sessions.revokeSession(user.span, sid: sid.span)
  }
}

@_cdecl("pinjwt_sessions_revoke_user")
@implementation
public func pinjwt_sessions_revoke_user(
  _ sessions: UnsafePointer<pinjwt_sessions>?, _ user: UnsafePointer<CChar>?, _ user_len: Int,
  _ except: UnsafePointer<CChar>?, _ except_len: Int, _ count: UnsafeMutablePointer<Int>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let sessions = try unsafe borrow(sessions)
    let user = try unsafe text(user, user_len, "user")
    let except = try unsafe text(except, except_len, "except")
    let revoked = try unsafe sessions.revokeUser(user.span, except: except.span)
    unsafe count?.pointee = revoked
  }
}

@_cdecl("pinjwt_sessions_revoke_before")
@implementation
public func pinjwt_sessions_revoke_before(
  _ sessions: UnsafePointer<pinjwt_sessions>?, _ time: Int64, _ count: UnsafeMutablePointer<Int>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let sessions = try unsafe borrow(sessions)
    let revoked = try sessions.revokeBefore(time == 0 ? nil : time)
    unsafe count?.pointee = Int(clamping: revoked)
  }
}

@_cdecl("pinjwt_sessions_bump_user")
@implementation
public func pinjwt_sessions_bump_user(
  _ sessions: UnsafePointer<pinjwt_sessions>?, _ user: UnsafePointer<CChar>?, _ user_len: Int,
  _ version: UnsafeMutablePointer<Int64>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let sessions = try unsafe borrow(sessions)
    let user = try unsafe text(user, user_len, "user")
    let raised = try sessions.bump(unsafe user.span)
    unsafe version?.pointee = raised
  }
}

@_cdecl("pinjwt_sessions_deny_jti")
@implementation
public func pinjwt_sessions_deny_jti(
  _ sessions: UnsafePointer<pinjwt_sessions>?, _ jti: UnsafePointer<CChar>?, _ jti_len: Int, _ expires: Int64,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let sessions = try unsafe borrow(sessions)
    let jti = try unsafe text(jti, jti_len, "jti")
    try sessions.deny(jti: unsafe jti.span, expires: expires)
  }
}

@_cdecl("pinjwt_sessions_consume")
@implementation
public func pinjwt_sessions_consume(
  _ sessions: UnsafePointer<pinjwt_sessions>?, _ claims: UnsafePointer<pinjwt_claims>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    try unsafe borrow(sessions).consume(try borrow(claims))
  }
}

@_cdecl("pinjwt_sessions_check")
@implementation
public func pinjwt_sessions_check(
  _ sessions: UnsafePointer<pinjwt_sessions>?, _ claims: UnsafePointer<pinjwt_claims>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let sessions = unsafe Unmanaged<Sessions>.fromOpaque(try needed(sessions, "sessions"))
    let claims = unsafe Unmanaged<Claims>.fromOpaque(try needed(claims, "claims"))
    // Without counting references, as each access does otherwise: a tenth of what a check takes.
    let failure = unsafe sessions._withUnsafeGuaranteedRef { sessions in
      unsafe claims._withUnsafeGuaranteedRef { claims in sessions.denial(claims) }
    }
    if let failure { throw failure }
  }
}

@_cdecl("pinjwt_sessions_sync")
@implementation
public func pinjwt_sessions_sync(
  _ sessions: UnsafePointer<pinjwt_sessions>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in try unsafe borrow(sessions).sync() }
}

@_cdecl("pinjwt_sessions_list")
@implementation
public func pinjwt_sessions_list(
  _ sessions: UnsafePointer<pinjwt_sessions>?, _ user: UnsafePointer<CChar>?, _ user_len: Int,
  _ current: UnsafePointer<CChar>?, _ current_len: Int, _ buf: UnsafeMutablePointer<CChar>?, _ cap: Int,
  _ len: UnsafeMutablePointer<Int>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let sessions = try unsafe borrow(sessions)
    let user = try unsafe text(user, user_len, "user")
    let current = try unsafe text(current, current_len, "current")
    let output = try unsafe Output(buf, cap, len)
    let json = try unsafe sessions.list(user.span, current: current.span)
    try output.write(json.span)
  }
}

@_cdecl("pinjwt_sessions_statistics")
@implementation
public func pinjwt_sessions_statistics(
  _ sessions: UnsafePointer<pinjwt_sessions>?, _ buf: UnsafeMutablePointer<CChar>?, _ cap: Int,
  _ len: UnsafeMutablePointer<Int>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let sessions = try unsafe borrow(sessions)
    let output = try unsafe Output(buf, cap, len)
    let json = try sessions.statistics()
    try output.write(json.span)
  }
}

@_cdecl("pinjwt_sessions_purge")
@implementation
public func pinjwt_sessions_purge(
  _ sessions: UnsafePointer<pinjwt_sessions>?, _ limit: Int, _ removed: UnsafeMutablePointer<Int>?,
  _ more: UnsafeMutablePointer<Int32>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let progress = try unsafe borrow(sessions).purge(limit: limit)
    unsafe removed?.pointee = Int(clamping: progress.count)
    unsafe more?.pointee = progress.more ? 1 : 0
  }
}
