import ArgumentParser
import PinJWTCore
import PinJWTCrypto

enum KeyForm: String, CaseIterable, ExpressibleByArgument {
  case jwk
  case pem
}

extension Key {
  /// The key in a form with a newline behind it.
  func text(_ form: KeyForm, privateHalf: Bool) throws(Failure) -> SecretText {
    switch form {
    case .pem: return try material.pem(privateHalf: privateHalf)
    case .jwk:
      var text = try jwk(privateHalf: privateHalf)
      try text.append(UInt8(ascii: "\n"))
      return text
    }
  }

  /// Prints the key. Among JSON, PEM becomes a member of the key's description.
  func print(_ form: KeyForm, privateHalf: Bool, asJSON: Bool) throws {
    let text = try text(form, privateHalf: privateHalf)
    guard form == .pem else {
      let shown = try escapingInvisible(text.bytes)
      return try System.write(shown.bytes, to: .output)
    }
    guard asJSON else { return try System.write(text.bytes, to: .output) }
    var json = try SecretText(capacity: 2 * text.count + 512)
    let description = Array(try KeyDescription(self, isPrivate: privateHalf).json.compact.utf8)
    try json.append(bytes: description.span.extracting(first: description.count - 1))
    try json.append(text: ",\"pem\":\"")
    let pem = text.bytes
    for index in pem.indices {
      if pem[index] == UInt8(ascii: "\n") { try json.append(text: "\\n") } else { try json.append(pem[index]) }
    }
    try json.append(text: "\"}\n")
    try System.write(json.bytes, to: .output)
  }

  /// Writes the key into a new file; a private one that only its owner can open.
  func write(to path: String, _ form: KeyForm, privateHalf: Bool) throws {
    let text = try text(form, privateHalf: privateHalf)
    var file = try System.NewFile(path, mode: privateHalf ? 0o600 : 0o644)
    try file.write(text.bytes)
  }
}
