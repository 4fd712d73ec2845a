/* Keys: making, converting, and every argument that they refuse. */
#include "tokens.h"

static pinjwt_status from_secret(const void *secret, size_t length, pinjwt_key **out, pinjwt_error *error) {
  return pinjwt_key_from_secret(PINJWT_HS256, secret, length, out, error);
}

static void making(void) {
  static const struct {
    pinjwt_alg alg;
    pinjwt_status status;
    const char *jwk;
  } bad_jwks[] = {
      {PINJWT_EDDSA, PINJWT_E_KEY_FORMAT,
       "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}"},
      {PINJWT_EDDSA, PINJWT_E_KEY_FORMAT,
       "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAqYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\","
       "\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\"}"},
      {PINJWT_EDDSA, PINJWT_E_KEY_MISMATCH, RFC7515_A3_JWK},
      {PINJWT_HS256, PINJWT_E_KEY_WEAK, "{\"kty\":\"oct\",\"k\":\"AQI\"}"},
      {PINJWT_HS256, PINJWT_E_KEY_FORMAT, "{\"kty\":\"oct\",\"k\":\"A\"}"},
      {PINJWT_ES256, PINJWT_E_KEY_FORMAT, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}"},
      {PINJWT_RS256, PINJWT_E_KEY_WEAK, "{\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQAB\"}"},
      {PINJWT_RS256, PINJWT_E_KEY_FORMAT, "{\"keys\":[]}"},
      {PINJWT_RS256, PINJWT_E_KEY_FORMAT, "{\"kty\":\"RSA\",\"kty\":\"RSA\"}"},
  };
  size_t i;
  pinjwt_key *out = UNTOUCHED;
  pinjwt_key **to = &out;
  BAD_BYTES(from_secret(text, length, to, ERR));
  REFUSED(PINJWT_E_ARGUMENT, from_secret(secret_bytes, 32, NULL, ERR));
  BAD_ENUM(pinjwt_key_from_secret((pinjwt_alg)value, secret_bytes, 32, to, ERR));
  REFUSED(PINJWT_E_KEY_WEAK, from_secret(NULL, 0, to, ERR));
  REFUSED(PINJWT_E_KEY_WEAK, from_secret("", 0, to, ERR));
  REFUSED_FOR(PINJWT_E_KEY_WEAK, "secret", from_secret(secret_bytes, 31, to, ERR));

  BAD_TEXT(pinjwt_key_from_pem(PINJWT_RS256, text, length, NULL, 0, to, ERR));
  BAD_TEXT(pinjwt_key_from_pem(PINJWT_RS256, RSA_PKCS8_PEM, PINJWT_STR, text, length, to, ERR));
  BAD_ENUM(pinjwt_key_from_pem((pinjwt_alg)value, RSA_PKCS8_PEM, PINJWT_STR, NULL, 0, to, ERR));
  REFUSED(PINJWT_E_ARGUMENT,
          pinjwt_key_from_pem(PINJWT_RS256, RSA_PKCS8_PEM, PINJWT_STR, NULL, 0, NULL, ERR));
  REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_pem(PINJWT_RS256, NULL, 0, NULL, 0, to, ERR));
  REFUSED(PINJWT_E_KEY_WEAK, pinjwt_key_from_pem(PINJWT_RS256, RSA_WEAK_PEM, PINJWT_STR, NULL, 0, to, ERR));
  REFUSED(PINJWT_E_KEY_PASSPHRASE,
          pinjwt_key_from_pem(PINJWT_ES256, P256_ENCRYPTED_PEM, PINJWT_STR, NULL, 0, to, ERR));
  REFUSED(PINJWT_E_KEY_PASSPHRASE,
          pinjwt_key_from_pem(PINJWT_ES256, P256_TRADITIONAL_ENCRYPTED_PEM, PINJWT_STR, "no", 2, to, ERR));
  REFUSED(PINJWT_E_KEY_FORMAT,
          pinjwt_key_from_pem(PINJWT_ES256, P256_CERTIFICATE_PEM, PINJWT_STR, NULL, 0, to, ERR));
  REFUSED(PINJWT_E_KEY_FORMAT,
          pinjwt_key_from_pem(PINJWT_ES256, P256_OPENSSH_PEM, PINJWT_STR, NULL, 0, to, ERR));
  REFUSED(PINJWT_E_KEY_MISMATCH,
          pinjwt_key_from_pem(PINJWT_ES384, P256_PKCS8_PEM, PINJWT_STR, NULL, 0, to, ERR));

  BAD_BYTES(pinjwt_key_from_der(PINJWT_ES256, text, length, to, ERR));
  BAD_ENUM(pinjwt_key_from_der((pinjwt_alg)value, "x", 1, to, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_from_der(PINJWT_ES256, "x", 1, NULL, ERR));
  REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_der(PINJWT_ES256, NULL, 0, to, ERR));

  BAD_TEXT(pinjwt_key_from_jwk(PINJWT_ES256, text, length, to, ERR));
  BAD_ENUM(pinjwt_key_from_jwk((pinjwt_alg)value, RFC7515_A3_JWK, PINJWT_STR, to, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_from_jwk(PINJWT_ES256, RFC7515_A3_JWK, PINJWT_STR, NULL, ERR));
  REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_jwk(PINJWT_ES256, "", 0, to, ERR));
  REFUSED(PINJWT_E_KEY_MISMATCH, pinjwt_key_from_jwk(PINJWT_RS256, RFC7515_A3_JWK, PINJWT_STR, to, ERR));

  for (i = 0; i < COUNT(bad_jwks); i++) {
    check_row = bad_jwks[i].jwk;
    REFUSED(bad_jwks[i].status, pinjwt_key_from_jwk(bad_jwks[i].alg, bad_jwks[i].jwk, PINJWT_STR, to, ERR));
  }
  check_row = "";

  BAD_ENUM(pinjwt_key_generate((pinjwt_alg)value, to, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_generate(PINJWT_HS256, NULL, ERR));
  CHECK(out == UNTOUCHED);
}

