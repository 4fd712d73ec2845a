import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct JWSTests {
  private func sign(_ key: Key, _ payload: [UInt8], type: String? = nil) throws -> [UInt8] {
    let type = type.map(utf8)
    let length = try JWS.length(key, type, payload: payload.span)
    let jws = try JWS.sign(key, type, payload: payload.span)
    #expect(jws.count == length)
    return jws
  }

  private func verify(_ key: Key, _ jws: [UInt8], type: String? = nil) throws -> [UInt8] {
    try JWS.verify(key, type.map(utf8), jws.span)
  }

  @Test(arguments: 0..<6) func roundTripsAnyBytes(_ count: Int) throws {
    let key = try Key.make(generating: .ed25519)
    let payload = [UInt8]([0, 0xff, 0x2e, 0x0a, 0x7b, 0x80].prefix(count))
    let half = try key.publicHalf()
    #expect(try verify(half, try sign(key, payload)) == payload)
  }

  @Test func writesJOSEAsTheType() throws {
    let jws = try sign(try TestKeys.hs256(), [])
    #expect(text(jws).hasPrefix(text(base64URL(utf8(#"{"alg":"HS256","typ":"JOSE"}"#))) + ".."))
  }

  @Test func comparesTheType() throws {
    let key = try TestKeys.hs256()
    let jws = try sign(key, [1], type: "x/Y")
    #expect(refusal { _ = try verify(key, jws, type: "X/y") } == nil)
    #expect(refusal { _ = try verify(key, jws) } == nil)
    #expect(refusal { _ = try verify(key, jws, type: "x") } == .type)
  }

  @Test func neverMeetsJWTs() throws {
    let key = try TestKeys.hs256()
    for type in ["JWT", "jwt", "application/jwt", "at+JWT"] {
      let bytes = utf8(type)
      #expect(refusal { _ = try JWS.checkedType(bytes.span) } == .argument)
      #expect(refusal { _ = try verify(key, try token(#"{"alg":"HS256","typ":"\#(type)"}"#, "{}", key)) } == .type)
    }
    let jws = try sign(key, utf8(#"{"exp":1000001}"#))
    #expect(refusal { _ = try PolicyVerifier.make(Policy(), key).claims(of: jws, at: 1_000_000) } == .type)
  }

  @Test func checksTypes() throws {
    let none: [UInt8] = []
    #expect(try JWS.checkedType(none.span) == nil)
    let type = utf8("x")
    #expect(try JWS.checkedType(type.span) == type)
    let (long, bad) = ([UInt8](repeating: 0x61, count: 1025), [UInt8]([0xff]))
    #expect(refusal { _ = try JWS.checkedType(long.span) } == .argument)
    #expect(refusal { _ = try JWS.checkedType(bad.span) } == .argument)
  }

  @Test func refusesForgeries() throws {
    let key = try TestKeys.hs256()
    var jws = try sign(key, [1, 2, 3])
    #expect(refusal { _ = try verify(try Key.make(generating: .hs256), jws) } == .signature)
    #expect(refusal { _ = try verify(try Key.make(generating: .hs384), jws) } == .algorithm)
    jws[jws.count - 2] ^= 1
    #expect(refusal { _ = try verify(key, jws) } == .signature)
    #expect(refusal { _ = try verify(key, utf8("a.b")) } == .tokenFormat)
    #expect(refusal { _ = try verify(key, try token(#"{"alg":"HS256","crit":[]}"#, "", key)) } == .critical)
  }

  @Test func limitsSizes() throws {
    let key = try TestKeys.hs256()
    let largest = [UInt8](repeating: 0x61, count: 1_048_577)
    #expect(refusal { _ = try JWS.length(key, nil, payload: largest.span) } == .tokenSize)
    #expect(refusal { _ = try JWS.length(key, nil, payload: largest.span.extracting(first: 1_048_576)) } == nil)
    #expect(refusal { _ = try verify(key, [UInt8](repeating: 0x61, count: 2_097_153)) } == .tokenSize)
  }

  @Test func obeysKeyOps() throws {
    let payload: [UInt8] = [1]
    let signing = try key(.hs256, jwk: TestKeys.secret(bytes: 32, #","key_ops":["sign"]"#))
    let jws = try sign(signing, payload)
    #expect(refusal { _ = try verify(signing, jws) } == .keyUse)
    let verifying = try key(.hs256, jwk: TestKeys.secret(bytes: 32, #","key_ops":["verify"]"#))
    #expect(refusal { _ = try JWS.length(verifying, nil, payload: payload.span) } == .keyUse)
    #expect(try verify(verifying, jws) == payload)
  }
}
