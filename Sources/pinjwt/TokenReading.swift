import ArgumentParser

/// A token on the command line or, better, on standard input.
struct TokenArgument: ParsableArguments {
  /// More than the library looks at; it says so then.
  private static let longest = 2_097_152

  @Argument(
    help: """
      The token, with or without "Bearer " before it. Where it is absent or -, it is read from standard input and need \
      not stand in the history of the shell.
      """)
  var token: String?

  var isFromInput: Bool { token == nil || token == "-" }

  func read() throws -> [UInt8] {
    guard isFromInput else { return withoutScheme(Array((token ?? "").utf8)) }
    let isTyped = System.isTerminal(.input)
    if isTyped { try System.write("Paste the token and press Enter: ", to: .error) }
    return withoutScheme(withoutLineEnd(try System.read("-", limit: TokenArgument.longest, toNewline: isTyped)))
  }

  private func withoutLineEnd(_ text: [UInt8]) -> [UInt8] {
    guard let last = text.last, [0x0a, 0x0d, 0x20, 0x09].contains(last) else { return text }
    let rest = text.dropLast()
    return Array(last == 0x0a && rest.last == 0x0d ? rest.dropLast() : rest)
  }

  /// Without the authorization scheme of RFC 6750, in any case of letters.
  private func withoutScheme(_ text: [UInt8]) -> [UInt8] {
    let scheme = Array("bearer ".utf8)
    let start = text.prefix(scheme.count).map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    return start == scheme ? Array(text.dropFirst(scheme.count)) : text
  }
}
