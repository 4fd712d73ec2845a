#if hasFeature(Embedded)
  import CSodium

  /// The symbol that the Swift standard library takes random bytes from. Supplied here, since glibc has it only from 2.36
  /// on and older systems should load the library too; not exported.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  @_cdecl("arc4random_buf")
  func arc4random_buf(_ buffer: UnsafeMutableRawPointer?, _ count: Int) {
    guard let buffer = unsafe buffer, count > 0 else { return }
    unsafe randombytes_buf(buffer, count)
  }
#endif
