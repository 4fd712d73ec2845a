/* Keys: every way to make one, and every way to write one out. */
#include "tokens.h"

/* A key is as it must be for its pin; `private_half` tells whether it can sign. */
static void check_key(const pinjwt_key *key, int alg, int private_half) {
  pinjwt_bytes id = {NULL, 0};
  CHECK((int)pinjwt_key_alg(key) == alg);
  CHECK(pinjwt_key_can_sign(key) == private_half);
  GETS(pinjwt_key_id(key, &id));
  CHECK(id.data != NULL && id.data[id.len] == '\0');
  CHECK(id.len == (size_t)(is_secret(alg) ? 0 : 43));
}

static pinjwt_status write_thumbprint(const void *key, char *buf, size_t cap, size_t *len,
                                      pinjwt_error *error) {
  return pinjwt_key_thumbprint(key, buf, cap, len, error);
}
static pinjwt_status write_public_jwk(const void *key, char *buf, size_t cap, size_t *len,
                                      pinjwt_error *error) {
  return pinjwt_key_to_jwk(key, PINJWT_PART_PUBLIC, buf, cap, len, error);
}
static pinjwt_status write_private_jwk(const void *key, char *buf, size_t cap, size_t *len,
                                       pinjwt_error *error) {
  return pinjwt_key_to_jwk(key, PINJWT_PART_PRIVATE, buf, cap, len, error);
}
static pinjwt_status write_public_pem(const void *key, char *buf, size_t cap, size_t *len,
                                      pinjwt_error *error) {
  return pinjwt_key_to_pem(key, PINJWT_PART_PUBLIC, buf, cap, len, error);
}
static pinjwt_status write_private_pem(const void *key, char *buf, size_t cap, size_t *len,
                                       pinjwt_error *error) {
  return pinjwt_key_to_pem(key, PINJWT_PART_PRIVATE, buf, cap, len, error);
}

/** The DER in the one block of a PEM text; the caller frees it. */
static char *der_of(const char *pem, size_t *length) {
  const char *from = strchr(pem, '\n'), *end = strstr(pem + 1, "-----END");
  char *text = need_(malloc(strlen(pem) + 1)), *to = text, *der;
  for (; from < end; from++) {
    if (*from != '\n' && *from != '=') {
      *to++ = *from;
    }
  }
  der = unbase64url(text, (size_t)(to - text), length);
  free(text);
  return der;
}

/* ---- Secrets --------------------------------------------------------------------------- */

static void from_secret(void) {
  static const struct {
    int alg;
    size_t least;
  } pins[] = {{PINJWT_HS256, 32}, {PINJWT_HS384, 48}, {PINJWT_HS512, 64}};
  unsigned char secret[256];
  pinjwt_key *key = UNTOUCHED;
  size_t i, length;
  int alg;

  for (i = 0; i < sizeof secret; i++) {
    secret[i] = secret_bytes[i % 64] ^ (unsigned char)(i * 7);
  }
  for (i = 0; i < COUNT(pins); i++) {
    pinjwt_alg pin = (pinjwt_alg)pins[i].alg;
    key = UNTOUCHED;
    check_row = pinjwt_alg_name(pin);
    for (length = 0; length < pins[i].least; length++) {
      REFUSED(PINJWT_E_KEY_WEAK, pinjwt_key_from_secret(pin, secret, length, &key, ERR));
    }
    REFUSED(PINJWT_E_KEY_WEAK, pinjwt_key_from_secret(pin, NULL, 0, &key, ERR));
    REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_secret(pin, secret, 256, &key, ERR));
    CHECK(key == UNTOUCHED);
    if (OK(pinjwt_key_from_secret(pin, secret, pins[i].least, &key, ERR))) {
      check_key(key, pins[i].alg, 1);
      pinjwt_key_free(key);
    }
    if (OK(pinjwt_key_from_secret(pin, secret, 255, &key, NULL))) {
      pinjwt_key_free(key);
    }
    key = UNTOUCHED;
    BAD_BYTES(pinjwt_key_from_secret(pin, text, length, &key, ERR));
    REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_from_secret(pin, secret, 64, NULL, ERR));
  }
  check_row = "";
  for (alg = PINJWT_RS256; alg <= PINJWT_ED448; alg++) {
    REFUSED(PINJWT_E_KEY_MISMATCH, pinjwt_key_from_secret((pinjwt_alg)alg, secret, 64, &key, ERR));
  }
  BAD_ENUM(pinjwt_key_from_secret((pinjwt_alg)value, secret, 64, &key, ERR));
  CHECK(key == UNTOUCHED);
}

/* Things that somebody takes for a secret, and that are public. */
static void secret_lookalikes(void) {
  static const struct {
    const char *row, *text;
  } rows[] = {
      {"PEM public key", P256_SPKI_PEM},
      {"PEM after blanks", "\r\n \t" P256_SPKI_PEM},
      {"PEM after text", "the key: " P256_SPKI_PEM},
      {"PEM private key", P256_PKCS8_PEM},
      {"PEM certificate cut at 200 bytes", P256_CERTIFICATE_PEM},
      {"OpenSSH public key", P256_OPENSSH_PUBLIC},
      {"ssh-ed25519",
       "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea anna@host"},
      {"JWK", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"},
      {"JWK with blanks", " {\n \"x\": \"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\",\n \"kty\": \"OKP\", "
                          "\"crv\": \"Ed25519\" }\n"},
      {"JWK Set", "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
                  "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}"},
  };
  pinjwt_key *key = UNTOUCHED;
  size_t i, length;
  char *der, base64[256];

  for (i = 0; i < COUNT(rows); i++) {
    check_row = rows[i].row;
    length = strlen(rows[i].text);
    length = length > 200 ? 200 : length;
    REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_secret(PINJWT_HS256, rows[i].text, length, &key, ERR));
    REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_secret(PINJWT_HS512, rows[i].text, length, &key, ERR));
  }
  check_row = "DER";
  der = der_of(P256_SPKI_PEM, &length);
  CHECK(length == 91);
  REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_secret(PINJWT_HS256, der, length, &key, ERR));
  check_row = "DER in base64url";
  base64url(der, length, base64);
  REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_secret(PINJWT_HS256, base64, strlen(base64), &key, ERR));
  check_row = "DER in base64";
  length = (size_t)EVP_EncodeBlock((unsigned char *)base64, (const unsigned char *)der, 91);
  REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_secret(PINJWT_HS256, base64, length, &key, ERR));
  CHECK(key == UNTOUCHED);
  free(der);
}

