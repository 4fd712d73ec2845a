/* Keys from files and from environment variables. */
#define _POSIX_C_SOURCE 200809L
#define _XOPEN_SOURCE 700
#include "files.h"

#include <sys/wait.h>

/** Two keys are one: what the one signs the other verifies. */
static int same_key(const pinjwt_key *signing, const pinjwt_key *verifying) {
  char jws[2048], payload[2048];
  pinjwt_error error;
  return pinjwt_jws_sign(signing, NULL, 0, "x", 1, jws, sizeof jws, NULL, &error) == PINJWT_OK &&
         pinjwt_jws_verify(verifying, NULL, 0, jws, PINJWT_STR, (uint8_t *)payload, sizeof payload, NULL,
                           &error) == PINJWT_OK;
}

static pinjwt_key *secret_key(pinjwt_alg alg, const void *bytes, size_t length) {
  pinjwt_key *key = NULL;
  MUST(pinjwt_key_from_secret(alg, bytes, length, &key, &err));
  return key;
}

static char *in_crlf(const char *text) {
  char *out = need_(malloc(strlen(text) * 2 + 1)), *to = out;
  for (; *text != '\0'; text++) {
    if (*text == '\n') {
      *to++ = '\r';
    }
    *to++ = *text;
  }
  *to = '\0';
  return out;
}

/* ---- Arguments ------------------------------------------------------------------------- */

