import CPOSIX
import PinJWTCrypto

/// A TCP connection, never blocking beyond a deadline, closed when it is released.
@safe final class Socket {
  let node: NodeAddress
  private var descriptor: Int32
  /// The process that opened it, and what the descriptor stood for there.
  private let process: Int32
  private let identity: posix_status

  static func connect(_ node: NodeAddress, _ deadline: Deadline) throws(Failure) -> Socket {
    let addresses = try AddressList.resolve(node)
    defer { withExtendedLifetime(addresses) {} }
    var last = Failure(.store, "store", "The host of the Redis server \(node.shown) has no address.")
    var rest = addresses.count
    // Sound: the list is kept to the end of this function.
    var next = unsafe addresses.first
    while let address = unsafe next {
      guard !deadline.isOver else { throw Broken.late(node, deadline) }
      // One address that swallows everything leaves time for the others.
      let share = deadline.limited(to: deadline.left / Int64(max(1, rest)))
      do throws(Failure) { return unsafe try connect(node, address, share) } catch { last = error }
      unsafe next = address.pointee.ai_next
      rest -= 1
    }
    throw last
  }

  @unsafe private static func connect(
    _ node: NodeAddress, _ address: UnsafeMutablePointer<addrinfo>, _ deadline: Deadline
  ) throws(Failure) -> Socket {
    let descriptor = unsafe posix_tcp_socket(address.pointee.ai_family)
    guard descriptor >= 0 else {
      throw Failure(.store, "store", "No socket can be opened; are too many files open?")
    }
    var identity = posix_status()
    _ = unsafe posix_look(descriptor, "", &identity)
    let socket = Socket(node, descriptor, identity)
    var result = unsafe posix_connect(descriptor, address)
    if result == EINPROGRESS || result == EINTR {
      guard socket.wait(writing: true, deadline) else { throw Broken.late(node, deadline) }
      result = posix_connect_result(descriptor)
    }
    guard result == 0 else { throw unreachable(node, result) }
    return socket
  }

  private init(_ node: NodeAddress, _ descriptor: Int32, _ identity: posix_status) {
    self.node = node
    self.descriptor = descriptor
    self.identity = identity
    process = getpid()
  }

  deinit {
    shut()
  }

  /// Closes the descriptor and sends nothing.
  ///
  /// In a process that was forked off the number may long stand for another file, which is not ours to close.
  func shut() {
    guard descriptor >= 0 else { return }
    var current = posix_status()
    let isOurs =
      unsafe posix_look(descriptor, "", &current) == 0 && current.inode == identity.inode
      && current.device == identity.device
    if process == getpid() || isOurs { close(descriptor) }
    descriptor = -1
  }

  /// Whether the other side has neither sent anything nor hung up.
  var isIdle: Bool { posix_is_idle(descriptor) != 0 }

  /// Sends all of it.
  @unsafe func send(_ bytes: UnsafeRawBufferPointer, _ deadline: Deadline) throws(Failure) {
    var sent = 0
    while sent < bytes.count {
      // Sound: `sent` is below the count.
      let took = unsafe bytes.baseAddress.map { unsafe posix_send(descriptor, $0 + sent, bytes.count - sent) } ?? -1
      if took > 0 {
        sent += took
        continue
      }
      switch posix_errno() {
      case EINTR: break
      case EAGAIN, EWOULDBLOCK:
        guard wait(writing: true, deadline) else { throw Broken.late(node, deadline) }
      default: throw Broken.closed(node)
      }
    }
  }

  /// Waits for bytes and takes as many as there are, at most as many as there is room for.
  @unsafe func receive(_ room: UnsafeMutableRawBufferPointer, _ deadline: Deadline) throws(Failure) -> Int {
    while true {
      guard wait(writing: false, deadline) else { throw Broken.late(node, deadline) }
      let got = unsafe posix_receive(descriptor, room.baseAddress, room.count)
      if got > 0 { return got }
      guard got < 0, posix_errno() == EINTR || posix_errno() == EAGAIN || posix_errno() == EWOULDBLOCK else {
        throw Broken.closed(node)
      }
    }
  }

  /// False when the time is over.
  private func wait(writing: Bool, _ deadline: Deadline) -> Bool {
    repeat {
      let ready = posix_wait(descriptor, writing ? 1 : 0, deadline.poll)
      // An error of poll shows in the call that follows.
      if ready > 0 || ready < 0 && posix_errno() != EINTR { return true }
    } while !deadline.isOver
    return false
  }

  private static func unreachable(_ node: NodeAddress, _ error: Int32) -> Failure {
    let reason: StaticString
    switch error {
    case ECONNREFUSED: reason = "it refuses connections"
    case EHOSTUNREACH, ENETUNREACH: reason = "there is no way to it"
    case ETIMEDOUT: reason = "it does not answer"
    default: reason = "the connection failed"
    }
    return Failure(.store, "store", "The Redis server \(node.shown) cannot be reached: \(reason).")
  }
}
