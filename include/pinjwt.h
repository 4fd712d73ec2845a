/*
 * pinjwt: JSON Web Tokens (RFC 7519) whose algorithm is pinned to the key. This header is the
 * reference manual: the rules below hold for every function and are not repeated at each one.
 *
 * In short: make a key (pinjwt_key_from_..., pinjwt_key_generate) and a policy (pinjwt_policy_new
 * and its setters); from both make a signer or a verifier, once; then call pinjwt_sign or
 * pinjwt_verify as often as you like. Nothing has to be initialised or shut down.
 *
 * Calls. Arguments stand in this order: inputs, outputs, `pinjwt_error *err`. `err` may be NULL;
 * so may what its description says may be; every other pointer is needed. Outputs are written on
 * PINJWT_OK only (a failing verify never yields claims), with two exceptions: `err` is always
 * filled, and PINJWT_E_BUFFER writes *len. PINJWT_E_ARGUMENT answers a needed pointer that is NULL,
 * a length against the rules below, an enum value that is not listed and a number out of its range.
 * Outputs must not overlap inputs or each other. Messages, events and logs never hold key bytes, a
 * whole token or a refresh token. Inputs are capped. Exhausted memory ends the process, as
 * everywhere in Swift, except in guarded memory and in libcrypto: that is PINJWT_E_MEMORY.
 *
 * Text lengths. Text and bytes go in as (pointer, length), the length in bytes. As the length of a
 * `const char *`, PINJWT_STR means that the text ends at its NUL; as the length of a
 * `const void *` it is PINJWT_E_ARGUMENT. (NULL, 0) is the empty text; (NULL, anything else),
 * PINJWT_STR included, is PINJWT_E_ARGUMENT, as is any other length over PTRDIFF_MAX. Within a
 * given length a NUL is a byte like any other. "A policy text" below means 1 to 1024 bytes of
 * UTF-8.
 *
 * Buffers. An output (buf, cap, len) is a buffer of the caller's with room for `cap` bytes, where
 * `buf` may be NULL if `cap` is 0 and `len` may always be NULL. The output ends in a NUL, which
 * needs room too. On PINJWT_OK *len is the length without that NUL. On PINJWT_E_BUFFER the buffer
 * is untouched and *len is a `cap` that is enough, NUL included: call again with that much.
 * PINJWT_E_BUFFER comes before anything is signed and before any hook is called, so asking for the
 * size with cap 0 has no side effect. pinjwt_verify_json and pinjwt_jws_verify are simpler still: a
 * `cap` of the token's length is always enough, and a smaller one is PINJWT_E_BUFFER before any
 * work, so that no caller pays for a signature or asks its hooks twice.
 *
 * Ownership. What goes in stays the caller's and is only read during the call: keys, texts and
 * policies are copied or referenced as needed. A handle that comes out through `out` is the
 * caller's: free it once, with the _free function of its type. That drops the caller's reference;
 * what was made from the handle (a signer from a key, say) keeps its own and stays usable.
 * _free(NULL) does nothing. A pinjwt_bytes is lent, never to be freed, for as long as the function
 * that fills it says.
 *
 * Threads. A `const` handle may be used by any number of threads at once, and so may a key set, a
 * key ring and a JWKS source, whose changes are seen whole or not at all. Any other handle that is
 * passed without `const` (a policy, anything that is being freed) belongs to one thread during that
 * call: no other thread may be using it.
 *
 * Callbacks. A callback runs on the thread that called pinjwt, while no lock is held; so one that
 * serves a shared handle may run on several threads at once. It may call pinjwt. It must not free a
 * handle that is in use, and must return: no C++ exception and no longjmp may pass through it. The
 * value that means success is never 0, because 0 is what foreign runtimes return for a callback
 * that threw. `release` may be NULL; it is called once with the context, after the last user of the
 * context is gone, on the thread that freed that user. Where registering a callback fails, the
 * context stays the caller's and `release` is not called.
 *
 * Fork. A child process may go on using every handle, whatever other threads of its parent were
 * doing.
 *
 * JSON, wherever it comes in, is read strictly: RFC 8259 in UTF-8 without a byte order mark, no
 * member twice in one object at any level, at most 64 levels, numbers of at most 128 characters.
 * base64url is read strictly too: no padding, no blanks, no stray bits (RFC 7515 section 2).
 *
 * The ABI: functions are only ever added and numbers never change.
 */
#ifndef PINJWT_H
#define PINJWT_H

#include <stddef.h>
#include <stdint.h>

/** The version of this header; pinjwt_version tells that of the loaded library. */
#define PINJWT_VERSION_MAJOR 0
#define PINJWT_VERSION_MINOR 1
#define PINJWT_VERSION_PATCH 0
#define PINJWT_VERSION 0x000100 /* 0xMMmmpp */

/** PINJWT_CHECK: the compiler warns where the result is not looked at. */
#if defined(__GNUC__)
#define PINJWT_API __attribute__((visibility("default")))
#define PINJWT_CHECK __attribute__((warn_unused_result))
#else
#define PINJWT_API
#define PINJWT_CHECK
#endif

/** As the length of a `const char *`: the text ends at its NUL. */
#define PINJWT_STR ((size_t)-1)

/**
 * As a `now`: the time of the system's clock. All times are whole seconds since 1970-01-01 00:00
 * UTC (RFC 7519 section 2, NumericDate). One that is negative, or 253402300800 (the year 10000) or
 * more, is PINJWT_E_ARGUMENT: milliseconds given by mistake do not pass.
 */
#define PINJWT_NOW ((int64_t)0)

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Algorithms ------------------------------------------------------------------------ */

/**
 * The pins: JWS algorithms. The caller chooses one for each key and it is never read from a token
 * (RFC 8725 section 3.1). A pin matches a token whose header has exactly its name as "alg". There
 * is no value for "none". Names ending in _WIDTH_, here and below, only fix the width of the enum.
 */
typedef enum pinjwt_alg {
  /** HMAC with SHA-2, one shared secret (RFC 7518 section 3.2). */
  PINJWT_HS256 = 1,
  PINJWT_HS384 = 2,
  PINJWT_HS512 = 3,
  /** RSASSA-PKCS1-v1_5 with SHA-2 (RFC 7518 section 3.3). */
  PINJWT_RS256 = 4,
  PINJWT_RS384 = 5,
  PINJWT_RS512 = 6,
  /** RSASSA-PSS with SHA-2, MGF1 with the same hash, salt as long as it (RFC 7518 section 3.5). */
  PINJWT_PS256 = 7,
  PINJWT_PS384 = 8,
  PINJWT_PS512 = 9,
  /** ECDSA on P-256 with SHA-256, P-384 with SHA-384, P-521 with SHA-512 (RFC 7518 section 3.4). */
  PINJWT_ES256 = 10,
  PINJWT_ES384 = 11,
  PINJWT_ES512 = 12,
  /** ECDSA on secp256k1 with SHA-256 (RFC 8812 section 3.2). */
  PINJWT_ES256K = 13,
  /** "EdDSA" (RFC 8037 section 3.1): Ed25519 or Ed448, whichever the key is. */
  PINJWT_EDDSA = 14,
  /** "Ed25519" and "Ed448": the fully specified names (RFC 9864 section 2.2). */
  PINJWT_ED25519 = 15,
  PINJWT_ED448 = 16,
  PINJWT_ALG_WIDTH_ = 0x7fffffff
} pinjwt_alg;

/* ---- Status ---------------------------------------------------------------------------- */

/** The result of a call. The first check that fails decides; the numbers never change. */
typedef enum pinjwt_status {
  /** Done; the outputs are written. */
  PINJWT_OK = 0,

  /* The call. */

  /** A pointer, length, number or text breaks the rules: a mistake in the calling program. */
  PINJWT_E_ARGUMENT = 1,
  /** No guarded memory, or none for libcrypto. */
  PINJWT_E_MEMORY = 2,
  /** The caller's buffer is too small; *len is a size that is enough. */
  PINJWT_E_BUFFER = 3,
  /** libcrypto, libsodium or the random generator failed; that says nothing about the input. */
  PINJWT_E_CRYPTO = 4,
  /** The libcrypto of this system does not offer the curve, algorithm or key encryption. */
  PINJWT_E_UNSUPPORTED = 5,
  /** A file or variable cannot be read or written, or a file is open to others than its owner. */
  PINJWT_E_IO = 6,

  /* Keys. */

  /** Cannot be parsed as a key of the form that is asked for, or is not a valid key. */
  PINJWT_E_KEY_FORMAT = 10,
  /** A valid key that is too short to be safe, or a secret that can be guessed. */
  PINJWT_E_KEY_WEAK = 11,
  /** This kind of key, or its curve, does not serve this algorithm or this operation. */
  PINJWT_E_KEY_MISMATCH = 12,
  /** The private half is needed and there is none; or `use` or `key_ops` forbid the operation. */
  PINJWT_E_KEY_USE = 13,
  /** No key of the set has the token's kid; or there is no key to remove by that id. */
  PINJWT_E_KEY_UNKNOWN = 14,
  /** Two keys of one set would have the same id. */
  PINJWT_E_KEY_DUPLICATE = 15,
  /** The remote key set could not be fetched, and there is none that is young enough. */
  PINJWT_E_KEY_SOURCE = 16,
  /** The key is encrypted and the passphrase is missing or wrong; nothing ever prompts. */
  PINJWT_E_KEY_PASSPHRASE = 17,

  /* The token's form. */

  /** Not three segments of strict base64url, or the signature is empty. */
  PINJWT_E_TOKEN_FORMAT = 20,
  /** Longer than the limit. */
  PINJWT_E_TOKEN_SIZE = 21,
  /** The header is not a JSON object, has no `alg`, or `alg`, `typ` or `kid` is not a string. */
  PINJWT_E_HEADER = 22,
  /** The header's `alg` is not the pinned one. */
  PINJWT_E_ALGORITHM = 23,
  /** The header has `crit` in any form, or a `b64` that is not true: no extension is supported. */
  PINJWT_E_CRITICAL = 24,
  /** The header's `typ` is not the expected one. */
  PINJWT_E_TYPE = 25,

  /* The signature. */

  /** The signature does not hold: forged, altered, or made with another key. */
  PINJWT_E_SIGNATURE = 30,

  /* The claims; `what` names the claim. */

  /** The claims are not a JSON object, read strictly. */
  PINJWT_E_CLAIMS_FORMAT = 40,
  /** A claim that is needed is absent. */
  PINJWT_E_CLAIM_MISSING = 41,
  /** A claim has a type or value that it cannot have. */
  PINJWT_E_CLAIM_INVALID = 42,
  /** `exp` has been reached. */
  PINJWT_E_EXPIRED = 43,
  /** `nbf` or `iat` lies in the future; or a key ring's next key may not sign yet. */
  PINJWT_E_NOT_YET_VALID = 44,
  /** The lifetime is over the policy's maximum (pinjwt_policy_set_max_lifetime). */
  PINJWT_E_LIFETIME = 45,
  /** `iss` is not the policy's issuer. */
  PINJWT_E_ISSUER = 46,
  /** `aud` has none of the policy's audiences, or is there though the policy has none. */
  PINJWT_E_AUDIENCE = 47,
  /** `sub` is not the policy's subject. */
  PINJWT_E_SUBJECT = 48,
  /** Signing: the claims carry a secret (pinjwt_policy_allow_sensitive). */
  PINJWT_E_SENSITIVE = 49,

  /* Revocation. */

  /** The token, its session or its user's version has been revoked; or the hook says so. */
  PINJWT_E_REVOKED = 50,
  /** Not a refresh token of this issuer, or there is no such session (pinjwt_sessions.h). */
  PINJWT_E_REFRESH_INVALID = 51,
  /** The session was idle for too long, or has reached its end. */
  PINJWT_E_REFRESH_EXPIRED = 52,
  /** The refresh token was used before: its session has been revoked. */
  PINJWT_E_REFRESH_REUSED = 53,
  /** The store or the revocation hook gave no valid answer: the token is refused. */
  PINJWT_E_STORE = 60,
  /** The store is not usable as it is: its schema, its settings, or it was rolled back. */
  PINJWT_E_STORE_STATE = 61,

  PINJWT_STATUS_WIDTH_ = 0x7fffffff
} pinjwt_status;