static void arguments(void) {
  pinjwt_key *out = UNTOUCHED;
  pinjwt_key **to = &out;
  char path[4200];
  const char *good = in_folder("good.pem");
  write_text(good, P256_PKCS8_PEM, 0600);
  BAD_ENUM(pinjwt_key_from_file((pinjwt_alg)value, good, to, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_from_file(PINJWT_ES256, NULL, to, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_from_file(PINJWT_ES256, "", to, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_from_file(PINJWT_ES256, good, NULL, ERR));
  memset(path, '/', sizeof path);
  path[4096] = '\0';
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_from_file(PINJWT_ES256, path, to, ERR));
  path[4095] = '\0';
  REFUSED(PINJWT_E_IO, pinjwt_key_from_file(PINJWT_ES256, path, to, ERR));
  /* The same file by a path of the longest. */
  path[4095 - strlen(good)] = '\0';
  strcat(path, good);
  CHECK(strlen(path) == 4095);
  {
    pinjwt_key *key = NULL;
    OK(pinjwt_key_from_file(PINJWT_ES256, path, &key, ERR));
    pinjwt_key_free(key);
  }
  BAD_ENUM(pinjwt_key_from_env((pinjwt_alg)value, "PINJWT_TEST", to, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_from_env(PINJWT_ES256, NULL, to, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_from_env(PINJWT_ES256, "", to, ERR));
  setenv("PINJWT_TEST", P256_PKCS8_PEM, 1);
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_from_env(PINJWT_ES256, "PINJWT_TEST", NULL, ERR));
  unsetenv("PINJWT_TEST");
  REFUSED(PINJWT_E_IO, pinjwt_key_from_env(PINJWT_ES256, "PINJWT_TEST", to, ERR));
  setenv("PINJWT_TEST", "", 1);
  REFUSED(PINJWT_E_IO, pinjwt_key_from_env(PINJWT_ES256, "PINJWT_TEST", to, ERR));
  REFUSED(PINJWT_E_IO, pinjwt_key_from_env(PINJWT_ES256, "PINJWT_TEST=", to, ERR));
  REFUSED(PINJWT_E_IO, pinjwt_key_from_env(PINJWT_ES256, "PINJWT TEST\n\xff", to, ERR));
  CHECK(out == UNTOUCHED);
}

/* ---- Forms ----------------------------------------------------------------------------- */

/* In a file and in a variable the same text is the same key. */
static void forms(void) {
  static const struct {
    const char *name, *text;
    pinjwt_alg alg;
    int crlf;
    pinjwt_status status;
  } rows[] = {
      {"PKCS#8", P256_PKCS8_PEM, PINJWT_ES256, 0, PINJWT_OK},
      {"PKCS#8, CR LF", P256_PKCS8_PEM, PINJWT_ES256, 1, PINJWT_OK},
      {"PKCS#8, two newlines", P256_PKCS8_PEM "\n", PINJWT_ES256, 0, PINJWT_OK},
      {"PKCS#8, a word before", "My key:\n" P256_PKCS8_PEM, PINJWT_ES256, 0, PINJWT_OK},
      {"SEC 1 with parameters", P256_SEC1_PEM, PINJWT_ES256, 0, PINJWT_OK},
      {"SEC 1, CR LF", P256_SEC1_PEM, PINJWT_ES256, 1, PINJWT_OK},
      {"RSA PKCS#1", RSA_PKCS1_PEM, PINJWT_RS256, 0, PINJWT_OK},
      {"RSA PKCS#8", RSA_PKCS8_PEM, PINJWT_PS256, 0, PINJWT_OK},
      {"P-256 public", P256_SPKI_PEM, PINJWT_ES256, 0, PINJWT_OK},
      {"RSA public", RSA_SPKI_PEM, PINJWT_RS256, 1, PINJWT_OK},
      {"JWK", RFC7515_A3_JWK, PINJWT_ES256, 0, PINJWT_OK},
      {"JWK with newline", RFC7515_A3_JWK "\n", PINJWT_ES256, 1, PINJWT_OK},
      {"JWK with newlines around", "\n\n" RFC7515_A3_JWK "\r\n\r\n", PINJWT_ES256, 0, PINJWT_OK},
      {"JWK of a secret", RFC7515_A1_JWK "\n", PINJWT_HS256, 0, PINJWT_OK},
      {"PKCS#8 for another curve", P256_PKCS8_PEM, PINJWT_ES384, 0, PINJWT_E_KEY_MISMATCH},
      {"PKCS#8 for another kind", P256_PKCS8_PEM, PINJWT_RS256, 0, PINJWT_E_KEY_MISMATCH},
      {"JWK for another curve", RFC7515_A3_JWK, PINJWT_ES384, 0, PINJWT_E_KEY_MISMATCH},
      {"JWK of a secret for RSA", RFC7515_A1_JWK, PINJWT_RS256, 0, PINJWT_E_KEY_MISMATCH},
      {"JWK of EC for HMAC", RFC7515_A3_JWK, PINJWT_HS256, 0, PINJWT_E_KEY_MISMATCH},
      {"PEM for HMAC", P256_PKCS8_PEM, PINJWT_HS256, 0, PINJWT_E_KEY_FORMAT},
      {"public PEM for HMAC", RSA_SPKI_PEM, PINJWT_HS256, 0, PINJWT_E_KEY_FORMAT},
      {"encrypted PKCS#8", P256_ENCRYPTED_PEM, PINJWT_ES256, 0, PINJWT_E_KEY_PASSPHRASE},
      {"encrypted, traditional", P256_TRADITIONAL_ENCRYPTED_PEM, PINJWT_ES256, 0, PINJWT_E_KEY_PASSPHRASE},
      {"certificate", P256_CERTIFICATE_PEM, PINJWT_ES256, 0, PINJWT_E_KEY_FORMAT},
      {"OpenSSH", P256_OPENSSH_PEM, PINJWT_ES256, 0, PINJWT_E_KEY_FORMAT},
      {"OpenSSH public", P256_OPENSSH_PUBLIC, PINJWT_ES256, 0, PINJWT_E_KEY_FORMAT},
      {"OpenSSH public for HMAC", P256_OPENSSH_PUBLIC, PINJWT_HS256, 0, PINJWT_E_KEY_FORMAT},
      {"RSA of 1024 bits", RSA_WEAK_PEM, PINJWT_RS256, 0, PINJWT_E_KEY_WEAK},
      {"two keys", P256_PKCS8_PEM P256_PKCS8_PEM, PINJWT_ES256, 0, PINJWT_E_KEY_FORMAT},
      {"rubbish", "rubbish", PINJWT_ES256, 0, PINJWT_E_KEY_FORMAT},
      {"rubbish", "rubbish", PINJWT_RS256, 0, PINJWT_E_KEY_FORMAT},
      {"JWK Set", "{\"keys\":[]}", PINJWT_ES256, 0, PINJWT_E_KEY_FORMAT},
      {"half a JWK", "{\"kty\":\"EC\"", PINJWT_ES256, 0, PINJWT_E_KEY_FORMAT},
      {"a secret for EdDSA", "base64url:0hluiwP3XKSRPrhgJ816FelEDLNYnyHWfYI2-hvFaQ4", PINJWT_EDDSA, 0,
       PINJWT_E_KEY_FORMAT},
      {"newlines", "\n\n\n", PINJWT_ES256, 0, PINJWT_E_KEY_FORMAT},
  };
  size_t i, where;
  for (i = 0; i < COUNT(rows); i++) {
    char *text = rows[i].crlf ? in_crlf(rows[i].text) : format("%s", rows[i].text);
    check_row = rows[i].name;
    write_text(in_folder("key"), text, 0600);
    setenv("PINJWT_TEST", text, 1);
    for (where = 0; where < 2; where++) {
      pinjwt_key *key = UNTOUCHED;
      if (rows[i].status != PINJWT_OK) {
        REFUSED(rows[i].status, where == 0 ? pinjwt_key_from_file(rows[i].alg, in_folder("key"), &key, ERR)
                                           : pinjwt_key_from_env(rows[i].alg, "PINJWT_TEST", &key, ERR));
        CHECK(key == UNTOUCHED);
      } else if (OK(where == 0 ? pinjwt_key_from_file(rows[i].alg, in_folder("key"), &key, ERR)
                               : pinjwt_key_from_env(rows[i].alg, "PINJWT_TEST", &key, ERR))) {
        pinjwt_key *same = jwk_key(rows[i].alg, is_rsa((int)rows[i].alg)      ? RFC7515_A2_JWK
                                                : rows[i].alg == PINJWT_HS256 ? RFC7515_A1_JWK
                                                                              : RFC7515_A3_JWK);
        CHECK(same_key(same, key));
        CHECK(!pinjwt_key_can_sign(key) == (strstr(rows[i].name, "public") != NULL));
        pinjwt_key_free(same);
        pinjwt_key_free(key);
      }
    }
    SAME(getenv("PINJWT_TEST"), text);
    free(text);
  }
}

static void der_and_kid(void) {
  pinjwt_key *local = jwk_key(PINJWT_ES256, RFC7515_A3_JWK), *key = NULL;
  EVP_PKEY *evp = evp_key(local);
  unsigned char *der = NULL;
  pinjwt_bytes id;
  int length = i2d_PrivateKey(evp, &der);
  write_file(in_folder("sec1.der"), der, (size_t)length, 0600);
  OK(pinjwt_key_from_file(PINJWT_ES256, in_folder("sec1.der"), &key, ERR));
  CHECK(same_key(key, local));
  pinjwt_key_free(key);
  REFUSED(PINJWT_E_KEY_MISMATCH, pinjwt_key_from_file(PINJWT_ES384, in_folder("sec1.der"), &key, ERR));
  write_file(in_folder("sec1.der"), der, (size_t)length - 1, 0600);
  REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_file(PINJWT_ES256, in_folder("sec1.der"), &key, ERR));
  /* Not a secret, whatever the length. */
  write_file(in_folder("sec1.der"), der, (size_t)length, 0600);
  REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_file(PINJWT_HS256, in_folder("sec1.der"), &key, ERR));
  OPENSSL_free(der);
  der = NULL;
  length = i2d_PUBKEY(evp, &der);
  write_file(in_folder("public.der"), der, (size_t)length, 0644);
  OK(pinjwt_key_from_file(PINJWT_ES256, in_folder("public.der"), &key, ERR));
  CHECK(!pinjwt_key_can_sign(key) && same_key(local, key));
  pinjwt_key_free(key);
  OPENSSL_free(der);
  EVP_PKEY_free(evp);
  write_text(in_folder("jwk"), RFC7520_EC_JWK, 0600);
  OK(pinjwt_key_from_file(PINJWT_ES512, in_folder("jwk"), &key, ERR));
  GETS(pinjwt_key_id(key, &id));
  LENT(id, "bilbo.baggins@hobbiton.example");
  pinjwt_key_free(key);
  pinjwt_key_free(local);
}

/* ---- Secrets --------------------------------------------------------------------------- */

#define PRINTABLE "kR7v-Qm2xW9zLp4Tn8sYb3Hd6Jf1Gc5A" /* 32 bytes */
#define ENCODED "0hluiwP3XKSRPrhgJ816FelEDLNYnyHWfYI2-hvFaQ4"

static void secrets(void) {
  static const unsigned char ends_in_newline[33] =
      "\xd2\x19\x6e\x8b\x03\xf7\x5c\xa4\x91\x3e\xb8\x60\x27\xcd\x7a\x15"
      "\xe9\x44\x0c\xb3\x58\x9f\x21\xd6\x7d\x82\x36\xfa\x1b\xc5\x69\n";
  static const unsigned char utf8_newline[34] = "kR7v-Qm2xW9zLp4Tn8sYb3Hd6Jf1G\xc3\xa9\xc3\xa8";
  static const struct {
    const char *name;
    const void *bytes;
    size_t length;
    /* What the secret is. */
    const void *secret;
    size_t secret_length;
    pinjwt_status status;
  } rows[] = {
      {"printable", PRINTABLE, 32, PRINTABLE, 32, PINJWT_OK},
      {"printable, LF", PRINTABLE "\n", 33, PRINTABLE, 32, PINJWT_OK},
      {"printable, CR LF", PRINTABLE "\r\n", 34, PRINTABLE, 32, PINJWT_OK},
      {"printable, blanks count", " " PRINTABLE " \n", 35, " " PRINTABLE " ", 34, PINJWT_OK},
      {"31 printable bytes and LF", "R7v-Qm2xW9zLp4Tn8sYb3Hd6Jf1Gc5A\n", 32, NULL, 0, PINJWT_E_KEY_WEAK},
      {"binary that ends in LF", ends_in_newline, 32, ends_in_newline, 32, PINJWT_OK},
      {"31 binary bytes", ends_in_newline, 31, NULL, 0, PINJWT_E_KEY_WEAK},
      {"binary", secret_bytes, 32, secret_bytes, 32, PINJWT_OK},
      {"binary of 64", secret_bytes, 64, secret_bytes, 64, PINJWT_OK},
      {"not ASCII", utf8_newline, 33, utf8_newline, 33, PINJWT_OK},
      {"base64url:", "base64url:" ENCODED, 53, secret_bytes, 32, PINJWT_OK},
      {"base64url:, LF", "base64url:" ENCODED "\n", 54, secret_bytes, 32, PINJWT_OK},
      {"base64url:, CR LF", "base64url:" ENCODED "\r\n", 55, secret_bytes, 32, PINJWT_OK},
      {"base64url:, two newlines", "base64url:" ENCODED "\n\n", 55, NULL, 0, PINJWT_E_KEY_FORMAT},
      {"base64url:, padded", "base64url:" ENCODED "=", 54, NULL, 0, PINJWT_E_KEY_FORMAT},
      {"base64url:, blank", "base64url: " ENCODED, 54, NULL, 0, PINJWT_E_KEY_FORMAT},
      {"base64url:, stray bits", "base64url:0hluiwP3XKSRPrhgJ816FelEDLNYnyHWfYI2-hvFaQ5", 53, NULL, 0,
       PINJWT_E_KEY_FORMAT},
      {"base64url:, base64", "base64url:0hluiwP3XKSRPrhgJ816FelEDLNYnyHWfYI2+hvFaQ4", 53, NULL, 0,
       PINJWT_E_KEY_FORMAT},
      {"base64url:, short", "base64url:AQIDBAUG", 18, NULL, 0, PINJWT_E_KEY_WEAK},
      {"base64url:, nothing", "base64url:", 10, NULL, 0, PINJWT_E_KEY_WEAK},
      {"base64url:, zeros", "base64url:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 53, NULL, 0,
       PINJWT_E_KEY_WEAK},
      {"a newline only", "\n", 1, NULL, 0, PINJWT_E_KEY_WEAK},
  };
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    pinjwt_key *key = UNTOUCHED;
    check_row = rows[i].name;
    write_file(in_folder("secret"), rows[i].bytes, rows[i].length, 0600);
    if (rows[i].status != PINJWT_OK) {
      REFUSED(rows[i].status, pinjwt_key_from_file(PINJWT_HS256, in_folder("secret"), &key, ERR));
      CHECK(key == UNTOUCHED);
    } else if (OK(pinjwt_key_from_file(PINJWT_HS256, in_folder("secret"), &key, ERR))) {
      pinjwt_key *same = secret_key(PINJWT_HS256, rows[i].secret, rows[i].secret_length);
      CHECK(same_key(same, key) && same_key(key, same));
      pinjwt_key_free(same);
      pinjwt_key_free(key);
    }
    if (memchr(rows[i].bytes, '\0', rows[i].length) == NULL) {
      char *text = format("%.*s", (int)rows[i].length, (const char *)rows[i].bytes);
      setenv("PINJWT_TEST", text, 1);
      key = UNTOUCHED;
      if (rows[i].status != PINJWT_OK) {
        REFUSED(rows[i].status, pinjwt_key_from_env(PINJWT_HS256, "PINJWT_TEST", &key, ERR));
        CHECK(key == UNTOUCHED);
      } else if (OK(pinjwt_key_from_env(PINJWT_HS256, "PINJWT_TEST", &key, ERR))) {
        pinjwt_key *same = secret_key(PINJWT_HS256, rows[i].secret, rows[i].secret_length);
        CHECK(same_key(same, key));
        pinjwt_key_free(same);
        pinjwt_key_free(key);
      }
      SAME(getenv("PINJWT_TEST"), text);
      free(text);
    }
  }
  check_row = "";
  /* Of two newlines one is the editor's, the other part of a secret that is not printable: both count. */
  {
    pinjwt_key *key = NULL, *same = secret_key(PINJWT_HS256, PRINTABLE "\n\n", 34);
    write_text(in_folder("secret"), PRINTABLE "\n\n", 0600);
    OK(pinjwt_key_from_file(PINJWT_HS256, in_folder("secret"), &key, ERR));
    CHECK(same_key(same, key));
    pinjwt_key_free(same);
    pinjwt_key_free(key);
  }
  /* Secrets of the other pins, and one that is too long. */
  {
    pinjwt_key *key = NULL;
    write_file(in_folder("secret"), secret_bytes, 64, 0600);
    OK(pinjwt_key_from_file(PINJWT_HS512, in_folder("secret"), &key, ERR));
    pinjwt_key_free(key);
    write_file(in_folder("secret"), secret_bytes, 63, 0600);
    REFUSED(PINJWT_E_KEY_WEAK, pinjwt_key_from_file(PINJWT_HS512, in_folder("secret"), &key, ERR));
    write_file(in_folder("secret"), secret_bytes, 47, 0600);
    REFUSED(PINJWT_E_KEY_WEAK, pinjwt_key_from_file(PINJWT_HS384, in_folder("secret"), &key, ERR));
  }
}

