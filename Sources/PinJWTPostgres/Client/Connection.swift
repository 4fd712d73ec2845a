import CPOSIX
import CPostgres
import PinJWTCrypto

/// A connection to the server, for one thread at a time. It never blocks: each wait ends with the deadline.
@safe final class Connection {
  private let handle: OpaquePointer
  private let gate: ForkGate
  private var isAbandoned = false
  /// How far connecting has come.
  private var stage = Refusal.Stage.begun
  private var isInTransaction = false
  /// Whether the answers to a flight have not all come. Where nobody waits for them any more, it is of no use.
  private(set) var isInFlight = false
  /// Whether the last flight may have been done, should its answer not come.
  private(set) var mayHaveWritten = false

  /// Connects, brings the tables to this version where `migrating`, refuses others, and prepares all statements.
  static func open(
    _ url: PostgresURL, _ gate: ForkGate, migrating: Bool, _ deadline: Deadline
  ) throws(Fault) -> Connection {
    // Sound: the text lives as long as the URL, and libpq copies it.
    let begun = unsafe gate.pass { unsafe url.withCString { unsafe postgres_start($0) } }
    guard let handle = unsafe begun else {
      throw .broken(Failure(.memory, "store", "There is no memory for a connection to PostgreSQL."))
    }
    let connection = unsafe Connection(handle, gate)
    unsafe postgres_be_silent(handle)
    try connection.connect(deadline)
    guard unsafe PQsetnonblocking(handle, 1) == 0 else { throw .closed }
    _ = try connection.execute(settings(deadline.total), deadline)
    try connection.refuseStandby(deadline)
    if migrating { try Schema.migrate(connection, deadline) } else { try Schema.check(connection, deadline) }
    guard unsafe PQenterPipelineMode(handle) == 1 else { throw .closed }
    try connection.prepare(deadline)
    return connection
  }

  @unsafe private init(_ handle: OpaquePointer, _ gate: ForkGate) {
    unsafe self.handle = handle
    self.gate = gate
  }

  deinit {
    // One of the parent's is not ended: that would end it for the parent. Its memory is lost to the child.
    if !isAbandoned { gate.pass { unsafe PQfinish(handle) } }
  }

  /// In a child: closes its copy of the socket and says nothing to the server.
  func abandon() {
    isAbandoned = true
    let descriptor = unsafe PQsocket(handle)
    if descriptor >= 0 { close(descriptor) }
  }

  /// Whether the server has not closed it meanwhile.
  var isFresh: Bool {
    let descriptor = unsafe PQsocket(handle)
    return unsafe PQstatus(handle) == CONNECTION_OK && descriptor >= 0 && posix_is_idle(descriptor) == 1
  }

  // MARK: Connecting

  private func connect(_ deadline: Deadline) throws(Fault) {
    var state = PGRES_POLLING_WRITING
    while true {
      switch state {
      case PGRES_POLLING_OK: return
      case PGRES_POLLING_READING, PGRES_POLLING_WRITING:
        stage = unsafe Refusal.Stage(PQstatus(handle))
        guard try wait(toWrite: state == PGRES_POLLING_WRITING, deadline.poll, deadline) else { throw .late(deadline) }
      default: throw refused
      }
      state = gate.pass { unsafe PQconnectPoll(handle) }
    }
  }

  private var refused: Fault {
    .broken(
      unsafe Refusal(
        stage: stage, lacksPassword: PQconnectionNeedsPassword(handle) == 1,
        gavePassword: PQconnectionUsedPassword(handle) == 1
      ).failure)
  }

  /// Waits for the socket, for so many milliseconds: whether it is ready. Signals do not shorten it.
  private func wait(toWrite: Bool, _ milliseconds: Int32, _ deadline: Deadline) throws(Fault) -> Bool {
    while true {
      let descriptor = unsafe PQsocket(handle)
      guard descriptor >= 0 else { throw .closed }
      guard !deadline.isOver else { throw .late(deadline) }
      let found = posix_wait(descriptor, toWrite ? 1 : 0, min(milliseconds, deadline.poll))
      if found >= 0 { return found > 0 }
      guard posix_errno() == EINTR else { throw .closed }
    }
  }