/* One key in its forms is one key. */
static void forms(void) {
  static const struct {
    const char *name, *pem, *passphrase;
    pinjwt_alg alg;
    int can_sign;
  } rows[] = {
      {"P-256 PKCS#8", P256_PKCS8_PEM, NULL, PINJWT_ES256, 1},
      {"P-256 SEC 1", P256_SEC1_PEM, NULL, PINJWT_ES256, 1},
      {"P-256 encrypted", P256_ENCRYPTED_PEM, PASSPHRASE, PINJWT_ES256, 1},
      {"P-256 encrypted, traditional", P256_TRADITIONAL_ENCRYPTED_PEM, PASSPHRASE, PINJWT_ES256, 1},
      {"P-256 with a needless passphrase", P256_PKCS8_PEM, PASSPHRASE, PINJWT_ES256, 1},
      {"P-256 SPKI", P256_SPKI_PEM, NULL, PINJWT_ES256, 0},
      {"RSA PKCS#8", RSA_PKCS8_PEM, NULL, PINJWT_RS256, 1},
      {"RSA PKCS#1", RSA_PKCS1_PEM, NULL, PINJWT_PS512, 1},
      {"RSA SPKI", RSA_SPKI_PEM, NULL, PINJWT_RS512, 0},
      {"RSA PKCS#1 public", RSA_PKCS1_PUBLIC_PEM, NULL, PINJWT_PS256, 0},
  };
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    const char *jwk = is_rsa((int)rows[i].alg) ? RFC7515_A2_JWK : RFC7515_A3_JWK;
    pinjwt_key *key = NULL, *same = jwk_key(rows[i].alg, jwk);
    char found[64], expected[64];
    check_row = rows[i].name;
    OK(pinjwt_key_from_pem(rows[i].alg, rows[i].pem, PINJWT_STR, rows[i].passphrase,
                           rows[i].passphrase == NULL ? 0 : PINJWT_STR, &key, ERR));
    OK(pinjwt_key_thumbprint(key, found, sizeof found, NULL, ERR));
    OK(pinjwt_key_thumbprint(same, expected, sizeof expected, NULL, ERR));
    SAME(found, expected);
    CHECK(pinjwt_key_alg(key) == rows[i].alg);
    CHECK(pinjwt_key_can_sign(key) == rows[i].can_sign);
    pinjwt_key_free(key);
    pinjwt_key_free(same);
  }
}

