// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPinJWT
import PinJWTCrypto

@_cdecl("pinjwt_version")
@implementation
public func pinjwt_version() -> UInt32 {
  UInt32(PINJWT_VERSION)
}

@_cdecl("pinjwt_version_string")
@implementation
public func pinjwt_version_string() -> UnsafePointer<CChar>! {
  unsafe constant("0.1.0")
}

@_cdecl("pinjwt_wipe")
@implementation
public func pinjwt_wipe(_ data: UnsafeMutableRawPointer?, _ data_len: Int) {
  guard let data = unsafe data, data_len > 0 else { return }
  // Sound: the caller says that `data` has `data_len` bytes.
  let start = unsafe data.assumingMemoryBound(to: UInt8.self)
  var span = unsafe MutableSpan(_unsafeStart: start, count: data_len)
  wipe(&span)
}
