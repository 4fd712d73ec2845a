import CPinJWT
import PinJWTCrypto
import PinJWTStores

/// A store behind the C interface. Whatever it answers is checked: it is the host's code, not ours.
@safe public final class HostStore: SessionStore, @unchecked Sendable {
  // Sendable: by the header's rule a store's functions may be called by any number of threads.
  private let functions: pinjwt_store
  /// Set when the store has been taken over.
  private var owned = false

  /// nil where a function is missing. The store stays the caller's until `takeOver`.
  @unsafe public static func make(_ store: UnsafePointer<pinjwt_store>) -> HostStore? {
    // No more than the size is read of one that may be shorter.
    let size = unsafe UnsafeRawPointer(store).load(as: Int.self)
    let least = unsafe MemoryLayout<pinjwt_store>.size
    guard size >= least, unsafe isComplete(store.pointee) else { return nil }
    return unsafe HostStore(store.pointee)
  }

  @unsafe private static func isComplete(_ functions: pinjwt_store) -> Bool {
    guard unsafe functions.create != nil, unsafe functions.rotate != nil, unsafe functions.revoke != nil else {
      return false
    }
    guard unsafe functions.sweep != nil, unsafe functions.bump != nil, unsafe functions.deny != nil else {
      return false
    }
    guard unsafe functions.consume != nil, unsafe functions.feed != nil, unsafe functions.list != nil else {
      return false
    }
    return unsafe functions.purge != nil && functions.statistics != nil
  }

  @unsafe private init(_ functions: pinjwt_store) {
    unsafe self.functions = functions
    super.init()
  }

  /// From now on the store is released with this object. Before the object is shared.
  public func takeOver() {
    owned = true
  }

  deinit {
    if owned { unsafe functions.release?(functions.context) }
  }

  // Sound throughout: loans and sinks live until the store's function has returned, and by the header's rule it keeps
  // nothing of them.

  public override func create(_ request: Creation) throws(Failure) -> Created {
    let loan = Loan()
    let created = RowSink()
    let sinks = SinkPair(created, RowSink())
    var row = unsafe loan.lend(request.session)
    var err = pinjwt_error()
    let result = unsafe withUnsafePointer(to: &row) { row in
      var asked = unsafe pinjwt_create_request(
        space: loan.lend(request.space), tag: loan.lend(Array(request.session.selector.prefix(4))), row: row,
        idle: request.idle, absolute: request.absolute, cap: request.cap, denial: loan.lend(request.denial))
      var answer = unsafe pinjwt_create_answer(
        sink: address(sinks),
        created: { sink, row in unsafe SinkPair.at(sink)?.first.add(row) },
        displaced: { sink, row in unsafe SinkPair.at(sink)?.second.add(row) })
      return unsafe functions.create?(functions.context, &asked, &answer, &err)
    }
    return try withExtendedLifetime((loan, sinks)) { () throws(Failure) in
      try unsafe check(result, err)
      guard let session = sinks.first.only, let displaced = sinks.second.all,
        session.selector == request.session.selector
      else { throw broken }
      return Created(session: session, displaced: displaced)
    }
  }

  public override func rotate(_ request: Rotation) throws(Failure) -> Rotated {
    let loan = Loan()
    let sink = RowSink()
    var err = pinjwt_error()
    var asked = unsafe pinjwt_rotate_request(
      space: loan.lend(request.space), selector: loan.lend(request.selector), generation: request.generation,
      hash: loan.lend(request.hash), client: loan.lend(request.client), next: loan.lend(request.next),
      seal: loan.lend(request.seal), nonce: loan.lend(request.nonce), jti: loan.lend(request.jti),
      grace: request.grace, idle: request.idle, denial: loan.lend(request.denial))
    var answer = unsafe pinjwt_rotate_answer()
    unsafe answer.sink = address(sink)
    unsafe answer.session = { sink, row in unsafe RowSink.at(sink)?.add(row) }
    let result = unsafe functions.rotate?(functions.context, &asked, &answer, &err)
    return try withExtendedLifetime((loan, sink)) { () throws(Failure) in
      try unsafe check(result, err)
      return try unsafe judged(request, answer, sink)
    }
  }

