/* The public header as Swift sees it, with the handle types completed: as incomplete types they would all be
 * OpaquePointer, and swapped arguments would compile. */
#include "../../include/pinjwt.h"
#include "../../include/pinjwt_sessions.h"
#include "../../include/pinjwt_postgres.h"
#include "../../include/pinjwt_redis.h"
#include "../../include/pinjwt_sqlite.h"

struct pinjwt_key {
  char opaque_;
};
struct pinjwt_keyset {
  char opaque_;
};
struct pinjwt_keyring {
  char opaque_;
};
struct pinjwt_jwks_source {
  char opaque_;
};
struct pinjwt_policy {
  char opaque_;
};
struct pinjwt_signer {
  char opaque_;
};
struct pinjwt_verifier {
  char opaque_;
};
struct pinjwt_claims {
  char opaque_;
};
struct pinjwt_sessions {
  char opaque_;
};
struct pinjwt_grant {
  char opaque_;
};