/* ---- Files that are refused ------------------------------------------------------------ */

static void permissions(void) {
  static const struct {
    const char *name, *text;
    mode_t mode;
    pinjwt_status status;
  } rows[] = {
      {"private 0600", P256_PKCS8_PEM, 0600, PINJWT_OK},
      {"private 0400", P256_PKCS8_PEM, 0400, PINJWT_OK},
      {"private 0644", P256_PKCS8_PEM, 0644, PINJWT_E_IO},
      {"private 0604", P256_PKCS8_PEM, 0604, PINJWT_E_IO},
      {"private 0601", P256_PKCS8_PEM, 0601, PINJWT_E_IO},
      {"private 0602", P256_PKCS8_PEM, 0602, PINJWT_E_IO},
      {"private 0620", P256_PKCS8_PEM, 0620, PINJWT_E_IO},
      {"private 0660", P256_PKCS8_PEM, 0660, PINJWT_E_IO},
      {"private 0666", P256_PKCS8_PEM, 0666, PINJWT_E_IO},
      {"private 0777", P256_PKCS8_PEM, 0777, PINJWT_E_IO},
      {"private SEC 1 0644", P256_SEC1_PEM, 0644, PINJWT_E_IO},
      {"private JWK 0644", RFC7515_A3_JWK, 0644, PINJWT_E_IO},
      {"public 0644", P256_SPKI_PEM, 0644, PINJWT_OK},
      {"public 0444", P256_SPKI_PEM, 0444, PINJWT_OK},
      {"public 0600", P256_SPKI_PEM, 0600, PINJWT_OK},
      {"public 0646", P256_SPKI_PEM, 0646, PINJWT_E_IO},
      {"public 0666", P256_SPKI_PEM, 0666, PINJWT_E_IO},
      {"public 0602", P256_SPKI_PEM, 0602, PINJWT_E_IO},
  };
  size_t i;
  pinjwt_key *key;
  for (i = 0; i < COUNT(rows); i++) {
    key = UNTOUCHED;
    check_row = rows[i].name;
    write_text(in_folder("key"), rows[i].text, rows[i].mode);
    unlink(in_folder("link"));
    CHECK(symlink("key", in_folder("link")) == 0);
    if (rows[i].status != PINJWT_OK) {
      REFUSED(rows[i].status, pinjwt_key_from_file(PINJWT_ES256, in_folder("key"), &key, ERR));
      REFUSED(rows[i].status, pinjwt_key_from_file(PINJWT_ES256, in_folder("link"), &key, ERR));
      CHECK(key == UNTOUCHED);
    } else {
      OK(pinjwt_key_from_file(PINJWT_ES256, in_folder("key"), &key, ERR));
      pinjwt_key_free(key);
      OK(pinjwt_key_from_file(PINJWT_ES256, in_folder("link"), &key, ERR));
      pinjwt_key_free(key);
    }
  }
  check_row = "secret";
  key = UNTOUCHED;
  write_file(in_folder("key"), secret_bytes, 32, 0644);
  REFUSED(PINJWT_E_IO, pinjwt_key_from_file(PINJWT_HS256, in_folder("key"), &key, ERR));
  write_text(in_folder("key"), "base64url:" ENCODED, 0604);
  REFUSED(PINJWT_E_IO, pinjwt_key_from_file(PINJWT_HS256, in_folder("key"), &key, ERR));
  write_text(in_folder("key"), RFC7515_A1_JWK, 0644);
  REFUSED(PINJWT_E_IO, pinjwt_key_from_file(PINJWT_HS256, in_folder("key"), &key, ERR));
  CHECK(key == UNTOUCHED);
}

