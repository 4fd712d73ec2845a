/// What a presented refresh token gets: the numbers of `pinjwt_rotation_verdict` in the C header.
public enum RotationVerdict: Int32, CaseIterable, Sendable {
  /// It was the current one: the row has moved to its successor.
  case rotated = 1
  /// It was the previous one, within the grace: the successor that it got before. Nothing is written.
  case replayed = 2
  /// It was one ahead of the row, because the store lost a rotation: the row has moved to its successor.
  case rolledForward = 3
  case unknown = 4
  case otherClient = 5
  case revoked = 6
  case expired = 7
  /// The user's version was raised after the login.
  case superseded = 8
  /// It was used before: the session is revoked.
  case reused = 9
  /// It is not of the row's past: the store was rolled back, the session is revoked.
  case rolledBack = 10

  /// Whether the row changes.
  public var writes: Bool {
    switch self {
    case .rotated, .rolledForward, .reused, .rolledBack: true
    case .replayed, .unknown, .otherClient, .revoked, .expired, .superseded: false
    }
  }

  /// Whether the row is revoked by it, which belongs into the feed too.
  public var revokes: Bool { self == .reused || self == .rolledBack }
}

extension Rotation {
  /// Judges the token presented by its row, which the store has read and holds for this transaction.
  ///
  /// What is to be written, where the verdict writes, is the answer's session. The order of the checks is that of the
  /// table in the C header, at pinjwt_rotation_verdict.
  public func judge(_ row: Session?, userVersion: Int64, at now: Int64) -> Rotated {
    guard let row else { return Rotated(verdict: .unknown, session: nil, previousJTI: [], now: now) }
    let verdict = verdict(row, userVersion, now)
    var session = row
    switch verdict {
    case .rotated, .rolledForward: advance(&session, now)
    case .reused: session = row.ended(.reused, at: now)
    case .rolledBack: session = row.ended(.rolledBack, at: now)
    case .replayed, .unknown, .otherClient, .revoked, .expired, .superseded: break
    }
    return Rotated(verdict: verdict, session: session, previousJTI: row.jti, now: now)
  }

  private func verdict(_ row: Session, _ userVersion: Int64, _ now: Int64) -> RotationVerdict {
    if row.client != client { return .otherClient }
    if row.revoked != 0 { return .revoked }
    if now >= row.idleEnd || now >= row.end { return .expired }
    if userVersion > row.version { return .superseded }
    if generation == row.generation { return hash == row.current ? .rotated : .rolledBack }
    if generation == row.generation.addingClamped(1) { return .rolledForward }
    if generation > row.generation { return .rolledBack }
    return isWithinGrace(row, now) ? .replayed : .reused
  }

  private func isWithinGrace(_ row: Session, _ now: Int64) -> Bool {
    // A clock that was set back shows less than nothing since the rotation: no more of that is believed than of the other.
    let elapsed = now.subtractingClamped(row.rotated)
    return grace > 0 && elapsed <= grace && elapsed >= -grace && generation.addingClamped(1) == row.generation
      && hash == row.previous && !row.seal.isEmpty
  }

  private func advance(_ row: inout Session, _ now: Int64) {
    row.generation = generation.addingClamped(1)
    row.previous = hash
    row.current = next
    row.seal = seal
    row.nonce = nonce
    row.jti = jti
    row.rotated = now
    row.idleEnd = min(now.addingClamped(idle), row.end)
  }
}
