/* Secrets that can be guessed, and random ones, which are never taken for such. */
#define _POSIX_C_SOURCE 200809L
#include "sets.h"

static void guessable(void) {
  /* Each has 32 bytes or more: its length alone would not refuse it. */
  static const char *const rows[] = {
      /* One thing again and again. */
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "00000000000000000000000000000000",
      "abababababababababababababababab",
      "secretsecretsecretsecretsecretsecret",
      "passwordpasswordpasswordpassword",
      "12345678123456781234567812345678",
      "deadbeefdeadbeefdeadbeefdeadbeef",
      "changemechangemechangemechangeme",
      "xY7qxY7qxY7qxY7qxY7qxY7qxY7qxY7q",
      "kR7v-Qm2xW9zLp4TkR7v-Qm2xW9zLp4T",
      /* Counting. */
      "0123456789abcdef0123456789abcdef",
      "0123456789012345678901234567890123456789",
      "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
      "abcdefghijklmnopqrstuvwxyz0123456789",
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
      "zyxwvutsrqponmlkjihgfedcba9876543210",
      "00010203040506070809101112131415",
      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
      "1234567890123456789012345678901234567890",
      /* What manuals and frameworks print. */
      "your-256-bit-secret-your-256-bit-secret",
      "your-secret-key-change-in-production",
      "your-secret-key-here-change-in-production",
      "a-string-secret-at-least-256-bits-long",
      "this-is-a-very-long-secret-key-for-jwt",
      "thisisaverylongsecretkeyforjwttokens",
      "my-super-secret-jwt-key-that-is-secure",
      "super-secret-jwt-token-with-at-least-32-characters-long",
      "supersecretkeyyoushouldnotcommit",
      "please-change-this-secret-key-before-production",
      "CHANGE_ME_CHANGE_ME_CHANGE_ME_CHANGE_ME",
      "insecure-jwt-secret-for-development-only",
      "correct horse battery staple correct horse",
      "jwt-secret-jwt-secret-jwt-secret-jwt",
      "qwertyuiopasdfghjklzxcvbnmqwertyuiop",
      "password123password123password123",
      "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
      "404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970",
      "@NcRfUjXn2r5u8x/A?D(G+KbPdSgVkYp",
      /* Keys of other services. */
      "AKIAIOSFODNN7EXAMPLEAKIAIOSFODNN7EXAMPLE",
      "ghp_q3Zr8Lw1Xv6Tn0Ys5Kb9Hd2Mf7Gc4PjRuEaQ",
      ("sk_live_"
       "q3Zr8Lw1Xv6Tn0Ys5Kb9Hd2Mf7Gc4Pj"),
  };
  size_t i;
  pinjwt_key *key = UNTOUCHED;
  for (i = 0; i < COUNT(rows); i++) {
    char *encoded = need_(malloc(strlen(rows[i]) * 2 + 64)), *jwk;
    check_row = rows[i];
    CHECK(strlen(rows[i]) >= 32);
    REFUSED(PINJWT_E_KEY_WEAK, pinjwt_key_from_secret(PINJWT_HS256, rows[i], strlen(rows[i]), &key, ERR));
    base64url(rows[i], strlen(rows[i]), encoded);
    jwk = format("{\"kty\":\"oct\",\"k\":\"%s\"}", encoded);
    REFUSED(PINJWT_E_KEY_WEAK, pinjwt_key_from_jwk(PINJWT_HS256, jwk, PINJWT_STR, &key, ERR));
    free(jwk);
    jwk = format("base64url:%s", encoded);
    setenv("PINJWT_TEST", jwk, 1);
    REFUSED(PINJWT_E_KEY_WEAK, pinjwt_key_from_env(PINJWT_HS256, "PINJWT_TEST", &key, ERR));
    free(jwk);
    free(encoded);
  }
  CHECK(key == UNTOUCHED);
  unsetenv("PINJWT_TEST");
}

static void guessable_bytes(void) {
  unsigned char bytes[64];
  pinjwt_key *key = UNTOUCHED;
  int start, i;
  for (start = 0; start < 256; start += 15) {
    for (i = 0; i < 64; i++) {
      bytes[i] = (unsigned char)(start + i);
    }
    REFUSED(PINJWT_E_KEY_WEAK, pinjwt_key_from_secret(PINJWT_HS256, bytes, 32, &key, ERR));
    REFUSED(PINJWT_E_KEY_WEAK, pinjwt_key_from_secret(PINJWT_HS512, bytes, 64, &key, ERR));
    for (i = 0; i < 64; i++) {
      bytes[i] = (unsigned char)(start - i);
    }
    REFUSED(PINJWT_E_KEY_WEAK, pinjwt_key_from_secret(PINJWT_HS256, bytes, 32, &key, ERR));
    memset(bytes, start, sizeof bytes);
    REFUSED(PINJWT_E_KEY_WEAK, pinjwt_key_from_secret(PINJWT_HS256, bytes, 32, &key, ERR));
    REFUSED(PINJWT_E_KEY_WEAK, pinjwt_key_from_secret(PINJWT_HS512, bytes, 64, &key, ERR));
    /* A random half is no secret of the whole length. */
    random_block((unsigned long)start, bytes);
    memcpy(bytes + 32, bytes, 32);
    REFUSED(PINJWT_E_KEY_WEAK, pinjwt_key_from_secret(PINJWT_HS512, bytes, 64, &key, ERR));
    memcpy(bytes + 16, bytes, 16);
    REFUSED(PINJWT_E_KEY_WEAK, pinjwt_key_from_secret(PINJWT_HS256, bytes, 32, &key, ERR));
  }
  CHECK(key == UNTOUCHED);
}

/* Ways in which random secrets are written down. */
static void random_secrets(void) {
  int count = rounds_of(5000, 100), i;
  int refused[5] = {0};
  for (i = 0; i < count; i++) {
    unsigned char bytes[32];
    char hex[65], text[64], jwk[128];
    pinjwt_key *key[5] = {NULL};
    int k;
    random_block((unsigned long)i, bytes);
    for (k = 0; k < 32; k++) {
      sprintf(hex + k * 2, "%02x", bytes[k]);
    }
    base64url(bytes, 32, text);
    sprintf(jwk, "{\"kty\":\"oct\",\"k\":\"%s\"}", text);
    refused[0] += pinjwt_key_from_secret(PINJWT_HS256, bytes, 32, &key[0], &err) != PINJWT_OK;
    refused[1] += pinjwt_key_from_secret(PINJWT_HS256, hex, 64, &key[1], &err) != PINJWT_OK;
    refused[2] += pinjwt_key_from_secret(PINJWT_HS256, text, 43, &key[2], &err) != PINJWT_OK;
    /* The same as a JWK, and the hexadecimal digits for the longest pin. */
    refused[3] += pinjwt_key_from_jwk(PINJWT_HS256, jwk, PINJWT_STR, &key[3], &err) != PINJWT_OK;
    refused[4] += pinjwt_key_from_secret(PINJWT_HS512, hex, 64, &key[4], &err) != PINJWT_OK;
    for (k = 0; k < 5; k++) {
      pinjwt_key_free(key[k]);
    }
  }
  for (i = 0; i < 5; i++) {
    CHECK(refused[i] == 0);
  }
}

int main(void) {
  group("guessable", guessable);
  group("guessable bytes", guessable_bytes);
  group("random", random_secrets);
  return finish();
}
