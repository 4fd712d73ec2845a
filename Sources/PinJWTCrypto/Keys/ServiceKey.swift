/// Whether a text is an API key or access token of a well-known service, by the prefix that the service gives to all of
/// them so that they are noticed where they should not be.
public func isServiceKey(_ text: borrowing Span<UInt8>) -> Bool {
  for (prefix, least) in prefixes where text.count >= prefix.utf8CodeUnitCount + least && text.starts(with: prefix) {
    var index = prefix.utf8CodeUnitCount
    while index < text.count, isTokenCharacter(text[index]) { index += 1 }
    if index - prefix.utf8CodeUnitCount >= least { return true }
  }
  return false
}

/// The prefixes, each with the number of characters that follow at least.
private var prefixes: [(StaticString, Int)] {
  [
    ("AKIA", 16), ("ASIA", 16), ("ghp_", 30), ("gho_", 30), ("ghu_", 30), ("ghs_", 30), ("ghr_", 30),
    ("github_pat_", 40), ("glpat-", 20), ("sk_live_", 20), ("rk_live_", 20), ("sk_test_", 20), ("whsec_", 24),
    ("xoxb-", 20), ("xoxp-", 20), ("xoxa-", 20), ("xoxr-", 20), ("xoxs-", 20), ("AIza", 35), ("SG.", 40),
    ("npm_", 30), ("pypi-", 50), ("dop_v1_", 40), ("sk-ant-", 30), ("sk-proj-", 30), ("hvs.", 20), ("shpat_", 30),
  ]
}

private func isTokenCharacter(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
    true
  default: false
  }
}
