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
  case store = 60
}
