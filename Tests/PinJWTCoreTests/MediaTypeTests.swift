import PinJWTCrypto
import Testing

@testable import PinJWTCore

@Suite struct MediaTypeTests {
  private func areEqual(_ left: String, _ right: String) -> Bool {
    let (a, b) = (utf8(left), utf8(right))
    return MediaType.areEqual(a.span, b.span)
  }

  @Test(arguments: [
    ("JWT", "JWT"), ("jwt", "JWT"), ("application/jwt", "JWT"), ("APPLICATION/JWT", "jwt"),
    ("at+jwt", "application/AT+jwt"),
    ("application/a", "application/A"), ("example;part=\"1/2\"", "EXAMPLE;part=\"1/2\""), ("text/x", "text/X"),
    ("", ""),
    ("application/", "application/"),
  ])
  func areTheSame(_ left: String, _ right: String) {
    #expect(areEqual(left, right))
    #expect(areEqual(right, left))
  }

  @Test(arguments: [
    ("JWT", "JWS"), ("JWT", "JWT "), ("JWT", ""), ("text/jwt", "jwt"), ("application/application/jwt", "jwt"),
    ("application/a/b", "a/b"), ("application/", ""), ("application", "application/"), ("xapplication/jwt", "jwt"),
    ("J\u{0}T", "JWT"), ("[", "{"), ("@", "`"), ("é", "É"), ("JW\u{212A}", "JWK"),
  ])
  func areDifferent(_ left: String, _ right: String) {
    #expect(!areEqual(left, right))
    #expect(!areEqual(right, left))
  }

  @Test(arguments: [
    ("JWT", true), ("jwt", true), ("application/JWT", true), ("at+jwt", true), ("AT+JWT", true),
    ("application/secevent+jwt", true), ("+jwt", true), ("JOSE", false), ("jwt+json", false), ("text/jwt", false),
    ("xjwt", false),
    ("wt", false), ("", false),
  ])
  func knowsJWTs(_ type: String, _ expected: Bool) {
    let bytes = utf8(type)
    let isJWT = MediaType.isJWT(bytes.span)
    #expect(isJWT == expected)
  }

  @Test func comparesWithAFixedName() {
    let type = utf8("application/jwt")
    let (same, other) = (MediaType.areEqual(type.span, "JWT"), MediaType.areEqual(type.span, "JOSE"))
    #expect(same)
    #expect(!other)
  }
}