/** The name of a status, such as "PINJWT_E_EXPIRED"; "?" if unknown. Static text, never freed. */
PINJWT_API const char *pinjwt_status_name(pinjwt_status status);

/** The name of a pin as in a header's "alg", such as "ES256"; "?" if unknown. Static text. */
PINJWT_API const char *pinjwt_alg_name(pinjwt_alg alg);

/**
 * What went wrong, for people and logs. The caller provides it and need not initialise it. A call
 * always fills it: `status` is what the call returns, and both texts are empty on PINJWT_OK. Texts
 * are printable ASCII ending in NUL, cut where they are too long; what came from a token or a
 * caller is escaped (backslash, x, two hexadecimal digits). Decide by `status`: the wording of
 * `message` may change. This struct never grows.
 */
typedef struct pinjwt_error {
  pinjwt_status status;
  /** The claim, header member, option or part of a key concerned, or "". */
  char what[60];
  /** One English sentence: what is wrong and what to do. */
  char message[192];
} pinjwt_error;

/** Bytes that pinjwt lends; `data` is never NULL after PINJWT_OK. This struct never grows. */
typedef struct pinjwt_bytes {
  const uint8_t *data;
  size_t len;
} pinjwt_bytes;

/** Called once when pinjwt no longer needs the context of a callback. */
typedef void (*pinjwt_release_fn)(void *context);

/** The version of the loaded library, to compare with PINJWT_VERSION. */
PINJWT_API uint32_t pinjwt_version(void);

/** The version of the loaded library, such as "0.1.0". Static text, never freed. */
PINJWT_API const char *pinjwt_version_string(void);

/**
 * Overwrites `data_len` bytes at `data` with zeros in a way that no compiler removes: for secrets
 * in the caller's own memory. Does nothing if `data` is NULL or `data_len` is over PTRDIFF_MAX.
 */
PINJWT_API void pinjwt_wipe(void *data, size_t data_len);

/* ---- Keys ------------------------------------------------------------------------------ */

/**
 * A key: immutable and bound to one algorithm. Everything about it is checked once, when it is
 * made: its kind and curve fit the pin, RSA has 2048 to 8192 bits and an odd exponent of at least
 * 3 and at most 64 bits, points are on the curve and of full order, the private half belongs to the
 * public one. Secret bytes lie in guarded memory and are wiped with the last user of the key.
 */
typedef struct pinjwt_key pinjwt_key;

/**
 * Makes an HMAC key from raw secret bytes (RFC 7518 section 3.2). Every byte counts, a final
 * newline too; nothing is decoded.
 *
 *   alg         PINJWT_HS256, PINJWT_HS384 or PINJWT_HS512.
 *   secret      Copied; wiping the caller's bytes afterwards is up to the caller (pinjwt_wipe).
 *   secret_len  In bytes: at least 32 (HS256), 48 (HS384) or 64 (HS512), at most 255. RSA keys are
 *               longer than that, so they cannot pass for secrets. If your secret is longer too,
 *               hash it with the pin's hash first: HMAC does the same itself, so the signatures do
 *               not change.
 *   out         The new key. Its id is empty.
 *
 * PINJWT_E_ARGUMENT      A pointer, length or `alg` breaks the general rules.
 * PINJWT_E_MEMORY        No guarded memory, or none for libcrypto.
 * PINJWT_E_CRYPTO        libcrypto failed.
 * PINJWT_E_KEY_FORMAT    The secret is over 255 bytes, or is really another thing that is no
 *                        secret: PEM, DER (raw or in base64), an OpenSSH key, an X.509 certificate,
 *                        a JWK or a JWK Set (RFC 8725 section 2.1, algorithm confusion).
 * PINJWT_E_KEY_WEAK      The secret is shorter than the hash, or can be guessed: it repeats itself
 *                        or counts, has little entropy for its length, is made of common words and
 *                        known defaults, or is an API key of another service (AKIA, ghp_, sk_live_).
 * PINJWT_E_KEY_MISMATCH  `alg` is not an HMAC algorithm.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_key_from_secret(pinjwt_alg alg, const void *secret,
                                                             size_t secret_len, pinjwt_key **out,
                                                             pinjwt_error *err);

/**
 * Reads one asymmetric key from PEM text (RFC 7468). The blocks that it reads: PRIVATE KEY and
 * ENCRYPTED PRIVATE KEY (PKCS#8, RFC 5958), RSA PRIVATE KEY and RSA PUBLIC KEY (PKCS#1, RFC 8017
 * appendix A.1), EC PRIVATE KEY (SEC 1, RFC 5915), both traditional private forms also encrypted
 * (Proc-Type), PUBLIC KEY (SubjectPublicKeyInfo, RFC 5280 section 4.1). Text before the first block
 * and a leading EC PARAMETERS block are skipped.
 *
 *   alg         Any but the HMAC ones.
 *   pem         At most 65536 bytes.
 *   passphrase  For an encrypted key; (NULL, 0), or an empty text, is none. It is ignored for a key
 *               that is not encrypted. At most 1024 bytes. Nothing ever prompts.
 *   out         The new key, private if the text is. Its id is the thumbprint.
 *
 * PINJWT_E_ARGUMENT        A pointer, length or `alg` breaks the general rules; the passphrase is
 *                          over 1024 bytes.
 * PINJWT_E_MEMORY          No guarded memory, or none for libcrypto.
 * PINJWT_E_CRYPTO          libcrypto failed.
 * PINJWT_E_UNSUPPORTED     libcrypto does not offer the curve, or the cipher of the encrypted key.
 * PINJWT_E_KEY_FORMAT      No key, more than one key, another kind of block (CERTIFICATE, OPENSSH
 *                          PRIVATE KEY: the message says how to convert), too long, or not a valid
 *                          key.
 * PINJWT_E_KEY_WEAK        RSA of fewer than 2048 bits.
 * PINJWT_E_KEY_MISMATCH    The kind or curve of the key does not fit `alg`; or `alg` is HMAC.
 * PINJWT_E_KEY_PASSPHRASE  The key is encrypted and the passphrase is missing or wrong.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_key_from_pem(pinjwt_alg alg, const char *pem, size_t pem_len,
                                                          const char *passphrase, size_t passphrase_len,
                                                          pinjwt_key **out, pinjwt_error *err);

/**
 * Reads one asymmetric key from DER: PKCS#8, PKCS#1 private or public, SEC 1 or
 * SubjectPublicKeyInfo, as in pinjwt_key_from_pem but not encrypted.
 *
 *   alg  Any but the HMAC ones.
 *   der  At most 65536 bytes, with nothing after the key.
 *   out  The new key, private if the bytes are. Its id is the thumbprint.
 *
 * PINJWT_E_ARGUMENT        A pointer, length or `alg` breaks the general rules.
 * PINJWT_E_MEMORY          No guarded memory, or none for libcrypto.
 * PINJWT_E_CRYPTO          libcrypto failed.
 * PINJWT_E_UNSUPPORTED     libcrypto does not offer the curve.
 * PINJWT_E_KEY_FORMAT      None of these forms, too long, or not a valid key.
 * PINJWT_E_KEY_WEAK        RSA of fewer than 2048 bits.
 * PINJWT_E_KEY_MISMATCH    The kind or curve of the key does not fit `alg`; or `alg` is HMAC.
 * PINJWT_E_KEY_PASSPHRASE  Encrypted PKCS#8: convert it to PEM and use pinjwt_key_from_pem.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_key_from_der(pinjwt_alg alg, const void *der, size_t der_len,
                                                          pinjwt_key **out, pinjwt_error *err);

/**
 * Reads one key from a JWK (RFC 7517 section 4; RFC 7518 section 6 for RSA, EC and oct; RFC 8037
 * section 2 for OKP; RFC 8812 section 3.1 for secp256k1). Unknown members are ignored. EC and OKP
 * members have exactly the curve's length. A private RSA key has p, q, dp, dq and qi. A secret
 * (oct) has at least 32, 48 or 64 bytes as in pinjwt_key_from_secret, and at most 1024.
 *
 * If `use` is there, it must be "sig" (RFC 7517 section 4.2). If `key_ops` is there, it must hold
 * "sign" or "verify" (section 4.3); without "sign" the key cannot sign; a secret or a public key
 * without "verify" cannot verify. (A private key with only "sign" can: its public half does.)
 *
 *   alg   Must be the JWK's `alg` where it has one.
 *   json  At most 65536 bytes. One JWK, not a set.
 *   out   The new key. Its id is the JWK's kid (1 to 1024 bytes); without one, the thumbprint of an
 *         asymmetric key, and nothing for a secret.
 *
 * PINJWT_E_ARGUMENT      A pointer, length or `alg` breaks the general rules.
 * PINJWT_E_MEMORY        No guarded memory, or none for libcrypto.
 * PINJWT_E_CRYPTO        libcrypto failed.
 * PINJWT_E_UNSUPPORTED   libcrypto does not offer the curve.
 * PINJWT_E_KEY_FORMAT    Not a JSON object; a member is missing or of the wrong type or length; kty
 *                        or crv is unknown; too long; or not a valid key.
 * PINJWT_E_KEY_WEAK      RSA of fewer than 2048 bits, or a secret that is shorter than the hash or
 *                        can be guessed, as in pinjwt_key_from_secret.
 * PINJWT_E_KEY_MISMATCH  The JWK's `alg` is not the name of `alg`, or kty or crv does not fit it.
 * PINJWT_E_KEY_USE       `use` or `key_ops` allows neither signing nor verifying.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_key_from_jwk(pinjwt_alg alg, const char *json, size_t json_len,
                                                          pinjwt_key **out, pinjwt_error *err);

/**
 * Reads one key from a file, whose text says what it is:
 *
 *   PEM     as in pinjwt_key_from_pem, not encrypted (for that, read the file and give it there).
 *   JWK     a JSON object, as in pinjwt_key_from_jwk; the only form that keeps a kid.
 *   DER     as in pinjwt_key_from_der.
 *   secret  for an HMAC `alg`, anything else: the text "base64url:" and the secret in base64url
 *           without padding; or the secret's bytes as they are. A newline (LF or CR LF) at the end
 *           of a secret that is printable ASCII is not part of it: editors and echo add it. In
 *           other bytes it counts.
 *
 * A file with a secret or a private key must be the owner's alone: mode 0600 or less, of the user
 * that runs the process or of root; root's may be readable by the group too (0640). A public key
 * must not be writable by others. The check is made on the open file, and links are followed.
 *
 *   path  Ends in a NUL; 1 to 4095 bytes.
 *   out   The new key.
 *
 * PINJWT_E_IO  There is no such file, it cannot be read, is not a regular file, has over 65536
 *              bytes, or is open to others.
 * Otherwise    as pinjwt_key_from_pem, _from_jwk, _from_der and _from_secret.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_key_from_file(pinjwt_alg alg, const char *path, pinjwt_key **out,
                                                           pinjwt_error *err);

/**
 * Reads one key from an environment variable, whose text is as in pinjwt_key_from_file: PEM, a JWK,
 * "base64url:" and a secret, or a secret as it is. The variable stays as it is; processes started
 * from this one inherit it, and others of the same user can read it, so prefer a file.
 *
 *   name  Ends in a NUL; not empty.
 *   out   The new key.
 *
 * PINJWT_E_IO  There is no such variable, it is empty, or has over 65536 bytes.
 * Otherwise    as pinjwt_key_from_file.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_key_from_env(pinjwt_alg alg, const char *name, pinjwt_key **out,
                                                          pinjwt_error *err);

/**
 * Makes a new random key that can sign: for HMAC a secret as long as the hash, for RSA 3072 bits
 * with the exponent 65537, for PINJWT_EDDSA an Ed25519 key, else a key of the pin's curve. RSA may
 * take a second.
 *
 *   out  The new key. Its id is the thumbprint; that of a secret is empty.
 *
 * PINJWT_E_ARGUMENT     `out` is NULL or `alg` is not listed.
 * PINJWT_E_MEMORY       No guarded memory, or none for libcrypto.
 * PINJWT_E_CRYPTO       libcrypto or the random generator failed.
 * PINJWT_E_UNSUPPORTED  libcrypto does not offer the curve.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_key_generate(pinjwt_alg alg, pinjwt_key **out,
                                                          pinjwt_error *err);

/** What a signing callback answers; any other value, 0 and 1 included, is a failure. */
typedef enum pinjwt_signed { PINJWT_SIGNED = 0x5349474e, PINJWT_SIGNED_WIDTH_ = 0x7fffffff } pinjwt_signed;

