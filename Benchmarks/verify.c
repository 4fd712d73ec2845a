/* Nanoseconds per pinjwt_verify beside the raw operation of libcrypto or libsodium over the same bytes, in
 * one run.
 *
 * Rounds of the two alternate, and the median of the rounds is printed, so that a machine that changes its
 * speed changes both. A verify decodes, judges and hands out claims, and frees them; the raw operation only
 * checks the signature, with a context that is reused.
 */
#define _POSIX_C_SOURCE 200809L
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <pinjwt.h>
#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { rounds = 15 };

typedef struct raw {
  const char *input;
  size_t input_len;
  unsigned char signature[512];
  size_t signature_len;
  unsigned char digest[32];
  EVP_PKEY_CTX *context;
  SHA256_CTX inner, outer;
  unsigned char public_key[32];
} raw;

static double nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void stop(const char *why) {
  fprintf(stderr, "%s\n", why);
  exit(1);
}

static int by_size(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static double median(double *values) {
  qsort(values, rounds, sizeof *values, by_size);
  return values[rounds / 2];
}

/* HMAC from the saved states, as a key keeps them. */
static int hmac(raw *with) {
  SHA256_CTX state = with->inner;
  unsigned char tag[32];
  SHA256_Update(&state, with->input, with->input_len);
  SHA256_Final(tag, &state);
  state = with->outer;
  SHA256_Update(&state, tag, sizeof tag);
  SHA256_Final(tag, &state);
  return sodium_memcmp(tag, with->signature, sizeof tag) == 0;
}

/* RSA and ECDSA, the hashing of the input included. */
static int pkey(raw *with) {
  SHA256((const unsigned char *)with->input, with->input_len, with->digest);
  return EVP_PKEY_verify(with->context, with->signature, with->signature_len, with->digest, 32) == 1;
}

static int ed25519(raw *with) {
  return crypto_sign_ed25519_verify_detached(with->signature, (const unsigned char *)with->input,
                                             with->input_len, with->public_key) == 0;
}

static size_t decode(const char *text, unsigned char *bytes) {
  size_t length = 0;
  if (sodium_base642bin(bytes, 512, text, strlen(text), NULL, &length, NULL,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
    stop("base64url");
  return length;
}

static void prepare_hmac(raw *with, const unsigned char *secret) {
  unsigned char pad[64];
  int i;
  for (i = 0; i < 64; i++)
    pad[i] = (unsigned char)((i < 32 ? secret[i] : 0) ^ 0x36);
  SHA256_Init(&with->inner);
  SHA256_Update(&with->inner, pad, 64);
  for (i = 0; i < 64; i++)
    pad[i] ^= 0x36 ^ 0x5c;
  SHA256_Init(&with->outer);
  SHA256_Update(&with->outer, pad, 64);
}

static void prepare_pkey(raw *with, EVP_PKEY *key) {
  with->context = EVP_PKEY_CTX_new(key, NULL);
  if (EVP_PKEY_verify_init(with->context) != 1 ||
      EVP_PKEY_CTX_set_signature_md(with->context, EVP_sha256()) != 1)
    stop("EVP_PKEY_verify_init");
}

static EVP_PKEY *pkey_of(const pinjwt_key *key) {
  char pem[8192];
  size_t length;
  BIO *bio;
  EVP_PKEY *read;
  if (pinjwt_key_to_pem(key, PINJWT_PART_PUBLIC, pem, sizeof pem, &length, NULL))
    stop("pinjwt_key_to_pem");
  bio = BIO_new_mem_buf(pem, (int)length);
  read = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
  BIO_free(bio);
  return read;
}

static void to_der(raw *with) {
  ECDSA_SIG *pair = ECDSA_SIG_new();
  unsigned char *to = with->signature;
  ECDSA_SIG_set0(pair, BN_bin2bn(with->signature, 32, NULL), BN_bin2bn(with->signature + 32, 32, NULL));
  with->signature_len = (size_t)i2d_ECDSA_SIG(pair, &to);
  ECDSA_SIG_free(pair);
}

static pinjwt_key *make_key(pinjwt_alg alg, const unsigned char *secret) {
  pinjwt_key *key = NULL;
  pinjwt_error err;
  if (alg == PINJWT_HS256) {
    if (pinjwt_key_from_secret(alg, secret, 32, &key, &err))
      stop(err.message);
  } else if (alg == PINJWT_RS256) {
    /* Of 2048 bits, as most issuers have them. */
    EVP_PKEY *rsa = EVP_RSA_gen(2048);
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem;
    long length;
    PEM_write_bio_PKCS8PrivateKey(bio, rsa, NULL, NULL, 0, NULL, NULL);
    length = BIO_get_mem_data(bio, &pem);
    if (pinjwt_key_from_pem(alg, pem, (size_t)length, NULL, 0, &key, &err))
      stop(err.message);
    BIO_free(bio);
    EVP_PKEY_free(rsa);
  } else if (pinjwt_key_generate(alg, &key, &err)) {
    stop(err.message);
  }
  return key;
}

static void measure(pinjwt_alg alg, int (*operation)(raw *), int count) {
  unsigned char secret[32];
  pinjwt_key *key;
  pinjwt_policy *policy = NULL;
  pinjwt_signer *signer = NULL;
  pinjwt_verifier *verifier = NULL;
  pinjwt_error err;
  char token[2048];
  size_t length;
  double ours[rounds], theirs[rounds], ours_median, theirs_median;
  raw with = {0};
  EVP_PKEY *public_key = NULL;
  int round, i;
  randombytes_buf(secret, sizeof secret);
  key = make_key(alg, secret);
  if (pinjwt_policy_new(&policy, &err) ||
      pinjwt_policy_set_issuer(policy, "https://login.example", PINJWT_STR, &err) ||
      pinjwt_policy_add_audience(policy, "orders", PINJWT_STR, &err) ||
      pinjwt_signer_new(policy, key, &signer, &err) || pinjwt_verifier_new(policy, key, &verifier, &err) ||
      pinjwt_sign(signer, "{\"sub\":\"alice\",\"scope\":\"orders:read orders:write\"}", PINJWT_STR,
                  PINJWT_NOW, token, sizeof token, &length, &err))
    stop(err.message);
  with.input = token;
  with.input_len = (size_t)(strrchr(token, '.') - token);
  with.signature_len = decode(strrchr(token, '.') + 1, with.signature);
  if (alg == PINJWT_HS256) {
    prepare_hmac(&with, secret);
  } else {
    public_key = pkey_of(key);
    if (alg == PINJWT_EDDSA) {
      size_t size = sizeof with.public_key;
      EVP_PKEY_get_raw_public_key(public_key, with.public_key, &size);
    } else {
      prepare_pkey(&with, public_key);
      if (alg == PINJWT_ES256)
        to_der(&with);
    }
  }
  for (round = 0; round < rounds; round++) {
    double start = nanoseconds(), middle;
    for (i = 0; i < count; i++) {
      pinjwt_claims *claims = NULL;
      if (pinjwt_verify(verifier, token, length, PINJWT_NOW, &claims, &err))
        stop(err.message);
      pinjwt_claims_free(claims);
    }
    middle = nanoseconds();
    for (i = 0; i < count; i++)
      if (!operation(&with))
        stop("the raw operation refuses the signature");
    theirs[round] = (nanoseconds() - middle) / count;
    ours[round] = (middle - start) / count;
  }
  ours_median = median(ours);
  theirs_median = median(theirs);
  printf("%-6s %5zu %12.0f %12.0f %8.2f\n", pinjwt_alg_name(alg), length, ours_median, theirs_median,
         ours_median / theirs_median);
  EVP_PKEY_CTX_free(with.context);
  EVP_PKEY_free(public_key);
  pinjwt_verifier_free(verifier);
  pinjwt_signer_free(signer);
  pinjwt_policy_free(policy);
  pinjwt_key_free(key);
}

int main(void) {
  if (sodium_init() < 0)
    stop("sodium_init");
  printf("alg    bytes  verify (ns)     raw (ns)    ratio\n");
  measure(PINJWT_HS256, hmac, 20000);
  measure(PINJWT_RS256, pkey, 2000);
  measure(PINJWT_ES256, pkey, 1000);
  measure(PINJWT_EDDSA, ed25519, 1000);
  return 0;
}
