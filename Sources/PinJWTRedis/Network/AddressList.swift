import CPOSIX
import PinJWTCrypto

/// The addresses of a host, by the system's resolver (whose time limits are its own), released with the object.
@safe final class AddressList {
  let first: UnsafeMutablePointer<addrinfo>?
  let count: Int

  static func resolve(_ node: NodeAddress) throws(Failure) -> AddressList {
    var found: UnsafeMutablePointer<addrinfo>?
    var host = node.host
    host.append(0)
    var port: [UInt8] = []
    port.append(decimal: Int64(node.port))
    port.append(0)
    // Sound: both texts end in a NUL and outlive the call.
    let result = unsafe host.withUnsafeBufferPointer { host in
      unsafe port.withUnsafeBufferPointer { port in
        unsafe posix_resolve(text(host), text(port), &found)
      }
    }
    guard result == 0 else {
      throw Failure(.store, "store", "The host of the Redis server \(node.shown) cannot be resolved; check its name.")
    }
    return unsafe AddressList(found)
  }

  @unsafe private init(_ found: UnsafeMutablePointer<addrinfo>?) {
    unsafe first = found
    var count = 0
    var next = unsafe found
    while let address = unsafe next {
      count += 1
      unsafe next = address.pointee.ai_next
    }
    self.count = count
  }

  deinit {
    // Sound: getaddrinfo made the list, which is released once.
    if let first = unsafe first { unsafe freeaddrinfo(first) }
  }

  @unsafe private static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafePointer<CChar>? {
    unsafe bytes.baseAddress.map { unsafe UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self) }
  }
}