/**
 * Signs for a key that stays elsewhere: in a KMS, an HSM, a Vault.
 *
 *   context    What was given with the callback. Shared by all threads that sign.
 *   input      What to sign: the header and payload segments with the dot (RFC 7515 section 5.1).
 *   signature  Room for `cap` bytes, which is the length of the signature in its JOSE form: for
 *              ECDSA r and s side by side (RFC 7518 section 3.4), not DER; for RSA and EdDSA as it is.
 *   len        Set it to the number of bytes written: `cap`, or the signature is refused.
 */
typedef pinjwt_signed (*pinjwt_sign_fn)(void *context, const uint8_t *input, size_t input_len,
                                        uint8_t *signature, size_t cap, size_t *len);

/**
 * Makes a key whose private half stays elsewhere and signs through a callback. Each signature is
 * checked with the public half before it leaves, so a wrong answer makes no token. The key serves
 * wherever a private key does, but cannot be written out: pinjwt_key_to_jwk and _to_pem with
 * PINJWT_PART_PRIVATE are PINJWT_E_KEY_USE.
 *
 *   public_key  An asymmetric key; of a private one, the public half is taken. It also gives the
 *               algorithm, the id and the key_ops; those of a public key do not forbid to sign.
 *   sign        Called for each signature, on the thread that signs.
 *   context     Handed to each call; may be NULL.
 *   release     Called with the context when the last user of the key is gone; may be NULL. Not
 *               called where this function fails.
 *   out         The new key.
 *
 * Signing with it fails with PINJWT_E_CRYPTO if the callback does not answer PINJWT_SIGNED, gives
 * another length, or a signature that does not hold.
 *
 * PINJWT_E_ARGUMENT      `public_key`, `sign` or `out` is NULL.
 * PINJWT_E_MEMORY        No memory for libcrypto.
 * PINJWT_E_CRYPTO        libcrypto failed.
 * PINJWT_E_KEY_MISMATCH  The key is a secret: it has no public half.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_key_external(const pinjwt_key *public_key, pinjwt_sign_fn sign,
                                                          void *context, pinjwt_release_fn release,
                                                          pinjwt_key **out, pinjwt_error *err);

/**
 * Makes the same key with another id: `kid` in the headers that it signs (RFC 7515 section 4.1.4).
 *
 *   key  Unchanged.
 *   kid  1 to 1024 bytes of UTF-8.
 *   out  The new key.
 *
 * PINJWT_E_ARGUMENT  A pointer or length breaks the general rules, or `kid` is empty, over 1024
 *                    bytes or not UTF-8.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_key_with_id(const pinjwt_key *key, const char *kid,
                                                         size_t kid_len, pinjwt_key **out, pinjwt_error *err);

/**
 * Makes a key of the public half alone, with the same algorithm and id: what a verifying process
 * should hold. The public half of a public key is that key.
 *
 *   out  The new key. It cannot sign.
 *
 * PINJWT_E_ARGUMENT      `key` or `out` is NULL.
 * PINJWT_E_MEMORY        No memory for libcrypto.
 * PINJWT_E_CRYPTO        libcrypto failed.
 * PINJWT_E_KEY_MISMATCH  A secret has no public half.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_key_public(const pinjwt_key *key, pinjwt_key **out,
                                                        pinjwt_error *err);

/** The algorithm that the key is pinned to; 0 for NULL. */
PINJWT_API pinjwt_alg pinjwt_key_alg(const pinjwt_key *key);

/** 1 if the key can sign (secret, private or external, and key_ops allow it), else 0; 0 for NULL. */
PINJWT_API int pinjwt_key_can_sign(const pinjwt_key *key);

/**
 * Lends the key's id, until this key handle is freed: what pinjwt_key_with_id set, else the JWK's
 * kid, else the thumbprint (RFC 7638) of an asymmetric key. Empty for a secret without kid: a
 * thumbprint would publish its hash (RFC 7638 section 7). A NUL follows the last byte.
 *
 * PINJWT_E_ARGUMENT  `key` or `out` is NULL.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_key_id(const pinjwt_key *key, pinjwt_bytes *out);

/**
 * Writes the SHA-256 thumbprint of an asymmetric key in base64url (RFC 7638 section 3; RFC 8037
 * section 2 for OKP): 43 characters, so a `cap` of 44 is enough. Private and public half have the
 * same.
 *
 * PINJWT_E_ARGUMENT      A pointer or length breaks the general rules.
 * PINJWT_E_BUFFER        `cap` is below 44.
 * PINJWT_E_KEY_MISMATCH  The key is a secret, whose thumbprint would give it away to guessing.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_key_thumbprint(const pinjwt_key *key, char *buf, size_t cap,
                                                            size_t *len, pinjwt_error *err);

/** Which half of a key to write out. */
typedef enum pinjwt_part {
  PINJWT_PART_PUBLIC = 1,
  /** The private key, which includes the public half; or the secret. */
  PINJWT_PART_PRIVATE = 2,
  PINJWT_PART_WIDTH_ = 0x7fffffff
} pinjwt_part;

/**
 * Writes the key as a JWK (RFC 7517 section 4): the members of its kind, then alg, then use ("sig")
 * or, where they restrict the key, key_ops, then kid where the id is not empty.
 *
 *   part  PINJWT_PART_PRIVATE writes the private members, or the secret, into the caller's buffer:
 *         wipe it when done (pinjwt_wipe).
 *
 * PINJWT_E_ARGUMENT      A pointer, length or `part` breaks the general rules.
 * PINJWT_E_MEMORY        No guarded memory, or none for libcrypto.
 * PINJWT_E_BUFFER        `cap` is too small.
 * PINJWT_E_CRYPTO        libcrypto failed.
 * PINJWT_E_KEY_MISMATCH  PINJWT_PART_PUBLIC of a secret: it has no public half.
 * PINJWT_E_KEY_USE       PINJWT_PART_PRIVATE of a public key, or of one that stays elsewhere.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_key_to_jwk(const pinjwt_key *key, pinjwt_part part, char *buf,
                                                        size_t cap, size_t *len, pinjwt_error *err);

/**
 * Writes an asymmetric key as PEM (RFC 7468) with a final newline: PRIVATE KEY (PKCS#8, RFC 5958,
 * not encrypted) or PUBLIC KEY (SubjectPublicKeyInfo, RFC 5280 section 4.1). PEM has no place for
 * the algorithm, the id and key_ops: they are lost.
 *
 *   part  PINJWT_PART_PRIVATE writes the private key into the caller's buffer: wipe it when done.
 *
 * PINJWT_E_ARGUMENT      A pointer, length or `part` breaks the general rules.
 * PINJWT_E_MEMORY        No guarded memory, or none for libcrypto.
 * PINJWT_E_BUFFER        `cap` is too small.
 * PINJWT_E_CRYPTO        libcrypto failed.
 * PINJWT_E_KEY_MISMATCH  The key is a secret: PEM has no form for it.
 * PINJWT_E_KEY_USE       PINJWT_PART_PRIVATE of a public key, or of one that stays elsewhere.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_key_to_pem(const pinjwt_key *key, pinjwt_part part, char *buf,
                                                        size_t cap, size_t *len, pinjwt_error *err);

/** Drops the caller's reference; the last one wipes the key. NULL does nothing. */
PINJWT_API void pinjwt_key_free(pinjwt_key *key);

