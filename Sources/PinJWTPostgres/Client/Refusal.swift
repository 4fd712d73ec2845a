import CPostgres
import PinJWTCrypto

/// Why there is no connection, by how far it had come. libpq's own words are not shown: they may hold parts of the URL.
struct Refusal {
  enum Stage {
    case begun, reached, secured

    init(_ status: ConnStatusType) {
      switch status {
      case CONNECTION_SSL_STARTUP, CONNECTION_GSS_STARTUP: self = .reached
      case CONNECTION_NEEDED, CONNECTION_STARTED: self = .begun
      default: self = .secured
      }
    }
  }

  let stage: Stage
  let lacksPassword: Bool
  let gavePassword: Bool

  var failure: Failure {
    if lacksPassword {
      return Fault.store("PostgreSQL asks for a password, and the URL and the password file have none.")
    }
    switch stage {
    case .begun: return Fault.store("PostgreSQL cannot be reached; see host and port in the URL, and that it runs.")
    case .reached:
      return Fault.store(
        "PostgreSQL was reached, but there is no TLS with it as sslmode= asks; see its certificate and its host name.")
    case .secured where gavePassword:
      return Fault.store(
        "PostgreSQL did not let us in; see that user, password and database are right and connections are left.")
    case .secured:
      return Fault.store(
        "PostgreSQL did not let us in; see that user and database are right, connections are left and it is up.")
    }
  }
}
