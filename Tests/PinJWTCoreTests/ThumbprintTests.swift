import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct ThumbprintTests {
  @Test func isThatOfRFC7638() throws {
    // Section 3.1.
    let n =
      "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    let jwk = #"{"kty":"RSA","n":"\#(n)","e":"AQAB","alg":"RS256"}"#
    let key = try key(.rs256, jwk: jwk)
    #expect(text(key.thumbprint) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    #expect(key.id.array == key.thumbprint)
  }

  @Test func isThatOfRFC8037() throws {
    // Appendices A.1 to A.3.
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    let d = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
    for member in ["", #","d":"\#(d)""#] {
      let key = try key(.eddsa, jwk: #"{"kty":"OKP","crv":"Ed25519","x":"\#(x)"\#(member)}"#)
      #expect(text(key.thumbprint) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
    }
  }

  @Test func hashesTheMembersOfAnECKey() throws {
    let input = utf8(#"{"crv":"P-256","kty":"EC","x":"\#(TestKeys.ecX)","y":"\#(TestKeys.ecY)"}"#)
    let key = try key(.es256, jwk: TestKeys.ec(#","kid":"other""#))
    #expect(key.thumbprint == base64URL(sha256(input.span)))
    #expect(key.id.array == utf8("other"))
  }

  @Test(arguments: Algorithm.allCases.filter { !$0.isSymmetric })
  func isTheSameForBothHalves(_ algorithm: Algorithm) throws {
    let pair = try TestKeys.make(algorithm)
    let half = try pair.publicHalf()
    #expect(half.thumbprint == pair.thumbprint)
  }

  @Test func isWithheldForSecrets() throws {
    let key = try TestKeys.hs256()
    #expect(key.thumbprint.isEmpty)
    #expect(key.id.array.isEmpty)
  }
}
