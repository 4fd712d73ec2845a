// Times and durations, as people write and read them.

/// The instant in UTC (RFC 3339 without the T).
func date(_ seconds: Int64) -> String {
  let (day, time) = floorDivide(seconds, 86400)
  let (year, month, dayOfMonth) = civil(day)
  let clock = [time / 3600, time / 60 % 60, time % 60].map { padded($0, 2) }.joined(separator: ":")
  return "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2)) \(clock) UTC"
}

/// How far `seconds` lies from `now`: "in 12 min", "3 min ago".
func distance(_ seconds: Int64, from now: Int64) -> String {
  if seconds == now { return "now" }
  return seconds > now ? "in \(span(seconds - now))" : "\(span(now - seconds)) ago"
}

private func span(_ seconds: Int64) -> String {
  let (minute, hour, day, year): (Int64, Int64, Int64, Int64) = (60, 3600, 86400, 31_557_600)
  switch seconds {
  case ..<minute: return "\(seconds) s"
  case ..<hour: return "\(seconds / minute) min"
  case ..<(10 * hour) where seconds % hour >= minute: return "\(seconds / hour) h \(seconds % hour / minute) min"
  case ..<(2 * day): return "\(seconds / hour) h"
  case ..<(2 * year): return "\(seconds / day) days"
  default: return "\(seconds / year) years"
  }
}

/// A duration such as 90, 90s, 15m, 2h or 7d in seconds.
func parseDuration(_ text: String) throws(Problem) -> Int64 {
  let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
  let hint = Problem.usage("write a number of seconds, or 15m, 2h, 7d")
  let unit = text.last.flatMap { units[$0] }
  let digits = unit == nil ? text[...] : text.dropLast()
  guard !digits.isEmpty, digits.utf8.allSatisfy(isDigit), let number = Int64(digits) else { throw hint }
  let (seconds, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
  guard !overflow else { throw hint }
  return seconds
}

/// A time in Unix seconds, or in UTC such as 2026-11-24T23:20:03Z.
func parseTime(_ text: String) throws(Problem) -> Int64 {
  if !text.isEmpty, text.utf8.allSatisfy(isDigit), let seconds = Int64(text) { return seconds }
  let hint = Problem.usage("write Unix seconds, or UTC like 2026-11-24T23:20:03Z")
  let bytes = Array((text.hasSuffix(" UTC") ? text.dropLast(4) + "Z" : text[...]).utf8)
  let pattern = Array("0000-00-00T00:00:00Z".utf8)
  guard bytes.count == pattern.count else { throw hint }
  for (byte, expected) in zip(bytes, pattern) {
    let fits =
      switch expected {
      case UInt8(ascii: "0"): isDigit(byte)
      case UInt8(ascii: "T"): byte == expected || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "t")
      case UInt8(ascii: "Z"): byte == expected || byte == UInt8(ascii: "z")
      default: byte == expected
      }
    guard fits else { throw hint }
  }
  func number(_ range: Range<Int>) -> Int64 { bytes[range].reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) } }
  let day = days(year: number(0..<4), month: number(5..<7), day: number(8..<10))
  let (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
  let (year, month, dayOfMonth) = civil(day)
  // The 31st of February is another day than it says.
  guard (year, month, dayOfMonth) == (number(0..<4), number(5..<7), number(8..<10)), hour < 24, minute < 60, second < 60
  else { throw hint }
  return day * 86400 + hour * 3600 + minute * 60 + second
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

private func padded(_ number: Int64, _ width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

// The Gregorian calendar in eras of 400 years, each of which begins on the first of March: leap days come last.

private let daysPerEra: Int64 = 146_097
/// From the first of March of the year 0 to 1970.
private let daysBefore1970: Int64 = 719_468

private func civil(_ daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
  let (era, dayOfEra) = floorDivide(daysSince1970 + daysBefore1970, daysPerEra)
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let monthFromMarch = (5 * dayOfYear + 2) / 153
  let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
}

private func days(year: Int64, month: Int64, day: Int64) -> Int64 {
  let (era, yearOfEra) = floorDivide(month <= 2 ? year - 1 : year, 400)
  let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
  return era * daysPerEra + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - daysBefore1970
}

private func floorDivide(_ number: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
  let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
  return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}
