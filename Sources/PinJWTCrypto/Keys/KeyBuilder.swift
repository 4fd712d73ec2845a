import COpenSSL

/// libcrypto's builder of a key from named numbers; what is secret in it is wiped.
@safe struct KeyBuilder: ~Copyable {
  private let builder: OpaquePointer

  init() throws(Failure) {
    guard let builder = unsafe OSSL_PARAM_BLD_new() else { throw Failure.libcryptoMemory }
    unsafe self.builder = builder
  }

  deinit {
    unsafe OSSL_PARAM_BLD_free(builder)
  }

  /// Adds a number, which must live until `build`.
  func push(_ name: StaticString, _ number: borrowing BigNumber) throws(Failure) {
    guard unsafe OSSL_PARAM_BLD_push_BN(builder, name.cString, number.pointer) == 1 else {
      throw Failure.libcryptoMemory
    }
  }

  /// Adds a text.
  func push(_ name: StaticString, text: StaticString) throws(Failure) {
    guard unsafe OSSL_PARAM_BLD_push_utf8_string(builder, name.cString, text.cString, 0) == 1 else {
      throw Failure.libcryptoMemory
    }
  }

  /// Calls `body` with the parameters pushed so far and public `bytes` beside them under `name`, when it is not nil.
  /// `others` are parameters besides, which stay the caller's. The key, which the caller releases; nil when libcrypto
  /// does not take the numbers.
  @unsafe func build(
    _ kind: StaticString, selection: Int32, _ name: StaticString?, _ bytes: borrowing Span<UInt8>,
    others: UnsafeMutablePointer<OSSL_PARAM>? = nil
  ) throws(Failure) -> OpaquePointer? {
    _ = ERR_set_mark()
    defer { _ = ERR_pop_to_mark() }
    // Sound: the bytes are read until to_param has copied them, inside the closure; lengths go with their pointers.
    let parameters = unsafe withPointer(bytes) { bytes, count in
      if let name { _ = unsafe OSSL_PARAM_BLD_push_octet_string(builder, name.cString, bytes, count) }
      return unsafe OSSL_PARAM_BLD_to_param(builder)
    }
    let context = unsafe EVP_PKEY_CTX_new_from_name(nil, kind.cString, nil)
    defer {
      unsafe OSSL_PARAM_free(parameters)
      unsafe EVP_PKEY_CTX_free(context)
    }
    guard unsafe parameters != nil, unsafe context != nil, unsafe EVP_PKEY_fromdata_init(context) == 1 else {
      throw Failure.libcryptoMemory
    }
    // A list of what both have; it points at their values.
    let merged = unsafe others == nil ? nil : OSSL_PARAM_merge(parameters, others)
    defer { unsafe OSSL_PARAM_free(merged) }
    guard unsafe others == nil || merged != nil else { throw Failure.libcryptoMemory }
    var pkey: OpaquePointer?
    let done = unsafe EVP_PKEY_fromdata(context, &pkey, selection, merged ?? parameters)
    return unsafe done == 1 ? pkey : nil
  }
}

extension StaticString {
  /// The text as C has it; a static string ends in NUL and lives as long as the program.
  @unsafe var cString: UnsafePointer<CChar> { unsafe UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}