static void not_files(void) {
  pinjwt_key *key = UNTOUCHED;
  REFUSED(PINJWT_E_IO, pinjwt_key_from_file(PINJWT_ES256, in_folder("none"), &key, ERR));
  REFUSED(PINJWT_E_IO, pinjwt_key_from_file(PINJWT_ES256, folder_path, &key, ERR));
  REFUSED(PINJWT_E_IO, pinjwt_key_from_file(PINJWT_HS256, folder_path, &key, ERR));
  REFUSED(PINJWT_E_IO, pinjwt_key_from_file(PINJWT_ES256, in_folder("key/below"), &key, ERR));
  REFUSED(PINJWT_E_IO, pinjwt_key_from_file(PINJWT_HS256, "/dev/zero", &key, ERR));
  REFUSED(PINJWT_E_IO, pinjwt_key_from_file(PINJWT_HS256, "/dev/null", &key, ERR));
  CHECK(symlink("nowhere", in_folder("dangling")) == 0);
  REFUSED(PINJWT_E_IO, pinjwt_key_from_file(PINJWT_ES256, in_folder("dangling"), &key, ERR));
  CHECK(symlink("loop", in_folder("loop")) == 0);
  REFUSED(PINJWT_E_IO, pinjwt_key_from_file(PINJWT_ES256, in_folder("loop"), &key, ERR));
  CHECK(mkfifo(in_folder("fifo"), 0600) == 0);
  /* A pipe that nobody writes to must not block. */
  alarm(20);
  REFUSED(PINJWT_E_IO, pinjwt_key_from_file(PINJWT_HS256, in_folder("fifo"), &key, ERR));
  REFUSED(PINJWT_E_IO, pinjwt_key_from_file(PINJWT_ES256, in_folder("fifo"), &key, ERR));
  alarm(0);
  write_text(in_folder("empty"), "", 0600);
  REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_key_from_file(PINJWT_ES256, in_folder("empty"), &key, ERR));
  REFUSED(PINJWT_E_KEY_WEAK, pinjwt_key_from_file(PINJWT_HS256, in_folder("empty"), &key, ERR));
  CHECK(key == UNTOUCHED);
}

