/* The version, and the names of statuses and algorithms. */
#include "check.h"

static void version(void) {
  char text[32];
  CHECK(pinjwt_version() == PINJWT_VERSION);
  CHECK(PINJWT_VERSION == (PINJWT_VERSION_MAJOR << 16 | PINJWT_VERSION_MINOR << 8 | PINJWT_VERSION_PATCH));
  snprintf(text, sizeof text, "%d.%d.%d", PINJWT_VERSION_MAJOR, PINJWT_VERSION_MINOR, PINJWT_VERSION_PATCH);
  SAME(pinjwt_version_string(), text);
  CHECK(pinjwt_version_string() == pinjwt_version_string());
}

static void status_names(void) {
#define STATUS(name, number)                                                                                 \
  { name, number, #name }
  static const struct {
    pinjwt_status status;
    int number;
    const char *name;
  } rows[] = {
      STATUS(PINJWT_OK, 0),
      STATUS(PINJWT_E_ARGUMENT, 1),
      STATUS(PINJWT_E_MEMORY, 2),
      STATUS(PINJWT_E_BUFFER, 3),
      STATUS(PINJWT_E_CRYPTO, 4),
      STATUS(PINJWT_E_UNSUPPORTED, 5),
      STATUS(PINJWT_E_IO, 6),
      STATUS(PINJWT_E_KEY_FORMAT, 10),
      STATUS(PINJWT_E_KEY_WEAK, 11),
      STATUS(PINJWT_E_KEY_MISMATCH, 12),
      STATUS(PINJWT_E_KEY_USE, 13),
      STATUS(PINJWT_E_KEY_UNKNOWN, 14),
      STATUS(PINJWT_E_KEY_DUPLICATE, 15),
      STATUS(PINJWT_E_KEY_SOURCE, 16),
      STATUS(PINJWT_E_KEY_PASSPHRASE, 17),
      STATUS(PINJWT_E_TOKEN_FORMAT, 20),
      STATUS(PINJWT_E_TOKEN_SIZE, 21),
      STATUS(PINJWT_E_HEADER, 22),
      STATUS(PINJWT_E_ALGORITHM, 23),
      STATUS(PINJWT_E_CRITICAL, 24),
      STATUS(PINJWT_E_TYPE, 25),
      STATUS(PINJWT_E_SIGNATURE, 30),
      STATUS(PINJWT_E_CLAIMS_FORMAT, 40),
      STATUS(PINJWT_E_CLAIM_MISSING, 41),
      STATUS(PINJWT_E_CLAIM_INVALID, 42),
      STATUS(PINJWT_E_EXPIRED, 43),
      STATUS(PINJWT_E_NOT_YET_VALID, 44),
      STATUS(PINJWT_E_LIFETIME, 45),
      STATUS(PINJWT_E_ISSUER, 46),
      STATUS(PINJWT_E_AUDIENCE, 47),
      STATUS(PINJWT_E_SUBJECT, 48),
      STATUS(PINJWT_E_SENSITIVE, 49),
      STATUS(PINJWT_E_REVOKED, 50),
      STATUS(PINJWT_E_REFRESH_INVALID, 51),
      STATUS(PINJWT_E_REFRESH_EXPIRED, 52),
      STATUS(PINJWT_E_REFRESH_REUSED, 53),
      STATUS(PINJWT_E_STORE, 60),
      STATUS(PINJWT_E_STORE_STATE, 61),
  };
  size_t i;
  int number, listed = 0;
  for (i = 0; i < COUNT(rows); i++) {
    CHECK((int)rows[i].status == rows[i].number);
    SAME(pinjwt_status_name(rows[i].status), rows[i].name);
  }
  for (number = -2; number < 300; number++) {
    listed += strcmp(pinjwt_status_name((pinjwt_status)number), "?") != 0;
  }
  CHECK(listed == (int)COUNT(rows));
  SAME(pinjwt_status_name((pinjwt_status)-1), "?");
  SAME(pinjwt_status_name((pinjwt_status)0x7fffffff), "?");
  SAME(pinjwt_status_name((pinjwt_status)(-0x7fffffff - 1)), "?");
}

static void algorithm_names(void) {
  static const char *const names[] = {"?",     "HS256",  "HS384", "HS512",   "RS256", "RS384",
                                      "RS512", "PS256",  "PS384", "PS512",   "ES256", "ES384",
                                      "ES512", "ES256K", "EdDSA", "Ed25519", "Ed448", "?"};
  int alg;
  for (alg = 0; alg < (int)COUNT(names); alg++) {
    SAME(pinjwt_alg_name((pinjwt_alg)alg), names[alg]);
  }
  CHECK(PINJWT_HS256 == 1 && PINJWT_RS256 == 4 && PINJWT_PS256 == 7 && PINJWT_ES256 == 10);
  CHECK(PINJWT_ES256K == 13 && PINJWT_EDDSA == 14 && PINJWT_ED25519 == 15 && PINJWT_ED448 == 16);
  SAME(pinjwt_alg_name((pinjwt_alg)-1), "?");
  SAME(pinjwt_alg_name((pinjwt_alg)257), "?");
  SAME(pinjwt_alg_name((pinjwt_alg)0x7fffffff), "?");
}

/* Other languages lay these out by hand; they may never change. */
static void layout(void) {
  CHECK(sizeof(pinjwt_error) == 256);
  CHECK(offsetof(pinjwt_error, status) == 0 && offsetof(pinjwt_error, what) == 4);
  CHECK(offsetof(pinjwt_error, message) == 64);
  CHECK(sizeof(pinjwt_bytes) == 2 * sizeof(size_t) && offsetof(pinjwt_bytes, len) == sizeof(size_t));
  CHECK(sizeof(pinjwt_status) == 4 && sizeof(pinjwt_alg) == 4 && sizeof(pinjwt_part) == 4);
  CHECK(sizeof(pinjwt_verdict) == 4 && sizeof(pinjwt_event_type) == 4);
  CHECK(PINJWT_VERDICT_REVOKED == 0x52455631 && PINJWT_VERDICT_ALLOW == 0x50415353);
  CHECK(PINJWT_PART_PUBLIC == 1 && PINJWT_PART_PRIVATE == 2);
  CHECK(PINJWT_EVENT_SIGNED == 1 && PINJWT_EVENT_VERIFIED == 2 && PINJWT_EVENT_REJECTED == 3);
  CHECK(PINJWT_STR == (size_t)-1 && PINJWT_NOW == 0);
}

int main(void) {
  group("version", version);
  group("status names", status_names);
  group("algorithm names", algorithm_names);
  group("layout of structs and values of enums", layout);
  return finish();
}
