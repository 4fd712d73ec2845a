import PinJWTCore
import PinJWTCrypto
import Synchronization

/// The file of a ring. Several processes may share it: a change is made to what the file says at that moment, under a lock.
public final class KeyRingFile: @unchecked Sendable {
  // Sendable: `passphrase` and `key` are touched under `lock` only, `seen` under `seenLock`.
  private static let largest = 4_194_304
  /// How long a change by another process may go unnoticed.
  private static let patience: Int64 = 1000

  public let path: FilePath
  private let lock = Lock()
  /// Empty where the file is not sealed.
  private var passphrase: SecretBytes
  private var key: PassphraseKey?
  /// Of its own, so that a look does not wait for a change by another thread, which makes keys.
  private let seenLock = Lock()
  private var seen: FileStamp?
  private let lastLook = Atomic<Int64>(0)

  /// `path` is kept without links and from the root on, so that all who name the file share it and its lock.
  public init(_ path: FilePath, passphrase: SecretBytes) {
    self.path = path.resolved
    self.passphrase = passphrase
  }

  /// Writes `ring` into the file, which must not exist yet, and ties it to that.
  public func create(_ ring: KeyRing, _ cost: PassphraseCost) throws(Failure) {
    // Looked at once more under the lock, which leaves a file of its own behind.
    try requireNoFile()
    try FileLock.with(path) { () throws(Failure) in
      try requireNoFile()
      try lock.withLock { () throws(Failure) in
        key = try KeyRingFile.key(passphrase, cost)
        try write(ring.state)
      }
    }
    follow(ring)
  }

  private func requireNoFile() throws(Failure) {
    guard !SecretFile.exists(path) else {
      throw Failure(.io, "path", "There is such a file already, which is not overwritten; load it, or remove it first.")
    }
  }

  /// The ring in the file.
  public func load() throws(Failure) -> KeyRing {
    let ring = KeyRing(try lock.withLock { () throws(Failure) in try read() })
    follow(ring)
    return ring
  }

  /// Makes `ring` what the file says.
  public func reload(_ ring: KeyRing) throws(Failure) {
    try ring.update { (old) throws(Failure) in
      try lock.withLock { () throws(Failure) in try read().continuing(old) }
    }
  }

  /// Changes the ring in the file, then `ring`; where that fails, neither.
  public func change(_ ring: KeyRing, _ change: KeyRingChange) throws(Failure) {
    try rewrite(ring) { (state) throws(Failure) in try change.applied(to: state) }
  }

  /// Writes the ring in the file anew, under another passphrase.
  public func reseal(_ ring: KeyRing, _ new: SecretBytes, _ cost: PassphraseCost) throws(Failure) {
    // Before the locks are taken: it takes its time.
    let newKey = try KeyRingFile.key(new, cost)
    try rewrite(ring) { (state) throws(Failure) in
      (passphrase, key) = (new, newKey)
      return state
    }
  }

  /// Reads the ring in the file, which another process may have changed, and writes what `change` makes of it.
  private func rewrite(
    _ ring: KeyRing, _ change: (KeyRingState) throws(Failure) -> KeyRingState
  ) throws(Failure) {
    var failure: Failure?
    try FileLock.with(path) { () throws(Failure) in
      try ring.update { (old) throws(Failure) in
        try lock.withLock { () throws(Failure) in
          let state = try read().continuing(old)
          let sealing = (passphrase, key)
          do throws(Failure) {
            let changed = try change(state)
            try write(changed)
            return changed
          } catch {
            (passphrase, key) = sealing
            failure = error
            // What others changed counts all the same: it has been seen, and would not be looked at again.
            return state
          }
        }
      }
    }
    if let failure { throw failure }
  }

  private static func key(_ passphrase: SecretBytes, _ cost: PassphraseCost) throws(Failure) -> PassphraseKey? {
    passphrase.count > 0 ? try PassphraseKey.make(passphrase, cost) : nil
  }

  /// Makes `ring` look for changes of the file whenever it is used.
  private func follow(_ ring: KeyRing) {
    ring.setWatch { ring in self.look(ring) }
  }

  /// Takes over what another process has written; while the file cannot be read, the ring stays as it is.
  private func look(_ ring: KeyRing) {
    let now = Clock.monotonicMilliseconds()
    let last = lastLook.load(ordering: .relaxed)
    guard now - last >= KeyRingFile.patience,
      lastLook.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged
    else { return }
    let stamp = FileStamp.now(path)
    guard stamp != seenLock.withLock({ seen }) else { return }
    do throws(Failure) {
      try reload(ring)
    } catch {
      // The keys that are there go on; pinjwt_keyring_reload tells what is wrong. What cannot be opened is not tried again
      // until it changes: each try costs a derivation.
      if error.status == .keyPassphrase { see(stamp) }
    }
  }

  /// Under `lock`.
  private func read() throws(Failure) -> KeyRingState {
    let file = try SecretFile.read(path, limit: KeyRingFile.largest)
    try file.requireOwnersAlone(rootMayShare: false)
    let text = file.bytes
    let state: KeyRingState
    if SealedKeyRing.isSealed(text.bytes) {
      guard passphrase.count > 0 else {
        throw Failure(.keyPassphrase, "passphrase", "The key ring is encrypted; give its passphrase.")
      }
      let (used, opened) = try SealedKeyRing.open(text.bytes, passphrase, known: key)
      state = try KeyRingState.read(opened.bytes)
      key = used
    } else {
      state = try KeyRingState.read(text.bytes)
      guard passphrase.count == 0 else {
        throw Failure(.keyPassphrase, "passphrase", "The key ring is not encrypted, but a passphrase was given.")
      }
    }
    see(file.stamp)
    return state
  }

  /// Under `lock` and the lock of the file.
  private func write(_ state: KeyRingState) throws(Failure) {
    let text = try state.text()
    if let key {
      let sealed = try SealedKeyRing.seal(text.bytes, key)
      see(try SecretFile.replace(path, sealed.span))
    } else {
      see(try SecretFile.replace(path, text.bytes))
    }
  }

  private func see(_ stamp: FileStamp?) {
    seenLock.withLock { seen = stamp }
  }
}
