import CSQLite
import PinJWTCrypto

/// A connection with its prepared statements. For one thread at a time.
@safe final class Tables {
  let connection: Connection
  private var statements: [Statement?]

  /// Opens the database to write, and prepares all statements, so that what is missing is found at once.
  static func openToWrite(_ file: DatabaseFile) throws(Fault) -> Tables {
    let tables = Tables(try Connection.ready(file))
    try tables.connection.execute("PRAGMA cache_size = -16000")
    for query in Query.allCases { _ = try tables.statement(query) }
    return tables
  }

  static func openToRead(_ file: DatabaseFile) throws(Fault) -> Tables {
    let tables = Tables(try Connection.ready(file))
    try tables.connection.execute("PRAGMA query_only = ON")
    return tables
  }

  private init(_ connection: Connection) {
    self.connection = connection
    statements = Array(repeating: nil, count: Query.allCases.count)
  }

  /// The statement of a query, to be reset after use.
  func statement(_ query: Query) throws(Fault) -> Statement {
    guard statements.indices.contains(query.rawValue) else { throw connection.fault(SQLITE_MISUSE) }
    if let known = statements[query.rawValue] { return known }
    let new = try connection.prepare(query.sql)
    statements[query.rawValue] = new
    return new
  }

  func run(_ query: Query) throws(Fault) {
    try statement(query).run()
  }

  /// Reads in one state of the database.
  func reading<Output>(_ body: (Tables) throws(Fault) -> Output) throws(Fault) -> Output {
    try transaction(.begin, body)
  }

  /// Writes all that `body` does, or nothing.
  func writing<Output>(_ body: (Tables) throws(Fault) -> Output) throws(Fault) -> Output {
    try transaction(.beginWriting, body)
  }

  private func transaction<Output>(
    _ start: Query, _ body: (Tables) throws(Fault) -> Output
  ) throws(Fault) -> Output {
    try begin(start)
    do throws(Fault) {
      let output = try body(self)
      try run(.commit)
      return output
    } catch {
      rollBack()
      throw error
    }
  }

  /// Begins a transaction on the file that the path leads to, of the schema that is known here.
  private func begin(_ query: Query) throws(Fault) {
    try connection.checkPlace()
    try run(query)
    do throws(Fault) {
      let version = try statement(.version)
      defer { version.reset() }
      guard try version.step(), try Schema.isCurrent(version.number(0), connection.file) else {
        throw connection.fault(SQLITE_SCHEMA)
      }
    } catch {
      rollBack()
      throw error
    }
  }

  private func rollBack() {
    guard connection.isInTransaction else { return }
    // Should it fail, closing the connection rolls back.
    try? run(.rollBack)
  }
}
