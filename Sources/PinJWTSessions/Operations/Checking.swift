import PinJWTCore
import PinJWTCrypto
import PinJWTStores

extension Sessions {
  /// Why a verified access token is refused, if it is.
  public func denial(_ claims: Claims) -> Failure? {
    do throws(Failure) {
      try check(claims)
      return nil
    } catch {
      return error
    }
  }

  /// Judges a verified access token by the process's copy of the denials.
  public func check(_ claims: Claims) throws(Failure) {
    let isDenied = try claims.withSessionClaims { (found, values) throws(Failure) in
      guard let issuer = found.issuer, self.issuer.equals(values.extracting(issuer)) else {
        throw Failure(.issuer, "iss", "The token is not one of the issuer whose sessions these are.")
      }
      let user = try needed(found.subject, claims, "sub")
      let jti = try needed(found.id, claims, "jti")
      let sid = try needed(found.session, claims, "sid")
      let version = try needed(found.version, claims, "ver")
      let began = try needed(found.began, claims, "auth_time")
      return try denials.withCopy { copy in
        copy.before > began &* 1000
          || copy.has(
            jti: values.extracting(jti), sid: values.extracting(sid), user: values.extracting(user), version: version)
      }
    }
    guard !isDenied else {
      throw Failure(.revoked, "", "The token, its session or its user's version has been revoked; sign in again.")
    }
  }

  /// A claim that the token has to be judged by.
  private func needed<Value>(_ value: Value?, _ claims: Claims, _ name: StaticString) throws(Failure) -> Value {
    if let value { return value }
    let what = Sentence(text: name)
    guard claims.has(name) else {
      throw Failure(.claimMissing, what, "The claim \(name) is missing, without which a token's session is not known.")
    }
    throw Failure(.claimInvalid, what, "The claim \(name) has another type than access tokens of sessions give it.")
  }

  /// Uses up a one-shot token.
  public func consume(_ claims: Claims) throws(Failure) {
    guard let type = claims.type else {
      throw Failure(.type, "typ", "A one-shot token needs a typ of its own, which its policy sets; this one has none.")
    }
    guard !MediaType.areEqual(type.span, "at+jwt"), !MediaType.areEqual(type.span, "JWT") else {
      throw Failure(.type, "typ", "A one-shot token needs a typ of its own; set one with pinjwt_policy_set_type.")
    }
    let jti = try needed(claims.string("jti"), claims, "jti")
    let expires = try needed(claims.time("exp"), claims, "exp")
    let values = claims.decoded
    let isDenied = try denials.withCopy { $0.has(.jti, values.bytes.extracting(jti)) }
    var text: [UInt8] = []
    text.append(text: "pinjwt one-shot 1")
    for byte in type { text.append(byte.lowercased) }
    text.append(0)
    text.append(bytes: values.bytes.extracting(jti))
    let isFirst =
      isDenied
      ? false
      : try store.consume(Consumption(space: space, key: sha256(text.span), until: (expires &+ 300) &* 1000))
    guard isFirst else {
      throw Failure(.revoked, "jti", "The one-shot token has been used before or was denied; send the user a new one.")
    }
    var event = Event(.consumed, nil, at: denials.now / 1000)
    event.jti.append(bytes: values.bytes.extracting(jti))
    if let user = claims.string("sub") { event.sub.append(bytes: values.bytes.extracting(user)) }
    tell(event)
  }

  /// Reads the new denials.
  public func sync() throws(Failure) {
    try denials.sync()
  }
}
