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
  return Int32(exactly: status.rawValue).flatMap { Status(rawValue: $0) }?.name ?? "?"
}

/// A fixed text as C has it: it ends in NUL and lives as long as the program.
@unsafe func constant(_ text: StaticString) -> UnsafePointer<CChar> {
  unsafe UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
