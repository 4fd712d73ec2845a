import PinJWTCore
import PinJWTCrypto
import PinJWTStores

extension Sessions {
  /// The grant of a session whose refresh token has `verifier`. `now` is the store's, in milliseconds.
  func grant(
    _ session: Session, _ verifier: TransientSecret, jti: [UInt8], _ settings: SessionSettings, at now: Int64,
    isReplayed: Bool
  ) throws(Failure) -> Grant {
    let signer = try requireSigner()
    guard let pepper = settings.peppers.all.first, let generation = UInt32(exactly: session.generation) else {
      throw Failure(.crypto, "generation", "The session has been refreshed too often; the user has to sign in again.")
    }
    let seconds = accessSeconds(session, signer.policy.lifetime, at: now)
    let claims = accessClaims(session, jti, expires: (now / 1000).addingClamped(seconds))
    let draft = try signer.draft(claims.span, at: now / 1000)
    let signed = try signer.sign(draft)
    let access = TransientSecret(count: signed.count)
    var bytes = access.mutableBytes
    for (index, byte) in signed.enumerated() { bytes[index] = byte }
    let token = RefreshToken(
      selector: session.selector, generation: generation, verifier: verifier, pepper: pepper)
    return Grant(
      accessToken: access, refreshToken: try token.text(space), sid: session.sid, user: session.user, jti: jti,
      accessSeconds: seconds,
      refreshSeconds: max(1, session.idleEnd.subtractingClamped(now) / 1000), generation: session.generation,
      isReplayed: isReplayed)
  }

  /// No access token outlives its session: one that has ended by its time cannot be revoked any more.
  private func accessSeconds(_ session: Session, _ lifetime: Int64, at now: Int64) -> Int64 {
    let left = min(session.idleEnd, session.end).subtractingClamped(now) / 1000
    return max(1, min(lifetime, left))
  }

  /// The claims of an access token (RFC 9068 §2.2), which the signer completes: the host's, then ours.
  private func accessClaims(_ session: Session, _ jti: [UInt8], expires: Int64) -> [UInt8] {
    var json = session.claims
    if json.isEmpty { json.append(UInt8(ascii: "{")) }
    append("sub", session.user, to: &json)
    if !session.client.isEmpty { append("client_id", session.client, to: &json) }
    append("sid", session.sid, to: &json)
    append("jti", jti, to: &json)
    append("ver", session.version, to: &json)
    append("auth_time", session.created / 1000, to: &json)
    append("exp", expires, to: &json)
    json.append(UInt8(ascii: "}"))
    return json
  }

  private func append(_ name: StaticString, _ text: [UInt8], to json: inout [UInt8]) {
    begin(name, &json)
    json.append(jsonString: text.span)
  }

  private func append(_ name: StaticString, _ number: Int64, to json: inout [UInt8]) {
    begin(name, &json)
    json.append(decimal: number)
  }

  private func begin(_ name: StaticString, _ json: inout [UInt8]) {
    if json.count > 1 { json.append(UInt8(ascii: ",")) }
    json.append(UInt8(ascii: "\""))
    json.append(text: name)
    json.append(text: "\":")
  }

  /// The event of something that happened to a session.
  func event(_ kind: Event.Kind, _ status: Status?, _ session: Session, at now: Int64) -> Event {
    var event = Event(kind, status, at: now / 1000)
    event.sub = session.user
    event.sid = session.sid
    event.jti = session.jti
    event.client = session.client
    event.generation = session.generation
    event.reason = session.reason.rawValue
    return event
  }
}
