import PinJWTCore
import PinJWTCrypto
import PinJWTStores

extension Sessions {
  /// Exchanges a refresh token for its successor and a new access token.
  public func refresh(_ text: borrowing Span<UInt8>, client: borrowing Span<UInt8>) throws(Failure) -> Grant {
    _ = try requireSigner()
    let client = try Given.text(client, 0...256, "client")
    let settings = settings.current
    let token = try RefreshToken.read(text, space, settings.peppers)
    guard token.generation < .max else { throw refusal(.unknown) }
    let verifier = TransientSecret(count: 32)
    var bytes = verifier.mutableBytes
    try fillRandomly(&bytes)
    let seal = try Seal.make(verifier, for: token)
    let successor = RefreshToken(
      selector: token.selector, generation: token.generation &+ 1, verifier: verifier, pepper: token.pepper)
    let jti = Names.base64URL(try randomBytes(16))
    let rotated = try store.rotate(
      Rotation(
        space: space, selector: token.selector, generation: Int64(token.generation), hash: token.hash(),
        client: client, next: successor.hash(), seal: seal.text, nonce: seal.nonce, jti: jti,
        grace: settings.grace &* 1000, idle: settings.idle &* 1000, denial: try terms()))
    return try conclude(rotated, token, verifier, jti, settings)
  }

  /// Turns the store's verdict into a grant or a refusal, and tells of it.
  private func conclude(
    _ rotated: Rotated, _ token: RefreshToken, _ verifier: TransientSecret, _ jti: [UInt8],
    _ settings: SessionSettings
  ) throws(Failure) -> Grant {
    guard let session = rotated.session else { throw refusal(.unknown) }
    if rotated.verdict.revokes { denials.note(.sid, session.sid, keep) }
    switch rotated.verdict {
    case .rotated, .rolledForward:
      let grant = try grant(session, verifier, jti: jti, settings, at: rotated.now, isReplayed: false)
      tell(rotated, session, rotated.verdict == .rotated ? .refreshed : .rolledForward, nil, jti)
      return grant
    case .replayed:
      let again = try opened(session, token, settings.peppers)
      let grant = try grant(session, again, jti: jti, settings, at: rotated.now, isReplayed: true)
      tell(rotated, session, .replayed, nil, jti)
      return grant
    case .expired: tell(rotated, session, .sessionExpired, .refreshExpired, session.jti)
    case .reused: tell(rotated, session, .reuseDetected, .refreshReused, session.jti)
    case .rolledBack: tell(rotated, session, .rolledBack, .storeState, session.jti)
    case .revoked, .superseded, .otherClient, .unknown: break
    }
    throw refusal(rotated.verdict)
  }

  private func tell(_ rotated: Rotated, _ session: Session, _ kind: Event.Kind, _ status: Status?, _ jti: [UInt8]) {
    var told = event(kind, status, session, at: rotated.now)
    told.jti = jti
    told.previousJTI = rotated.previousJTI
    tell(told)
  }

  /// The verifier of the successor that was given before, if the seal is whole.
  private func opened(
    _ session: Session, _ token: RefreshToken, _ peppers: PepperRing
  ) throws(Failure) -> TransientSecret {
    let seal = Seal(text: session.seal, nonce: session.nonce)
    for pepper in peppers.all {
      guard let verifier = try seal.open(by: token, pepper) else { break }
      let successor = RefreshToken(
        selector: token.selector, generation: token.generation &+ 1, verifier: verifier, pepper: token.pepper)
      if successor.hash() == session.current { return verifier }
    }
    throw Failure(
      .storeState, "store", "The row of the session has been altered in the store; the user has to sign in again.")
  }

  private func refusal(_ verdict: RotationVerdict) -> Failure {
    switch verdict {
    case .revoked:
      Failure(.revoked, "token", "The session has been revoked; the user has to sign in again.")
    case .superseded:
      Failure(.revoked, "token", "The user's sessions were ended after this one began; the user has to sign in again.")
    case .expired:
      Failure(.refreshExpired, "token", "The session has ended by its time; the user has to sign in again.")
    case .reused:
      Failure(
        .refreshReused, "token",
        "The refresh token was used before and somebody else may have it, so its session has been revoked; tell the user."
      )
    case .rolledBack:
      Failure(
        .storeState, "store",
        "The store was set back behind this session, which has been revoked; revoke all that began before the restore.")
    case .otherClient:
      Failure(.refreshInvalid, "client", "The session is another client's; each client refreshes its own.")
    case .unknown, .rotated, .replayed, .rolledForward:
      Failure(.refreshInvalid, "token", "There is no session of this refresh token; the user has to sign in again.")
    }
  }
}