/* ---- Key sets: several keys, picked by kid ----------------------------------------------- */

/**
 * A set of keys (RFC 7517 section 5), for verifying: each with an id, no two with the same, either
 * all secrets or none. It may be changed at any time, by any thread, while others verify: no reader
 * waits, and each sees the set before or after a change.
 */
typedef struct pinjwt_keyset pinjwt_keyset;

/**
 * Makes an empty set.
 *
 * PINJWT_E_ARGUMENT  `out` is NULL.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_keyset_new(pinjwt_keyset **out, pinjwt_error *err);

/**
 * Adds a key behind those that are there; at most 1024. A private key verifies by its public half.
 *
 *   key  Referenced: the caller may free its own handle.
 *
 * PINJWT_E_ARGUMENT       `set` or `key` is NULL, the key has no id (a secret: pinjwt_key_with_id),
 *                         or the set is full.
 * PINJWT_E_KEY_USE        The key's key_ops do not allow "verify"; or the set would mix secrets and
 *                         asymmetric keys.
 * PINJWT_E_KEY_DUPLICATE  The set has a key with this id.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_keyset_add(pinjwt_keyset *set, const pinjwt_key *key,
                                                        pinjwt_error *err);

/**
 * Removes the key with an id. Tokens of that key are refused from the next verification on.
 *
 * PINJWT_E_ARGUMENT     A pointer or length breaks the general rules.
 * PINJWT_E_KEY_UNKNOWN  The set has no key with this id.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_keyset_remove(pinjwt_keyset *set, const char *kid,
                                                           size_t kid_len, pinjwt_error *err);

/**
 * Replaces the whole set, in one step, by the keys of a JWK Set (RFC 7517 section 5). A failed load
 * changes nothing. A JWK that cannot serve is skipped and counted, for one bad key must not take the
 * others away: an unknown kty or curve, use other than "sig", an alg that is not in `allowed`, a key
 * that is too short or not valid, a secret without kid. A JWK without alg takes the one entry of
 * `allowed` that its kind and curve fit; if several do, it is skipped. A private JWK is taken, and
 * verifies by its public half.
 *
 *   json           At most 1048576 bytes and 1024 keys. Members beside "keys" are ignored.
 *   allowed        The pins that keys of the set may have: never the document's choice alone.
 *   allowed_count  1 to 16.
 *   skipped        How many keys were skipped; may be NULL.
 *
 * PINJWT_E_ARGUMENT       A pointer, length or entry of `allowed` breaks the general rules, or the
 *                         count is out of range.
 * PINJWT_E_MEMORY         No guarded memory, or none for libcrypto.
 * PINJWT_E_KEY_FORMAT     Not a JSON object, read strictly, with an array "keys" of objects; or over
 *                         the limits.
 * PINJWT_E_KEY_USE        The document mixes secrets (oct) and asymmetric keys, usable or not.
 * PINJWT_E_KEY_DUPLICATE  Two keys that serve have the same id.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_keyset_load_jwks(pinjwt_keyset *set, const char *json,
                                                              size_t json_len, const pinjwt_alg *allowed,
                                                              size_t allowed_count, size_t *skipped,
                                                              pinjwt_error *err);

/** The number of keys in the set; 0 for NULL. */
PINJWT_API size_t pinjwt_keyset_count(const pinjwt_keyset *set);

/**
 * Writes the set as a JWK Set (RFC 7517 section 5), {"keys":[...]}: public halves only, always.
 *
 * PINJWT_E_ARGUMENT      A pointer or length breaks the general rules.
 * PINJWT_E_BUFFER        `cap` is too small. Another thread may have changed the set when you call
 *                        again.
 * PINJWT_E_KEY_MISMATCH  The set holds secrets, which have no public half.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_keyset_to_jwks(const pinjwt_keyset *set, char *buf, size_t cap,
                                                            size_t *len, pinjwt_error *err);

/** Drops the caller's reference; verifiers made from it keep theirs. NULL does nothing. */
PINJWT_API void pinjwt_keyset_free(pinjwt_keyset *set);

/* ---- Key rings: rotation ----------------------------------------------------------------- */

/**
 * The keys of an issuer over time. A ring always has a next key, which is published and does not
 * sign yet; an active key, which signs; and retired keys, which verify until the last token that
 * they signed has expired. pinjwt_keyring_rotate moves each key one step. Verifiers elsewhere fetch
 * the JWK Set; since the next key is in it long before it signs, no valid token is ever refused.
 *
 * A ring lives in memory until pinjwt_keyring_save ties it to a file, or it was loaded from one.
 * From then on every change is written to the file before it counts, under a lock that all processes
 * share (FILE.lock), and signers and verifiers notice a change by another process within a second of
 * use. A crash at any point leaves the file before or after the change.
 */
typedef struct pinjwt_keyring pinjwt_keyring;

/**
 * Makes a ring with a new active and a new next key. The ids are thumbprints; of secrets, random.
 *
 *   alg              The pin of all its keys. A ring of secrets serves processes that share its file.
 *   publish_seconds  How long verifiers keep a fetched JWK Set: so long must the next key have been
 *                    published before it signs. 0 to 31536000.
 *   token_seconds    How long tokens live at most; retired keys verify this long, and 11 minutes
 *                    more for clocks that differ. 1 to 315576000.
 *   now              Unix seconds, or PINJWT_NOW.
 *   out              The new ring.
 *
 * PINJWT_E_ARGUMENT     A number is out of its range, `alg` is not listed or `out` is NULL.
 * PINJWT_E_MEMORY       No guarded memory, or none for libcrypto.
 * PINJWT_E_CRYPTO       libcrypto or the random generator failed.
 * PINJWT_E_UNSUPPORTED  libcrypto does not offer the curve.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_keyring_new(pinjwt_alg alg, int64_t publish_seconds,
                                                         int64_t token_seconds, int64_t now,
                                                         pinjwt_keyring **out, pinjwt_error *err);

/**
 * Rotates: the next key becomes active and signs from this call on, the active one is retired, a new
 * next key is made and published, and retired keys whose time is over are removed. Of two processes
 * that rotate one file at the same time, one does and the other is told that it is too early.
 *
 *   now  Unix seconds, or PINJWT_NOW.
 *
 * PINJWT_E_ARGUMENT       `ring` is NULL or `now` breaks the general rules.
 * PINJWT_E_NOT_YET_VALID  The next key has not been published for publish_seconds, or 1022 retired
 *                         keys still verify: nothing changes.
 * PINJWT_E_IO             The file could not be locked, read or written: nothing changes.
 * PINJWT_E_KEY_FORMAT     The file is no ring, or one of another algorithm or other times than when
 *                         it was loaded: nothing changes.
 * PINJWT_E_KEY_PASSPHRASE The file has another passphrase now: nothing changes.
 * PINJWT_E_MEMORY, PINJWT_E_CRYPTO as in pinjwt_keyring_new.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_keyring_rotate(pinjwt_keyring *ring, int64_t now,
                                                            pinjwt_error *err);

/**
 * When the ring may be rotated next, in Unix seconds; 0 for NULL. How often it is, is up to you: a
 * month is usual.
 */
PINJWT_API int64_t pinjwt_keyring_rotation_time(const pinjwt_keyring *ring);

/**
 * Removes a key at once, because it is known to others: tokens that it signed are refused from now
 * on. If it was the active one, the next key signs from now on, whether verifiers know it or not (a
 * JWKS source fetches it by its kid), and a new next key is made.
 *
 *   kid  The key's id.
 *   now  Unix seconds, or PINJWT_NOW.
 *
 * PINJWT_E_ARGUMENT     A pointer, length or `now` breaks the general rules.
 * PINJWT_E_KEY_UNKNOWN  The ring has no key with this id.
 * Otherwise             as pinjwt_keyring_rotate.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_keyring_remove(pinjwt_keyring *ring, const char *kid,
                                                            size_t kid_len, int64_t now, pinjwt_error *err);

/**
 * Writes what to publish: a JWK Set of the public halves of the active key, the next key and the
 * retired keys whose time is not over (RFC 7517 section 5). Serve it so that it is cached for
 * publish_seconds at most.
 *
 *   now  Unix seconds, or PINJWT_NOW.
 *
 * PINJWT_E_ARGUMENT      A pointer, length or `now` breaks the general rules.
 * PINJWT_E_BUFFER        `cap` is too small.
 * PINJWT_E_KEY_MISMATCH  The ring's keys are secrets, which must not be published.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_keyring_to_jwks(const pinjwt_keyring *ring, int64_t now,
                                                             char *buf, size_t cap, size_t *len,
                                                             pinjwt_error *err);

/** What it costs to try one passphrase (Argon2id, RFC 9106): time and memory of one derivation. */
typedef enum pinjwt_cost {
  /** For tests only: 1 pass over 8 KiB. */
  PINJWT_COST_MINIMUM = 1,
  /** 2 passes over 64 MiB. */
  PINJWT_COST_INTERACTIVE = 2,
  /** 3 passes over 256 MiB. */
  PINJWT_COST_MODERATE = 3,
  /** 4 passes over 1 GiB. */
  PINJWT_COST_SENSITIVE = 4,
  PINJWT_COST_WIDTH_ = 0x7fffffff
} pinjwt_cost;

/**
 * Writes the ring to a file of mode 0600 and ties it to that file. The file holds the private keys:
 * as JSON or, with a passphrase, encrypted (Argon2id and XChaCha20-Poly1305). Saving a ring that is
 * tied to `path` already writes it anew, with this passphrase.
 *
 *   path        Ends in a NUL; 1 to 4000 bytes. There must be no such file, unless it is this ring's.
 *               Later changes go to the same path: make it absolute if the process changes folders.
 *   passphrase  At most 1024 bytes; (NULL, 0), or an empty text, does not encrypt.
 *   cost        One of pinjwt_cost; not used without a passphrase.
 *
 * PINJWT_E_ARGUMENT  A pointer, length, `path` or `cost` breaks the rules.
 * PINJWT_E_MEMORY    No memory for the derivation.
 * PINJWT_E_IO        The file exists, or cannot be locked or written.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_keyring_save(pinjwt_keyring *ring, const char *path,
                                                          const char *passphrase, size_t passphrase_len,
                                                          pinjwt_cost cost, pinjwt_error *err);

/**
 * Reads a ring from a file that pinjwt_keyring_save wrote, and ties it to that file.
 *
 *   path        Ends in a NUL; 1 to 4000 bytes. The file must be the owner's alone (0600), of the
 *               user that runs the process or of root.
 *   passphrase  (NULL, 0), or an empty text, for a file that is not encrypted.
 *   out         The ring.
 *
 * PINJWT_E_ARGUMENT        A pointer, length or `path` breaks the rules.
 * PINJWT_E_MEMORY          No guarded memory, or none for the derivation.
 * PINJWT_E_IO              There is no such file, it cannot be read or is open to others.
 * PINJWT_E_KEY_FORMAT      The file is not a key ring.
 * PINJWT_E_KEY_PASSPHRASE  The passphrase is missing or wrong, or an encrypted file has been changed.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_keyring_load(const char *path, const char *passphrase,
                                                          size_t passphrase_len, pinjwt_keyring **out,
                                                          pinjwt_error *err);

/**
 * Reads the ring's file again now, without waiting for signers and verifiers to notice a change, and
 * says what is wrong with it: while the file cannot be read, they go on with the keys they have.
 *
 * PINJWT_E_ARGUMENT  `ring` is NULL or not tied to a file.
 * Otherwise          as pinjwt_keyring_load and pinjwt_keyring_rotate.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_keyring_reload(pinjwt_keyring *ring, pinjwt_error *err);

/** Drops the caller's reference; signers and verifiers made from it keep theirs. NULL does nothing. */
PINJWT_API void pinjwt_keyring_free(pinjwt_keyring *ring);