/* ---- PEM and DER ----------------------------------------------------------------------- */

static void from_pem(void) {
  static const struct {
    const char *row;
    int alg;
    const char *pem, *passphrase;
    pinjwt_status status;
    int private_half;
  } rows[] = {
      {"PKCS#8", PINJWT_ES256, P256_PKCS8_PEM, NULL, PINJWT_OK, 1},
      {"SEC 1 after EC PARAMETERS", PINJWT_ES256, P256_SEC1_PEM, NULL, PINJWT_OK, 1},
      {"SubjectPublicKeyInfo", PINJWT_ES256, P256_SPKI_PEM, NULL, PINJWT_OK, 0},
      {"encrypted PKCS#8", PINJWT_ES256, P256_ENCRYPTED_PEM, PASSPHRASE, PINJWT_OK, 1},
      {"encrypted SEC 1", PINJWT_ES256, P256_TRADITIONAL_ENCRYPTED_PEM, PASSPHRASE, PINJWT_OK, 1},
      {"passphrase that is not needed", PINJWT_ES256, P256_PKCS8_PEM, PASSPHRASE, PINJWT_OK, 1},
      {"text before the key", PINJWT_ES256, "This is a key.\nIt is public:\n" P256_SPKI_PEM, NULL, PINJWT_OK,
       0},
      {"RSA, PKCS#8", PINJWT_RS256, RSA_PKCS8_PEM, NULL, PINJWT_OK, 1},
      {"RSA, PKCS#1", PINJWT_PS512, RSA_PKCS1_PEM, NULL, PINJWT_OK, 1},
      {"RSA, SubjectPublicKeyInfo", PINJWT_RS384, RSA_SPKI_PEM, NULL, PINJWT_OK, 0},
      {"RSA, PKCS#1 public", PINJWT_PS256, RSA_PKCS1_PUBLIC_PEM, NULL, PINJWT_OK, 0},
      {"RSA of 1024 bits", PINJWT_RS256, RSA_WEAK_PEM, NULL, PINJWT_E_KEY_WEAK, 0},
      {"encrypted PKCS#8 without passphrase", PINJWT_ES256, P256_ENCRYPTED_PEM, NULL, PINJWT_E_KEY_PASSPHRASE,
       0},
      {"encrypted PKCS#8, empty passphrase", PINJWT_ES256, P256_ENCRYPTED_PEM, "", PINJWT_E_KEY_PASSPHRASE,
       0},
      {"encrypted PKCS#8, wrong passphrase", PINJWT_ES256, P256_ENCRYPTED_PEM, "open sesam",
       PINJWT_E_KEY_PASSPHRASE, 0},
      {"encrypted SEC 1 without passphrase", PINJWT_ES256, P256_TRADITIONAL_ENCRYPTED_PEM, NULL,
       PINJWT_E_KEY_PASSPHRASE, 0},
      {"encrypted SEC 1, wrong passphrase", PINJWT_ES256, P256_TRADITIONAL_ENCRYPTED_PEM, "Open sesame",
       PINJWT_E_KEY_PASSPHRASE, 0},
      {"certificate", PINJWT_ES256, P256_CERTIFICATE_PEM, NULL, PINJWT_E_KEY_FORMAT, 0},
      {"OpenSSH private key", PINJWT_ES256, P256_OPENSSH_PEM, NULL, PINJWT_E_KEY_FORMAT, 0},
      {"OpenSSH public key", PINJWT_ES256, P256_OPENSSH_PUBLIC, NULL, PINJWT_E_KEY_FORMAT, 0},
      {"two keys", PINJWT_ES256, P256_SPKI_PEM P256_SPKI_PEM, NULL, PINJWT_E_KEY_FORMAT, 0},
      {"a key and a certificate", PINJWT_ES256, P256_PKCS8_PEM P256_CERTIFICATE_PEM, NULL,
       PINJWT_E_KEY_FORMAT, 0},
      {"empty", PINJWT_ES256, "", NULL, PINJWT_E_KEY_FORMAT, 0},
      {"no PEM", PINJWT_ES256, "key", NULL, PINJWT_E_KEY_FORMAT, 0},
      {"no end", PINJWT_ES256, "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD\n", NULL,
       PINJWT_E_KEY_FORMAT, 0},
      {"no content", PINJWT_ES256, "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", NULL,
       PINJWT_E_KEY_FORMAT, 0},
      {"P-256 for ES384", PINJWT_ES384, P256_PKCS8_PEM, NULL, PINJWT_E_KEY_MISMATCH, 0},
      {"P-256 for ES256K", PINJWT_ES256K, P256_SPKI_PEM, NULL, PINJWT_E_KEY_MISMATCH, 0},
      {"P-256 for RS256", PINJWT_RS256, P256_PKCS8_PEM, NULL, PINJWT_E_KEY_MISMATCH, 0},
      {"P-256 for EdDSA", PINJWT_EDDSA, P256_SPKI_PEM, NULL, PINJWT_E_KEY_MISMATCH, 0},
      {"RSA for ES256", PINJWT_ES256, RSA_SPKI_PEM, NULL, PINJWT_E_KEY_MISMATCH, 0},
      {"RSA for Ed448", PINJWT_ED448, RSA_PKCS8_PEM, NULL, PINJWT_E_KEY_MISMATCH, 0},
      {"RSA for HS256", PINJWT_HS256, RSA_SPKI_PEM, NULL, PINJWT_E_KEY_MISMATCH, 0},
      {"P-256 for HS512", PINJWT_HS512, P256_PKCS8_PEM, NULL, PINJWT_E_KEY_MISMATCH, 0},
  };
  static char big[65537], phrase[1025];
  pinjwt_key *key;
  size_t i, length;

  for (i = 0; i < COUNT(rows); i++) {
    pinjwt_alg alg = (pinjwt_alg)rows[i].alg;
    size_t phrase_length = rows[i].passphrase == NULL ? 0 : PINJWT_STR;
    check_row = rows[i].row;
    key = UNTOUCHED;
    if (rows[i].status != PINJWT_OK) {
      REFUSED(rows[i].status, pinjwt_key_from_pem(alg, rows[i].pem, PINJWT_STR, rows[i].passphrase,
                                                  phrase_length, &key, ERR));
      CHECK(key == UNTOUCHED);
    } else if (OK(pinjwt_key_from_pem(alg, rows[i].pem, strlen(rows[i].pem), rows[i].passphrase,
                                      phrase_length, &key, ERR))) {
      check_key(key, rows[i].alg, rows[i].private_half);
      pinjwt_key_free(key);
    }
  }
  check_row = "";
  key = UNTOUCHED;
  BAD_TEXT(pinjwt_key_from_pem(PINJWT_ES256, text, length, NULL, 0, &key, ERR));
  BAD_TEXT(pinjwt_key_from_pem(PINJWT_ES256, P256_ENCRYPTED_PEM, PINJWT_STR, text, length, &key, ERR));
  BAD_ENUM(pinjwt_key_from_pem((pinjwt_alg)value, P256_SPKI_PEM, PINJWT_STR, NULL, 0, &key, ERR));
  REFUSED(PINJWT_E_ARGUMENT,
          pinjwt_key_from_pem(PINJWT_ES256, P256_SPKI_PEM, PINJWT_STR, NULL, 0, NULL, ERR));
  REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_pem(PINJWT_ES256, NULL, 0, NULL, 0, &key, ERR));
  REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_pem(PINJWT_ES256, P256_SPKI_PEM, 0, NULL, 0, &key, ERR));

  check_row = "passphrase of 1024 and 1025 bytes";
  memset(phrase, 'p', sizeof phrase);
  REFUSED(PINJWT_E_KEY_PASSPHRASE,
          pinjwt_key_from_pem(PINJWT_ES256, P256_ENCRYPTED_PEM, PINJWT_STR, phrase, 1024, &key, ERR));
  REFUSED(PINJWT_E_ARGUMENT,
          pinjwt_key_from_pem(PINJWT_ES256, P256_ENCRYPTED_PEM, PINJWT_STR, phrase, 1025, &key, ERR));

  check_row = "text of 65536 and 65537 bytes";
  length = strlen(P256_SPKI_PEM);
  memset(big, '\n', sizeof big);
  memcpy(big + sizeof big - length, P256_SPKI_PEM, length);
  REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_pem(PINJWT_ES256, big, 65537, NULL, 0, &key, ERR));
  CHECK(key == UNTOUCHED);
  if (OK(pinjwt_key_from_pem(PINJWT_ES256, big + 1, 65536, NULL, 0, &key, ERR))) {
    pinjwt_key_free(key);
  }
  check_row = "a NUL inside the length";
  memcpy(big, P256_SPKI_PEM, length);
  big[40] = '\0';
  key = UNTOUCHED;
  REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_pem(PINJWT_ES256, big, length, NULL, 0, &key, ERR));
  CHECK(key == UNTOUCHED);
}

