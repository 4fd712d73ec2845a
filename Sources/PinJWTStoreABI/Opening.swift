import CPinJWT
import PinJWTCrypto
import PinJWTStores

/// What the function does by which C opens a store: reads the text, which stays the caller's, and hands the store out.
@unsafe public func openStore(
  _ text: UnsafePointer<CChar>?, _ length: Int, _ name: StaticString, _ out: UnsafeMutablePointer<pinjwt_store>?,
  _ err: UnsafeMutablePointer<pinjwt_error>?, _ open: (borrowing Span<UInt8>) throws(Failure) -> SessionStore
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    // Not copied: it may hold a password.
    let text = try unsafe PinJWTStoreABI.text(needed(text, name), length, name)
    let out = try unsafe needed(out, "out")
    unsafe out.pointee = exported(try open(text.span))
  }
}
