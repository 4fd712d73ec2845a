import CPOSIX
import PinJWTCrypto

/// A connection to one server: signed in, and used by one caller at a time.
@safe final class Connection {
  private let socket: Socket
  private let session: TLSSession?
  private let reader: ReplyReader
  private let buffer: UnsafeMutableRawBufferPointer
  /// The process that opened it, the only one that may use it.
  let process: Int32

  /// Connects, checks whom with, and signs in.
  static func open(
    _ node: NodeAddress, _ settings: RedisURL, _ context: TLSContext?, _ deadline: Deadline
  ) throws(Failure) -> Connection {
    let reader = try ReplyReader.make()
    let session = if let context { try TLSSession.make(context, node) } else { nil as TLSSession? }
    let socket = try Socket.connect(node, deadline)
    try session?.handshake(socket, deadline)
    let connection = Connection(socket, session, reader)
    try connection.signIn(settings, deadline)
    return connection
  }

  private init(_ socket: Socket, _ session: TLSSession?, _ reader: ReplyReader) {
    self.socket = socket
    self.session = session
    self.reader = reader
    unsafe buffer = .allocate(byteCount: 16 << 10, alignment: 16)
    process = getpid()
  }

  deinit {
    // Sound: allocated by init and released once.
    unsafe buffer.deallocate()
  }

  var node: NodeAddress { socket.node }

  /// Whether it can be expected to work: the server has neither hung up nor said anything more than it was asked, which
  /// would be taken for the answer to the next question.
  var isFresh: Bool {
    process == getpid() && socket.isIdle && reader.isDrained && (session?.isDrained ?? true)
  }

  /// Closes the descriptor and sends nothing: for a connection that another process uses.
  func abandon() {
    socket.shut()
  }

  /// Sends a command and waits for its reply.
  func call(_ command: Command, _ deadline: Deadline) throws(Broken) -> Reply {
    let wire = try Connection.whole { () throws(Failure) in try Wire(command) }
    try Connection.whole { () throws(Failure) in
      try unsafe wire.withBytes { (bytes) throws(Failure) in try unsafe send(bytes, deadline) }
    }
    return try receive(deadline)
  }

  /// Sends several commands at once and waits for their replies.
  func call(_ commands: [Command], _ deadline: Deadline) throws(Broken) -> [Reply] {
    var joined: [UInt8] = []
    try Connection.whole { () throws(Failure) in
      for command in commands {
        let wire = try Wire(command)
        unsafe wire.withBytes { unsafe joined.append(contentsOf: $0) }
      }
      try send(joined, deadline)
    }
    var replies: [Reply] = []
    replies.reserveCapacity(commands.count)
    while replies.count < commands.count { replies.append(try receive(deadline)) }
    return replies
  }

  private func signIn(_ settings: RedisURL, _ deadline: Deadline) throws(Failure) {
    do throws(Broken) {
      if let password = settings.password { try authenticate(settings.user, password, deadline) }
      guard settings.database != 0 else { return }
      var select = Command("SELECT")
      select.append(settings.database)
      try expectOK(try call(select, deadline)) {
        "The Redis server \(node.shown) refused the database \(settings.database); has it so many?"
      }
    } catch {
      throw error.failure
    }
  }

  private func authenticate(_ user: [UInt8], _ password: SecretBytes, _ deadline: Deadline) throws(Broken) {
    try Connection.whole { () throws(Failure) in
      let wire = try Wire(user: user, password: password)
      try unsafe wire.withBytes { (bytes) throws(Failure) in try unsafe send(bytes, deadline) }
    }
    // What the server says is not shown: it may repeat the password.
    try expectOK(try receive(deadline)) {
      "The Redis server \(node.shown) refused the user or the password; check both."
    }
  }

  private func expectOK(_ reply: Reply, _ message: () -> Sentence) throws(Broken) {
    guard case .status(let text) = reply, text.span.equals("OK") else {
      throw Broken(Failure(.store, "store", message()))
    }
  }

  private func send(_ bytes: [UInt8], _ deadline: Deadline) throws(Failure) {
    try unsafe bytes.span.withUnsafeBytes { (bytes) throws(Failure) in try unsafe send(bytes, deadline) }
  }

  @unsafe private func send(_ bytes: UnsafeRawBufferPointer, _ deadline: Deadline) throws(Failure) {
    guard let session else { return try unsafe socket.send(bytes, deadline) }
    try unsafe session.send(bytes, socket, deadline)
  }

  /// The next reply to what was sent, which the server has got.
  private func receive(_ deadline: Deadline) throws(Broken) -> Reply {
    while true {
      switch reader.next() {
      case .reply(let reply): return reply
      case .broken: throw garbled
      case .incomplete: break
      }
      do throws(Failure) {
        let got =
          if let session {
            try unsafe session.receive(buffer, socket, deadline)
          } else {
            try unsafe socket.receive(buffer, deadline)
          }
        // Sound: what came in lies within the buffer.
        guard unsafe got <= buffer.count, unsafe reader.feed(UnsafeRawBufferPointer(rebasing: buffer[..<got])) else {
          throw garbled.failure
        }
      } catch {
        throw Broken(error, mayHaveRun: true)
      }
    }
  }

  private var garbled: Broken {
    let failure = Failure(
      .store, "store", "The server \(node.shown) does not answer as Redis does; check the host and the port.")
    return Broken(failure, mayHaveRun: true)
  }

  /// What is sent only in part is not carried out.
  private static func whole<Result>(_ body: () throws(Failure) -> Result) throws(Broken) -> Result
  where Result: ~Copyable {
    do throws(Failure) { return try body() } catch { throw Broken(error) }
  }
}