/* The messages for what people have in hand say what to do. */
static void pem_advice(void) {
  pinjwt_key *key = UNTOUCHED;
  REFUSED(PINJWT_E_KEY_FORMAT,
          pinjwt_key_from_pem(PINJWT_ES256, P256_CERTIFICATE_PEM, PINJWT_STR, NULL, 0, &key, ERR));
  CHECK(strstr(err.message, "certificate") != NULL && strstr(err.message, "openssl") != NULL);
  REFUSED(PINJWT_E_KEY_FORMAT,
          pinjwt_key_from_pem(PINJWT_ES256, P256_OPENSSH_PEM, PINJWT_STR, NULL, 0, &key, ERR));
  CHECK(strstr(err.message, "OpenSSH") != NULL && strstr(err.message, "ssh-keygen") != NULL);
}

static void from_der(void) {
  static const struct {
    const char *row;
    int alg;
    const char *pem;
    pinjwt_status status;
    int private_half;
  } rows[] = {
      {"PKCS#8", PINJWT_ES256, P256_PKCS8_PEM, PINJWT_OK, 1},
      {"SubjectPublicKeyInfo", PINJWT_ES256, P256_SPKI_PEM, PINJWT_OK, 0},
      {"RSA, PKCS#8", PINJWT_RS256, RSA_PKCS8_PEM, PINJWT_OK, 1},
      {"RSA, PKCS#1", PINJWT_PS384, RSA_PKCS1_PEM, PINJWT_OK, 1},
      {"RSA, SubjectPublicKeyInfo", PINJWT_RS512, RSA_SPKI_PEM, PINJWT_OK, 0},
      {"RSA, PKCS#1 public", PINJWT_PS256, RSA_PKCS1_PUBLIC_PEM, PINJWT_OK, 0},
      {"RSA of 1024 bits", PINJWT_RS256, RSA_WEAK_PEM, PINJWT_E_KEY_WEAK, 0},
      {"encrypted PKCS#8", PINJWT_ES256, P256_ENCRYPTED_PEM, PINJWT_E_KEY_PASSPHRASE, 0},
      {"certificate", PINJWT_ES256, P256_CERTIFICATE_PEM, PINJWT_E_KEY_FORMAT, 0},
      {"P-256 for ES512", PINJWT_ES512, P256_SPKI_PEM, PINJWT_E_KEY_MISMATCH, 0},
      {"P-256 for PS256", PINJWT_PS256, P256_PKCS8_PEM, PINJWT_E_KEY_MISMATCH, 0},
      {"RSA for ES256", PINJWT_ES256, RSA_SPKI_PEM, PINJWT_E_KEY_MISMATCH, 0},
      {"RSA for HS256", PINJWT_HS256, RSA_SPKI_PEM, PINJWT_E_KEY_MISMATCH, 0},
  };
  static const char sec1[] = P256_SEC1_PEM;
  static char big[65537];
  pinjwt_key *key;
  size_t i, length;
  char *der, *longer;

  for (i = 0; i < COUNT(rows); i++) {
    pinjwt_alg alg = (pinjwt_alg)rows[i].alg;
    check_row = rows[i].row;
    der = der_of(rows[i].pem, &length);
    key = UNTOUCHED;
    if (rows[i].status != PINJWT_OK) {
      REFUSED(rows[i].status, pinjwt_key_from_der(alg, der, length, &key, ERR));
      CHECK(key == UNTOUCHED);
    } else {
      if (OK(pinjwt_key_from_der(alg, der, length, &key, ERR))) {
        check_key(key, rows[i].alg, rows[i].private_half);
        pinjwt_key_free(key);
      }
      key = UNTOUCHED;
      longer = need_(calloc(1, length + 1));
      memcpy(longer, der, length);
      REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_der(alg, longer, length + 1, &key, ERR));
      REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_der(alg, longer, length - 1, &key, ERR));
      CHECK(key == UNTOUCHED);
      free(longer);
    }
    free(der);
  }
  check_row = "SEC 1";
  der = der_of(strstr(sec1, "-----BEGIN EC PRIVATE"), &length);
  if (OK(pinjwt_key_from_der(PINJWT_ES256, der, length, &key, ERR))) {
    check_key(key, PINJWT_ES256, 1);
    pinjwt_key_free(key);
  }
  check_row = "";
  key = UNTOUCHED;
  BAD_BYTES(pinjwt_key_from_der(PINJWT_ES256, text, length, &key, ERR));
  BAD_ENUM(pinjwt_key_from_der((pinjwt_alg)value, der, length, &key, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_from_der(PINJWT_ES256, der, length, NULL, ERR));
  REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_der(PINJWT_ES256, NULL, 0, &key, ERR));
  REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_der(PINJWT_ES256, der, 0, &key, ERR));
  REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_der(PINJWT_ES256, big, sizeof big, &key, ERR));
  CHECK(key == UNTOUCHED);
  free(der);
}