/* ---- JWKS sources: key sets that others publish ------------------------------------------ */

/**
 * A JWK Set at a URL, fetched when it is needed. pinjwt decides when: on first use; when the set is
 * older than its lifetime, and a little before, so that nobody has to wait; when a token has a kid
 * that the set lacks, or none and no key of the set has its alg. Between two fetches lies the cooldown at
 * least, so that no storm of forged tokens makes one of requests. The host does the fetching, through a
 * callback: pinjwt links no HTTP. All times are those of the `now` of the calls. One thread fetches at a
 * time; those that need the answer wait for it, the others go on with the set that is there.
 *
 * While fetches fail, or yield a set that cannot be used, the last good set serves until its maximum
 * age; then, and where there was none, tokens are refused with PINJWT_E_KEY_SOURCE.
 */
typedef struct pinjwt_jwks_source pinjwt_jwks_source;

/** What a fetch callback answers; any other value, 0 and 1 included, is a failure. */
typedef enum pinjwt_fetched {
  PINJWT_FETCHED = 0x46455443,
  PINJWT_FETCHED_WIDTH_ = 0x7fffffff
} pinjwt_fetched;

/**
 * Fetches a document by GET. It must have a time limit of its own, check the server's certificate,
 * follow no redirects (they could lead anywhere), and take no status but 200.
 *
 * It must not wait for a source whose callback waits for this one.
 *
 *   context  What was given with the callback. One call at a time for each source.
 *   url      Ends in a NUL.
 *   body     Room for `cap` bytes, the source's maximum size. A longer document is a failure.
 *   len      Set it to the number of bytes written.
 */
typedef pinjwt_fetched (*pinjwt_fetch_fn)(void *context, const char *url, uint8_t *body, size_t cap,
                                          size_t *len);

/** Which URLs a source takes. */
typedef enum pinjwt_transport {
  PINJWT_HTTPS_ONLY = 1,
  /** http too: whoever is on the way can then replace the keys. For a local sidecar and for tests. */
  PINJWT_HTTP_ALLOWED = 2,
  PINJWT_TRANSPORT_WIDTH_ = 0x7fffffff
} pinjwt_transport;

/**
 * Makes a source; nothing is fetched yet.
 *
 *   url            1 to 2048 bytes of printable ASCII without blanks: https://HOST..., with no user
 *                  name in it.
 *   transport      PINJWT_HTTPS_ONLY, or an exception from it.
 *   allowed        The pins that keys of the set may have, as in pinjwt_keyset_load_jwks: no HMAC,
 *                  whose secrets are never published.
 *   allowed_count  1 to 16.
 *   fetch          The callback.
 *   context        Handed to each call; may be NULL.
 *   release        Called with the context when the source and all its verifiers are gone; may be
 *                  NULL. Not called where this function fails.
 *   out            The new source.
 *
 * PINJWT_E_ARGUMENT      A pointer, length, `transport` or entry of `allowed` breaks the general
 *                        rules, or the URL is none that is taken.
 * PINJWT_E_KEY_MISMATCH  `allowed` has an HMAC algorithm.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_jwks_source_new(const char *url, size_t url_len,
                                                             pinjwt_transport transport,
                                                             const pinjwt_alg *allowed, size_t allowed_count,
                                                             pinjwt_fetch_fn fetch, void *context,
                                                             pinjwt_release_fn release,
                                                             pinjwt_jwks_source **out, pinjwt_error *err);

/*
 * The settings of a source. They are fixed from the first use on (a verifier, or a refresh): then
 * they are PINJWT_E_ARGUMENT, as for a number out of its range. One thread at a time.
 */

/**
 * How old a set may be before it is fetched again; 1 to 86400 seconds, the maximum age at most.
 * Default: 600.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_jwks_source_set_lifetime(pinjwt_jwks_source *source,
                                                                      int64_t seconds, pinjwt_error *err);

/**
 * How old a set may be while fetches fail; 1 to 31536000 seconds, the lifetime at least: set that
 * first. Default: 86400.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_jwks_source_set_max_age(pinjwt_jwks_source *source,
                                                                     int64_t seconds, pinjwt_error *err);

/** The time between two fetches at least; 1 to 3600 seconds. Default: 30. */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_jwks_source_set_cooldown(pinjwt_jwks_source *source,
                                                                      int64_t seconds, pinjwt_error *err);

/** The longest document that is taken; 1024 to 1048576 bytes. Default: 1048576. */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_jwks_source_set_max_size(pinjwt_jwks_source *source,
                                                                      size_t bytes, pinjwt_error *err);

/**
 * Fetches now, if the cooldown is over, and tells whether it worked: for the start of a program. If
 * the cooldown is not over and there is a set that is not too old, it is PINJWT_OK.
 *
 *   now  Unix seconds, or PINJWT_NOW.
 *
 * PINJWT_E_ARGUMENT    `source` is NULL or `now` breaks the general rules.
 * PINJWT_E_KEY_SOURCE  The fetch failed, or what came has no key that can serve; the message says
 *                      which.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_jwks_source_refresh(pinjwt_jwks_source *source, int64_t now,
                                                                 pinjwt_error *err);

/** Drops the caller's reference; verifiers made from it keep theirs. NULL does nothing. */
PINJWT_API void pinjwt_jwks_source_free(pinjwt_jwks_source *source);

/* ---- Policy ---------------------------------------------------------------------------- */

/**
 * What a token must be; one policy serves the signing and the verifying side. It can be changed at
 * any time: signers and verifiers take a copy when they are made and do not follow later changes. A
 * new policy judges no issuer and no subject, refuses a token that has an audience, expects the
 * type JWT, and has the numbers that the setters below name. A failing setter changes nothing.
 *
 * `exp` is always required, and its check cannot be turned off.
 */
typedef struct pinjwt_policy pinjwt_policy;

/**
 * Makes a policy with the defaults.
 *
 * PINJWT_E_ARGUMENT  `out` is NULL.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_policy_new(pinjwt_policy **out, pinjwt_error *err);

/**
 * Sets the issuer (RFC 7519 section 4.1.1), replacing an earlier one. Signing writes it as `iss`;
 * verifying takes a token with exactly this `iss`, byte by byte. Default: `iss` is neither written
 * nor judged (where it is there, it must be a string).
 *
 *   iss  A policy text.
 *
 * PINJWT_E_ARGUMENT  A pointer or length breaks the general rules, or `iss` is not a policy text.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_policy_set_issuer(pinjwt_policy *policy, const char *iss,
                                                               size_t iss_len, pinjwt_error *err);

/**
 * Adds an audience (RFC 7519 section 4.1.3), at most 64; one that is there already is not added
 * again. Signing writes all of them as `aud`: one as a string, several as an array in the order in
 * which they were added. Verifying takes a token whose `aud`, a string or an array of strings, has
 * at least one of them, byte by byte. Default: none, and a token that has an `aud` is refused, for
 * it is meant for someone else (RFC 8725 section 3.9).
 *
 *   aud  A policy text.
 *
 * PINJWT_E_ARGUMENT  A pointer or length breaks the general rules, `aud` is not a policy text, or
 *                    it would be the 65th.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_policy_add_audience(pinjwt_policy *policy, const char *aud,
                                                                 size_t aud_len, pinjwt_error *err);

/**
 * Sets the subject (RFC 7519 section 4.1.2), replacing an earlier one. Signing writes it as `sub`;
 * verifying takes a token with exactly this `sub`. Default: `sub` is neither written nor judged
 * (where it is there, it must be a string).
 *
 *   sub  A policy text.
 *
 * PINJWT_E_ARGUMENT  A pointer or length breaks the general rules, or `sub` is not a policy text.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_policy_set_subject(pinjwt_policy *policy, const char *sub,
                                                                size_t sub_len, pinjwt_error *err);

/**
 * Sets the header's `typ` (RFC 7515 section 4.1.9, RFC 8725 section 3.11), such as "at+jwt" (RFC
 * 9068), replacing an earlier one. Signing writes it as given. Verifying takes a token whose typ is
 * the same but for letter case, where a typ without "/" stands for "application/" and itself; a
 * token without typ is refused. Default: signing writes "JWT"; verifying takes JWT or no typ.
 *
 *   typ  A policy text.
 *
 * PINJWT_E_ARGUMENT  A pointer or length breaks the general rules, or `typ` is not a policy text.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_policy_set_type(pinjwt_policy *policy, const char *typ,
                                                             size_t typ_len, pinjwt_error *err);

/**
 * Sets how long signed tokens are valid: exp - iat (RFC 7519 section 4.1.4). For signing only.
 * Default: 900 (15 minutes).
 *
 *   seconds  1 to 315576000 (10 years). pinjwt_signer_new refuses one over the maximum lifetime.
 *
 * PINJWT_E_ARGUMENT  `policy` is NULL or `seconds` is out of range.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_policy_set_lifetime(pinjwt_policy *policy, int64_t seconds,
                                                                 pinjwt_error *err);

/**
 * Sets the longest lifetime that is signed or accepted: exp - iat, or exp - now for a token without
 * iat. Default: 7200 (2 hours). Identity providers often issue tokens of 24 hours: 86400.
 *
 *   seconds  1 to 315576000 (10 years).
 *
 * PINJWT_E_ARGUMENT  `policy` is NULL or `seconds` is out of range.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_policy_set_max_lifetime(pinjwt_policy *policy, int64_t seconds,
                                                                     pinjwt_error *err);

/**
 * Sets how far clocks may differ. A token expires when now reaches exp + leeway; `iat` and `nbf`
 * may lie up to the larger of leeway and 10 seconds after now (RFC 7519 sections 4.1.4 to 4.1.6).
 * Default: 0, so exp is strict: a token is expired at exp.
 *
 *   seconds  0 to 300.
 *
 * PINJWT_E_ARGUMENT  `policy` is NULL or `seconds` is out of range.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_policy_set_leeway(pinjwt_policy *policy, int64_t seconds,
                                                               pinjwt_error *err);

/**
 * Sets the longest token that is signed or accepted. Default: 16384.
 *
 *   bytes  The length of the compact token, signature included: 256 to 1048576.
 *
 * PINJWT_E_ARGUMENT  `policy` is NULL or `bytes` is out of range.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_policy_set_max_token_size(pinjwt_policy *policy, size_t bytes,
                                                                       pinjwt_error *err);

/**
 * Requires a claim, of any type and value but null, on both sides; at most 64, and one that is
 * required already is not added again. `exp` is always required.
 *
 *   name  The name of a member of the claims, a policy text.
 *
 * PINJWT_E_ARGUMENT  A pointer or length breaks the general rules, `name` is not a policy text, or
 *                    it would be the 65th.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_policy_require_claim(pinjwt_policy *policy, const char *name,
                                                                  size_t name_len, pinjwt_error *err);

/**
 * Lets one claim carry what looks like a secret, for signing. pinjwt_sign refuses, with
 * PINJWT_E_SENSITIVE, claims that surely hold one, because anyone who holds the token can read it:
 * at any depth, a member named exactly password, passwd, passphrase, client_secret, private_key,
 * secret_key, api_secret, cvv, cvc, card_number or credit_card_number (or the same in camel case)
 * whose value is a string that is not empty, or an array with one; a string with a private key in PEM; an
 * object that is a private or secret JWK; a string that begins as the keys of known services do (AKIA, ghp_,
 * sk_live_ and others). What only may be personal or secret is for pinjwt_lint.
 *
 *   claim  The name of such a member, or of one that encloses it: a policy text, at most 64 of them.
 *
 * PINJWT_E_ARGUMENT  A pointer or length breaks the general rules, `claim` is not a policy text, or
 *                    it would be the 65th.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_policy_allow_sensitive(pinjwt_policy *policy, const char *claim,
                                                                    size_t claim_len, pinjwt_error *err);

/** Drops the caller's reference; signers and verifiers made from it stay. NULL does nothing. */
PINJWT_API void pinjwt_policy_free(pinjwt_policy *policy);

