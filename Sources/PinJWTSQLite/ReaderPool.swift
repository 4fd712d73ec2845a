import PinJWTCrypto

/// Connections for reading, which in WAL mode wait for no writer. Used inside the fork gate only.
@safe final class ReaderPool: @unchecked Sendable {
  // Sendable: all is touched under the lock only; a connection is with one thread at a time.
  private let lock = Lock()
  private var idle: [Tables] = []
  private var count = 0

  private static let most = 4

  /// Reads with one of the connections; one that is no longer sound is not used again.
  func read<Output>(
    _ file: DatabaseFile, _ body: (Tables) throws(Fault) -> Output
  ) throws(Fault) -> Output {
    var tables = borrow()
    do throws(Fault) {
      let opened: Tables
      if let tables { opened = tables } else { opened = try Tables.openToRead(file) }
      tables = opened
      let output = try opened.reading(body)
      giveBack(opened)
      return output
    } catch {
      if tables?.connection.isSound == true {
        giveBack(tables)
      } else {
        tables?.connection.close(keepingLog: true)
        giveBack(nil)
      }
      throw error
    }
  }

  /// Closes all, while nobody reads.
  func close() {
    for tables in idle { tables.connection.close(keepingLog: true) }
    idle = []
    count = 0
  }

  var isOpen: Bool { count > 0 }

  /// A connection, or nil where there may be one more.
  private func borrow() -> Tables? {
    lock.withLock {
      while idle.isEmpty, count >= ReaderPool.most { lock.wait() }
      if let tables = idle.popLast() { return tables }
      count += 1
      return nil
    }
  }

  private func giveBack(_ tables: Tables?) {
    lock.withLock {
      if let tables { idle.append(tables) } else { count -= 1 }
      lock.wakeAll()
    }
  }
}