/* ---- JWK ------------------------------------------------------------------------------- */

#define P256_XY                                                                                              \
  "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","                  \
  "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define P256_D ",\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\""
#define OKP_X "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""
#define OCT_K "\"kty\":\"oct\",\"k\":\"40q_cc2W4X7sWj8wBf1yQ0mNpZc6dG5LhUuVtXeRk2Y\""

static void from_jwk(void) {
  /* `can` is 1 for sign, 2 for verify, 3 for both. */
  static const struct {
    const char *row;
    int alg;
    const char *jwk;
    pinjwt_status status;
    int can;
    const char *id;
  } rows[] = {
      {"EC public", PINJWT_ES256, "{" P256_XY "}", PINJWT_OK, 2, NULL},
      {"EC private", PINJWT_ES256, "{" P256_XY P256_D "}", PINJWT_OK, 3, NULL},
      {"OKP as EdDSA", PINJWT_EDDSA, "{" OKP_X "}", PINJWT_OK, 2, NULL},
      {"OKP as Ed25519", PINJWT_ED25519, RFC8037_JWK, PINJWT_OK, 3, NULL},
      {"oct", PINJWT_HS256, "{" OCT_K "}", PINJWT_OK, 3, ""},
      {"oct with kid", PINJWT_HS256, "{" OCT_K ",\"kid\":\"s1\"}", PINJWT_OK, 3, "s1"},
      {"RSA", PINJWT_RS256, RFC7515_A2_JWK, PINJWT_OK, 3, NULL},
      {"kid with an escape", PINJWT_ES256, "{" P256_XY ",\"kid\":\"k\\u00e9\"}", PINJWT_OK, 2, "k\xc3\xa9"},
      {"unknown members, blanks", PINJWT_ES256, " { \"x5t\" : [1,{}] , " P256_XY " }\n", PINJWT_OK, 2, NULL},
      {"alg that is the pin", PINJWT_ES256, "{" P256_XY ",\"alg\":\"ES256\"}", PINJWT_OK, 2, NULL},
      {"use sig", PINJWT_ES256, "{" P256_XY ",\"use\":\"sig\"}", PINJWT_OK, 2, NULL},
      {"key_ops verify", PINJWT_ES256, "{" P256_XY ",\"key_ops\":[\"verify\"]}", PINJWT_OK, 2, NULL},
      {"key_ops sign, private", PINJWT_ES256, "{" P256_XY P256_D ",\"key_ops\":[\"sign\"]}", PINJWT_OK, 3,
       NULL},
      {"key_ops verify, private", PINJWT_ES256, "{" P256_XY P256_D ",\"key_ops\":[\"verify\"]}", PINJWT_OK, 2,
       NULL},
      {"key_ops sign, secret", PINJWT_HS256, "{" OCT_K ",\"key_ops\":[\"sign\"]}", PINJWT_OK, 1, ""},
      {"key_ops verify, secret", PINJWT_HS256, "{" OCT_K ",\"key_ops\":[\"verify\"]}", PINJWT_OK, 2, ""},
      {"key_ops sign and unknown", PINJWT_HS256, "{" OCT_K ",\"key_ops\":[\"fly\",\"sign\",\"verify\"]}",
       PINJWT_OK, 3, ""},

      {"another alg", PINJWT_ES256, "{" P256_XY ",\"alg\":\"ES384\"}", PINJWT_E_KEY_MISMATCH, 0, NULL},
      {"alg in another case", PINJWT_ES256, "{" P256_XY ",\"alg\":\"es256\"}", PINJWT_E_KEY_MISMATCH, 0,
       NULL},
      {"EdDSA for an Ed25519 pin", PINJWT_ED25519, "{" OKP_X ",\"alg\":\"EdDSA\"}", PINJWT_E_KEY_MISMATCH, 0,
       NULL},
      {"EC for RS256", PINJWT_RS256, "{" P256_XY "}", PINJWT_E_KEY_MISMATCH, 0, NULL},
      {"P-256 for ES512", PINJWT_ES512, "{" P256_XY "}", PINJWT_E_KEY_MISMATCH, 0, NULL},
      {"OKP for ES256", PINJWT_ES256, "{" OKP_X "}", PINJWT_E_KEY_MISMATCH, 0, NULL},
      {"Ed25519 for Ed448", PINJWT_ED448, "{" OKP_X "}", PINJWT_E_KEY_MISMATCH, 0, NULL},
      {"RSA for HS256", PINJWT_HS256, RFC7638_JWK, PINJWT_E_KEY_MISMATCH, 0, NULL},
      {"oct for RS256", PINJWT_RS256, "{" OCT_K "}", PINJWT_E_KEY_MISMATCH, 0, NULL},
      {"use enc", PINJWT_ES256, "{" P256_XY ",\"use\":\"enc\"}", PINJWT_E_KEY_USE, 0, NULL},
      {"key_ops encrypt", PINJWT_ES256, "{" P256_XY ",\"key_ops\":[\"encrypt\"]}", PINJWT_E_KEY_USE, 0, NULL},
      {"key_ops empty", PINJWT_ES256, "{" P256_XY ",\"key_ops\":[]}", PINJWT_E_KEY_USE, 0, NULL},
      {"key_ops not an array", PINJWT_ES256, "{" P256_XY ",\"key_ops\":\"verify\"}", PINJWT_E_KEY_FORMAT, 0,
       NULL},
      {"use not a string", PINJWT_ES256, "{" P256_XY ",\"use\":1}", PINJWT_E_KEY_FORMAT, 0, NULL},
      {"alg not a string", PINJWT_ES256, "{" P256_XY ",\"alg\":null}", PINJWT_E_KEY_FORMAT, 0, NULL},
      {"kid not a string", PINJWT_ES256, "{" P256_XY ",\"kid\":7}", PINJWT_E_KEY_FORMAT, 0, NULL},
      {"kid empty", PINJWT_ES256, "{" P256_XY ",\"kid\":\"\"}", PINJWT_E_KEY_FORMAT, 0, NULL},
      {"no kty", PINJWT_ES256, "{\"crv\":\"P-256\"}", PINJWT_E_KEY_FORMAT, 0, NULL},
      {"unknown kty", PINJWT_ES256, "{\"kty\":\"AKP\"}", PINJWT_E_KEY_FORMAT, 0, NULL},
      {"unknown crv", PINJWT_ES256,
       "{\"kty\":\"EC\",\"crv\":\"P-999\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
       "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
       PINJWT_E_KEY_FORMAT, 0, NULL},
      {"no y", PINJWT_ES256,
       "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"}",
       PINJWT_E_KEY_FORMAT, 0, NULL},
      {"off the curve", PINJWT_ES256,
       "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
       "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4\"}",
       PINJWT_E_KEY_FORMAT, 0, NULL},
      {"x too short", PINJWT_ES256,
       "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVA\","
       "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
       PINJWT_E_KEY_FORMAT, 0, NULL},
      {"d of another key", PINJWT_ES256,
       "{" P256_XY ",\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LM\"}", PINJWT_E_KEY_FORMAT, 0, NULL},
      {"OKP, d of another key", PINJWT_EDDSA,
       "{" OKP_X ",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2E\"}", PINJWT_E_KEY_FORMAT, 0, NULL},
      {"OKP of small order", PINJWT_EDDSA,
       "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
       PINJWT_E_KEY_FORMAT, 0, NULL},
      {"secret of 31 bytes", PINJWT_HS256,
       "{\"kty\":\"oct\",\"k\":\"40q_cc2W4X7sWj8wBf1yQ0mNpZc6dG5LhUuVtXeRkw\"}", PINJWT_E_KEY_WEAK, 0, NULL},
      {"secret for HS384", PINJWT_HS384, "{" OCT_K "}", PINJWT_E_KEY_WEAK, 0, NULL},
      {"secret empty", PINJWT_HS256, "{\"kty\":\"oct\",\"k\":\"\"}", PINJWT_E_KEY_WEAK, 0, NULL},
      {"secret padded", PINJWT_HS256,
       "{\"kty\":\"oct\",\"k\":\"40q_cc2W4X7sWj8wBf1yQ0mNpZc6dG5LhUuVtXeRk2Y=\"}", PINJWT_E_KEY_FORMAT, 0,
       NULL},
      {"RSA private without p", PINJWT_RS256,
       "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\",\"d\":\"AQAB\"}", PINJWT_E_KEY_FORMAT, 0, NULL},
      {"a set", PINJWT_ES256, "{\"keys\":[{" P256_XY "}]}", PINJWT_E_KEY_FORMAT, 0, NULL},
      {"a member twice", PINJWT_ES256, "{" P256_XY ",\"kty\":\"EC\"}", PINJWT_E_KEY_FORMAT, 0, NULL},
      {"array", PINJWT_ES256, "[{" P256_XY "}]", PINJWT_E_KEY_FORMAT, 0, NULL},
      {"not JSON", PINJWT_ES256, "{" P256_XY, PINJWT_E_KEY_FORMAT, 0, NULL},
      {"trailing comma", PINJWT_ES256, "{" P256_XY ",}", PINJWT_E_KEY_FORMAT, 0, NULL},
      {"byte order mark", PINJWT_ES256, "\xef\xbb\xbf{" P256_XY "}", PINJWT_E_KEY_FORMAT, 0, NULL},
      {"empty", PINJWT_ES256, "", PINJWT_E_KEY_FORMAT, 0, NULL},
  };
  static char big[65537];
  pinjwt_policy *policy = new_policy();
  pinjwt_key *key;
  size_t i, length;

  for (i = 0; i < COUNT(rows); i++) {
    pinjwt_alg alg = (pinjwt_alg)rows[i].alg;
    check_row = rows[i].row;
    key = UNTOUCHED;
    if (rows[i].status != PINJWT_OK) {
      REFUSED(rows[i].status, pinjwt_key_from_jwk(alg, rows[i].jwk, PINJWT_STR, &key, ERR));
      CHECK(key == UNTOUCHED);
    } else if (OK(pinjwt_key_from_jwk(alg, rows[i].jwk, strlen(rows[i].jwk), &key, ERR))) {
      pinjwt_bytes id = {NULL, 0};
      pinjwt_signer *signer = UNTOUCHED;
      pinjwt_verifier *verifier = UNTOUCHED;
      GETS(pinjwt_key_id(key, &id));
      if (rows[i].id != NULL) {
        LENT(id, rows[i].id);
      } else {
        CHECK(id.len == 43);
      }
      CHECK(id.data[id.len] == '\0');
      CHECK(pinjwt_key_alg(key) == alg);
      CHECK(pinjwt_key_can_sign(key) == (rows[i].can & 1));
      if (rows[i].can & 1) {
        OK(pinjwt_signer_new(policy, key, &signer, ERR));
        pinjwt_signer_free(signer);
      } else {
        REFUSED(PINJWT_E_KEY_USE, pinjwt_signer_new(policy, key, &signer, ERR));
        CHECK(signer == UNTOUCHED);
      }
      if (rows[i].can & 2) {
        OK(pinjwt_verifier_new(policy, key, &verifier, ERR));
        pinjwt_verifier_free(verifier);
      } else {
        REFUSED(PINJWT_E_KEY_USE, pinjwt_verifier_new(policy, key, &verifier, ERR));
        CHECK(verifier == UNTOUCHED);
      }
      pinjwt_key_free(key);
    }
  }
  pinjwt_policy_free(policy);

  check_row = "";
  key = UNTOUCHED;
  BAD_TEXT(pinjwt_key_from_jwk(PINJWT_ES256, text, length, &key, ERR));
  BAD_ENUM(pinjwt_key_from_jwk((pinjwt_alg)value, RFC7515_A3_JWK, PINJWT_STR, &key, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_from_jwk(PINJWT_ES256, RFC7515_A3_JWK, PINJWT_STR, NULL, ERR));
  REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_jwk(PINJWT_ES256, NULL, 0, &key, ERR));
  check_row = "65536 and 65537 bytes";
  length = strlen(RFC7515_A3_JWK);
  memset(big, ' ', sizeof big);
  memcpy(big, RFC7515_A3_JWK, length);
  REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_jwk(PINJWT_ES256, big, 65537, &key, ERR));
  CHECK(key == UNTOUCHED);
  if (OK(pinjwt_key_from_jwk(PINJWT_ES256, big, 65536, &key, ERR))) {
    pinjwt_key_free(key);
  }
}