/* ---- Sign and verify ------------------------------------------------------------------- */

/** A policy and a key that sign: immutable, for any number of threads. */
typedef struct pinjwt_signer pinjwt_signer;

/** A policy and a key that verify, or several such: immutable, for any number of threads. */
typedef struct pinjwt_verifier pinjwt_verifier;

/** The claims of a token that has been verified: immutable. */
typedef struct pinjwt_claims pinjwt_claims;

/**
 * Makes a signer.
 *
 *   policy  Copied: later changes do not reach the signer. Its event handler is kept in use.
 *   key     One that can sign. Referenced: the caller may free its own handle.
 *   out     The new signer.
 *
 * PINJWT_E_ARGUMENT  `policy`, `key` or `out` is NULL.
 * PINJWT_E_MEMORY    No memory for libcrypto.
 * PINJWT_E_CRYPTO    libcrypto failed.
 * PINJWT_E_KEY_USE   The key is public, or its key_ops do not allow "sign".
 * PINJWT_E_LIFETIME  The policy's lifetime is over its maximum lifetime.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_signer_new(const pinjwt_policy *policy, const pinjwt_key *key,
                                                        pinjwt_signer **out, pinjwt_error *err);

/**
 * Makes a signer that always signs with the active key of a ring, whatever it is at the time.
 *
 *   policy  As in pinjwt_signer_new. Its maximum lifetime must not be over the ring's
 *           `token_seconds`: retired keys verify no longer than that.
 *   ring    Referenced: the caller may free its own handle.
 *   out     The new signer.
 *
 * PINJWT_E_ARGUMENT  `policy`, `ring` or `out` is NULL.
 * PINJWT_E_LIFETIME  The policy's lifetime is over its maximum, or that is over `token_seconds`.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_signer_new_with_keyring(const pinjwt_policy *policy,
                                                                     const pinjwt_keyring *ring,
                                                                     pinjwt_signer **out, pinjwt_error *err);

/**
 * Signs claims: writes a JWT in the compact serialisation (RFC 7519 section 7.1, RFC 7515 section
 * 7.1). The header has alg, typ and, where the key's id is not empty, kid.
 *
 * To the caller's claims, in their order, it adds what they do not have: iss, aud and sub where the
 * policy has them, iat (now), exp (iat, rounded down, plus the policy's lifetime) and jti (128
 * random bits in base64url). Then it holds the result to the policy as pinjwt_verify would at
 * `now`, except that nbf may lie in the future: what is signed verifies under the same policy.
 *
 *   claims  A JSON object, read strictly.
 *   now     Unix seconds, or PINJWT_NOW.
 *   buf     The token. The size that PINJWT_E_BUFFER gives suits a second call with the same
 *           arguments.
 *
 * A signed token calls the event handler with PINJWT_EVENT_SIGNED; refused claims make no event.
 *
 * PINJWT_E_ARGUMENT       A pointer, length or `now` breaks the general rules.
 * PINJWT_E_MEMORY         No guarded memory, or none for libcrypto.
 * PINJWT_E_BUFFER         `cap` is too small; found after the claims have been judged.
 * PINJWT_E_CRYPTO         libcrypto, libsodium or the random generator failed.
 * PINJWT_E_TOKEN_SIZE     The token would be longer than the policy allows.
 * PINJWT_E_CLAIMS_FORMAT  `claims` is not a JSON object, read strictly.
 * PINJWT_E_CLAIM_MISSING  A claim that the policy requires is absent or null.
 * PINJWT_E_CLAIM_INVALID  A registered claim has a type or value that it cannot have, as in
 *                         pinjwt_verify.
 * PINJWT_E_EXPIRED        The caller's exp, or that of the caller's iat, is not after now.
 * PINJWT_E_NOT_YET_VALID  The caller's iat lies more than the larger of leeway and 10 s after now.
 * PINJWT_E_LIFETIME       exp - iat is over the policy's maximum lifetime.
 * PINJWT_E_ISSUER         The caller's iss is not the policy's.
 * PINJWT_E_AUDIENCE       The caller's aud has none of the policy's audiences, or there are none.
 * PINJWT_E_SUBJECT        The caller's sub is not the policy's.
 * PINJWT_E_SENSITIVE      The claims carry a secret (pinjwt_policy_allow_sensitive).
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sign(const pinjwt_signer *signer, const char *claims,
                                                  size_t claims_len, int64_t now, char *buf, size_t cap,
                                                  size_t *len, pinjwt_error *err);

/** Drops the caller's reference. NULL does nothing. */
PINJWT_API void pinjwt_signer_free(pinjwt_signer *signer);

