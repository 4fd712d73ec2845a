import CPinJWT
import PinJWTCrypto
import PinJWTStores

/// The C form of a store that is written in Swift. It owns a reference to the store until its `release` is called.
@unsafe public func exported(_ store: SessionStore) -> pinjwt_store {
  unsafe pinjwt_store(
    size: MemoryLayout<pinjwt_store>.size, context: Unmanaged.passRetained(store).toOpaque(),
    release: { context in
      guard let context = unsafe context else { return }
      unsafe Unmanaged<SessionStore>.fromOpaque(context).release()
    },
    create: exportedCreate, rotate: exportedRotate, revoke: exportedRevoke, sweep: exportedSweep, bump: exportedBump,
    deny: exportedDeny, consume: exportedConsume, feed: exportedFeed, list: exportedList, purge: exportedPurge,
    statistics: exportedStatistics)
}

// Each takes the request, calls the store and hands the answer out. Sound throughout: the context is the store that
// `exported` retained, and by the header's rules the library's pointers are valid during the call.

@unsafe private func exportedCreate(
  _ context: UnsafeMutableRawPointer?, _ request: UnsafePointer<pinjwt_create_request>?,
  _ answer: UnsafeMutablePointer<pinjwt_create_answer>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_stored {
  unsafe answering(context, request, answer, err) { (store, request, answer) throws(StoreFault) in
    let taken = try understood { () throws(Malformed) in try unsafe take(request) }
    let created = try done { () throws(Failure) in try store.create(taken) }
    unsafe handOut(created.session, answer.created, answer.sink)
    for session in created.displaced { unsafe handOut(session, answer.displaced, answer.sink) }
  }
}

@unsafe private func exportedRotate(
  _ context: UnsafeMutableRawPointer?, _ request: UnsafePointer<pinjwt_rotate_request>?,
  _ answer: UnsafeMutablePointer<pinjwt_rotate_answer>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_stored {
  unsafe answering(context, request, answer, err) { (store, request, answer) throws(StoreFault) in
    let taken = try understood { () throws(Malformed) in try unsafe take(request) }
    let rotated = try done { () throws(Failure) in try store.rotate(taken) }
    unsafe fill(&answer, rotated)
  }
}

@unsafe private func exportedRevoke(
  _ context: UnsafeMutableRawPointer?, _ request: UnsafePointer<pinjwt_revoke_request>?,
  _ answer: UnsafeMutablePointer<pinjwt_revoke_answer>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_stored {
  unsafe answering(context, request, answer, err) { (store, request, answer) throws(StoreFault) in
    let taken = try understood { () throws(Malformed) in try unsafe take(request) }
    let revoked = try done { () throws(Failure) in try store.revoke(taken) }
    for session in revoked.sessions { unsafe handOut(session, answer.revoked, answer.sink) }
    unsafe answer.found = revoked.found ? 1 : 0
    unsafe answer.more = revoked.more ? 1 : 0
    unsafe answer.now = revoked.now
  }
}

@unsafe private func exportedSweep(
  _ context: UnsafeMutableRawPointer?, _ request: UnsafePointer<pinjwt_sweep_request>?,
  _ answer: UnsafeMutablePointer<pinjwt_progress>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_stored {
  unsafe answering(context, request, answer, err) { (store, request, answer) throws(StoreFault) in
    let taken = try understood { () throws(Malformed) in try unsafe take(request) }
    let progress = try done { () throws(Failure) in try store.sweep(taken) }
    answer = pinjwt_progress(count: progress.count, more: progress.more ? 1 : 0)
  }
}

@unsafe private func exportedBump(
  _ context: UnsafeMutableRawPointer?, _ request: UnsafePointer<pinjwt_bump_request>?,
  _ answer: UnsafeMutablePointer<Int64>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_stored {
  unsafe answering(context, request, answer, err) { (store, request, answer) throws(StoreFault) in
    let taken = try understood { () throws(Malformed) in try unsafe take(request) }
    answer = try done { () throws(Failure) in try store.bump(taken) }
  }
}

@unsafe private func exportedDeny(
  _ context: UnsafeMutableRawPointer?, _ request: UnsafePointer<pinjwt_deny_request>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_stored {
  var nothing: Int32 = 0
  return unsafe answering(context, request, &nothing, err) { (store, request, _) throws(StoreFault) in
    let taken = try understood { () throws(Malformed) in try unsafe take(request) }
    try done { () throws(Failure) in try store.deny(taken) }
  }
}

@unsafe private func exportedConsume(
  _ context: UnsafeMutableRawPointer?, _ request: UnsafePointer<pinjwt_consume_request>?,
  _ answer: UnsafeMutablePointer<Int32>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_stored {
  unsafe answering(context, request, answer, err) { (store, request, answer) throws(StoreFault) in
    let taken = try understood { () throws(Malformed) in try unsafe take(request) }
    answer = try done { () throws(Failure) in try store.consume(taken) } ? 1 : 0
  }
}

@unsafe private func exportedFeed(
  _ context: UnsafeMutableRawPointer?, _ request: UnsafePointer<pinjwt_feed_request>?,
  _ answer: UnsafeMutablePointer<pinjwt_feed_answer>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_stored {
  unsafe answering(context, request, answer, err) { (store, request, answer) throws(StoreFault) in
    let taken = try understood { () throws(Malformed) in try unsafe take(request) }
    let page = try done { () throws(Failure) in try store.feed(taken) }
    for entry in page.entries {
      let loan = Loan()
      var lent = unsafe loan.lend(entry)
      withExtendedLifetime(loan) { unsafe answer.entry?(answer.sink, &lent) }
    }
    let loan = Loan()
    var position = unsafe loan.lend(page.position)
    withExtendedLifetime(loan) { unsafe answer.position?(answer.sink, &position) }
    unsafe answer.more = page.more ? 1 : 0
    unsafe answer.now = page.now
  }
}

@unsafe private func exportedList(
  _ context: UnsafeMutableRawPointer?, _ request: UnsafePointer<pinjwt_list_request>?,
  _ answer: UnsafeMutablePointer<pinjwt_list_answer>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_stored {
  unsafe answering(context, request, answer, err) { (store, request, answer) throws(StoreFault) in
    let taken = try understood { () throws(Malformed) in try unsafe take(request) }
    let sessions = try done { () throws(Failure) in try store.list(taken) }
    for session in sessions { unsafe handOut(session, answer.session, answer.sink) }
  }
}

@unsafe private func exportedPurge(
  _ context: UnsafeMutableRawPointer?, _ request: UnsafePointer<pinjwt_purge_request>?,
  _ answer: UnsafeMutablePointer<pinjwt_progress>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_stored {
  unsafe answering(context, request, answer, err) { (store, request, answer) throws(StoreFault) in
    let taken = try understood { () throws(Malformed) in try unsafe take(request) }
    let progress = try done { () throws(Failure) in try store.purge(taken) }
    answer = pinjwt_progress(count: progress.count, more: progress.more ? 1 : 0)
  }
}

@unsafe private func exportedStatistics(
  _ context: UnsafeMutableRawPointer?, _ space: pinjwt_bytes, _ answer: UnsafeMutablePointer<pinjwt_statistics>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_stored {
  var space = unsafe space
  return unsafe answering(context, &space, answer, err) { (store, space, answer) throws(StoreFault) in
    let taken = try understood { () throws(Malformed) in try unsafe take(space, 16...16) }
    let counts = try done { () throws(Failure) in try store.statistics(space: taken) }
    answer = pinjwt_statistics(
      live: counts.live, revoked: counts.revoked, expired: counts.expired, denials: counts.denials,
      consumed: counts.consumed)
  }
}

/// The verdict, the jti before, the time and the row.
@unsafe public func fill(_ answer: inout pinjwt_rotate_answer, _ rotated: Rotated) {
  if let session = rotated.session { unsafe handOut(session, answer.session, answer.sink) }
  unsafe answer.verdict = pinjwt_rotation_verdict(rawValue: UInt32(truncatingIfNeeded: rotated.verdict.rawValue))
  unsafe answer.now = rotated.now
  unsafe withUnsafeMutableBytes(of: &answer.previous_jti) { target in
    for index in target.indices {
      unsafe target[index] = index < 22 && index < rotated.previousJTI.count ? rotated.previousJTI[index] : 0
    }
  }
}

/// Lends a row to a sink.
@unsafe public func handOut(
  _ session: Session, _ take: pinjwt_session_sink?, _ sink: UnsafeMutableRawPointer?
) {
  guard let take = unsafe take else { return }
  let loan = Loan()
  var row = unsafe loan.lend(session)
  withExtendedLifetime(loan) { unsafe take(sink, &row) }
}

/// Why a store's function has no answer.
private enum StoreFault: Error {
  case malformed
  case failed(Failure)
}

private func understood<Taken>(_ take: () throws(Malformed) -> Taken) throws(StoreFault) -> Taken {
  do throws(Malformed) { return try take() } catch { throw .malformed }
}

private func done<Answer>(_ operation: () throws(Failure) -> Answer) throws(StoreFault) -> Answer {
  do throws(Failure) { return try operation() } catch { throw .failed(error) }
}

/// Checks the pointers, runs `body` and says how it went.
@unsafe private func answering<Request, Answer>(
  _ context: UnsafeMutableRawPointer?, _ request: UnsafePointer<Request>?, _ answer: UnsafeMutablePointer<Answer>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?,
  _ body: (SessionStore, Request, inout Answer) throws(StoreFault) -> Void
) -> pinjwt_stored {
  guard let context = unsafe context, let request = unsafe request, let answer = unsafe answer else {
    return PINJWT_STORE_FAILED
  }
  let store = unsafe Unmanaged<SessionStore>.fromOpaque(context).takeUnretainedValue()
  do throws(StoreFault) {
    try unsafe body(store, request.pointee, &answer.pointee)
    return PINJWT_STORE_DONE
  } catch {
    guard case .failed(let failure) = error else { return PINJWT_STORE_FAILED }
    if let err = unsafe err { unsafe fill(&err.pointee, failure) }
    return failure.status == .storeState ? PINJWT_STORE_STATE : PINJWT_STORE_FAILED
  }
}
