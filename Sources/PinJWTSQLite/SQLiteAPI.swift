// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPinJWT
import PinJWTCrypto
import PinJWTStoreABI
import PinJWTStores

@_cdecl("pinjwt_sqlite_store")
@implementation
public func pinjwt_sqlite_store(
  _ location: UnsafePointer<CChar>?, _ location_len: Int, _ out: UnsafeMutablePointer<pinjwt_store>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe openStore(location, location_len, "location", out, err) { (text) throws(Failure) in try SQLiteStore.open(text)
  }
}
