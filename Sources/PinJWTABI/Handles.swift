import CPinJWT
import PinJWTCore
import PinJWTCrypto
import PinJWTFiles
import PinJWTSessions
import PinJWTStoreABI

// A handle is the address of an object, of which the C caller holds one reference. Sound throughout: a handle that comes
// in was made by `give` for the same type and has not been freed, which is the header's rule for callers.

/// A policy that its owner changes. One thread at a time, by the header's rule.
final class MutablePolicy {
  var policy = Policy()
}

/// A verifier behind a handle.
final class VerifierObject: Sendable {
  let verifier: Verifier

  init(_ verifier: Verifier) {
    self.verifier = verifier
  }
}

@unsafe func address(of object: AnyObject) -> UnsafeMutableRawPointer {
  unsafe Unmanaged.passUnretained(object).toOpaque()
}

/// Hands one reference to the caller.
@unsafe func give<Handle>(_ object: AnyObject, _ out: UnsafeMutablePointer<UnsafeMutablePointer<Handle>?>) {
  unsafe out.pointee = Unmanaged.passRetained(object).toOpaque().assumingMemoryBound(to: Handle.self)
}

/// Drops the caller's reference.
@unsafe func drop<Object: AnyObject, Handle>(_ handle: UnsafeMutablePointer<Handle>?, as type: Object.Type) {
  guard let handle = unsafe handle else { return }
  unsafe Unmanaged<Object>.fromOpaque(handle).release()
}

@unsafe func borrow(_ handle: UnsafePointer<pinjwt_key>?, _ name: StaticString = "key") throws(Failure) -> Key {
  unsafe Unmanaged<Key>.fromOpaque(try needed(handle, name)).takeUnretainedValue()
}

@unsafe func borrow(_ handle: UnsafePointer<pinjwt_keyset>?) throws(Failure) -> KeySet {
  unsafe Unmanaged<KeySet>.fromOpaque(try needed(handle, "set")).takeUnretainedValue()
}

@unsafe func borrow(_ handle: UnsafePointer<pinjwt_keyring>?) throws(Failure) -> StoredKeyRing {
  unsafe Unmanaged<StoredKeyRing>.fromOpaque(try needed(handle, "ring")).takeUnretainedValue()
}

@unsafe func borrow(_ handle: UnsafeMutablePointer<pinjwt_jwks_source>?) throws(Failure) -> SourceObject {
  unsafe Unmanaged<SourceObject>.fromOpaque(try needed(UnsafePointer(handle), "source")).takeUnretainedValue()
}

@unsafe func borrow(_ handle: UnsafePointer<pinjwt_policy>?) throws(Failure) -> MutablePolicy {
  unsafe Unmanaged<MutablePolicy>.fromOpaque(try needed(handle, "policy")).takeUnretainedValue()
}

@unsafe func borrow(_ handle: UnsafePointer<pinjwt_signer>?) throws(Failure) -> Signer {
  unsafe Unmanaged<Signer>.fromOpaque(try needed(handle, "signer")).takeUnretainedValue()
}

@unsafe func borrow(_ handle: UnsafePointer<pinjwt_verifier>?) throws(Failure) -> Verifier {
  unsafe Unmanaged<VerifierObject>.fromOpaque(try needed(handle, "verifier")).takeUnretainedValue().verifier
}

@unsafe func borrow(_ handle: UnsafePointer<pinjwt_claims>?) throws(Failure) -> Claims {
  unsafe Unmanaged<Claims>.fromOpaque(try needed(handle, "claims")).takeUnretainedValue()
}

@unsafe func borrow(_ handle: UnsafePointer<pinjwt_sessions>?) throws(Failure) -> Sessions {
  unsafe Unmanaged<Sessions>.fromOpaque(try needed(handle, "sessions")).takeUnretainedValue()
}

@unsafe func borrow(_ handle: UnsafePointer<pinjwt_grant>?) throws(Failure) -> Grant {
  unsafe Unmanaged<Grant>.fromOpaque(try needed(handle, "grant")).takeUnretainedValue()
}
