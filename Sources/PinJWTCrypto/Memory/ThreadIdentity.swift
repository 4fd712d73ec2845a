import CPOSIX

/// A thread of a process. After a fork the child has only the thread that forked.
public struct ThreadIdentity: Equatable, Sendable {
  private let process: Int32
  private let thread: UInt

  public static var current: ThreadIdentity { ThreadIdentity(process: getpid(), thread: UInt(pthread_self())) }

  public var isThisThread: Bool { self == ThreadIdentity.current }

  /// Whether it is a thread of this process, rather than of the one that it was forked from.
  public var isAlive: Bool { process == getpid() }
}