  /// A standby lags behind, by how much it cannot tell: what it has not heard of yet would be taken for not revoked. A
  /// server does not become one while it is connected to.
  private func refuseStandby(_ deadline: Deadline) throws(Fault) {
    var text: [UInt8] = []
    text.append(text: "SELECT pg_is_in_recovery()::int")
    guard try execute(text, deadline).bytes(0, 0).first == UInt8(ascii: "0") else {
      throw .broken(
        Fault.store(
          "The PostgreSQL server is a standby, which does not know of the latest revocations; name the primary."))
    }
  }

  /// The server gives up in time too, even where we are gone; rows that a policy would hide are an error; and what was
  /// planned while the tables were small takes the indexes.
  private static func settings(_ milliseconds: Int64) -> [UInt8] {
    var text: [UInt8] = []
    text.append(text: "SET statement_timeout = ")
    text.append(decimal: milliseconds)
    text.append(text: "; SET lock_timeout = ")
    text.append(decimal: milliseconds)
    text.append(text: "; SET idle_in_transaction_session_timeout = ")
    text.append(decimal: milliseconds &* 2)
    text.append(text: "; SET default_transaction_isolation = 'read committed'")
    // Raised where it is less than that, never lowered.
    text.append(
      text: "; SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit')")
    text.append(text: " IN ('off', 'local')")
    text.append(text: "; SET row_security = off; SET enable_seqscan = off; SET jit = off")
    return text
  }

  // MARK: Statements

  /// Runs a text of statements, before the pipelines begin; the answer of the last one that has rows, in text.
  func execute(_ sql: [UInt8], _ deadline: Deadline) throws(Fault) -> Answer {
    let sent = unsafe withCString(sql) { unsafe PQsendQuery(handle, $0) }
    guard sent == 1 else { throw .closed }
    try flush(deadline)
    var answer = Answer()
    var fault: Fault?
    while let result = unsafe try nextResult(deadline) {
      defer { unsafe PQclear(result) }
      if let found = unsafe Connection.fault(of: result) {
        fault = fault ?? found
      } else if unsafe PQntuples(result) > 0 {
        answer = unsafe Connection.answer(of: result)
      }
    }
    if let fault { throw fault }
    return answer
  }

  private func prepare(_ deadline: Deadline) throws(Fault) {
    for statement in Statement.allCases {
      let types = statement.types
      let sent = unsafe withCString(statement.name) { name in
        unsafe withCString(statement.sql) { sql in unsafe PQsendPrepare(handle, name, sql, Int32(types.count), types) }
      }
      guard sent == 1 else { throw .closed }
    }
    _ = try finish(Statement.allCases.count, deadline)
  }

  /// Sends statements in one flight and takes their answers. Where one fails, those behind it are not run.
  func run(_ steps: [Step], _ deadline: Deadline) throws(Fault) -> [Answer] {
    let ends = steps.contains { $0.statement.endsTransaction }
    let begins = steps.first?.statement == .begin
    if begins { isInTransaction = true }
    let writes = steps.contains { !$0.statement.onlyReads && $0.statement != .begin && !$0.statement.endsTransaction }
    // A transaction may have written in an earlier flight, and what is none commits each statement.
    mayHaveWritten = (ends && !begins) || (writes && (ends || !isInTransaction))
    isInFlight = true
    for step in steps { try send(step) }
    let answers = try finish(steps.count, deadline)
    if ends { isInTransaction = false }
    return answers
  }

  private func send(_ step: Step) throws(Fault) {
    let values = step.parameters.map { PinnedBytes(copying: $0.bytes.span) }
    // Sound: the values live until libpq has copied them, and there are as many lengths and formats.
    var pointers: [UnsafePointer<CChar>?] = unsafe []
    for value in values {
      unsafe pointers.append(UnsafeRawPointer(value.address).assumingMemoryBound(to: CChar.self))
    }
    let lengths = values.map { Int32(truncatingIfNeeded: $0.count) }
    let formats = [Int32](repeating: 1, count: values.count)
    let sent = unsafe withCString(step.statement.name) { name in
      unsafe PQsendQueryPrepared(
        handle, name, Int32(truncatingIfNeeded: values.count), pointers, lengths, formats, 1)
    }
    withExtendedLifetime(values) {}
    guard sent == 1 else { throw .closed }
  }

