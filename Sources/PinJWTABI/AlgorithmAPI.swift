// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPinJWT
import PinJWTCrypto

extension Algorithm {
  /// The pin that a caller chose.
  init(c alg: pinjwt_alg) throws(Failure) {
    guard let algorithm = Algorithm(known: alg) else {
      throw Failure(.argument, "alg", "The argument alg is not one of the values of pinjwt_alg.")
    }
    self = algorithm
  }

  init?(known alg: pinjwt_alg) {
    guard let number = Int32(exactly: alg.rawValue) else { return nil }
    self.init(rawValue: number)
  }

  var c: pinjwt_alg { pinjwt_alg(rawValue: UInt32(truncatingIfNeeded: rawValue)) }
}

@_cdecl("pinjwt_alg_name")
@implementation
public func pinjwt_alg_name(_ alg: pinjwt_alg) -> UnsafePointer<CChar>! {
  unsafe constant(Algorithm(known: alg)?.name ?? "?")
}

@_cdecl("pinjwt_status_name")
@implementation
public func pinjwt_status_name(_ status: pinjwt_status) -> UnsafePointer<CChar>! {
  unsafe constant(name(status))
}

private func name(_ status: pinjwt_status) -> StaticString {
  if status == PINJWT_OK { return "PINJWT_OK" }
  guard let number = Int32(exactly: status.rawValue), let status = Status(rawValue: number) else { return "?" }
  return switch status {
  case .argument: "PINJWT_E_ARGUMENT"
  case .memory: "PINJWT_E_MEMORY"
  case .buffer: "PINJWT_E_BUFFER"
  case .crypto: "PINJWT_E_CRYPTO"
  case .unsupported: "PINJWT_E_UNSUPPORTED"
  case .io: "PINJWT_E_IO"
  case .keyFormat: "PINJWT_E_KEY_FORMAT"
  case .keyWeak: "PINJWT_E_KEY_WEAK"
  case .keyMismatch: "PINJWT_E_KEY_MISMATCH"
  case .keyUse: "PINJWT_E_KEY_USE"
  case .keyUnknown: "PINJWT_E_KEY_UNKNOWN"
  case .keyDuplicate: "PINJWT_E_KEY_DUPLICATE"
  case .keySource: "PINJWT_E_KEY_SOURCE"
  case .keyPassphrase: "PINJWT_E_KEY_PASSPHRASE"
  case .tokenFormat: "PINJWT_E_TOKEN_FORMAT"
  case .tokenSize: "PINJWT_E_TOKEN_SIZE"
  case .header: "PINJWT_E_HEADER"
  case .algorithm: "PINJWT_E_ALGORITHM"
  case .critical: "PINJWT_E_CRITICAL"
  case .type: "PINJWT_E_TYPE"
  case .signature: "PINJWT_E_SIGNATURE"
  case .claimsFormat: "PINJWT_E_CLAIMS_FORMAT"
  case .claimMissing: "PINJWT_E_CLAIM_MISSING"
  case .claimInvalid: "PINJWT_E_CLAIM_INVALID"
  case .expired: "PINJWT_E_EXPIRED"
  case .notYetValid: "PINJWT_E_NOT_YET_VALID"
  case .lifetime: "PINJWT_E_LIFETIME"
  case .issuer: "PINJWT_E_ISSUER"
  case .audience: "PINJWT_E_AUDIENCE"
  case .subject: "PINJWT_E_SUBJECT"
  case .sensitive: "PINJWT_E_SENSITIVE"
  case .revoked: "PINJWT_E_REVOKED"
  case .store: "PINJWT_E_STORE"
  }
}

/// A fixed text as C has it: it ends in NUL and lives as long as the program.
@unsafe func constant(_ text: StaticString) -> UnsafePointer<CChar> {
  unsafe UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
