import CPinJWT
import Glibc
import PinJWTCrypto
import PinJWTStoreABI

/// The store that a URL names, from its library, which is loaded when it is needed.
func openStore(_ url: String) throws -> HostStore {
  let scheme = String(url.prefix { $0 != ":" })
  let name: String
  switch scheme {
  case "sqlite": name = "sqlite"
  case "postgresql", "postgres": name = "postgres"
  case "redis", "rediss": name = "redis"
  default: throw Problem.usage("The URL of the store must begin by sqlite:, postgresql:, redis: or rediss:.")
  }
  let open = try unsafe opener(of: name)
  var store = unsafe pinjwt_store()
  var err = pinjwt_error()
  // Sound: the function has this type, by its header; the store is owned from here on.
  guard unsafe open(url, url.utf8.count, &store, &err) == PINJWT_OK else {
    let status = Status.allCases.first { $0.c == err.status } ?? .store
    let name = String(decoding: bytes(of: status.name).dropFirst("PINJWT_".utf8.count), as: UTF8.self)
    throw Problem(status: name, claim: "store", message: unsafe text(of: &err), exitStatus: .usage)
  }
  guard let made = unsafe HostStore.make(&store) else {
    throw Problem.file("The library of the store is of another version than this tool.")
  }
  made.takeOver()
  return made
}

private typealias Opener =
  @convention(c) (
    UnsafePointer<CChar>?, Int, UnsafeMutablePointer<pinjwt_store>?, UnsafeMutablePointer<pinjwt_error>?
  ) -> pinjwt_status

/// Looked for beside the tool, where it is installed or built, and then where the system looks.
@unsafe private func opener(of name: String) throws -> Opener {
  let file = "libpinjwt_\(name).so.0"
  var places = [file]
  if let folder = System.programFolder { places.insert("\(folder)/../lib/\(file)", at: 0) }
  for place in places {
    guard let library = unsafe dlopen(place, RTLD_NOW) else { continue }
    guard let symbol = unsafe dlsym(library, "pinjwt_\(name)_store") else { continue }
    return unsafe unsafeBitCast(symbol, to: Opener.self)
  }
  throw Problem.file("The library \(file) cannot be loaded; install it with \"make stores\" and \"make install\".")
}

@unsafe private func text(of err: inout pinjwt_error) -> String {
  unsafe withUnsafeBytes(of: &err.message) { bytes in
    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
