import PinJWTCore
import PinJWTCrypto

/// Longer than any key, and as long as the library reads.
private let longestKey = 65536

/// The key in a file. One that holds a secret must not be open to others.
func readKey(_ path: String, _ pin: PinOptions) throws -> Key {
  let file = try System.readSecret(path, limit: longestKey)
  let passphrase = try pin.passphraseFile.map(readPassphrase)
  let source = KeySource(path: path, text: file.bytes, passphrase: passphrase)
  let key = try source.key(pin.algorithm)
  guard !key.material.isPrivate || !file.isOpenToOthers else { throw openToOthers(path, "a private key or secret") }
  return key
}

/// The first line of a file.
func readPassphrase(_ path: String) throws -> SecretBytes {
  let file = try System.readSecret(path, limit: 1026)
  guard !file.isOpenToOthers else { throw openToOthers(path, "a passphrase") }
  let text = file.bytes
  var end = text.count
  if end > 0, text.bytes[end - 1] == UInt8(ascii: "\n") { end -= 1 }
  if end > 0, end < text.count, text.bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
  guard (1...1024).contains(end) else {
    throw Problem.file("\(System.name(path)) must hold a passphrase of 1 to 1024 bytes.")
  }
  return try SecretBytes.make(copying: text.bytes.extracting(first: end))
}

private func openToOthers(_ path: String, _ content: String) -> Problem {
  let file = path == "-" ? "FILE" : path
  return .file(
    "\(System.name(path)) holds \(content) and others than its owner can open it; make it private: chmod 600 \(file)")
}

/// The text of a key before it is known for which algorithm it is.
private struct KeySource {
  private enum Form {
    case jwk
    case pem
    case der
    case unknown
  }

  let path: String
  let text: SecretBytes
  let passphrase: SecretBytes?

  func key(_ algorithm: Algorithm?) throws -> Key {
    do {
      return try algorithm.map(make) ?? implied()
    } catch let failure as Failure {
      throw Problem(failure).in(path)
    }
  }

  private var form: Form {
    let content = text.bytes.trimmed()
    if content.starts(with: "{") { return .jwk }
    if text.bytes.position(of: "-----BEGIN ", from: 0) != nil { return .pem }
    return text.bytes.starts(with: "0") ? .der : .unknown
  }

  /// A raw secret may begin by a brace, too, but hardly end by one.
  private var isJWK: Bool {
    let content = text.bytes.trimmed()
    return form == .jwk && content[content.count - 1] == UInt8(ascii: "}")
  }

  private func make(_ algorithm: Algorithm) throws(Failure) -> Key {
    if algorithm.isSymmetric, !isJWK { return try Key.make(algorithm, text: text.bytes) }
    switch form {
    case .jwk: return try Key.make(algorithm, jwk: text.bytes)
    case .pem:
      guard let passphrase else { return try Key.make(algorithm, pem: text.bytes, passphrase: [UInt8]().span) }
      return try Key.make(algorithm, pem: text.bytes, passphrase: passphrase.bytes)
    case .der: return try Key.make(algorithm, der: text.bytes)
    case .unknown: throw Failure(.keyFormat, "", "This is neither a JWK nor a key in PEM or DER.")
    }
  }

  /// The key for the algorithm that its JWK names, or else for the only one that it fits. "EdDSA" goes before the newer
  /// names of its curves.
  private func implied() throws -> Key {
    guard form != .unknown else {
      throw Problem.usage(
        "\(System.name(path)) is neither a JWK nor a key in PEM or DER; if it is an HMAC secret, say so with --alg HS256."
      )
    }
    for algorithm in [Algorithm.eddsa, .es256, .es384, .es512, .es256k] {
      if let key = try makeUnlessMismatched(algorithm) { return key }
    }
    var fitting: [Algorithm] = []
    for algorithm in Algorithm.allCases where form == .jwk || algorithm.isRSA {
      do throws(Failure) {
        if try makeUnlessMismatched(algorithm) != nil { fitting.append(algorithm) }
      } catch {
        // A secret that is too weak for one algorithm may do for another.
        guard error.status == .keyWeak, algorithm.isSymmetric else { throw error }
        fitting.append(algorithm)
      }
    }
    guard let first = fitting.first else {
      throw Failure(.keyMismatch, "alg", "The key serves none of the algorithms of pinjwt; give a key for signatures.")
    }
    guard fitting.count > 1 else { return try make(first) }
    throw Problem.usage(
      first.isSymmetric
        ? "\(System.name(path)) is an HMAC secret that does not say for which algorithm; give --alg HS256, HS384 or HS512."
        : "\(System.name(path)) is an RSA key, which fits several algorithms; give one, such as --alg RS256 or --alg PS256."
    )
  }

  private func makeUnlessMismatched(_ algorithm: Algorithm) throws(Failure) -> Key? {
    do throws(Failure) {
      return try make(algorithm)
    } catch {
      guard error.status == .keyMismatch else { throw error }
      return nil
    }
  }
}

extension Problem {
  /// The problem as one of a file.
  func `in`(_ path: String) -> Problem {
    let place = path == "-" ? "" : path + ": "
    return Problem(status: status, claim: claim, message: place + message, exitStatus: .usage)
  }
}
