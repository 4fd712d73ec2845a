import CPinJWT
import PinJWTCore
import PinJWTCrypto

/// A JWKS source behind a handle. Its settings can be changed until its first use.
@safe final class SourceObject: @unchecked Sendable {
  // Sendable: `settings` and `source` are touched under `lock` only.
  private let url: JWKSURL
  private let allowed: [Algorithm]
  private let fetch: pinjwt_fetch_fn
  private let context: HookContext
  private let lock = Lock()
  private var settings = JWKSSourceSettings()
  private var source: JWKSSource?

  init(_ url: JWKSURL, _ allowed: [Algorithm], _ fetch: @escaping pinjwt_fetch_fn, _ context: HookContext) {
    self.url = url
    self.allowed = allowed
    unsafe self.fetch = unsafe fetch
    self.context = context
  }

  func set(_ change: (inout JWKSSourceSettings) throws(Failure) -> Void) throws(Failure) {
    try lock.withLock { () throws(Failure) in
      guard source == nil else {
        throw Failure(.argument, "source", "The source is in use already, so its settings are fixed; set them before.")
      }
      try change(&settings)
    }
  }

  /// The source for its use, from which on its settings are fixed.
  func used() throws(Failure) -> JWKSSource {
    try lock.withLock { () throws(Failure) in
      if let source { return source }
      let text = url.text
      let url = PinnedBytes(copying: text.span)
      let (fetch, context) = unsafe (fetch, context)
      let made = try JWKSSource.make(allowed: allowed, settings) { size in unsafe call(fetch, context, url, size) }
      source = made
      return made
    }
  }
}

/// The document; nil unless the host's callback answered PINJWT_FETCHED.
@unsafe private func call(
  _ fetch: pinjwt_fetch_fn, _ context: HookContext, _ url: PinnedBytes, _ size: Int
) -> PinnedBytes? {
  let buffer = PinnedBytes(count: size)
  var target = buffer.mutableBytes
  var length = 0
  // Sound: the URL ends in a NUL, and both buffers live until the callback has returned.
  let answer = unsafe target.withUnsafeMutableBufferPointer { body in
    let text = unsafe UnsafeRawPointer(url.address).assumingMemoryBound(to: CChar.self)
    return unsafe fetch(context.pointer, text, body.baseAddress, body.count, &length)
  }
  // A size_t over PTRDIFF_MAX is negative here.
  guard answer == PINJWT_FETCHED, length >= 0, length <= size else { return nil }
  return PinnedBytes(copying: buffer.bytes.extracting(first: length))
}