static void sizes(void) {
  size_t pem = strlen(P256_PKCS8_PEM);
  char *text = need_(malloc(65538));
  pinjwt_key *key = NULL;
  memset(text, '\n', 65537);
  strcpy(text + 65536 - pem, P256_PKCS8_PEM);
  write_text(in_folder("long"), text, 0600);
  setenv("PINJWT_TEST", text, 1);
  OK(pinjwt_key_from_file(PINJWT_ES256, in_folder("long"), &key, ERR));
  pinjwt_key_free(key);
  OK(pinjwt_key_from_env(PINJWT_ES256, "PINJWT_TEST", &key, ERR));
  pinjwt_key_free(key);
  key = UNTOUCHED;
  memset(text, '\n', 65537);
  strcpy(text + 65537 - pem, P256_PKCS8_PEM);
  write_text(in_folder("long"), text, 0600);
  setenv("PINJWT_TEST", text, 1);
  REFUSED(PINJWT_E_IO, pinjwt_key_from_file(PINJWT_ES256, in_folder("long"), &key, ERR));
  REFUSED(PINJWT_E_IO, pinjwt_key_from_env(PINJWT_ES256, "PINJWT_TEST", &key, ERR));
  REFUSED(PINJWT_E_IO, pinjwt_key_from_file(PINJWT_HS256, in_folder("long"), &key, ERR));
  CHECK(key == UNTOUCHED);
  unsetenv("PINJWT_TEST");
  free(text);
}

