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
    lock.withLock {
      self.turn = turn
      lock.wakeAll()
    }
  }
}

/// A job with an answer.
final class AnswerJob<Answer>: WriteJob, @unchecked Sendable {
  // Sendable: as above.
  private let body: (Tables) throws(Fault) -> Answer
  private var outcome: Result<Answer, Failure>?

  init(_ body: @escaping (Tables) throws(Fault) -> Answer) {
    self.body = body
  }

  override func run(_ tables: Tables) throws(Fault) {
    outcome = nil
    outcome = .success(try body(tables))
  }

  override func fail(_ failure: Failure) {
    outcome = .failure(failure)
  }

  /// After the end.
  func answer() throws(Failure) -> Answer {
    guard let outcome else { throw Failure(.store, "store", "The store has not written this; try again.") }
    return try outcome.get()
  }
}
