import PinJWTCrypto

/// What one caller wants to be written, until it knows the outcome.
///
/// `run` and `fail` belong to the thread that leads; the caller takes the outcome when it has waited.
class WriteJob: @unchecked Sendable {
  // Sendable: the leader's part and the caller's come one after the other.

  /// Does the work, in the transaction of the tables. What it throws undoes this job's work alone.
  func run(_ tables: Tables) throws(Fault) {}

  /// Takes the place of what `run` did, which has been undone.
  func fail(_ failure: Failure) {}
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
