// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPinJWT
import PinJWTCrypto
import PinJWTStoreABI
import PinJWTStores

@_cdecl("pinjwt_postgres_store")
@implementation
public func pinjwt_postgres_store(
  _ url: UnsafePointer<CChar>?, _ url_len: Int, _ out: UnsafeMutablePointer<pinjwt_store>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe openStore(url, url_len, "url", out, err) { (text) throws(Failure) in try PostgresStore.open(text) }
}
