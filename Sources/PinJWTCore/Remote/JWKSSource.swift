import PinJWTCrypto

/// A key set at a URL, which is fetched when it is needed.
public final class JWKSSource: @unchecked Sendable {
  // Sendable: `fetcher` is touched under `lock` only.
  /// Fetches the document, up to the given size; nil where that failed.
  public typealias Fetch = @Sendable (Int) -> PinnedBytes?

  let allowed: [Algorithm]
  private let settings: JWKSSourceSettings
  private let fetch: Fetch
  private let shared = SharedReference(FetchedSet.none)
  private let lock = Lock()
  /// Who is fetching.
  private var fetcher: ThreadIdentity?

  public static func make(
    allowed: [Algorithm], _ settings: JWKSSourceSettings, fetch: @escaping Fetch
  ) throws(Failure) -> JWKSSource {
    try checkAllowed(allowed)
    return JWKSSource(allowed, settings, fetch)
  }

  public static func checkAllowed(_ allowed: [Algorithm]) throws(Failure) {
    for algorithm in allowed where algorithm.isSymmetric {
      throw Failure(.keyMismatch, "allowed", "\(algorithm) cannot be allowed: its secrets are never published.")
    }
  }

  private init(_ allowed: [Algorithm], _ settings: JWKSSourceSettings, _ fetch: @escaping Fetch) {
    self.allowed = allowed
    self.settings = settings
    self.fetch = fetch
  }

  /// The keys for a token's header.
  func choice(_ header: Header, at now: Int64) throws(Failure) -> KeyChoice {
    let contents = try usable(at: now)
    do throws(Failure) {
      return try contents.choice(header, at: now)
    } catch {
      guard error.status == .keyUnknown else { throw error }
      // The issuer may have rotated: look once more, at most once in each cooldown.
      guard let newer = fetchAfter(contents, at: now) else { throw error }
      return try newer.choice(header, at: now)
    }
  }

  /// Fetches now if the cooldown is over; refuses where that fails.
  public func refresh(at now: Int64) throws(Failure) {
    try Limits.checkTime(now)
    let before = shared.current
    if before.mayFetch(settings, at: now) {
      fetchOrWait(at: now)
      guard shared.current.contents !== before.contents else {
        throw shared.current.unavailable
      }
    }
    guard shared.current.contents(youngerThan: settings.maxAge, at: now) != nil else {
      throw shared.current.unavailable
    }
  }

  /// The set, fetched first where there is none or it is too old.
  private func usable(at now: Int64) throws(Failure) -> KeySetContents {
    let state = shared.current
    if let fresh = state.contents(youngerThan: settings.refreshAge, at: now) { return fresh }
    if let old = state.contents(youngerThan: settings.maxAge, at: now) {
      // One thread fetches; the others go on with what is there.
      guard state.mayFetch(settings, at: now) else { return old }
      fetchUnlessFetching(at: now)
      return shared.current.contents(youngerThan: settings.maxAge, at: now) ?? old
    }
    if state.mayFetch(settings, at: now) || isFetching { fetchOrWait(at: now) }
    guard let contents = shared.current.contents(youngerThan: settings.maxAge, at: now) else {
      throw shared.current.unavailable
    }
    return contents
  }

  /// The set after a fetch, if there is another than `contents` then; nil otherwise.
  private func fetchAfter(_ contents: KeySetContents, at now: Int64) -> KeySetContents? {
    if shared.current.mayFetch(settings, at: now) || isFetching { fetchOrWait(at: now) }
    guard let newer = shared.current.contents(youngerThan: settings.maxAge, at: now), newer !== contents else {
      return nil
    }
    return newer
  }

  // MARK: One fetch at a time

  private var isFetching: Bool { lock.withLock { fetcher?.isAlive ?? false } }

  /// Fetches, or waits until the thread that does has finished. A fetch that asks for its own result does not wait.
  private func fetchOrWait(at now: Int64) {
    let mine = lock.withLock { () -> Bool in
      guard let other = fetcher, other.isAlive else { return take(at: now) }
      guard !other.isThisThread else { return false }
      while fetcher == other { lock.wait() }
      return false
    }
    if mine { fetchAndPublish(at: now) }
  }

  private func fetchUnlessFetching(at now: Int64) {
    let mine = lock.withLock { () -> Bool in
      if let other = fetcher, other.isAlive { return false }
      return take(at: now)
    }
    if mine { fetchAndPublish(at: now) }
  }

  /// Under the lock: becomes the fetcher, unless another has fetched since the caller looked.
  private func take(at now: Int64) -> Bool {
    guard shared.current.mayFetch(settings, at: now) else { return false }
    fetcher = ThreadIdentity.current
    return true
  }

  /// Without the lock, since the host's callback runs.
  private func fetchAndPublish(at now: Int64) {
    do throws(FetchedSet.Problem) {
      let contents = try fetchedContents()
      shared.update { _ in FetchedSet.fetched(contents, at: now) }
    } catch {
      shared.update { old in old.failing(error, at: now) }
    }
    lock.withLock {
      fetcher = nil
      lock.wakeAll()
    }
  }

  /// A set without a key that can serve is refused: the last good one is better.
  private func fetchedContents() throws(FetchedSet.Problem) -> KeySetContents {
    guard let document = fetch(settings.maxSize) else { throw .notFetched }
    let contents: KeySetContents
    do throws(Failure) {
      contents = try JWKSet.read(document.bytes, allowed: allowed).contents
    } catch {
      throw .notASet
    }
    guard !contents.entries.isEmpty else { throw .noUsableKey }
    return contents
  }
}
