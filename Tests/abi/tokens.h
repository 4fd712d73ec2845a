/* Keys, policies and tokens for the tests; tokens also that pinjwt would never sign. */
#ifndef TEST_TOKENS_H
#define TEST_TOKENS_H

#include "check.h"
#include "keys.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

/** The time of most tests: 2023-11-14. */
#define T0 ((int64_t)1700000000)

/** A secret of 64 bytes; HS256 and HS384 take a part of it. */
static const unsigned char secret_bytes[64] = {
    0xd2, 0x19, 0x6e, 0x8b, 0x03, 0xf7, 0x5c, 0xa4, 0x91, 0x3e, 0xb8, 0x60, 0x27, 0xcd, 0x7a, 0x15,
    0xe9, 0x44, 0x0c, 0xb3, 0x58, 0x9f, 0x21, 0xd6, 0x7d, 0x82, 0x36, 0xfa, 0x1b, 0xc5, 0x69, 0x0e,
    0x4a, 0xdf, 0x73, 0x28, 0x95, 0xe1, 0x5f, 0xb6, 0x0d, 0x9a, 0xc2, 0x37, 0x84, 0x6b, 0xf0, 0x1d,
    0xa8, 0x53, 0x2e, 0x97, 0xcb, 0x70, 0x14, 0xe6, 0x3b, 0x8d, 0x49, 0xf2, 0x06, 0xbd, 0x61, 0xac,
};

/** For what a test needs but does not test. */
static inline void must_(pinjwt_status status, const pinjwt_error *error, const char *call) {
  if (status != PINJWT_OK) {
    printf("cannot prepare the test: %s: %s: %s\n", call, pinjwt_status_name(status), error->message);
    exit(2);
  }
}
#define MUST(call) must_((call), &err, #call)

static inline void *need_(void *memory) {
  if (memory == NULL) {
    printf("out of memory\n");
    exit(2);
  }
  return memory;
}

static inline pinjwt_key *hs256_key(void) {
  pinjwt_key *key = NULL;
  MUST(pinjwt_key_from_secret(PINJWT_HS256, secret_bytes, 32, &key, &err));
  return key;
}

static inline pinjwt_key *jwk_key(pinjwt_alg alg, const char *jwk) {
  pinjwt_key *key = NULL;
  MUST(pinjwt_key_from_jwk(alg, jwk, PINJWT_STR, &key, &err));
  return key;
}

static inline int is_rsa(int alg) {
  return alg >= PINJWT_RS256 && alg <= PINJWT_PS512;
}

static inline int is_secret(int alg) {
  return alg >= PINJWT_HS256 && alg <= PINJWT_HS512;
}

/** A key for any pin: RSA the one of RFC 7515 A.2, whose making costs nothing, else a new one. */
static inline pinjwt_key *any_key(int alg) {
  pinjwt_key *key = NULL;
  if (is_rsa(alg)) {
    return jwk_key((pinjwt_alg)alg, RFC7515_A2_JWK);
  }
  MUST(pinjwt_key_generate((pinjwt_alg)alg, &key, &err));
  return key;
}

static inline pinjwt_policy *new_policy(void) {
  pinjwt_policy *policy = NULL;
  MUST(pinjwt_policy_new(&policy, &err));
  return policy;
}

/** The policy of most tests: issuer and one audience. */
static inline pinjwt_policy *usual_policy(void) {
  pinjwt_policy *policy = new_policy();
  MUST(pinjwt_policy_set_issuer(policy, "https://issuer.example", PINJWT_STR, &err));
  MUST(pinjwt_policy_add_audience(policy, "orders", PINJWT_STR, &err));
  return policy;
}

/** Claims that hold under the usual policy at T0. */
#define USUAL_CLAIMS                                                                                         \
  "{\"iss\":\"https://issuer.example\",\"aud\":\"orders\",\"sub\":\"anna\",\"iat\":1700000000,"              \
  "\"exp\":1700000900,\"jti\":\"j-1\"}"

