// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPinJWT
import PinJWTCore
import PinJWTCrypto
import PinJWTSessions
import PinJWTStoreABI

@_cdecl("pinjwt_sessions_new")
@implementation
public func pinjwt_sessions_new(
  _ store: UnsafePointer<pinjwt_store>?, _ signer: UnsafePointer<pinjwt_signer>?,
  _ peppers: UnsafePointer<pinjwt_bytes>?, _ count: Int,
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_sessions>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let store = try unsafe hostStore(store)
    let signer = try unsafe borrow(signer)
    let list = try unsafe pepperList(peppers, count)
    let out = try unsafe needed(out, "out")
    let sessions = try Sessions.make(store, signer, peppers: list)
    store.takeOver()
    unsafe give(sessions, out)
  }
}

@_cdecl("pinjwt_sessions_new_checker")
@implementation
public func pinjwt_sessions_new_checker(
  _ store: UnsafePointer<pinjwt_store>?, _ issuer: UnsafePointer<CChar>?, _ issuer_len: Int, _ max_seconds: Int64,
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<pinjwt_sessions>?>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let store = try unsafe hostStore(store)
    let issuer = try unsafe text(issuer, issuer_len, "issuer")
    let out = try unsafe needed(out, "out")
    let sessions = try Sessions.make(checking: store, issuer: unsafe issuer.span, maxLifetime: max_seconds)
    store.takeOver()
    unsafe give(sessions, out)
  }
}

@_cdecl("pinjwt_sessions_free")
@implementation
public func pinjwt_sessions_free(_ sessions: UnsafeMutablePointer<pinjwt_sessions>?) {
  unsafe drop(sessions, as: Sessions.self)
}

@_cdecl("pinjwt_sessions_set_idle")
@implementation
public func pinjwt_sessions_set_idle(
  _ sessions: UnsafeMutablePointer<pinjwt_sessions>?, _ seconds: Int64, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in try unsafe borrow(UnsafePointer(sessions)).setIdle(seconds) }
}

@_cdecl("pinjwt_sessions_set_absolute")
@implementation
public func pinjwt_sessions_set_absolute(
  _ sessions: UnsafeMutablePointer<pinjwt_sessions>?, _ seconds: Int64, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in try unsafe borrow(UnsafePointer(sessions)).setAbsolute(seconds) }
}

@_cdecl("pinjwt_sessions_set_grace")
@implementation
public func pinjwt_sessions_set_grace(
  _ sessions: UnsafeMutablePointer<pinjwt_sessions>?, _ seconds: Int64, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in try unsafe borrow(UnsafePointer(sessions)).setGrace(seconds) }
}

@_cdecl("pinjwt_sessions_set_limit")
@implementation
public func pinjwt_sessions_set_limit(
  _ sessions: UnsafeMutablePointer<pinjwt_sessions>?, _ count: Int64, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in try unsafe borrow(UnsafePointer(sessions)).setLimit(count) }
}

@_cdecl("pinjwt_sessions_set_staleness")
@implementation
public func pinjwt_sessions_set_staleness(
  _ sessions: UnsafeMutablePointer<pinjwt_sessions>?, _ milliseconds: Int64,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in try unsafe borrow(UnsafePointer(sessions)).setStaleness(milliseconds) }
}

@_cdecl("pinjwt_sessions_set_peppers")
@implementation
public func pinjwt_sessions_set_peppers(
  _ sessions: UnsafeMutablePointer<pinjwt_sessions>?, _ peppers: UnsafePointer<pinjwt_bytes>?, _ count: Int,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let sessions = try unsafe borrow(UnsafePointer(sessions))
    let list = try unsafe pepperList(peppers, count)
    try sessions.setPeppers(list)
  }
}

@_cdecl("pinjwt_sessions_set_event_handler")
@implementation
public func pinjwt_sessions_set_event_handler(
  _ sessions: UnsafeMutablePointer<pinjwt_sessions>?, _ fn: pinjwt_event_fn?, _ context: UnsafeMutableRawPointer?,
  _ release: pinjwt_release_fn?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let sessions = try unsafe borrow(UnsafePointer(sessions))
    guard let fn = unsafe fn else { throw missingFunction }
    sessions.setEventHandler(unsafe eventHandler(fn, HookContext(context, release)))
  }
}

@_cdecl("pinjwt_memory_store")
@implementation
public func pinjwt_memory_store(
  _ out: UnsafeMutablePointer<pinjwt_store>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let out = try unsafe needed(out, "out")
    unsafe out.pointee = unsafe exported(MemoryStore())
  }
}

@_cdecl("pinjwt_policy_set_sessions")
@implementation
public func pinjwt_policy_set_sessions(
  _ policy: UnsafeMutablePointer<pinjwt_policy>?, _ sessions: UnsafePointer<pinjwt_sessions>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let target = try unsafe borrow(UnsafePointer(policy))
    let sessions = try unsafe borrow(sessions)
    target.policy.revocation = { claims in
      do throws(Failure) {
        try sessions.check(claims)
        return .allow
      } catch {
        return .refused(error)
      }
    }
  }
}

@unsafe private func hostStore(_ store: UnsafePointer<pinjwt_store>?) throws(Failure) -> HostStore {
  guard let made = unsafe HostStore.make(try needed(store, "store")) else {
    throw Failure(.argument, "store", "The store lacks a function, or its size is not sizeof(pinjwt_store).")
  }
  return made
}

@unsafe private func pepperList(
  _ peppers: UnsafePointer<pinjwt_bytes>?, _ count: Int
) throws(Failure) -> PepperList {
  let peppers = try unsafe needed(peppers, "peppers")
  guard (1...PepperList.most).contains(count) else { throw PepperList.wrongCount }
  var list = PepperList()
  for index in 0..<count {
    let pepper = unsafe peppers[index]
    let secret = try unsafe bytes(UnsafeRawPointer(pepper.data), pepper.len, "peppers")
    try list.add(unsafe secret.span)
  }
  return list
}