static pinjwt_status thumbprint(const void *key, char *buf, size_t cap, size_t *len, pinjwt_error *error) {
  return pinjwt_key_thumbprint(key, buf, cap, len, error);
}

static pinjwt_status public_jwk(const void *key, char *buf, size_t cap, size_t *len, pinjwt_error *error) {
  return pinjwt_key_to_jwk(key, PINJWT_PART_PUBLIC, buf, cap, len, error);
}

static pinjwt_status private_jwk(const void *key, char *buf, size_t cap, size_t *len, pinjwt_error *error) {
  return pinjwt_key_to_jwk(key, PINJWT_PART_PRIVATE, buf, cap, len, error);
}

static pinjwt_status public_pem(const void *key, char *buf, size_t cap, size_t *len, pinjwt_error *error) {
  return pinjwt_key_to_pem(key, PINJWT_PART_PUBLIC, buf, cap, len, error);
}

static pinjwt_status private_pem(const void *key, char *buf, size_t cap, size_t *len, pinjwt_error *error) {
  return pinjwt_key_to_pem(key, PINJWT_PART_PRIVATE, buf, cap, len, error);
}

/* What is written for each pin can be read for it again, and nothing private stands in a public part. */
static void writing(void) {
  int alg;
  for (alg = PINJWT_HS256; alg <= PINJWT_ED448; alg++) {
    pinjwt_key *key = any_key(alg), *again = NULL, *half = NULL;
    char *text;
    check_row = pinjwt_alg_name((pinjwt_alg)alg);
    text = check_writer(private_jwk, key);
    CHECK(text != NULL && strstr(text, is_secret(alg) ? "\"k\":" : "\"d\":") != NULL);
    OK(pinjwt_key_from_jwk((pinjwt_alg)alg, text, PINJWT_STR, &again, ERR));
    CHECK(pinjwt_key_can_sign(again));
    pinjwt_key_free(again);
    free(text);
    if (is_secret(alg)) {
      REFUSED(PINJWT_E_KEY_MISMATCH, public_jwk(key, NULL, 0, NULL, ERR));
      REFUSED(PINJWT_E_KEY_MISMATCH, public_pem(key, NULL, 0, NULL, ERR));
      REFUSED(PINJWT_E_KEY_MISMATCH, private_pem(key, NULL, 0, NULL, ERR));
      REFUSED(PINJWT_E_KEY_MISMATCH, thumbprint(key, NULL, 0, NULL, ERR));
      REFUSED(PINJWT_E_KEY_MISMATCH, pinjwt_key_public(key, &half, ERR));
      pinjwt_key_free(key);
      continue;
    }
    free(check_writer(thumbprint, key));
    text = check_writer(public_jwk, key);
    CHECK(text != NULL && strstr(text, "\"d\"") == NULL && strstr(text, "\"p\"") == NULL);
    free(text);
    text = check_writer(private_pem, key);
    OK(pinjwt_key_from_pem((pinjwt_alg)alg, text, PINJWT_STR, NULL, 0, &again, ERR));
    CHECK(pinjwt_key_can_sign(again));
    pinjwt_key_free(again);
    free(text);
    text = check_writer(public_pem, key);
    OK(pinjwt_key_from_pem((pinjwt_alg)alg, text, PINJWT_STR, NULL, 0, &again, ERR));
    CHECK(!pinjwt_key_can_sign(again));
    pinjwt_key_free(again);
    free(text);
    OK(pinjwt_key_public(key, &half, ERR));
    CHECK(!pinjwt_key_can_sign(half));
    REFUSED(PINJWT_E_KEY_USE, private_jwk(half, NULL, 0, NULL, ERR));
    REFUSED(PINJWT_E_KEY_USE, private_pem(half, NULL, 0, NULL, ERR));
    pinjwt_key_free(half);
    pinjwt_key_free(key);
  }
}

