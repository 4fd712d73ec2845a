import CPOSIX
import PinJWTCrypto
import Synchronization

/// A database of sessions, for any number of threads, and for the processes that are forked off.
@safe final class Database: ForkMember, @unchecked Sendable {
  // Sendable: what changes is atomic.
  let file: DatabaseFile
  /// How long to wait for others, in milliseconds.
  private let busy: Int64
  private let gate: ForkGate
  /// The address of the engine of this process, or of the one that it was forked from.
  private let engineAddress: Atomic<UInt>

  /// How long a fork waits for a disk that hangs, in milliseconds: then the child finds itself without the database.
  private static let longestWait: Int64 = 10_000

  /// Opens a database, which is made where there is no file.
  static func open(_ location: Location) throws(Failure) -> Database {
    let file = try DatabaseFile.make(location.path)
    let database = Database(file, location.busy, try ForkGate.shared(waiting: longestWait))
    try file.create()
    database.gate.add(database)
    do throws(Failure) {
      let engine = try database.engine()
      try database.patiently { () throws(Fault) in try engine.openWriter(file) }
    } catch {
      database.close()
      throw error
    }
    return database
  }

  private init(_ file: DatabaseFile, _ busy: Int64, _ gate: ForkGate) {
    self.file = file
    self.busy = busy
    self.gate = gate
    engineAddress = Atomic(Database.address(of: Engine()))
    super.init()
  }

  deinit {
    // Sound: the reference that `address` took. What another process had is left alone.
    let engine = unsafe Database.engine(engineAddress.load(ordering: .acquiring))
    if engine.process == getpid() { unsafe Unmanaged.passUnretained(engine).release() }
  }

  /// Ends the use of the database in this process.
  func close() {
    let engine = unsafe Database.engine(engineAddress.load(ordering: .acquiring))
    if engine.process == getpid() {
      gate.pass { engine.closeConnections(keepingLog: false) }
    } else if engine.isOpen || engine.isStranded {
      // Nothing of a parent's is touched.
      return
    }
    gate.remove(self)
  }

  /// Closes what this process has open, while no one uses it; it is opened again when it is needed.
  ///
  /// A child must inherit nothing of SQLite's. It would deadlock on a mutex of SQLite's that another thread of its parent
  /// held. And it can neither use nor leave alone what the parent had open: SQLite keeps one list per process of the files
  /// that are open and the locks on them, so a new connection of the child to the same file joins what it inherited and
  /// takes no locks of its own, which do not pass to a child. The parent or any other process then takes itself for the
  /// last user, removes the log, and what the child commits after that is lost.
  override func prepareForFork() {
    let engine = unsafe Database.engine(engineAddress.load(ordering: .acquiring))
    if engine.process == getpid() { engine.closeConnections(keepingLog: true) }
  }

  /// Runs `body` in a transaction that writes, together with those of other threads, and returns when it is on the disk.
  ///
  /// `body` may be run again where the transaction did not come about, and on another thread.
  func write<Output>(_ body: @escaping (Tables) throws(Fault) -> Output) throws(Failure) -> Output {
    let engine = try engine()
    let start = Clock.monotonicMilliseconds()
    let job = AnswerJob(body)
    engine.queue.submit(job) { batch in
      do throws(Failure) {
        // Whoever leads counts from its own coming: those who wait behind many do not wait the whole time again.
        try patiently(since: start) { () throws(Fault) in try engine.write(batch, file) }
      } catch {
        batch.fail(error)
      }
    }
    return try job.answer()
  }

  /// Runs `body` on one state of the database, waiting for no writer; perhaps more than once.
  func read<Output>(_ body: (Tables) throws(Fault) -> Output) throws(Failure) -> Output {
    let engine = try engine()
    return try patiently { () throws(Fault) in try engine.readers.read(file, body) }
  }

  /// Tries again while others have the lock, until the deadline; a fork can come in between.
  @discardableResult
  private func patiently<Output>(
    since start: Int64 = Clock.monotonicMilliseconds(), _ attempt: () throws(Fault) -> Output
  ) throws(Failure) -> Output {
    var pause: UInt32 = 50
    while true {
      do throws(Fault) {
        return try gate.pass(attempt)
      } catch {
        guard case .busy = error, Clock.monotonicMilliseconds() - start < busy else { throw error.failure(file) }
      }
      usleep(pause)
      pause = min(pause * 2, 2000)
    }
  }

  /// This process's engine.
  private func engine() throws(Failure) -> Engine {
    while true {
      let address = engineAddress.load(ordering: .acquiring)
      let found = unsafe Database.engine(address)
      if found.process == getpid() {
        guard !found.isStranded else {
          throw Failure(
            .storeState, "store",
            "This process was forked while the store was in use, or past the system's fork handlers; start it anew.")
        }
        return found
      }
      // The other's engine is neither used nor released: what its threads were doing to it will never be finished.
      let made = Database.address(of: Engine(isStranded: found.isStranded || found.isOpen))
      let (exchanged, _) = engineAddress.compareExchange(
        expected: address, desired: made, ordering: .acquiringAndReleasing)
      if !exchanged { unsafe Unmanaged.passUnretained(Database.engine(made)).release() }
    }
  }

  private static func address(of engine: Engine) -> UInt {
    unsafe UInt(bitPattern: Unmanaged.passRetained(engine).toOpaque())
  }

  /// Sound for what `address` returned, until it is released.
  @unsafe private static func engine(_ address: UInt) -> Engine {
    guard let pointer = unsafe UnsafeRawPointer(bitPattern: address) else { return Engine() }
    return unsafe Unmanaged<Engine>.fromOpaque(pointer).takeUnretainedValue()
  }
}