static inline pinjwt_signer *new_signer(const pinjwt_policy *policy, const pinjwt_key *key) {
  pinjwt_signer *signer = NULL;
  MUST(pinjwt_signer_new(policy, key, &signer, &err));
  return signer;
}

static inline pinjwt_verifier *new_verifier(const pinjwt_policy *policy, const pinjwt_key *key) {
  pinjwt_verifier *verifier = NULL;
  MUST(pinjwt_verifier_new(policy, key, &verifier, &err));
  return verifier;
}

/** A token of the signer; the caller frees it. */
static inline char *sign_at(const pinjwt_signer *signer, const char *claims, int64_t now) {
  size_t room = 0;
  char *token;
  pinjwt_status status = pinjwt_sign(signer, claims, PINJWT_STR, now, NULL, 0, &room, &err);
  if (status != PINJWT_E_BUFFER) {
    must_(status == PINJWT_OK ? PINJWT_E_BUFFER : status, &err, "pinjwt_sign for its size");
  }
  token = need_(malloc(room));
  MUST(pinjwt_sign(signer, claims, PINJWT_STR, now, token, room, NULL, &err));
  return token;
}

static inline char *base64url(const void *bytes, size_t length, char *out) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const unsigned char *from = bytes;
  unsigned long bits = 0;
  int held = 0;
  size_t i;
  for (i = 0; i < length; i++) {
    bits = (bits << 8 | from[i]) & 0xfffff;
    for (held += 8; held >= 6; held -= 6) {
      *out++ = alphabet[bits >> (held - 6) & 63];
    }
  }
  if (held > 0) {
    *out++ = alphabet[bits << (6 - held) & 63];
  }
  *out = '\0';
  return out;
}

/** Strict enough for what pinjwt wrote; the caller frees the text, which ends in a NUL. */
static inline char *unbase64url(const char *text, size_t length, size_t *out_length) {
  char *padded = need_(malloc(length + 5)), *out = need_(malloc(length + 5));
  size_t i, pad = (4 - length % 4) % 4;
  int decoded;
  for (i = 0; i < length; i++) {
    padded[i] = (char)(text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i]);
  }
  memset(padded + length, '=', pad);
  padded[length + pad] = '\0';
  decoded = EVP_DecodeBlock((unsigned char *)out, (const unsigned char *)padded, (int)(length + pad));
  free(padded);
  if (decoded < 0) {
    out[0] = '\0';
    decoded = 0;
    pad = 0;
  }
  out[(size_t)decoded - pad] = '\0';
  if (out_length != NULL) {
    *out_length = (size_t)decoded - pad;
  }
  return out;
}

/** Segment 0, 1 or 2 of a token, decoded; the caller frees it. */
static inline char *segment(const char *token, int index, size_t *out_length) {
  const char *from = token, *dot;
  for (; index > 0; index--) {
    from = strchr(from, '.');
    if (from == NULL) {
      return need_(calloc(1, 1));
    }
    from++;
  }
  dot = strchr(from, '.');
  return unbase64url(from, dot == NULL ? strlen(from) : (size_t)(dot - from), out_length);
}

/** An HS256 token of any bytes, honestly signed with secret_bytes; the caller frees it. */
static inline char *forge_bytes(const void *header, size_t header_length, const void *payload,
                                size_t payload_length) {
  char *token = need_(malloc((header_length + payload_length) * 4 / 3 + 64)), *end;
  unsigned char tag[EVP_MAX_MD_SIZE];
  unsigned tag_length = 0;
  end = base64url(header, header_length, token);
  *end++ = '.';
  end = base64url(payload, payload_length, end);
  HMAC(EVP_sha256(), secret_bytes, 32, (const unsigned char *)token, (size_t)(end - token), tag, &tag_length);
  *end++ = '.';
  base64url(tag, tag_length, end);
  return token;
}

static inline char *forge(const char *header, const char *payload) {
  return forge_bytes(header, strlen(header), payload, strlen(payload));
}

#define HS256_HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"

#endif
