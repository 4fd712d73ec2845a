import CPinJWT

/// What the host gave with a callback. Its release function runs when the last user of it is gone.
@safe final class HookContext: @unchecked Sendable {
  // Sendable: the header says that hooks of shared handles are called from several threads.
  let pointer: UnsafeMutableRawPointer?
  private var release: pinjwt_release_fn?

  init(_ pointer: UnsafeMutableRawPointer?, _ release: pinjwt_release_fn?) {
    unsafe self.pointer = pointer
    unsafe self.release = release
  }

  /// Sets the release function late, before the object is shared: up to then the context is the caller's.
  @unsafe func adopt(_ release: pinjwt_release_fn?) {
    unsafe self.release = release
  }

  deinit {
    unsafe release?(pointer)
  }
}