/**
 * Makes a verifier for tokens of one key. It takes tokens of any kid: the key is known already.
 *
 *   policy  Copied: later changes do not reach the verifier. Its hooks are kept in use.
 *   key     A secret, a public key, or a private key, whose public half verifies. Referenced: the
 *           caller may free its own handle.
 *   out     The new verifier.
 *
 * PINJWT_E_ARGUMENT  `policy`, `key` or `out` is NULL.
 * PINJWT_E_MEMORY    No memory for libcrypto.
 * PINJWT_E_CRYPTO    libcrypto failed.
 * PINJWT_E_KEY_USE   A secret or public key whose key_ops do not allow "verify".
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_verifier_new(const pinjwt_policy *policy, const pinjwt_key *key,
                                                          pinjwt_verifier **out, pinjwt_error *err);

/**
 * Makes a verifier for tokens of the keys of a set, which follows the set's later changes. The
 * token's kid picks the key, and the key's pin is what the header's alg must be. A token without
 * kid is tried against those keys whose pin is the header's alg: at most four, the first of them in
 * the order of the set. Each verification sees the set as it is at one moment.
 *
 *   policy  As in pinjwt_verifier_new.
 *   set     Referenced: the caller may free its own handle. It may be empty, and filled later.
 *   out     The new verifier.
 *
 * pinjwt_verify then also knows PINJWT_E_KEY_UNKNOWN (no key has the token's kid, or the set is
 * empty), and PINJWT_E_ALGORITHM also means that no key of the set is pinned to the header's alg;
 * that is judged before the kid is looked up.
 *
 * PINJWT_E_ARGUMENT  `policy`, `set` or `out` is NULL.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_verifier_new_with_keyset(const pinjwt_policy *policy,
                                                                      const pinjwt_keyset *set,
                                                                      pinjwt_verifier **out,
                                                                      pinjwt_error *err);

/**
 * Makes a verifier for tokens of a key ring's keys, as pinjwt_verifier_new_with_keyset does for a
 * set: for the process that issues. A retired key verifies until its time is over at the call's
 * `now`, and is then PINJWT_E_KEY_UNKNOWN.
 *
 *   ring  Referenced: the caller may free its own handle.
 *
 * PINJWT_E_ARGUMENT  `policy`, `ring` or `out` is NULL.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_verifier_new_with_keyring(const pinjwt_policy *policy,
                                                                       const pinjwt_keyring *ring,
                                                                       pinjwt_verifier **out,
                                                                       pinjwt_error *err);

/**
 * Makes a verifier for tokens of a remote key set, as pinjwt_verifier_new_with_keyset does for a
 * local one. A verification may call the source's fetch callback, or wait for one that another
 * thread has called.
 *
 *   source  Referenced: the caller may free its own handle. From now on its settings are fixed.
 *
 * pinjwt_verify then also knows PINJWT_E_KEY_UNKNOWN and PINJWT_E_KEY_SOURCE (pinjwt_jwks_source).
 *
 * PINJWT_E_ARGUMENT  `policy`, `source` or `out` is NULL.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_verifier_new_with_source(const pinjwt_policy *policy,
                                                                      pinjwt_jwks_source *source,
                                                                      pinjwt_verifier **out,
                                                                      pinjwt_error *err);

/**
 * Makes one verifier of several, for tokens of several issuers (RFC 8725 section 3.8). The token's
 * iss, not yet trusted, picks the part whose policy has that issuer; the part then checks
 * everything, in its own order, with its own key, hooks and limits. A token that picks no part is
 * refused with PINJWT_E_TOKEN_SIZE (longer than every part allows), PINJWT_E_TOKEN_FORMAT,
 * PINJWT_E_CLAIMS_FORMAT or, for its iss, PINJWT_E_CLAIM_MISSING (absent), PINJWT_E_CLAIM_INVALID
 * (not a string) or PINJWT_E_ISSUER (of no part). Its signature has not been judged, and no event
 * is made: there is no policy to ask.
 *
 *   parts        Verifiers whose policies have an issuer, each a different one; not joined ones.
 *                Referenced: the caller may free its own handles. The array is only read.
 *   parts_count  1 to 1024.
 *   out          The new verifier.
 *
 * PINJWT_E_ARGUMENT  A pointer, in `parts` too, is NULL; the count is out of range; a part has no
 *                    issuer, the issuer of another, or is itself joined.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_verifier_join(const pinjwt_verifier *const *parts,
                                                           size_t parts_count, pinjwt_verifier **out,
                                                           pinjwt_error *err);

/**
 * Verifies a JWT in the compact serialisation (RFC 7519 section 7.2, RFC 7515 section 5.2, RFC 8725
 * section 3) and yields its claims. The checks run in this order: the size; the three segments; the
 * header (alg, crit, typ, kid; keys and addresses of keys in it are ignored); the signature; only
 * then the payload and its claims, whose statuses therefore only concern tokens that the key's owner
 * signed; at last the revocation hook. Which of several bad claims is reported is not settled.
 *
 *   token  The compact token and nothing around it: no blank, newline or "Bearer ".
 *   now    Unix seconds, or PINJWT_NOW.
 *   out    The claims, the caller's to free (pinjwt_claims_free). They outlive the verifier.
 *
 * The event handler is called with PINJWT_EVENT_VERIFIED or PINJWT_EVENT_REJECTED, but not for
 * PINJWT_E_ARGUMENT.
 *
 * PINJWT_E_ARGUMENT       A pointer, length or `now` breaks the general rules.
 * PINJWT_E_MEMORY         No memory for libcrypto.
 * PINJWT_E_CRYPTO         libcrypto failed: the signature could not be judged.
 * PINJWT_E_TOKEN_FORMAT   Not three segments of strict base64url, or the signature is empty. The
 *                         JSON serialisations (RFC 7515 section 7.2) are not read.
 * PINJWT_E_TOKEN_SIZE     Longer than the policy allows.
 * PINJWT_E_HEADER         The header is not a JSON object, read strictly, has no alg, or alg, typ
 *                         or kid is not a string.
 * PINJWT_E_ALGORITHM      The header's alg is not the name of the key's algorithm.
 * PINJWT_E_CRITICAL       The header has crit, in any form, or a b64 that is not true (RFC 7797).
 * PINJWT_E_TYPE           The header's typ is not the policy's (pinjwt_policy_set_type).
 * PINJWT_E_SIGNATURE      The signature does not hold.
 * PINJWT_E_CLAIMS_FORMAT  The payload is not a JSON object, read strictly.
 * PINJWT_E_CLAIM_MISSING  exp is absent, or iss or sub though the policy has one, or a claim that
 *                         the policy requires is absent or null.
 * PINJWT_E_CLAIM_INVALID  iss, sub or jti is not a string; aud is neither a string nor a non-empty
 *                         array of strings; exp, nbf or iat is not a number from 0 to before
 *                         253402300800 (a fraction is rounded down); exp is not after iat.
 * PINJWT_E_EXPIRED        now is exp + leeway or later.
 * PINJWT_E_NOT_YET_VALID  nbf or iat lies more than the larger of leeway and 10 s after now.
 * PINJWT_E_LIFETIME       exp - iat, or exp - now without iat, is over the maximum lifetime.
 * PINJWT_E_ISSUER         iss is not the policy's.
 * PINJWT_E_AUDIENCE       The policy has audiences and aud is absent or has none of them; or it has
 *                         none and aud is there.
 * PINJWT_E_SUBJECT        sub is not the policy's.
 * PINJWT_E_REVOKED        The revocation hook answered PINJWT_VERDICT_REVOKED.
 * PINJWT_E_STORE          The revocation hook answered anything else but PINJWT_VERDICT_ALLOW.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_verify(const pinjwt_verifier *verifier, const char *token,
                                                    size_t token_len, int64_t now, pinjwt_claims **out,
                                                    pinjwt_error *err);

/**
 * Verifies like pinjwt_verify and writes the payload's JSON, as the token has it, into the caller's
 * buffer: one call and no handle, for other runtimes.
 *
 *   cap  At least the token's length, which is always enough.
 *   len  On PINJWT_OK the length of the JSON; on PINJWT_E_BUFFER the token's length.
 *
 * The statuses and events of pinjwt_verify, and:
 * PINJWT_E_BUFFER  `cap` is below the token's length: nothing has been looked at, no event is made.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_verify_json(const pinjwt_verifier *verifier, const char *token,
                                                         size_t token_len, int64_t now, char *buf, size_t cap,
                                                         size_t *len, pinjwt_error *err);

/** Drops the caller's reference. NULL does nothing. */
PINJWT_API void pinjwt_verifier_free(pinjwt_verifier *verifier);

/*
 * Reading claims. The getters have no `err`: their statuses say it all. They look at the members of
 * the payload, not inside them; a name is compared byte by byte with the decoded name, and a name
 * that no member can have is simply absent. What they lend lasts until pinjwt_claims_free.
 */

/**
 * Lends the payload as the token has it: a JSON object. A NUL follows the last byte.
 *
 * PINJWT_E_ARGUMENT  `claims` or `out` is NULL.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_claims_json(const pinjwt_claims *claims, pinjwt_bytes *out);

/**
 * Lends the header (RFC 7515 section 4) as the token has it: a JSON object. A NUL follows the last
 * byte. The signature covers it, but only alg, crit, b64 and typ have been judged.
 *
 * PINJWT_E_ARGUMENT  `claims` or `out` is NULL.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_claims_header(const pinjwt_claims *claims, pinjwt_bytes *out);

/**
 * Lends a string claim, decoded, in UTF-8. A NUL follows the last byte, and none is inside.
 *
 * PINJWT_E_ARGUMENT       A pointer or length breaks the general rules.
 * PINJWT_E_CLAIM_MISSING  There is no such claim.
 * PINJWT_E_CLAIM_INVALID  It is not a string, or has a NUL inside.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_claims_get_string(const pinjwt_claims *claims, const char *name,
                                                               size_t name_len, pinjwt_bytes *out);

/**
 * Lends one string of a claim that is an array of strings, or a string, which counts as an array of
 * one: so for aud (RFC 7519 section 4.1.3). Decoded, in UTF-8, a NUL after the last byte and none
 * inside. To read all, count up from 0 until PINJWT_E_CLAIM_MISSING.
 *
 *   index  From 0.
 *
 * PINJWT_E_ARGUMENT       A pointer or length breaks the general rules.
 * PINJWT_E_CLAIM_MISSING  There is no such claim, or it has no element `index`.
 * PINJWT_E_CLAIM_INVALID  It is neither a string nor an array of strings only, or the string that
 *                         is asked for has a NUL inside.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_claims_get_item(const pinjwt_claims *claims, const char *name,
                                                             size_t name_len, size_t index,
                                                             pinjwt_bytes *out);

/**
 * Reads an integer claim. The value counts, not how it is written: 1e3 and 1000.0 are 1000.
 *
 * PINJWT_E_ARGUMENT       A pointer or length breaks the general rules.
 * PINJWT_E_CLAIM_MISSING  There is no such claim.
 * PINJWT_E_CLAIM_INVALID  It is not a number, has a fraction, or does not fit.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_claims_get_int(const pinjwt_claims *claims, const char *name,
                                                            size_t name_len, int64_t *out);

/**
 * Reads a time claim (RFC 7519 section 2, NumericDate) as Unix seconds, rounded down.
 *
 * PINJWT_E_ARGUMENT       A pointer or length breaks the general rules.
 * PINJWT_E_CLAIM_MISSING  There is no such claim.
 * PINJWT_E_CLAIM_INVALID  It is not a number from 0 to before 253402300800.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_claims_get_time(const pinjwt_claims *claims, const char *name,
                                                             size_t name_len, int64_t *out);

/**
 * Reads a boolean claim: 1 for true, 0 for false.
 *
 * PINJWT_E_ARGUMENT       A pointer or length breaks the general rules.
 * PINJWT_E_CLAIM_MISSING  There is no such claim.
 * PINJWT_E_CLAIM_INVALID  It is neither true nor false.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_claims_get_bool(const pinjwt_claims *claims, const char *name,
                                                             size_t name_len, int *out);

/**
 * Lends a claim of any type as the JSON text that the token has, without blanks around it. Use
 * `len`: this is a piece of the payload, and no NUL follows it.
 *
 * PINJWT_E_ARGUMENT       A pointer or length breaks the general rules.
 * PINJWT_E_CLAIM_MISSING  There is no such claim.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_claims_get_json(const pinjwt_claims *claims, const char *name,
                                                             size_t name_len, pinjwt_bytes *out);

/** Frees the claims and all that the getters lent. NULL does nothing. */
PINJWT_API void pinjwt_claims_free(pinjwt_claims *claims);

/* ---- JWS: any payload, no claims (webhooks, files) --------------------------------------- */