  /// What a rotation was answered, if it is one of the answers that there can be.
  @unsafe private func judged(
    _ request: Rotation, _ answer: pinjwt_rotate_answer, _ sink: RowSink
  ) throws(Failure) -> Rotated {
    guard let verdict = unsafe RotationVerdict(rawValue: Int32(truncatingIfNeeded: answer.verdict.rawValue)) else {
      throw broken
    }
    var previous: [UInt8] = []
    unsafe withUnsafeBytes(of: answer.previous_jti) { text in
      for index in text.indices {
        let byte = unsafe text[index]
        if byte == 0 { break }
        previous.append(byte)
      }
    }
    guard previous.count <= 22 else { throw broken }
    if verdict == .unknown {
      return Rotated(verdict: verdict, session: nil, previousJTI: previous, now: unsafe answer.now)
    }
    guard let session = sink.only, session.selector == request.selector else { throw broken }
    return Rotated(verdict: verdict, session: session, previousJTI: previous, now: unsafe answer.now)
  }

  public override func revoke(_ request: Revocation) throws(Failure) -> Revoked {
    let loan = Loan()
    let sink = RowSink()
    var err = pinjwt_error()
    var asked = unsafe pinjwt_revoke_request()
    unsafe asked.space = unsafe loan.lend(request.space)
    unsafe asked.tag = unsafe loan.lend(request.tag)
    switch request.target {
    case .selector(let selector):
      unsafe asked.target = PINJWT_REVOKE_SELECTOR
      unsafe asked.selector = unsafe loan.lend(selector)
    case .sid(let user, let sid):
      unsafe asked.target = PINJWT_REVOKE_SID
      unsafe asked.user = unsafe loan.lend(user)
      unsafe asked.sid = unsafe loan.lend(sid)
    case .user(let user, let except):
      unsafe asked.target = PINJWT_REVOKE_USER
      unsafe asked.user = unsafe loan.lend(user)
      unsafe asked.sid = unsafe loan.lend(except)
    }
    unsafe asked.reason = pinjwt_reason(rawValue: UInt32(truncatingIfNeeded: request.reason.rawValue))
    unsafe asked.limit = Int64(request.limit)
    unsafe asked.denial = unsafe loan.lend(request.denial)
    var answer = unsafe pinjwt_revoke_answer(
      sink: address(sink), revoked: { sink, row in unsafe RowSink.at(sink)?.add(row) }, found: 0, more: 0, now: 0)
    let result = unsafe functions.revoke?(functions.context, &asked, &answer, &err)
    return try withExtendedLifetime((loan, sink)) { () throws(Failure) in
      try unsafe check(result, err)
      guard let sessions = sink.all else { throw broken }
      return unsafe Revoked(
        sessions: sessions, found: answer.found != 0, more: answer.more != 0, now: answer.now)
    }
  }

  public override func sweep(_ request: Sweep) throws(Failure) -> Progress {
    let loan = Loan()
    var err = pinjwt_error()
    var asked = unsafe pinjwt_sweep_request(
      space: loan.lend(request.space), before: request.before, limit: Int64(request.limit))
    var answer = pinjwt_progress()
    let result = unsafe functions.sweep?(functions.context, &asked, &answer, &err)
    return try withExtendedLifetime(loan) { () throws(Failure) in
      try unsafe check(result, err)
      return try progress(answer)
    }
  }

  public override func bump(_ request: Bump) throws(Failure) -> Int64 {
    let loan = Loan()
    var err = pinjwt_error()
    var asked = unsafe pinjwt_bump_request(
      space: loan.lend(request.space), tag: loan.lend(request.tag), user: loan.lend(request.user),
      denial: loan.lend(request.denial))
    var version: Int64 = 0
    let result = unsafe functions.bump?(functions.context, &asked, &version, &err)
    return try withExtendedLifetime(loan) { () throws(Failure) in
      try unsafe check(result, err)
      guard version > 0 else { throw broken }
      return version
    }
  }

  public override func deny(_ request: Denial) throws(Failure) {
    let loan = Loan()
    var err = pinjwt_error()
    var asked = unsafe pinjwt_deny_request(
      space: loan.lend(request.space),
      kind: pinjwt_feed_kind(rawValue: UInt32(truncatingIfNeeded: request.kind.rawValue)), key: loan.lend(request.key),
      value: request.value, until: request.until, denial: loan.lend(request.terms))
    let result = unsafe functions.deny?(functions.context, &asked, &err)
    try withExtendedLifetime(loan) { () throws(Failure) in try unsafe check(result, err) }
  }

  public override func consume(_ request: Consumption) throws(Failure) -> Bool {
    let loan = Loan()
    var err = pinjwt_error()
    var asked = unsafe pinjwt_consume_request(
      space: loan.lend(request.space), key: loan.lend(request.key), until: request.until)
    var first: Int32 = 0
    let result = unsafe functions.consume?(functions.context, &asked, &first, &err)
    return try withExtendedLifetime(loan) { () throws(Failure) in
      try unsafe check(result, err)
      return first == 1
    }
  }

