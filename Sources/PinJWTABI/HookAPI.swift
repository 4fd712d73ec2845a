// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPinJWT
import PinJWTCore
import PinJWTCrypto
import PinJWTStoreABI

@_cdecl("pinjwt_policy_set_revocation")
@implementation
public func pinjwt_policy_set_revocation(
  _ policy: UnsafeMutablePointer<pinjwt_policy>?, _ fn: pinjwt_revocation_fn?, _ context: UnsafeMutableRawPointer?,
  _ release: pinjwt_release_fn?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let target = try unsafe borrow(UnsafePointer(policy))
    guard let fn = unsafe fn else { throw missingFunction }
    let context = unsafe HookContext(context, release)
    // The handle is lent for the call, during which `claims` is held by the caller of the check.
    target.policy.revocation = { claims in
      let handle = unsafe address(of: claims).assumingMemoryBound(to: pinjwt_claims.self)
      return switch unsafe fn(context.pointer, handle) {
      case PINJWT_VERDICT_ALLOW: Verdict.allow
      case PINJWT_VERDICT_REVOKED: Verdict.revoked
      default: Verdict.unanswered
      }
    }
  }
}

@_cdecl("pinjwt_policy_set_event_handler")
@implementation
public func pinjwt_policy_set_event_handler(
  _ policy: UnsafeMutablePointer<pinjwt_policy>?, _ fn: pinjwt_event_fn?, _ context: UnsafeMutableRawPointer?,
  _ release: pinjwt_release_fn?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let target = try unsafe borrow(UnsafePointer(policy))
    guard let fn = unsafe fn else { throw missingFunction }
    let context = unsafe HookContext(context, release)
    target.policy.eventHandler = unsafe eventHandler(fn, context)
  }
}

/// What hands the library's events to a handler of the host's.
@unsafe func eventHandler(_ fn: @escaping pinjwt_event_fn, _ context: HookContext) -> EventHandler {
  { event in
    let jti = PinnedBytes(copying: event.jti.span)
    let sub = PinnedBytes(copying: event.sub.span)
    let kid = PinnedBytes(copying: event.kid.span)
    let what = PinnedBytes(copying: event.what.span)
    let sid = PinnedBytes(copying: event.sid.span)
    let previous = PinnedBytes(copying: event.previousJTI.span)
    let client = PinnedBytes(copying: event.client.span)
    var given = unsafe pinjwt_event(
      size: MemoryLayout<pinjwt_event>.size, type: event.kind.c, status: event.status?.c ?? PINJWT_OK, at: event.at,
      jti: lend(jti, 0..<jti.count), sub: lend(sub, 0..<sub.count), kid: lend(kid, 0..<kid.count),
      what: lend(what, 0..<what.count), sid: lend(sid, 0..<sid.count),
      previous_jti: lend(previous, 0..<previous.count), client: lend(client, 0..<client.count),
      generation: event.generation, reason: event.reason)
    // Sound: the objects live until the handler has returned.
    withExtendedLifetime((jti, sub, kid, what, sid, previous, client)) { unsafe fn(context.pointer, &given) }
  }
}

extension Event.Kind {
  fileprivate var c: pinjwt_event_type {
    switch self {
    case .signed: PINJWT_EVENT_SIGNED
    case .verified: PINJWT_EVENT_VERIFIED
    case .rejected: PINJWT_EVENT_REJECTED
    case .login: PINJWT_EVENT_LOGIN
    case .refreshed: PINJWT_EVENT_REFRESHED
    case .replayed: PINJWT_EVENT_REPLAYED
    case .reuseDetected: PINJWT_EVENT_REUSE_DETECTED
    case .rolledForward: PINJWT_EVENT_ROLLED_FORWARD
    case .rolledBack: PINJWT_EVENT_ROLLED_BACK
    case .revoked: PINJWT_EVENT_REVOKED
    case .sessionExpired: PINJWT_EVENT_SESSION_EXPIRED
    case .denied: PINJWT_EVENT_DENIED
    case .consumed: PINJWT_EVENT_CONSUMED
    }
  }
}

var missingFunction: Failure {
  Failure(.argument, "fn", "The argument fn is NULL; a hook cannot be unset, make another policy without it.")
}