  /// Ends the flight and takes its answers.
  private func finish(_ count: Int, _ deadline: Deadline) throws(Fault) -> [Answer] {
    guard unsafe PQpipelineSync(handle) == 1 else { throw .closed }
    try flush(deadline)
    var answers: [Answer] = []
    var fault: Fault?
    while true {
      // Between the results of two statements stands a nil.
      guard let result = unsafe try nextResult(deadline) else {
        guard !deadline.isOver else { throw .late(deadline) }
        continue
      }
      defer { unsafe PQclear(result) }
      switch unsafe PQresultStatus(result) {
      case PGRES_PIPELINE_SYNC:
        isInFlight = false
        if let fault { throw fault }
        guard answers.count == count else { throw .closed }
        return answers
      case PGRES_TUPLES_OK, PGRES_COMMAND_OK: answers.append(unsafe Connection.answer(of: result))
      case PGRES_PIPELINE_ABORTED: break
      default: fault = fault ?? (unsafe Connection.fault(of: result)) ?? .closed
      }
    }
  }

  /// Sends what libpq still has, and takes in what comes meanwhile, so that neither side waits for the other.
  private func flush(_ deadline: Deadline) throws(Fault) {
    while true {
      let left = unsafe PQflush(handle)
      if left == 0 { return }
      guard left == 1 else { throw .closed }
      // The server may have to be read from before it reads on.
      if try !wait(toWrite: true, 20, deadline) {
        guard unsafe PQconsumeInput(handle) == 1 else { throw .closed }
      }
    }
  }

  /// The next result; nil at the end of one statement's.
  private func nextResult(_ deadline: Deadline) throws(Fault) -> OpaquePointer? {
    while unsafe PQisBusy(handle) == 1 {
      guard try wait(toWrite: false, deadline.poll, deadline) else { throw .late(deadline) }
      guard unsafe PQconsumeInput(handle) == 1 else { throw .closed }
    }
    let result = unsafe PQgetResult(handle)
    if unsafe result == nil, unsafe PQstatus(handle) != CONNECTION_OK { throw .closed }
    return unsafe result
  }

  /// Sound here and below: indices and lengths are those that the result tells of itself.
  @unsafe private static func answer(of result: OpaquePointer) -> Answer {
    var answer = Answer()
    let (rows, columns) = unsafe (PQntuples(result), PQnfields(result))
    for row in 0..<max(0, rows) {
      var values: [[UInt8]?] = []
      for column in 0..<max(0, columns) {
        if unsafe PQgetisnull(result, row, column) == 1 {
          values.append(nil)
          continue
        }
        let count = unsafe Int(PQgetlength(result, row, column))
        guard count > 0, let start = unsafe PQgetvalue(result, row, column) else {
          values.append([])
          continue
        }
        unsafe values.append(
          [UInt8](UnsafeRawBufferPointer(start: UnsafeRawPointer(start), count: count)))
      }
      answer.rows.append(values)
    }
    if let text = unsafe PQcmdTuples(result) {
      var index = 0
      while unsafe text[index] >= 48 && text[index] <= 57 && index < 18 {
        answer.changes = unsafe answer.changes * 10 + Int64(text[index] - 48)
        index += 1
      }
    }
    return answer
  }

  @unsafe private static func fault(of result: OpaquePointer) -> Fault? {
    switch unsafe PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return nil
    default:
      guard let text = unsafe postgres_state(result) else { return .closed }
      let count = unsafe strnlen(text, 8)
      guard count > 0 else { return .closed }
      return unsafe Fault(state: [UInt8](UnsafeRawBufferPointer(start: UnsafeRawPointer(text), count: count)))
    }
  }

  /// Calls `body` with the text and a NUL.
  @unsafe private func withCString<Result>(_ text: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    let pinned = PinnedBytes(copying: text.span)
    return withExtendedLifetime(pinned) {
      unsafe body(UnsafeRawPointer(pinned.address).assumingMemoryBound(to: CChar.self))
    }
  }
}