/* An oct JWK holds at most 1024 bytes. */
static void long_jwk_secrets(void) {
  static unsigned char bytes[1025];
  static char jwk[2048];
  pinjwt_key *key = UNTOUCHED;
  size_t i;
  for (i = 0; i < sizeof bytes; i++) {
    bytes[i] = (unsigned char)(i * 31 + i / 256);
  }
  for (i = 1024; i <= 1025; i++) {
    strcpy(jwk, "{\"kty\":\"oct\",\"k\":\"");
    strcpy(base64url(bytes, i, jwk + strlen(jwk)), "\"}");
    if (i == 1025) {
      REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_jwk(PINJWT_HS512, jwk, PINJWT_STR, &key, ERR));
      CHECK(key == UNTOUCHED);
    } else if (OK(pinjwt_key_from_jwk(PINJWT_HS512, jwk, PINJWT_STR, &key, ERR))) {
      pinjwt_key_free(key);
      key = UNTOUCHED;
    }
  }
}

/* ---- New keys, and writing them out ------------------------------------------------------ */

static void generate(void) {
  pinjwt_key *key = UNTOUCHED, *other = NULL;
  pinjwt_bytes one, two;
  int alg;
  /* RSA takes minutes under valgrind; the runner leaves it out there. */
  int quick = getenv("PINJWT_TESTS_QUICK") != NULL;

  for (alg = PINJWT_HS256; alg <= PINJWT_ED448; alg++) {
    check_row = pinjwt_alg_name((pinjwt_alg)alg);
    if (quick && is_rsa(alg)) {
      continue;
    }
    if (OK(pinjwt_key_generate((pinjwt_alg)alg, &key, ERR))) {
      check_key(key, alg, 1);
      if (!is_rsa(alg) && !is_secret(alg)) {
        OK(pinjwt_key_generate((pinjwt_alg)alg, &other, NULL));
        GETS(pinjwt_key_id(key, &one));
        GETS(pinjwt_key_id(other, &two));
        CHECK(one.len == two.len && memcmp(one.data, two.data, one.len) != 0);
        pinjwt_key_free(other);
      }
      if (alg == PINJWT_RS256) {
        char *pem = check_writer(write_public_pem, key);
        /* 3072 bits: the modulus takes 512 characters of base64url. */
        char *jwk = check_writer(write_public_jwk, key), *n;
        CHECK(jwk != NULL && (n = strstr(jwk, "\"n\":\"")) != NULL && strchr(n + 5, '"') - n - 5 == 512);
        CHECK(jwk != NULL && strstr(jwk, "\"e\":\"AQAB\"") != NULL);
        free(jwk);
        free(pem);
      }
      pinjwt_key_free(key);
    }
    key = UNTOUCHED;
    REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_generate((pinjwt_alg)alg, NULL, ERR));
  }
  check_row = "";
  BAD_ENUM(pinjwt_key_generate((pinjwt_alg)value, &key, ERR));
  CHECK(key == UNTOUCHED);
}

