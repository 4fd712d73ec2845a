/// What went wrong: the numbers of `pinjwt_status` in the C header, which says what each means.
public enum Status: Int32, Error, CaseIterable, Sendable {
  case argument = 1
  case memory = 2
  case buffer = 3
  case crypto = 4
  case unsupported = 5
  case io = 6
  case keyFormat = 10
  case keyWeak = 11
  case keyMismatch = 12
  case keyUse = 13
  case keyUnknown = 14
  case keyDuplicate = 15
  case keySource = 16
  case keyPassphrase = 17
  case tokenFormat = 20
  case tokenSize = 21
  case header = 22
  case algorithm = 23
  case critical = 24
  case type = 25
  case signature = 30
  case claimsFormat = 40
  case claimMissing = 41
  case claimInvalid = 42
  case expired = 43
  case notYetValid = 44
  case lifetime = 45
  case issuer = 46
  case audience = 47
  case subject = 48
  case sensitive = 49
  case revoked = 50
  case refreshInvalid = 51
  case refreshExpired = 52
  case refreshReused = 53
  case store = 60
  case storeState = 61
}

extension Status {
  /// The name in the C header.
  public var name: StaticString {
    switch self {
    case .argument: "PINJWT_E_ARGUMENT"
    case .memory: "PINJWT_E_MEMORY"
    case .buffer: "PINJWT_E_BUFFER"
    case .crypto: "PINJWT_E_CRYPTO"
    case .unsupported: "PINJWT_E_UNSUPPORTED"
    case .io: "PINJWT_E_IO"
    case .keyFormat: "PINJWT_E_KEY_FORMAT"
    case .keyWeak: "PINJWT_E_KEY_WEAK"
    case .keyMismatch: "PINJWT_E_KEY_MISMATCH"
    case .keyUse: "PINJWT_E_KEY_USE"
    case .keyUnknown: "PINJWT_E_KEY_UNKNOWN"
    case .keyDuplicate: "PINJWT_E_KEY_DUPLICATE"
    case .keySource: "PINJWT_E_KEY_SOURCE"
    case .keyPassphrase: "PINJWT_E_KEY_PASSPHRASE"
    case .tokenFormat: "PINJWT_E_TOKEN_FORMAT"
    case .tokenSize: "PINJWT_E_TOKEN_SIZE"
    case .header: "PINJWT_E_HEADER"
    case .algorithm: "PINJWT_E_ALGORITHM"
    case .critical: "PINJWT_E_CRITICAL"
    case .type: "PINJWT_E_TYPE"
    case .signature: "PINJWT_E_SIGNATURE"
    case .claimsFormat: "PINJWT_E_CLAIMS_FORMAT"
    case .claimMissing: "PINJWT_E_CLAIM_MISSING"
    case .claimInvalid: "PINJWT_E_CLAIM_INVALID"
    case .expired: "PINJWT_E_EXPIRED"
    case .notYetValid: "PINJWT_E_NOT_YET_VALID"
    case .lifetime: "PINJWT_E_LIFETIME"
    case .issuer: "PINJWT_E_ISSUER"
    case .audience: "PINJWT_E_AUDIENCE"
    case .subject: "PINJWT_E_SUBJECT"
    case .sensitive: "PINJWT_E_SENSITIVE"
    case .revoked: "PINJWT_E_REVOKED"
    case .refreshInvalid: "PINJWT_E_REFRESH_INVALID"
    case .refreshExpired: "PINJWT_E_REFRESH_EXPIRED"
    case .refreshReused: "PINJWT_E_REFRESH_REUSED"
    case .store: "PINJWT_E_STORE"
    case .storeState: "PINJWT_E_STORE_STATE"
    }
  }
}