/**
 * Signs any bytes: writes a JWS in the compact serialisation (RFC 7515 section 5.1) with alg, typ
 * and, where the key's id is not empty, kid. There are no claims: no expiry and no audience. The
 * types JWT and those that end in +jwt are refused, so that a signed payload can never pass for a
 * token (RFC 8725 section 3.11).
 *
 *   key      One that can sign.
 *   typ      The header's typ, 1 to 1024 bytes of UTF-8; (NULL, 0), or an empty text, writes
 *            "JOSE" (RFC 7515 section 4.1.9).
 *   payload  Any bytes, none at all included; at most 1048576.
 *   buf      The JWS.
 *
 * PINJWT_E_ARGUMENT    A pointer or length breaks the general rules; `typ` is over 1024 bytes, not
 *                      UTF-8, or means JWT or +jwt (in any case of letters, with "application/" or
 *                      without).
 * PINJWT_E_MEMORY      No guarded memory, or none for libcrypto.
 * PINJWT_E_BUFFER      `cap` is too small.
 * PINJWT_E_CRYPTO      libcrypto or libsodium failed.
 * PINJWT_E_KEY_USE     The key is public, or its key_ops do not allow "sign".
 * PINJWT_E_TOKEN_SIZE  The payload is over 1048576 bytes.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_jws_sign(const pinjwt_key *key, const char *typ, size_t typ_len,
                                                      const void *payload, size_t payload_len, char *buf,
                                                      size_t cap, size_t *len, pinjwt_error *err);

/**
 * Verifies a JWS in the compact serialisation (RFC 7515 section 5.2) and writes its payload, any
 * bytes, with a NUL after it that is not counted. The checks run in the order of pinjwt_verify, up
 * to the signature; kid is not compared. There is no policy, hence no hook and no event.
 *
 *   key      A secret, a public key, or a private key, whose public half verifies.
 *   typ      The typ that the header must have, compared as in pinjwt_policy_set_type; (NULL, 0),
 *            or an empty text, takes any typ and none, but not JWT or one that ends in +jwt.
 *   jws      At most 2097152 bytes.
 *   payload  The caller's buffer.
 *   cap      At least the length of `jws`, which is always enough.
 *   len      On PINJWT_OK the length of the payload; on PINJWT_E_BUFFER that of `jws`.
 *
 * PINJWT_E_ARGUMENT      A pointer or length breaks the general rules, or `typ` is refused as in
 *                        pinjwt_jws_sign.
 * PINJWT_E_MEMORY        No memory for libcrypto.
 * PINJWT_E_BUFFER        `cap` is below the length of `jws`: nothing has been looked at.
 * PINJWT_E_CRYPTO        libcrypto failed: the signature could not be judged.
 * PINJWT_E_KEY_USE       A secret or public key whose key_ops do not allow "verify".
 * PINJWT_E_TOKEN_FORMAT  Not three segments of strict base64url, or the signature is empty.
 * PINJWT_E_TOKEN_SIZE    Over 2097152 bytes.
 * PINJWT_E_HEADER        The header is not a JSON object, read strictly, has no alg, or alg, typ or
 *                        kid is not a string.
 * PINJWT_E_ALGORITHM     The header's alg is not the name of the key's algorithm.
 * PINJWT_E_CRITICAL      The header has crit, in any form, or a b64 that is not true (RFC 7797).
 * PINJWT_E_TYPE          The header's typ is not `typ`; or it is JWT or ends in +jwt.
 * PINJWT_E_SIGNATURE     The signature does not hold.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_jws_verify(const pinjwt_key *key, const char *typ,
                                                        size_t typ_len, const char *jws, size_t jws_len,
                                                        uint8_t *payload, size_t cap, size_t *len,
                                                        pinjwt_error *err);

/* ---- Looking without trusting ------------------------------------------------------------ */

/**
 * Takes a compact token apart (RFC 7515 section 3.1) without verifying anything: for people and
 * debugging, never to decide by. Writes one JSON object,
 * {"header":...,"payload":...,"signature_bytes":...,"warnings":[...]}:
 * header and payload as the token has them, the length of the signature in bytes, and English
 * sentences whose number and wording may change. A payload that is no JSON object, read strictly, is
 * null, with a warning; an empty signature is 0, with a warning. No clock is read.
 *
 *   token  A compact token of at most 1048576 bytes, of any algorithm, "none" included.
 *
 * PINJWT_E_ARGUMENT      A pointer or length breaks the general rules.
 * PINJWT_E_BUFFER        `cap` is too small.
 * PINJWT_E_TOKEN_FORMAT  Not three segments of strict base64url.
 * PINJWT_E_TOKEN_SIZE    Over 1048576 bytes.
 * PINJWT_E_HEADER        The header is not a JSON object, read strictly.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_inspect_unverified(const char *token, size_t token_len,
                                                                char *buf, size_t cap, size_t *len,
                                                                pinjwt_error *err);

/**
 * Looks for what is unwise in a token or in claims that are to be signed, without verifying
 * anything: no exp, or one far away; no iss, aud or jti; an alg that protects little; keys in the
 * header; personal data, secrets and card numbers, which anyone who holds the token can read; a size
 * that does not fit where tokens travel. Writes one JSON object,
 * {"findings":[{"code":...,"severity":...,"member":...,"message":...}, ...]}, the gravest first, at
 * most 100:
 *
 *   code      A fixed word, such as "no_exp"; later versions add some.
 *   severity  "error" (pinjwt_sign or pinjwt_verify refuses it at any time), "warning" or "note".
 *   member    The claim or header member concerned, or "".
 *   message   One English sentence, whose wording may change.
 *
 *   text  A compact token, or claims as a JSON object (then nothing is said about a header); at most
 *         1048576 bytes. White space around it is ignored.
 *   now   Unix seconds, or PINJWT_NOW: for a token without iat, and to tell that it has expired.
 *
 * PINJWT_E_ARGUMENT       A pointer, length or `now` breaks the general rules.
 * PINJWT_E_BUFFER         `cap` is too small.
 * PINJWT_E_TOKEN_FORMAT   Neither a JSON object nor three segments of strict base64url.
 * PINJWT_E_TOKEN_SIZE     Over 1048576 bytes.
 * PINJWT_E_HEADER         The header is not a JSON object, read strictly.
 * PINJWT_E_CLAIMS_FORMAT  The claims are not a JSON object, read strictly.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_lint(const char *text, size_t text_len, int64_t now, char *buf,
                                                  size_t cap, size_t *len, pinjwt_error *err);

/* ---- Revocation and events: hooks that the host supplies ---------------------------------- */

/**
 * What a revocation hook answers. Both values are unlike anything that is returned by accident; any
 * other, 0 and 1 included, refuses the token with PINJWT_E_STORE.
 */
typedef enum pinjwt_verdict {
  /** Refuse with PINJWT_E_REVOKED. */
  PINJWT_VERDICT_REVOKED = 0x52455631,
  /** Accept. */
  PINJWT_VERDICT_ALLOW = 0x50415353,
  PINJWT_VERDICT_WIDTH_ = 0x7fffffff
} pinjwt_verdict;

/**
 * Asked by pinjwt_verify and pinjwt_verify_json after the signature and all claims hold.
 *
 *   context  What was given with the hook. Shared by all threads that verify.
 *   claims   Lent during the call: read them with the getters, do not free or keep them. Decide by
 *            jti, sub or other claims, never by the signature: an ECDSA signature can be rewritten
 *            into another that holds too.
 */
typedef pinjwt_verdict (*pinjwt_revocation_fn)(void *context, const pinjwt_claims *claims);

/**
 * Sets the hook that verifiers made from the policy ask last, replacing an earlier one. Default:
 * none, and nothing is asked.
 *
 *   fn       The hook.
 *   context  Handed to each call; may be NULL.
 *   release  Called with the context when the policy and every verifier and signer made from it are
 *            gone or have another hook; may be NULL. Not called where this function fails.
 *
 * PINJWT_E_ARGUMENT  `policy` or `fn` is NULL.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_policy_set_revocation(pinjwt_policy *policy,
                                                                   pinjwt_revocation_fn fn, void *context,
                                                                   pinjwt_release_fn release,
                                                                   pinjwt_error *err);

/** What happened. Later versions add numbers: ignore those that you do not know. */
typedef enum pinjwt_event_type {
  /** pinjwt_sign made a token. */
  PINJWT_EVENT_SIGNED = 1,
  /** pinjwt_verify or pinjwt_verify_json accepted a token. */
  PINJWT_EVENT_VERIFIED = 2,
  /** pinjwt_verify or pinjwt_verify_json refused a token. */
  PINJWT_EVENT_REJECTED = 3,

  /* Sessions (pinjwt_sessions.h), told once the store has committed. */

  /** A session began. */
  PINJWT_EVENT_LOGIN = 10,
  /** A refresh token was exchanged for its successor. */
  PINJWT_EVENT_REFRESHED = 11,
  /** A refresh token was exchanged for the same successor again, within the grace. */
  PINJWT_EVENT_REPLAYED = 12,
  /** A refresh token was used again after its time: its session has been revoked. Alert the user. */
  PINJWT_EVENT_REUSE_DETECTED = 13,
  /** The store had lost a rotation, which its token made good. */
  PINJWT_EVENT_ROLLED_FORWARD = 14,
  /** The store was rolled back behind a session, which has been revoked. */
  PINJWT_EVENT_ROLLED_BACK = 15,
  /** A session, all of a user's, or all that began before a time were revoked. */
  PINJWT_EVENT_REVOKED = 16,
  /** A refresh token of a session that has reached an end was refused. */
  PINJWT_EVENT_SESSION_EXPIRED = 17,
  /** A token was denied by its jti. */
  PINJWT_EVENT_DENIED = 18,
  /** A one-shot token was used up. */
  PINJWT_EVENT_CONSUMED = 19,
  PINJWT_EVENT_WIDTH_ = 0x7fffffff
} pinjwt_event_type;

/**
 * An event, for logs and counters. Only the library makes it. It grows at its end: `size` is its
 * size in bytes in the loaded library, so a member whose offset is `size` or more is not there.
 * The texts are lent during the call of the handler; one that does not apply is empty.
 */
typedef struct pinjwt_event {
  size_t size;
  pinjwt_event_type type;
  /** PINJWT_OK, or why the token was refused. */
  pinjwt_status status;
  /** The `now` of the call, or the clock's time where that was PINJWT_NOW. Unix seconds. */
  int64_t at;
  /** The token's jti and sub, decoded; only from a token whose signature held. */
  pinjwt_bytes jti, sub;
  /** The kid in the token's header, decoded. In a refused token anybody may have written it: escape
   * it in logs. */
  pinjwt_bytes kid;
  /** As in pinjwt_error: the claim or header member that the refusal concerns. */
  pinjwt_bytes what;
  /** Events of sessions, and of tokens that have a sid: the session. `sub` is its user. */
  pinjwt_bytes sid;
  /** The jti of the access token that came with the refresh token before. */
  pinjwt_bytes previous_jti;
  /** The client's id. */
  pinjwt_bytes client;
  /** How often the session has been refreshed; -1 where it does not apply. */
  int64_t generation;
  /** Why a session was revoked: a pinjwt_reason. */
  int32_t reason;
} pinjwt_event;

/**
 * Told of each event. It cannot change the outcome.
 *
 *   context  What was given with the handler. Shared by all threads that sign or verify.
 *   event    Lent during the call.
 */
typedef void (*pinjwt_event_fn)(void *context, const pinjwt_event *event);

/**
 * Sets the handler that signers and verifiers made from the policy tell, replacing an earlier one.
 * PINJWT_E_ARGUMENT, PINJWT_E_BUFFER, refused claims in pinjwt_sign and the JWS functions make no
 * event. Default: none.
 *
 *   fn       The handler.
 *   context  Handed to each call; may be NULL.
 *   release  Called with the context when the policy and every verifier and signer made from it are
 *            gone or have another handler; may be NULL. Not called where this function fails.
 *
 * PINJWT_E_ARGUMENT  `policy` or `fn` is NULL.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_policy_set_event_handler(pinjwt_policy *policy,
                                                                      pinjwt_event_fn fn, void *context,
                                                                      pinjwt_release_fn release,
                                                                      pinjwt_error *err);

#ifdef __cplusplus
}
#endif
#endif
