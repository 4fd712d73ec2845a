/* Keys with ids, key sets and their documents, and tokens of any header under any key. */
#ifndef TEST_SETS_H
#define TEST_SETS_H

#include "tokens.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include <stdarg.h>

/** A text by a format; the caller frees it. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
static inline char *
format(const char *form, ...) {
  va_list arguments;
  int length;
  char *text;
  va_start(arguments, form);
  length = vsnprintf(NULL, 0, form, arguments);
  va_end(arguments);
  text = need_(malloc((size_t)length + 1));
  va_start(arguments, form);
  vsnprintf(text, (size_t)length + 1, form, arguments);
  va_end(arguments);
  return text;
}

/** How often to repeat: `usual`, or fewer where every instruction is slow. */
static inline int rounds_of(int usual, int slow) {
  return getenv("TEST_ROUNDS") == NULL ? usual : slow;
}

/** The same bytes for every run: block `number` of an endless random text. */
static inline void random_block(unsigned long number, unsigned char out[32]) {
  char seed[32];
  int length = sprintf(seed, "pinjwt %lu", number);
  SHA256((const unsigned char *)seed, (size_t)length, out);
}

/* ---- Keys ------------------------------------------------------------------------------ */

/** The key with another id; `key` is freed. */
static inline pinjwt_key *renamed(pinjwt_key *key, const char *kid) {
  pinjwt_key *named = NULL;
  MUST(pinjwt_key_with_id(key, kid, PINJWT_STR, &named, &err));
  pinjwt_key_free(key);
  return named;
}

/** A key for any pin with that id. */
static inline pinjwt_key *named_key(int alg, const char *kid) {
  return renamed(any_key(alg), kid);
}

static inline char *jwk_text(const pinjwt_key *key, pinjwt_part part) {
  char buf[8192];
  MUST(pinjwt_key_to_jwk(key, part, buf, sizeof buf, NULL, &err));
  return format("%s", buf);
}

/** The private half for libcrypto. */
static inline EVP_PKEY *evp_key(const pinjwt_key *key) {
  char pem[8192];
  BIO *bio;
  EVP_PKEY *out;
  MUST(pinjwt_key_to_pem(key, PINJWT_PART_PRIVATE, pem, sizeof pem, NULL, &err));
  bio = need_(BIO_new_mem_buf(pem, -1));
  out = need_(PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL));
  BIO_free(bio);
  return out;
}

/* ---- Signatures of libcrypto ----------------------------------------------------------- */

/** What libcrypto signs: for ECDSA in DER. Without a hash: EdDSA. */
static inline size_t evp_sign(EVP_PKEY *key, const EVP_MD *hash, const void *input, size_t length,
                              unsigned char *out, size_t cap) {
  EVP_MD_CTX *context = need_(EVP_MD_CTX_new());
  size_t written = cap;
  int good = EVP_DigestSignInit(context, NULL, hash, NULL, key) == 1 &&
             EVP_DigestSign(context, out, &written, input, length) == 1;
  EVP_MD_CTX_free(context);
  return good ? written : 0;
}

/** The same with ECDSA as r and s side by side, `width` bytes each (RFC 7518 section 3.4). */
static inline size_t jose_sign(EVP_PKEY *key, const EVP_MD *hash, int width, const void *input, size_t length,
                               unsigned char *out, size_t cap) {
  unsigned char der[256];
  const unsigned char *from = der;
  ECDSA_SIG *pair;
  size_t written;
  if (width == 0) {
    return evp_sign(key, hash, input, length, out, cap);
  }
  written = evp_sign(key, hash, input, length, der, sizeof der);
  pair = d2i_ECDSA_SIG(NULL, &from, (long)written);
  if (pair == NULL || cap < (size_t)width * 2) {
    ECDSA_SIG_free(pair);
    return 0;
  }
  BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, width);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + width, width);
  ECDSA_SIG_free(pair);
  return (size_t)width * 2;
}

/** A token of any header and payload, honestly signed; the caller frees it. */
static inline char *forge_with(EVP_PKEY *key, const EVP_MD *hash, int width, const char *header,
                               const char *payload) {
  char *token = need_(malloc((strlen(header) + strlen(payload)) * 4 / 3 + 2048)), *end;
  unsigned char signature[1024];
  size_t length;
  end = base64url(header, strlen(header), token);
  *end++ = '.';
  end = base64url(payload, strlen(payload), end);
  length = jose_sign(key, hash, width, token, (size_t)(end - token), signature, sizeof signature);
  if (length == 0) {
    printf("libcrypto cannot sign\n");
    exit(2);
  }
  *end++ = '.';
  base64url(signature, length, end);
  return token;
}

/* ---- Tokens ---------------------------------------------------------------------------- */

/** A token of the key under the policy; the caller frees it. */
static inline char *token_of(const pinjwt_policy *policy, const pinjwt_key *key, const char *claims,
                             int64_t now) {
  pinjwt_signer *signer = new_signer(policy, key);
  char *token = sign_at(signer, claims, now);
  pinjwt_signer_free(signer);
  return token;
}

/** The kid in a token that pinjwt signed; the caller frees it. */
static inline char *kid_of(const char *token) {
  char *header = segment(token, 0, NULL), *from = strstr(header, "\"kid\":\""), *end, *kid;
  from = from == NULL ? header + strlen(header) : from + strlen("\"kid\":\"");
  end = strchr(from, '"');
  kid = format("%.*s", end == NULL ? 0 : (int)(end - from), from);
  free(header);
  return kid;
}

/** Verifies and frees the claims. On failure the output must be left alone. */
static inline pinjwt_status verify_once(const pinjwt_verifier *verifier, const char *token, int64_t now,
                                        pinjwt_error *error) {
  pinjwt_claims *claims = UNTOUCHED;
  pinjwt_status status = pinjwt_verify(verifier, token, PINJWT_STR, now, &claims, error);
  if (status == PINJWT_OK) {
    pinjwt_claims_free(claims);
  } else {
    CHECK(claims == UNTOUCHED);
  }
  return status;
}

#define ACCEPTED(verifier, token, now) OK(verify_once((verifier), (token), (now), ERR))
#define TURNED_AWAY(status, verifier, token, now)                                                            \
  REFUSED((status), verify_once((verifier), (token), (now), ERR))

/* ---- Key sets -------------------------------------------------------------------------- */

static inline pinjwt_keyset *new_set(void) {
  pinjwt_keyset *set = NULL;
  MUST(pinjwt_keyset_new(&set, &err));
  return set;
}

static inline pinjwt_verifier *set_verifier(const pinjwt_policy *policy, const pinjwt_keyset *set) {
  pinjwt_verifier *verifier = NULL;
  MUST(pinjwt_verifier_new_with_keyset(policy, set, &verifier, &err));
  return verifier;
}

/** The JWK Set of one key or of two (`second` may be NULL); the caller frees it. */
static inline char *jwks_of(const pinjwt_key *first, const pinjwt_key *second) {
  char *one = jwk_text(first, PINJWT_PART_PUBLIC);
  char *two = second == NULL ? format("%s", "") : jwk_text(second, PINJWT_PART_PUBLIC);
  char *document = format("{\"keys\":[%s%s%s]}", one, second == NULL ? "" : ",", two);
  free(one);
  free(two);
  return document;
}

#endif
