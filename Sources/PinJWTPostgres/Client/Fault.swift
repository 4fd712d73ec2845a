import PinJWTCrypto

/// What can go wrong inside.
enum Fault: Error {
  /// Another transaction came between, and nothing was done: to be tried again, until the deadline.
  case conflict(Failure)
  /// The statement failed, and the transaction with it; the connection is still good.
  case failed(Failure)
  /// As `failed`, because the role may not do it.
  case denied(Failure)
  /// The connection is of no use any more.
  case broken(Failure)
  /// The server ended the connection, or the network did; what was sent may have been done.
  case lost(Failure)

  var failure: Failure {
    switch self {
    case .conflict(let failure), .failed(let failure), .denied(let failure), .broken(let failure), .lost(let failure):
      failure
    }
  }

  /// What a SQLSTATE stands for.
  init(state: [UInt8]) {
    let span = state.span
    let shown = Sentence(escaping: span)
    if span.equals("40001") || span.equals("40P01") {
      self = .conflict(Fault.store("Others changed the same rows in PostgreSQL all the time; try again."))
    } else if span.equals("57014") || span.equals("55P03") {
      self = .failed(Fault.store("PostgreSQL did not finish within the deadline; try again."))
    } else if span.equals("25006") {
      self = .broken(Fault.store("The PostgreSQL server only reads: it is a standby, or its role may not write."))
    } else if span.equals("42501") || span.equals("3F000") {
      self = .denied(
        Fault.store("The PostgreSQL role may not use the tables of pinjwt; grant it what the header says."))
    } else if span.equals("53100") {
      self = .failed(Fault.store("The disk of the PostgreSQL server is full; make room."))
    } else if span.starts(with: "53") {
      self = .failed(Fault.store("The PostgreSQL server has no room (SQLSTATE \(shown)): memory or connections."))
    } else if span.starts(with: "57") || span.starts(with: "08") || span.starts(with: "25P0") {
      self = .lost(Fault.store("The PostgreSQL server is going down or coming up (SQLSTATE \(shown)); try again."))
    } else {
      // Where the tables were changed, what was prepared is of no use, and only a new connection looks at them again.
      self = .broken(Fault.store("PostgreSQL refused a statement with SQLSTATE \(shown); see the server's log."))
    }
  }

  static func late(_ deadline: Deadline) -> Fault {
    .broken(store("PostgreSQL did not answer within \(deadline.total) ms; try again."))
  }

  static var closed: Fault { .lost(store("The connection to PostgreSQL was lost; try again.")) }

  static var malformed: Fault {
    .failed(
      Failure(.storeState, "store", "A row in PostgreSQL is not one that pinjwt has written; restore the tables."))
  }

  static func store(_ message: Sentence) -> Failure { Failure(.store, "store", message) }
}
