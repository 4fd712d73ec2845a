import PinJWTCrypto

/// What one caller wants to be written, until it knows the outcome.
///
/// `run` and `fail` belong to the thread that leads; the caller waits, and is woken to take the outcome or to lead itself.
class WriteJob: @unchecked Sendable {
  // Sendable: the state is touched under the lock only; the leader's part and the caller's come one after the other.
  enum Turn {
    case waiting, leads, ended
  }

  private let lock = Lock()
  private var turn = Turn.waiting

  /// Does the work, in the transaction of the tables. What it throws undoes this job's work alone.
  func run(_ tables: Tables) throws(Fault) {}

  /// Takes the place of what `run` did, which has been undone.
  func fail(_ failure: Failure) {}

  /// Waits until there is something to do for this caller.
  final func waitForTurn() -> Turn {
    lock.withLock {
      while case .waiting = turn { lock.wait() }
      return turn
    }
  }

  final func give(_ turn: Turn) {
    lock.withLock { self.turn = turn }
    // Not under the lock, which the caller takes as it wakes.
    lock.wakeAll()
  }
}

/// A job with an answer.
final class AnswerJob<Answer>: WriteJob, @unchecked Sendable {
  // Sendable: as above.
  private let body: (Tables) throws(Fault) -> Answer
  private var given: Answer?
  private var failure: Failure?

  init(_ body: @escaping (Tables) throws(Fault) -> Answer) {
    self.body = body
  }

  override func run(_ tables: Tables) throws(Fault) {
    failure = nil
    given = try body(tables)
  }

  override func fail(_ failure: Failure) {
    self.failure = failure
  }

  /// After the end.
  func answer() throws(Failure) -> Answer {
    if let failure { throw failure }
    guard let given else { throw Failure(.store, "store", "The store has not written this; try again.") }
    return given
  }
}