/* What is written is read again, for every pin; the sizes keep the rules for buffers. */
static void round_trips(void) {
  int alg;
  for (alg = PINJWT_HS256; alg <= PINJWT_ED448; alg++) {
    pinjwt_alg pin = (pinjwt_alg)alg;
    pinjwt_key *key = any_key(alg), *public_key = UNTOUCHED, *again = UNTOUCHED;
    char *print = NULL, *jwk, *pem, *printed;
    size_t len = 4711;
    check_row = pinjwt_alg_name(pin);

    jwk = check_writer(write_private_jwk, key);
    if (OK(pinjwt_key_from_jwk(pin, jwk, PINJWT_STR, &again, ERR))) {
      check_key(again, alg, 1);
      printed = check_writer(write_private_jwk, again);
      SAME(printed, jwk);
      free(printed);
      pinjwt_key_free(again);
    }
    CHECK(strstr(jwk, "\"alg\":\"") != NULL && strstr(jwk, "\"use\":\"sig\"") != NULL);
    free(jwk);
    again = UNTOUCHED;

    if (is_secret(alg)) {
      REFUSED(PINJWT_E_KEY_MISMATCH, pinjwt_key_public(key, &public_key, ERR));
      REFUSED(PINJWT_E_KEY_MISMATCH, pinjwt_key_thumbprint(key, NULL, 0, &len, ERR));
      REFUSED(PINJWT_E_KEY_MISMATCH, pinjwt_key_to_jwk(key, PINJWT_PART_PUBLIC, NULL, 0, &len, ERR));
      REFUSED(PINJWT_E_KEY_MISMATCH, pinjwt_key_to_pem(key, PINJWT_PART_PUBLIC, NULL, 0, &len, ERR));
      REFUSED(PINJWT_E_KEY_MISMATCH, pinjwt_key_to_pem(key, PINJWT_PART_PRIVATE, NULL, 0, &len, ERR));
      CHECK(public_key == UNTOUCHED && len == 4711);
      pinjwt_key_free(key);
      continue;
    }

    print = check_writer(write_thumbprint, key);
    CHECK(print != NULL && strlen(print) == 43);
    OK(pinjwt_key_public(key, &public_key, ERR));
    check_key(public_key, alg, 0);
    printed = check_writer(write_thumbprint, public_key);
    SAME(printed, print);
    free(printed);
    REFUSED(PINJWT_E_KEY_USE, pinjwt_key_to_jwk(public_key, PINJWT_PART_PRIVATE, NULL, 0, &len, ERR));
    REFUSED(PINJWT_E_KEY_USE, pinjwt_key_to_pem(public_key, PINJWT_PART_PRIVATE, NULL, 0, &len, ERR));
    CHECK(len == 4711);
    OK(pinjwt_key_public(public_key, &again, ERR));
    check_key(again, alg, 0);
    pinjwt_key_free(again);

    jwk = check_writer(write_public_jwk, key);
    printed = check_writer(write_public_jwk, public_key);
    SAME(printed, jwk);
    CHECK(strstr(jwk, "\"d\"") == NULL && strstr(jwk, print) != NULL);
    if (OK(pinjwt_key_from_jwk(pin, jwk, PINJWT_STR, &again, ERR))) {
      check_key(again, alg, 0);
      pinjwt_key_free(again);
    }
    free(printed);
    free(jwk);

    pem = check_writer(write_public_pem, key);
    CHECK(strncmp(pem, "-----BEGIN PUBLIC KEY-----\n", 27) == 0 && pem[strlen(pem) - 1] == '\n');
    if (OK(pinjwt_key_from_pem(pin, pem, PINJWT_STR, NULL, 0, &again, ERR))) {
      check_key(again, alg, 0);
      printed = check_writer(write_thumbprint, again);
      SAME(printed, print);
      free(printed);
      pinjwt_key_free(again);
    }
    free(pem);
    pem = check_writer(write_private_pem, key);
    CHECK(strncmp(pem, "-----BEGIN PRIVATE KEY-----\n", 28) == 0 && pem[strlen(pem) - 1] == '\n');
    if (OK(pinjwt_key_from_pem(pin, pem, PINJWT_STR, NULL, 0, &again, ERR))) {
      check_key(again, alg, 1);
      printed = check_writer(write_thumbprint, again);
      SAME(printed, print);
      free(printed);
      pinjwt_key_free(again);
    }
    free(pem);
    free(print);
    pinjwt_key_free(public_key);
    pinjwt_key_free(key);
  }
}

