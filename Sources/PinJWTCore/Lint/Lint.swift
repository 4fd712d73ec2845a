import PinJWTCrypto

/// Says what is unwise in a token or in claims. Nothing is verified.
public enum Lint {
  /// Browsers cut cookies off beyond this, and many servers a line of headers beyond twice this.
  private static let cookieSize = 4096
  private static let headerSize = 8192
  private static let mostFindings = 100

  /// What there is to say at `now`, in Unix seconds, the gravest first.
  public static func findings(_ text: Span<UInt8>, at now: Int64) throws(Failure) -> [Finding] {
    try Limits.checkTime(now)
    let trimmed = text.trimmed()
    guard trimmed.count <= Inspection.largestToken else {
      throw Failure(.tokenSize, "", "The text has \(trimmed.count) bytes; at most \(Inspection.largestToken) are read.")
    }
    var findings: [Finding] = []
    if trimmed.starts(with: "{") {
      let claims = try Claims.make(header: PinnedBytes(count: 0), json: PinnedBytes(copying: trimmed))
      ClaimsLint.add(claims, at: now, to: &findings)
      addSize(Base64URL.encodedLength(trimmed.count), to: &findings)
    } else {
      let token = try DecodedToken(trimmed)
      HeaderLint.add(token, to: &findings)
      let claims = try Claims.make(header: token.header, json: token.payload)
      ClaimsLint.add(claims, at: now, to: &findings)
      addSize(trimmed.count, to: &findings)
    }
    return sorted(findings)
  }

  /// `{"findings":[{"code":…,"severity":…,"member":…,"message":…}]}`.
  public static func report(_ text: Span<UInt8>, at now: Int64) throws(Failure) -> [UInt8] {
    var json: [UInt8] = []
    json.append(text: "{\"findings\":[")
    for (index, finding) in try findings(text, at: now).enumerated() {
      json.append(text: index > 0 ? ",{\"code\":\"" : "{\"code\":\"")
      json.append(text: finding.code)
      json.append(text: "\",\"severity\":\"")
      json.append(text: finding.severity.name)
      json.append(text: "\",\"member\":")
      json.append(jsonString: finding.member.span)
      json.append(text: ",\"message\":")
      json.append(jsonString: finding.message.bytes.span)
      json.append(UInt8(ascii: "}"))
    }
    json.append(text: "]}")
    return json
  }

  private static func addSize(_ size: Int, to findings: inout [Finding]) {
    if size > headerSize {
      findings.append(
        Finding(
          .warning, "large", "",
          "The token has about \(size) bytes, more than the \(headerSize) that many servers take in a header."))
    } else if size > cookieSize {
      findings.append(
        Finding(
          .warning, "large", "", "The token has about \(size) bytes, more than the \(cookieSize) that a cookie holds."))
    }
  }

  /// By severity, otherwise in the order in which they were found.
  private static func sorted(_ findings: [Finding]) -> [Finding] {
    var sorted: [Finding] = []
    for severity in Finding.Severity.allCases {
      for finding in findings where finding.severity == severity && sorted.count < mostFindings {
        sorted.append(finding)
      }
    }
    return sorted
  }
}
