import PinJWTCrypto

/// Claims that may say more about a person than those who hold the token need to know. These are warnings: they are often
/// meant, as in an ID token.
enum PersonalData {
  static func add(_ view: borrowing JSONView, to findings: inout [Finding]) {
    var member: [UInt8] = []
    var members: [[UInt8]] = []
    var walk = JSONWalk(copy view)
    while let step = walk.next() {
      switch step {
      case .open:
        members.append(member)
      case .close:
        member = members.popLast() ?? []
      case .name(let range):
        member = []
        member.append(bytes: view.decoded.extracting(range))
        if isPersonal(member.span) {
          findings.append(
            Finding(
              .warning, "personal", member,
              "The payload names personal data, which anyone with the token can read; keep it out of access tokens."))
        }
      case .value(let value):
        guard value.kind == .string, !isIdentifier(member.span), isCardNumber(view.string(value)) else { continue }
        findings.append(
          Finding(.warning, "card_number", member, "The payload holds what looks like the number of a payment card."))
      }
    }
  }

  private static func isPersonal(_ name: borrowing Span<UInt8>) -> Bool {
    for personal in names where name.equals(personal) { return true }
    return false
  }

  /// One in ten identifiers of sixteen digits passes for a card number.
  private static func isIdentifier(_ name: borrowing Span<UInt8>) -> Bool {
    name.equals("sub") || name.equals("sid") || name.equals("jti")
  }

  private static var names: [StaticString] {
    [
      "email", "phone", "phone_number", "address", "street_address", "birthdate", "birthday", "date_of_birth", "dob",
      "ssn", "social_security_number", "tax_id", "passport_number", "drivers_license", "iban", "bank_account", "salary",
      "gender", "religion", "ethnicity", "health", "diagnosis", "ip", "ip_address", "location", "access_token",
      "refresh_token", "id_token",
    ]
  }

  /// Digits in the number and with the prefix of a card scheme, whose last one is Luhn's (ISO/IEC 7812-1); blanks or
  /// hyphens may stand between groups.
  static func isCardNumber(_ text: borrowing Span<UInt8>) -> Bool {
    guard (13...23).contains(text.count) else { return false }
    var digits: [UInt8] = []
    for index in text.indices {
      switch text[index] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(text[index] - UInt8(ascii: "0"))
      case UInt8(ascii: " "), UInt8(ascii: "-"): if digits.isEmpty { return false }
      default: return false
      }
    }
    guard (13...19).contains(digits.count), hasSchemePrefix(digits) else { return false }
    var sum = 0
    for (index, digit) in digits.reversed().enumerated() {
      let value = index % 2 == 1 ? Int(digit) * 2 : Int(digit)
      sum += value > 9 ? value - 9 : value
    }
    return sum % 10 == 0
  }

  private static func hasSchemePrefix(_ digits: [UInt8]) -> Bool {
    var prefix = 0
    for digit in digits.prefix(4) { prefix = prefix * 10 + Int(digit) }
    return switch (prefix, digits.count) {
    case (4000...4999, 13), (4000...4999, 16), (4000...4999, 19): true
    case (5100...5599, 16), (2221...2720, 16): true
    case (3400...3499, 15), (3700...3799, 15): true
    case (6011, 16...19), (6440...6599, 16...19), (3528...3589, 16...19): true
    case (3000...3059, 14), (3600...3699, 14), (3800...3999, 14): true
    case (6200...6299, 16...19): true
    default: false
    }
  }
}