  public override func feed(_ request: FeedRequest) throws(Failure) -> FeedPage {
    let loan = Loan()
    let sink = FeedSink()
    var err = pinjwt_error()
    var asked = unsafe pinjwt_feed_request(
      space: loan.lend(request.space), position: loan.lend(request.position), limit: Int64(request.limit),
      epoch: loan.lend(request.epoch))
    var answer = unsafe pinjwt_feed_answer(
      sink: address(sink), entry: { sink, entry in unsafe FeedSink.at(sink)?.add(entry) },
      position: { sink, position in unsafe FeedSink.at(sink)?.set(position) }, more: 0, now: 0)
    let result = unsafe functions.feed?(functions.context, &asked, &answer, &err)
    return try withExtendedLifetime((loan, sink)) { () throws(Failure) in
      try unsafe check(result, err)
      guard !sink.isMalformed, let position = sink.position, position.epoch.count == 16 else { throw broken }
      return unsafe FeedPage(entries: sink.entries, position: position, more: answer.more != 0, now: answer.now)
    }
  }

  public override func list(_ request: Listing) throws(Failure) -> [Session] {
    let loan = Loan()
    let sink = RowSink()
    var err = pinjwt_error()
    var asked = unsafe pinjwt_list_request(
      space: loan.lend(request.space), tag: loan.lend(request.tag), user: loan.lend(request.user),
      limit: Int64(request.limit))
    var answer = unsafe pinjwt_list_answer(
      sink: address(sink), session: { sink, row in unsafe RowSink.at(sink)?.add(row) })
    let result = unsafe functions.list?(functions.context, &asked, &answer, &err)
    return try withExtendedLifetime((loan, sink)) { () throws(Failure) in
      try unsafe check(result, err)
      guard let sessions = sink.all else { throw broken }
      return sessions
    }
  }

  public override func purge(_ request: Purge) throws(Failure) -> Progress {
    let loan = Loan()
    var err = pinjwt_error()
    var asked = unsafe pinjwt_purge_request(
      space: loan.lend(request.space), retain: request.retain, grace: request.grace, limit: Int64(request.limit))
    var answer = pinjwt_progress()
    let result = unsafe functions.purge?(functions.context, &asked, &answer, &err)
    return try withExtendedLifetime(loan) { () throws(Failure) in
      try unsafe check(result, err)
      return try progress(answer)
    }
  }

  public override func statistics(space: [UInt8]) throws(Failure) -> Statistics {
    let loan = Loan()
    var err = pinjwt_error()
    var answer = pinjwt_statistics()
    let result = unsafe functions.statistics?(functions.context, loan.lend(space), &answer, &err)
    return try withExtendedLifetime(loan) { () throws(Failure) in
      try unsafe check(result, err)
      var counts = Statistics()
      counts.live = answer.live
      counts.revoked = answer.revoked
      counts.expired = answer.expired
      counts.denials = answer.denials
      counts.consumed = answer.consumed
      return counts
    }
  }

  private func progress(_ answer: pinjwt_progress) throws(Failure) -> Progress {
    guard answer.count >= 0 else { throw broken }
    return Progress(count: answer.count, more: answer.more != 0)
  }

  /// Anything but the value for success is a failure.
  @unsafe private func check(_ result: pinjwt_stored?, _ err: pinjwt_error) throws(Failure) {
    switch result {
    case PINJWT_STORE_DONE: return
    case PINJWT_STORE_STATE:
      // Not E_STORE_STATE, at which hosts sign the user out: the session may be as good as before.
      throw Failure(
        .store, "store", unsafe message(err) ?? "The store is not usable as it is; see what its owner says.")
    default:
      throw Failure(.store, "store", unsafe message(err) ?? "The store did not answer; try again later.")
    }
  }

  /// The store's own sentence, if it gave one.
  @unsafe private func message(_ err: pinjwt_error) -> Sentence? {
    var text: [UInt8] = []
    unsafe withUnsafeBytes(of: err.message) { bytes in
      for index in bytes.indices {
        let byte = unsafe bytes[index]
        if byte == 0 { break }
        text.append(byte)
      }
    }
    return text.isEmpty ? nil : Sentence(escaping: text.span)
  }

  private var broken: Failure {
    Failure(.store, "store", "The store's answer is not one that the interface of stores allows; mend the store.")
  }

  @unsafe private func address(_ sink: AnyObject) -> UnsafeMutableRawPointer {
    unsafe Unmanaged.passUnretained(sink).toOpaque()
  }
}
