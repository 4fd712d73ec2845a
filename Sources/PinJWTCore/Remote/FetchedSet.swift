import PinJWTCrypto

/// A remote key set as it was fetched. Immutable.
final class FetchedSet: Sendable {
  /// nil before the first fetch that worked.
  let contents: KeySetContents?
  /// When that was, in Unix seconds.
  let fetchedAt: Int64
  /// When fetching was last tried.
  let attemptedAt: Int64
  /// What was wrong at that last try, where something was.
  let problem: Problem?

  enum Problem: Error {
    case notFetched
    case notASet
    case noUsableKey
  }

  private init(_ contents: KeySetContents?, fetchedAt: Int64, attemptedAt: Int64, _ problem: Problem?) {
    self.contents = contents
    self.fetchedAt = fetchedAt
    self.attemptedAt = attemptedAt
    self.problem = problem
  }

  static var none: FetchedSet { FetchedSet(nil, fetchedAt: Int64.min, attemptedAt: Int64.min, nil) }

  static func fetched(_ contents: KeySetContents, at now: Int64) -> FetchedSet {
    FetchedSet(contents, fetchedAt: now, attemptedAt: now, nil)
  }

  /// The same set after a try that failed.
  func failing(_ problem: Problem, at now: Int64) -> FetchedSet {
    FetchedSet(contents, fetchedAt: fetchedAt, attemptedAt: now, problem)
  }

  /// Why there are no keys to verify with.
  var unavailable: Failure {
    switch problem {
    case .none, .notFetched:
      Failure(.keySource, "", "The remote key set could not be fetched; see the fetch callback's own error.")
    case .notASet:
      Failure(.keySource, "", "What was fetched is not a JWK Set that can be used; check the URL.")
    case .noUsableKey:
      Failure(.keySource, "", "No key of the remote key set can serve under the allowed algorithms; check those.")
    }
  }

  /// The keys, while they are not older than `age` seconds. A clock that went back makes them too old rather than fresh.
  func contents(youngerThan age: Int64, at now: Int64) -> KeySetContents? {
    guard let contents, FetchedSet.elapsed(since: fetchedAt, at: now) < age else { return nil }
    return contents
  }

  func mayFetch(_ settings: JWKSSourceSettings, at now: Int64) -> Bool {
    FetchedSet.elapsed(since: attemptedAt, at: now) >= settings.cooldown
  }

  /// Very long when it never happened, or lies ahead by more than clocks of one machine differ.
  private static func elapsed(since then: Int64, at now: Int64) -> Int64 {
    let (difference, overflow) = now.subtractingReportingOverflow(then)
    guard !overflow, difference >= -Limits.longestLeeway else { return Int64.max }
    return max(0, difference)
  }
}
