import PinJWTCore
import PinJWTCrypto

/// Keys in files and in the environment.
public enum KeyFile {
  /// The key in a file; a secret or private one must be its owner's alone.
  public static func read(_ algorithm: Algorithm, _ path: FilePath) throws(Failure) -> Key {
    let file = try SecretFile.read(path, limit: Key.longestText)
    let bytes = file.bytes
    let key = try Key.make(algorithm, text: bytes.bytes)
    if key.material.isPrivate {
      try file.requireOwnersAlone(rootMayShare: true)
    } else {
      try file.requireNotWritableByOthers()
    }
    return key
  }

  /// The key in an environment variable.
  public static func read(_ algorithm: Algorithm, variable: FilePath) throws(Failure) -> Key {
    guard let value = try Environment.value(variable, limit: Key.longestText), value.count > 0 else {
      throw Failure(.io, "name", "There is no such environment variable, or it is empty.")
    }
    return try Key.make(algorithm, text: value.bytes)
  }
}