/* ---- Owners: only root can make files of others ------------------------------------------ */

enum { stranger = 54321 };

/** Reads the file as another user; the status, or -1. */
static int status_as(uid_t user, gid_t users_group, const char *path) {
  int wait_status = -1;
  pid_t child = fork();
  if (child == 0) {
    pinjwt_key *key = NULL;
    pinjwt_status status;
    if (setgid(users_group) != 0 || setuid(user) != 0) {
      _exit(99);
    }
    status = pinjwt_key_from_file(PINJWT_ES256, path, &key, NULL);
    pinjwt_key_free(key);
    _exit((int)status);
  }
  if (child < 0 || waitpid(child, &wait_status, 0) != child || !WIFEXITED(wait_status)) {
    return -1;
  }
  return WEXITSTATUS(wait_status);
}

static void owners(void) {
  pinjwt_key *key = UNTOUCHED;
  const char *path = in_folder("owned");
  if (geteuid() != 0) {
    write_text(path, P256_PKCS8_PEM, 0640);
    REFUSED(PINJWT_E_IO, pinjwt_key_from_file(PINJWT_ES256, path, &key, ERR));
    return;
  }
  CHECK(chmod(folder_path, 0711) == 0);
  /* Root's may be readable by the group. */
  write_text(path, P256_PKCS8_PEM, 0640);
  OK(pinjwt_key_from_file(PINJWT_ES256, path, &key, ERR));
  pinjwt_key_free(key);
  CHECK(chown(path, 0, stranger) == 0);
  CHECK(status_as(stranger, stranger, path) == PINJWT_OK);
  CHECK(chmod(path, 0600) == 0);
  CHECK(status_as(stranger, stranger, path) == PINJWT_E_IO);
  /* A user's may not. */
  CHECK(chown(path, stranger, stranger) == 0);
  CHECK(status_as(stranger, stranger, path) == PINJWT_OK);
  CHECK(chmod(path, 0640) == 0);
  CHECK(status_as(stranger, stranger, path) == PINJWT_E_IO);
  /* Nor may it be another user's, whatever its mode. */
  key = UNTOUCHED;
  CHECK(chmod(path, 0600) == 0);
  REFUSED(PINJWT_E_IO, pinjwt_key_from_file(PINJWT_ES256, path, &key, ERR));
  CHECK(chmod(path, 0640) == 0);
  CHECK(status_as(stranger + 1, stranger, path) == PINJWT_E_IO);
  CHECK(key == UNTOUCHED);
  /* A public key may. */
  write_text(path, P256_SPKI_PEM, 0644);
  CHECK(chown(path, stranger, stranger) == 0);
  CHECK(status_as(stranger + 1, stranger + 1, path) == PINJWT_OK);
}

int main(void) {
  umask(022);
  make_folder();
  group("arguments", arguments);
  group("forms", forms);
  group("DER and kid", der_and_kid);
  group("secrets", secrets);
  group("permissions", permissions);
  group("not files", not_files);
  group("sizes", sizes);
  group("owners", owners);
  remove_folder();
  return finish();
}