static void jwk_members(void) {
  pinjwt_key *key = jwk_key(PINJWT_ES256, "{" P256_XY P256_D ",\"key_ops\":[\"sign\"],\"kid\":\"a\\\"b\"}");
  pinjwt_key *public_key = NULL, *again = NULL;
  pinjwt_bytes id;
  char *jwk = check_writer(write_private_jwk, key);
  SAME(jwk, "{" P256_XY P256_D ",\"alg\":\"ES256\",\"key_ops\":[\"sign\"],\"kid\":\"a\\\"b\"}");
  free(jwk);
  /* The public half of a key that only signs still verifies. */
  OK(pinjwt_key_public(key, &public_key, ERR));
  jwk = check_writer(write_public_jwk, public_key);
  if (jwk != NULL && OK(pinjwt_key_from_jwk(PINJWT_ES256, jwk, PINJWT_STR, &again, ERR))) {
    GETS(pinjwt_key_id(again, &id));
    LENT(id, "a\"b");
    pinjwt_key_free(again);
  }
  free(jwk);
  pinjwt_key_free(public_key);
  pinjwt_key_free(key);

  key = jwk_key(PINJWT_HS256, "{\"kid\":\"s\"," OCT_K ",\"ext\":true}");
  jwk = check_writer(write_private_jwk, key);
  SAME(jwk, "{" OCT_K ",\"alg\":\"HS256\",\"use\":\"sig\",\"kid\":\"s\"}");
  free(jwk);
  pinjwt_key_free(key);
}

