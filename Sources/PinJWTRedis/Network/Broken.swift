import PinJWTCrypto

/// A connection that is of no use any more.
struct Broken: Error {
  let failure: Failure
  /// Whether the server may have carried out what it was sent: it has got all of it.
  var mayHaveRun: Bool

  init(_ failure: Failure, mayHaveRun: Bool = false) {
    self.failure = failure
    self.mayHaveRun = mayHaveRun
  }

  static func late(_ node: NodeAddress, _ deadline: Deadline) -> Failure {
    Failure(.store, "store", "The Redis server \(node.shown) did not answer within \(deadline.total) ms; try again.")
  }

  static func closed(_ node: NodeAddress) -> Failure {
    Failure(.store, "store", "The Redis server \(node.shown) closed the connection; try again.")
  }
}
