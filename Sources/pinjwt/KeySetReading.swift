import PinJWTCore
import PinJWTCrypto
import PinJWTFiles

/// A JWK Set with at least one key that serves, for one algorithm or for those that its keys name.
func readKeySet(_ path: String, _ algorithm: Algorithm?) throws -> KeySet {
  let text = try System.read(path, limit: 1_048_577)
  let set = KeySet()
  let skipped: Int
  do throws(Failure) {
    skipped = try set.load(text.span, allowed: algorithm.map { [$0] } ?? Algorithm.allCases)
  } catch {
    throw Problem(error).in(path)
  }
  guard set.count > 0 else {
    throw Problem.file(
      "\(System.name(path)) has no key that can serve (\(skipped) skipped); say with --alg what its RSA keys are for.")
  }
  return set
}

/// A ring in a file.
func openRing(_ path: String, _ passphraseFile: String?) throws -> StoredKeyRing {
  let passphrase = try passphraseFile.map(readPassphrase) ?? SecretBytes.make(count: 0)
  return try StoredKeyRing.load(try filePath(path), passphrase: passphrase)
}

func filePath(_ path: String) throws(Failure) -> FilePath {
  let text = Array(path.utf8)
  return try FilePath(text.span)
}