/* ---- The rest ---------------------------------------------------------------------------- */

static void with_id(void) {
  static const struct {
    const char *row, *kid;
    size_t length;
    pinjwt_status status;
  } rows[] = {
      {"one byte", "1", 1, PINJWT_OK},
      {"UTF-8", "cl\xc3\xa9", 5, PINJWT_OK},
      {"four bytes", "\xf0\x9f\x94\x91", 4, PINJWT_OK},
      {"a NUL inside", "a\0b", 3, PINJWT_OK},
      {"(NULL, 0)", NULL, 0, PINJWT_E_ARGUMENT},
      {"empty", "", 0, PINJWT_E_ARGUMENT},
      {"empty until its NUL", "", PINJWT_STR, PINJWT_E_ARGUMENT},
      {"a lone byte of UTF-8", "cl\xc3", 3, PINJWT_E_ARGUMENT},
      {"overlong", "\xc0\xaf", 2, PINJWT_E_ARGUMENT},
      {"surrogate", "\xed\xa0\x80", 3, PINJWT_E_ARGUMENT},
      {"past Unicode", "\xf4\x90\x80\x80", 4, PINJWT_E_ARGUMENT},
  };
  char kid[1025];
  pinjwt_key *key = hs256_key(), *other;
  pinjwt_bytes id;
  size_t i;

  for (i = 0; i < COUNT(rows); i++) {
    check_row = rows[i].row;
    other = UNTOUCHED;
    if (rows[i].status != PINJWT_OK) {
      REFUSED(rows[i].status, pinjwt_key_with_id(key, rows[i].kid, rows[i].length, &other, ERR));
      CHECK(other == UNTOUCHED);
    } else if (OK(pinjwt_key_with_id(key, rows[i].kid, rows[i].length, &other, ERR))) {
      GETS(pinjwt_key_id(other, &id));
      CHECK(id.len == rows[i].length && memcmp(id.data, rows[i].kid, id.len + 1) == 0);
      GETS(pinjwt_key_id(key, &id));
      CHECK(id.len == 0 && id.data != NULL);
      CHECK(pinjwt_key_alg(other) == PINJWT_HS256 && pinjwt_key_can_sign(other) == 1);
      pinjwt_key_free(other);
    }
  }
  check_row = "1024 and 1025 bytes";
  memset(kid, 'k', sizeof kid);
  other = UNTOUCHED;
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_with_id(key, kid, 1025, &other, ERR));
  CHECK(other == UNTOUCHED);
  if (OK(pinjwt_key_with_id(key, kid, 1024, &other, ERR))) {
    pinjwt_key_free(other);
  }
  check_row = "";
  other = UNTOUCHED;
  BAD_TEXT(pinjwt_key_with_id(key, text, length, &other, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_with_id(NULL, "k", 1, &other, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_with_id(key, "k", 1, NULL, ERR));
  CHECK(other == UNTOUCHED);

  /* What is made from a key outlives it. */
  OK(pinjwt_key_with_id(key, "kept", PINJWT_STR, &other, ERR));
  pinjwt_key_free(key);
  GETS(pinjwt_key_id(other, &id));
  LENT(id, "kept");
  pinjwt_key_free(other);
}

static void null_and_buffers(void) {
  pinjwt_key *key = jwk_key(PINJWT_ES256, RFC7515_A3_JWK), *out = UNTOUCHED;
  pinjwt_bytes id = {UNTOUCHED, 99};
  char small[44];
  size_t length = 4711;

  CHECK((int)pinjwt_key_alg(NULL) == 0);
  CHECK(pinjwt_key_can_sign(NULL) == 0);
  pinjwt_key_free(NULL);
  DENIED(PINJWT_E_ARGUMENT, pinjwt_key_id(NULL, &id));
  DENIED(PINJWT_E_ARGUMENT, pinjwt_key_id(key, NULL));
  CHECK(id.data == UNTOUCHED && id.len == 99);
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_public(NULL, &out, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_public(key, NULL, ERR));
  CHECK(out == UNTOUCHED);

  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_thumbprint(NULL, small, sizeof small, &length, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_to_jwk(NULL, PINJWT_PART_PUBLIC, small, 44, &length, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_to_pem(NULL, PINJWT_PART_PUBLIC, small, 44, &length, ERR));
  BAD_BUFFER(pinjwt_key_thumbprint(key, buf, cap, len, ERR));
  BAD_BUFFER(pinjwt_key_to_jwk(key, PINJWT_PART_PRIVATE, buf, cap, len, ERR));
  BAD_BUFFER(pinjwt_key_to_pem(key, PINJWT_PART_PRIVATE, buf, cap, len, ERR));
  BAD_ENUM(pinjwt_key_to_jwk(key, (pinjwt_part)value, small, 44, &length, ERR));
  BAD_ENUM(pinjwt_key_to_pem(key, (pinjwt_part)value, small, 44, &length, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_to_jwk(key, (pinjwt_part)3, small, 44, &length, ERR));
  CHECK(length == 4711);
  REFUSED(PINJWT_E_BUFFER, pinjwt_key_thumbprint(key, small, 43, &length, ERR));
  CHECK(length == 44);
  OK(pinjwt_key_thumbprint(key, small, 44, &length, NULL));
  CHECK(length == 43 && strlen(small) == 43);
  pinjwt_key_free(key);
}

int main(void) {
  group("secrets", from_secret);
  group("secrets that are something else", secret_lookalikes);
  group("PEM", from_pem);
  group("PEM: advice in messages", pem_advice);
  group("DER", from_der);
  group("JWK", from_jwk);
  group("JWK: long secrets", long_jwk_secrets);
  group("JWK: members that are written", jwk_members);
  group("generate", generate);
  group("written and read again, every algorithm", round_trips);
  group("ids", with_id);
  group("NULL, enums and buffers", null_and_buffers);
  return finish();
}
