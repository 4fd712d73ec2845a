import PinJWTCore
import PinJWTCrypto
import PinJWTStores

/// Who signs in, from where.
public struct SignIn: Sendable {
  let user: [UInt8]
  let client: [UInt8]
  /// Without the closing brace; empty for none.
  let claims: [UInt8]
  let device: [UInt8]
  let address: [UInt8]
  let agent: [UInt8]

  public init(
    user: borrowing Span<UInt8>, client: borrowing Span<UInt8>, claims: borrowing Span<UInt8>,
    device: borrowing Span<UInt8>, address: borrowing Span<UInt8>, agent: borrowing Span<UInt8>
  ) throws(Failure) {
    self.user = try Given.text(user, 1...256, "user")
    self.client = try Given.text(client, 0...256, "client")
    self.claims = try SignIn.claims(claims)
    self.device = try Given.text(device, 0...64, "device name")
    self.address = try Given.text(address, 0...45, "device address")
    self.agent = try Given.text(agent, 0...256, "device agent")
  }

  private static let longestClaims = 4096

  /// The host's claims, ready for more to follow.
  private static func claims(_ json: borrowing Span<UInt8>) throws(Failure) -> [UInt8] {
    guard json.count <= longestClaims else {
      throw Failure(
        .argument, "claims", "The claims of a session have at most \(longestClaims) bytes, these have \(json.count).")
    }
    guard json.count > 0 else { return [] }
    let claims = try Claims.make(given: json)
    for index in 0..<reservedCount where claims.has(reserved(index)) {
      throw Failure(
        .claimInvalid, Sentence(text: reserved(index)),
        "The claim \(reserved(index)) of an access token is the library's own; leave it out of the session's claims.")
    }
    let object = json.trimmed()
    var text: [UInt8] = []
    text.append(bytes: object.extracting(first: max(1, object.count) - 1).trimmed())
    return text
  }

  private static let reservedCount = 10

  private static func reserved(_ index: Int) -> StaticString {
    switch index {
    case 0: "iss"
    case 1: "sub"
    case 2: "exp"
    case 3: "nbf"
    case 4: "iat"
    case 5: "jti"
    case 6: "sid"
    case 7: "ver"
    case 8: "auth_time"
    default: "client_id"
    }
  }
}

extension Sessions {
  /// Begins a session for a user who has been authenticated.
  public func login(_ signIn: SignIn) throws(Failure) -> Grant {
    _ = try requireSigner()
    let settings = settings.current
    guard let pepper = settings.peppers.all.first else {
      throw Failure(.argument, "peppers", "There is no pepper to make refresh tokens with.")
    }
    let verifier = TransientSecret(count: 32)
    var bytes = verifier.mutableBytes
    try fillRandomly(&bytes)
    let tag = Names.tag(signIn.user, in: space)
    let token = RefreshToken(
      selector: try Names.random(tag), generation: 0, verifier: verifier, pepper: pepper)
    let row = Session(
      selector: token.selector, sid: Names.base64URL(try Names.random(tag)), user: signIn.user, client: signIn.client,
      claims: signIn.claims, device: signIn.device, address: signIn.address, agent: signIn.agent,
      current: token.hash(), jti: Names.base64URL(try randomBytes(16)))
    let created = try store.create(
      Creation(
        space: space, session: row, idle: settings.idle &* 1000, absolute: settings.absolute &* 1000,
        cap: settings.limit, denial: try terms()))
    for session in created.displaced { denials.note(.sid, session.sid, keep) }
    let grant = try granted(created.session, verifier, settings)
    tell(event(.login, nil, created.session, at: created.session.created))
    for session in created.displaced { tell(event(.revoked, nil, session, at: session.revoked)) }
    return grant
  }

  /// The grant of a new session, which ends again where there can be none.
  private func granted(
    _ session: Session, _ verifier: TransientSecret, _ settings: SessionSettings
  ) throws(Failure) -> Grant {
    do throws(Failure) {
      return try grant(
        session, verifier, jti: session.jti, settings, at: session.created, isReplayed: false)
    } catch {
      let terms = try terms()
      do throws(Failure) {
        _ = try store.revoke(
          Revocation(
            space: space, tag: Array(session.selector.prefix(4)), target: .selector(session.selector),
            reason: .session, limit: 1, denial: terms))
      } catch {
        // Nobody has its refresh token: it ends by itself when it has been idle.
      }
      throw error
    }
  }
}
