/// A value for a statement, as PostgreSQL's binary format has it.
enum Parameter {
  case bytes([UInt8])
  case number(Int64)

  var bytes: [UInt8] {
    switch self {
    case .bytes(let bytes): return bytes
    case .number(let number):
      let bits = UInt64(bitPattern: number)
      return [56, 48, 40, 32, 24, 16, 8, 0].map { UInt8(truncatingIfNeeded: bits >> $0) }
    }
  }
}

/// A statement with its values.
struct Step {
  let statement: Statement
  let parameters: [Parameter]

  init(_ statement: Statement, _ parameters: Parameter...) {
    self.statement = statement
    self.parameters = parameters
  }

  init(_ statement: Statement, list: [Parameter]) {
    self.statement = statement
    parameters = list
  }
}

/// What a statement answered.
struct Answer {
  /// The values of each row; nil for NULL.
  var rows: [[[UInt8]?]] = []
  /// How many rows it wrote.
  var changes: Int64 = 0

  func bytes(_ row: Int, _ column: Int) throws(Fault) -> [UInt8] {
    guard let bytes = try optional(row, column) else { throw Fault.malformed }
    return bytes
  }

  func optional(_ row: Int, _ column: Int) throws(Fault) -> [UInt8]? {
    guard rows.indices.contains(row), rows[row].indices.contains(column) else { throw Fault.malformed }
    return rows[row][column]
  }

  func number(_ row: Int, _ column: Int) throws(Fault) -> Int64 {
    let bytes = try bytes(row, column)
    guard bytes.count == 8 else { throw Fault.malformed }
    var bits: UInt64 = 0
    for byte in bytes { bits = bits << 8 | UInt64(byte) }
    return Int64(bitPattern: bits)
  }
}
