import PinJWTCore
import PinJWTCrypto

/// A ring in memory that may be tied to a file.
public final class StoredKeyRing: @unchecked Sendable {
  // Sendable: `file` is touched under `lock` only.
  public let ring: KeyRing
  /// Held during each change and save: of the threads of one process, one at a time waits for the lock of the file, and no
  /// change is made while the ring is being tied to it.
  private let lock = Lock()
  private var file: KeyRingFile?

  public init(_ ring: KeyRing) {
    self.ring = ring
  }

  private init(_ ring: KeyRing, _ file: KeyRingFile) {
    self.ring = ring
    self.file = file
  }

  public static func load(_ path: FilePath, passphrase: SecretBytes) throws(Failure) -> StoredKeyRing {
    let file = KeyRingFile(path, passphrase: passphrase)
    return StoredKeyRing(try file.load(), file)
  }

  public func save(_ path: FilePath, passphrase: SecretBytes, _ cost: PassphraseCost) throws(Failure) {
    try lock.withLock { () throws(Failure) in
      if let file, file.path.equals(path.resolved) { return try file.reseal(ring, passphrase, cost) }
      let new = KeyRingFile(path, passphrase: passphrase)
      try new.create(ring, cost)
      file = new
    }
  }

  public func change(_ change: KeyRingChange) throws(Failure) {
    try lock.withLock { () throws(Failure) in
      if let file { return try file.change(ring, change) }
      try ring.update { (state) throws(Failure) in try change.applied(to: state) }
    }
  }

  public func reload() throws(Failure) {
    guard let file = lock.withLock({ file }) else {
      throw Failure(.argument, "ring", "The ring is not tied to a file; save it first.")
    }
    try file.reload(ring)
  }
}
