import CPOSIX

/// The environment of the process.
public enum Environment {
  /// A variable's value in guarded memory; nil when there is none.
  public static func value(_ name: FilePath, limit: Int) throws(Failure) -> SecretBytes? {
    // Sound: the variable is copied at once; that nobody changes the environment meanwhile is the C library's rule.
    guard let value = unsafe name.withCString({ unsafe getenv($0) }) else { return nil }
    let count = unsafe strnlen(value, limit + 1)
    guard count <= limit else {
      throw Failure(.io, "name", "The variable \(name.shown) has over \(limit) bytes, more than a key has.")
    }
    let source = unsafe UnsafeBufferPointer(
      start: UnsafeRawPointer(value).assumingMemoryBound(to: UInt8.self), count: count)
    return try SecretBytes.make(copying: unsafe source.span)
  }
}

/// The system's clocks.
public enum Clock {
  /// Unix seconds; nil when it cannot be read.
  public static func now() -> Int64? {
    var spec = timespec()
    guard unsafe clock_gettime(CLOCK_REALTIME, &spec) == 0 else { return nil }
    return Int64(spec.tv_sec)
  }

  /// Unix milliseconds; nil when it cannot be read.
  public static func milliseconds() -> Int64? {
    var spec = timespec()
    guard unsafe clock_gettime(CLOCK_REALTIME, &spec) == 0 else { return nil }
    return Int64(spec.tv_sec) &* 1000 &+ Int64(spec.tv_nsec) / 1_000_000
  }

  /// Sleeps; not at all for 0 or less.
  public static func pause(milliseconds: Int64) {
    guard milliseconds > 0 else { return }
    let part = min(milliseconds, 60_000)
    var spec = timespec(tv_sec: Int(part / 1000), tv_nsec: Int(part % 1000) &* 1_000_000)
    unsafe nanosleep(&spec, nil)
  }

  /// Nanoseconds since some moment, never going back.
  public static func monotonicNanoseconds() -> Int64 {
    var spec = timespec()
    guard unsafe clock_gettime(CLOCK_MONOTONIC, &spec) == 0 else { return 0 }
    return Int64(spec.tv_sec) &* 1_000_000_000 &+ Int64(spec.tv_nsec)
  }

  /// Milliseconds since some moment, never going back.
  public static func monotonicMilliseconds() -> Int64 {
    var spec = timespec()
    guard unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &spec) == 0 else { return 0 }
    return Int64(spec.tv_sec) * 1000 + Int64(spec.tv_nsec) / 1_000_000
  }
}