static void ids(void) {
  pinjwt_key *secret = hs256_key(), *key = jwk_key(PINJWT_ES256, RFC7515_A3_JWK), *named = NULL;
  pinjwt_bytes id;
  char thumb[64], long_id[1025];
  memset(long_id, 'k', sizeof long_id);
  GETS(pinjwt_key_id(secret, &id));
  LENT(id, "");
  OK(pinjwt_key_thumbprint(key, thumb, sizeof thumb, NULL, ERR));
  GETS(pinjwt_key_id(key, &id));
  LENT(id, thumb);
  OK(pinjwt_key_with_id(key, "k\xc3\xa9y\"1", PINJWT_STR, &named, ERR));
  GETS(pinjwt_key_id(named, &id));
  LENT(id, "k\xc3\xa9y\"1");
  CHECK(id.data[id.len] == '\0');
  pinjwt_key_free(named);
  OK(pinjwt_key_with_id(secret, long_id, 1024, &named, ERR));
  pinjwt_key_free(named);
  named = UNTOUCHED;
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_with_id(secret, long_id, 1025, &named, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_with_id(secret, "", 0, &named, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_with_id(secret, "\xff", 1, &named, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_with_id(NULL, "k", 1, &named, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_with_id(secret, "k", 1, NULL, ERR));
  BAD_TEXT(pinjwt_key_with_id(secret, text, length, &named, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_public(NULL, &named, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_public(key, NULL, ERR));
  CHECK(named == UNTOUCHED);
  DENIED(PINJWT_E_ARGUMENT, pinjwt_key_id(NULL, &id));
  DENIED(PINJWT_E_ARGUMENT, pinjwt_key_id(key, NULL));
  CHECK(pinjwt_key_alg(NULL) == 0 && pinjwt_key_can_sign(NULL) == 0);
  pinjwt_key_free(NULL);
  pinjwt_key_free(secret);
  pinjwt_key_free(key);
}

static void buffers(void) {
  pinjwt_key *key = jwk_key(PINJWT_ES256, RFC7515_A3_JWK);
  char buf[8];
  BAD_BUFFER(pinjwt_key_thumbprint(key, buf, cap, len, ERR));
  BAD_BUFFER(pinjwt_key_to_jwk(key, PINJWT_PART_PUBLIC, buf, cap, len, ERR));
  BAD_BUFFER(pinjwt_key_to_pem(key, PINJWT_PART_PUBLIC, buf, cap, len, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_thumbprint(NULL, buf, sizeof buf, NULL, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_to_jwk(NULL, PINJWT_PART_PUBLIC, buf, sizeof buf, NULL, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_to_pem(NULL, PINJWT_PART_PUBLIC, buf, sizeof buf, NULL, ERR));
  BAD_ENUM(pinjwt_key_to_jwk(key, (pinjwt_part)value, NULL, 0, NULL, ERR));
  BAD_ENUM(pinjwt_key_to_pem(key, (pinjwt_part)value, NULL, 0, NULL, ERR));
  pinjwt_key_free(key);
}

int main(void) {
  group("keys that are refused", making);
  group("forms of one key", forms);
  group("writing and reading again", writing);
  group("ids", ids);
  group("buffers", buffers);
  return finish();
}
