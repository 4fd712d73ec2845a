/* Key sets: what they take, which key a token's kid picks, and their documents. */
#define _POSIX_C_SOURCE 200809L
#include "sets.h"

#include <pthread.h>

static const pinjwt_alg signatures[] = {PINJWT_RS256, PINJWT_ES256, PINJWT_EDDSA};
static const pinjwt_alg secrets[] = {PINJWT_HS256};

static pinjwt_status load(pinjwt_keyset *set, const char *json, const pinjwt_alg *allowed, size_t count,
                          size_t *skipped, pinjwt_error *error) {
  return pinjwt_keyset_load_jwks(set, json, PINJWT_STR, allowed, count, skipped, error);
}

static pinjwt_status to_jwks(const void *set, char *buf, size_t cap, size_t *len, pinjwt_error *error) {
  return pinjwt_keyset_to_jwks(set, buf, cap, len, error);
}

/* ---- Arguments ------------------------------------------------------------------------- */

static void arguments(void) {
  static const pinjwt_alg many[17] = {
      PINJWT_RS256, PINJWT_RS384, PINJWT_RS512, PINJWT_PS256,  PINJWT_PS384,   PINJWT_PS512,
      PINJWT_ES256, PINJWT_ES384, PINJWT_ES512, PINJWT_ES256K, PINJWT_EDDSA,   PINJWT_ED25519,
      PINJWT_ED448, PINJWT_HS256, PINJWT_HS384, PINJWT_HS512,  PINJWT_ED25519,
  };
  pinjwt_keyset *set = new_set(), *second = NULL;
  pinjwt_policy *policy = usual_policy();
  pinjwt_key *key = named_key(PINJWT_ES256, "k");
  pinjwt_verifier *verifier = UNTOUCHED;
  size_t skipped = 4711;
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyset_new(NULL, ERR));
  OK(pinjwt_keyset_new(&second, ERR));
  CHECK(second != NULL && pinjwt_keyset_count(second) == 0);
  pinjwt_keyset_free(second);

  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyset_add(NULL, key, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyset_add(set, NULL, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyset_remove(NULL, "k", 1, ERR));
  BAD_TEXT(pinjwt_keyset_remove(set, text, length, ERR));
  REFUSED_FOR(PINJWT_E_KEY_UNKNOWN, "kid", pinjwt_keyset_remove(set, "k", 1, ERR));
  REFUSED(PINJWT_E_KEY_UNKNOWN, pinjwt_keyset_remove(set, NULL, 0, ERR));

  REFUSED(PINJWT_E_ARGUMENT,
          pinjwt_keyset_load_jwks(NULL, "{\"keys\":[]}", PINJWT_STR, signatures, 3, &skipped, ERR));
  BAD_TEXT(pinjwt_keyset_load_jwks(set, text, length, signatures, 3, &skipped, ERR));
  REFUSED(PINJWT_E_ARGUMENT, load(set, "{\"keys\":[]}", NULL, 3, &skipped, ERR));
  REFUSED(PINJWT_E_ARGUMENT, load(set, "{\"keys\":[]}", NULL, 0, &skipped, ERR));
  REFUSED(PINJWT_E_ARGUMENT, load(set, "{\"keys\":[]}", signatures, 0, &skipped, ERR));
  REFUSED(PINJWT_E_ARGUMENT, load(set, "{\"keys\":[]}", many, 17, &skipped, ERR));
  REFUSED(PINJWT_E_ARGUMENT, load(set, "{\"keys\":[]}", signatures, (size_t)-1, &skipped, ERR));
  REFUSED(PINJWT_E_ARGUMENT, load(set, "{\"keys\":[]}", signatures, (size_t)PTRDIFF_MAX + 1, &skipped, ERR));
  {
    pinjwt_alg bad[2] = {PINJWT_ES256, PINJWT_ES256};
    BAD_ENUM((bad[1] = (pinjwt_alg)value, load(set, "{\"keys\":[]}", bad, 2, &skipped, ERR)));
    BAD_ENUM((bad[0] = (pinjwt_alg)value, load(set, "{\"keys\":[]}", bad, 1, &skipped, ERR)));
  }
  REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_keyset_load_jwks(set, NULL, 0, signatures, 3, &skipped, ERR));
  CHECK(skipped == 4711);
  OK(load(set, "{\"keys\":[]}", many, 16, &skipped, ERR));
  CHECK(skipped == 0);
  OK(load(set, "{\"keys\":[]}", many, 16, NULL, ERR));

  BAD_BUFFER(pinjwt_keyset_to_jwks(set, buf, cap, len, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyset_to_jwks(NULL, NULL, 0, NULL, ERR));
  CHECK(pinjwt_keyset_count(NULL) == 0);

  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_new_with_keyset(NULL, set, &verifier, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_new_with_keyset(policy, NULL, &verifier, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_new_with_keyset(policy, set, NULL, ERR));
  CHECK(verifier == UNTOUCHED);
  pinjwt_keyset_free(NULL);
  pinjwt_keyset_free(set);
  pinjwt_policy_free(policy);
  pinjwt_key_free(key);
}

/* ---- Adding and removing --------------------------------------------------------------- */

#define ED_X "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""
#define ED_D "\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\""

#define ED_KEY "{" ED_X "}"
#define OCT "\"kty\":\"oct\",\"k\":\"0hluiwP3XKSRPrhgJ816FelEDLNYnyHWfYI2-hvFaQ4\""

static void adding(void) {
  pinjwt_keyset *set = new_set();
  pinjwt_key *nameless = hs256_key(), *secret = renamed(hs256_key(), "secret"), *half = NULL;
  pinjwt_key *key = jwk_key(PINJWT_ES256, RFC7515_A3_JWK);
  pinjwt_key *signs = jwk_key(PINJWT_EDDSA, "{" ED_X ",\"key_ops\":[\"sign\"]}");
  pinjwt_key *private_signs = jwk_key(PINJWT_EDDSA, "{" ED_X "," ED_D ",\"key_ops\":[\"sign\"]}");
  pinjwt_key *secret_signs = jwk_key(PINJWT_HS256, "{" OCT ",\"kid\":\"s\",\"key_ops\":[\"sign\"]}");
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyset_add(set, nameless, ERR));
  REFUSED(PINJWT_E_KEY_USE, pinjwt_keyset_add(set, secret_signs, ERR));
  CHECK(pinjwt_keyset_count(set) == 0);
  OK(pinjwt_keyset_add(set, key, ERR));
  CHECK(pinjwt_keyset_count(set) == 1);
  REFUSED(PINJWT_E_KEY_DUPLICATE, pinjwt_keyset_add(set, key, ERR));
  OK(pinjwt_key_public(key, &half, ERR));
  REFUSED(PINJWT_E_KEY_DUPLICATE, pinjwt_keyset_add(set, half, ERR));
  REFUSED(PINJWT_E_KEY_USE, pinjwt_keyset_add(set, secret, ERR));
  REFUSED(PINJWT_E_KEY_USE, pinjwt_keyset_add(set, signs, ERR));
  CHECK(pinjwt_keyset_count(set) == 1);
  /* Its public half verifies. */
  OK(pinjwt_keyset_add(set, private_signs, ERR));
  CHECK(pinjwt_keyset_count(set) == 2);
  /* The set of secrets takes no other kind. */
  pinjwt_keyset_free(set);
  set = new_set();
  OK(pinjwt_keyset_add(set, secret, ERR));
  REFUSED(PINJWT_E_KEY_USE, pinjwt_keyset_add(set, key, ERR));
  REFUSED(PINJWT_E_KEY_USE, pinjwt_keyset_add(set, half, ERR));
  REFUSED(PINJWT_E_KEY_DUPLICATE, pinjwt_keyset_add(set, secret, ERR));
  /* An empty one takes either again. */
  OK(pinjwt_keyset_remove(set, "secret", PINJWT_STR, ERR));
  REFUSED(PINJWT_E_KEY_UNKNOWN, pinjwt_keyset_remove(set, "secret", PINJWT_STR, ERR));
  OK(pinjwt_keyset_add(set, key, ERR));
  pinjwt_keyset_free(set);
  pinjwt_key_free(half);
  pinjwt_key_free(nameless);
  pinjwt_key_free(secret);
  pinjwt_key_free(key);
  pinjwt_key_free(signs);
  pinjwt_key_free(private_signs);
  pinjwt_key_free(secret_signs);
}

static void a_full_set(void) {
  pinjwt_keyset *set = new_set();
  pinjwt_key *key = jwk_key(PINJWT_EDDSA, ED_KEY);
  char kid[16];
  int i, failed = 0;
  for (i = 0; i < 1024; i++) {
    pinjwt_key *named = NULL;
    sprintf(kid, "k%d", i);
    MUST(pinjwt_key_with_id(key, kid, PINJWT_STR, &named, &err));
    failed += pinjwt_keyset_add(set, named, &err) != PINJWT_OK;
    pinjwt_key_free(named);
  }
  CHECK(failed == 0);
  CHECK(pinjwt_keyset_count(set) == 1024);
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyset_add(set, key, ERR));
  CHECK(pinjwt_keyset_count(set) == 1024);
  OK(pinjwt_keyset_remove(set, "k0", 2, ERR));
  OK(pinjwt_keyset_add(set, key, ERR));
  CHECK(pinjwt_keyset_count(set) == 1024);
  free(check_writer(to_jwks, set));
  pinjwt_keyset_free(set);
  pinjwt_key_free(key);
}

/* ---- Which key verifies ---------------------------------------------------------------- */

#define ISS_AUD "\"iss\":\"https://issuer.example\",\"aud\":\"orders\""

/** A set of three kinds, and the keys that sign for it. */
typedef struct trio {
  pinjwt_key *rsa, *ec, *ed;
  pinjwt_keyset *set;
  pinjwt_policy *policy;
  pinjwt_verifier *verifier;
  EVP_PKEY *ed_evp;
} trio;

static trio new_trio(void) {
  trio three;
  three.rsa = renamed(jwk_key(PINJWT_RS256, RFC7515_A2_JWK), "a");
  three.ec = renamed(jwk_key(PINJWT_ES256, RFC7515_A3_JWK), "b");
  three.ed = renamed(jwk_key(PINJWT_EDDSA, "{" ED_X "," ED_D "}"), "c");
  three.set = new_set();
  three.policy = usual_policy();
  MUST(pinjwt_policy_set_max_token_size(three.policy, 1048576, &err));
  three.verifier = set_verifier(three.policy, three.set);
  MUST(pinjwt_keyset_add(three.set, three.rsa, &err));
  MUST(pinjwt_keyset_add(three.set, three.ec, &err));
  MUST(pinjwt_keyset_add(three.set, three.ed, &err));
  three.ed_evp = evp_key(three.ed);
  return three;
}

static void free_trio(trio three) {
  pinjwt_key_free(three.rsa);
  pinjwt_key_free(three.ec);
  pinjwt_key_free(three.ed);
  pinjwt_keyset_free(three.set);
  pinjwt_verifier_free(three.verifier);
  pinjwt_policy_free(three.policy);
  EVP_PKEY_free(three.ed_evp);
}

static void picked_by_kid(void) {
  static const struct {
    pinjwt_status status;
    const char *header, *what;
  } rows[] = {
      {PINJWT_OK, "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"c\"}", ""},
      {PINJWT_OK, "{\"kid\":\"\\u0063\",\"alg\":\"\\u0045dDSA\"}", ""},
      {PINJWT_OK, "{\"alg\":\"EdDSA\"}", ""},
      /* The pin of the kid's key decides, not the alg that is asked for. */
      {PINJWT_E_ALGORITHM, "{\"alg\":\"EdDSA\",\"kid\":\"a\"}", "alg"},
      {PINJWT_E_ALGORITHM, "{\"alg\":\"EdDSA\",\"kid\":\"b\"}", "alg"},
      {PINJWT_E_ALGORITHM, "{\"alg\":\"RS256\",\"kid\":\"c\"}", "alg"},
      {PINJWT_E_ALGORITHM, "{\"alg\":\"ES256\",\"kid\":\"c\"}", "alg"},
      {PINJWT_E_SIGNATURE, "{\"alg\":\"ES256\",\"kid\":\"b\"}", ""},
      {PINJWT_E_SIGNATURE, "{\"alg\":\"RS256\",\"kid\":\"a\"}", ""},
      {PINJWT_E_SIGNATURE, "{\"alg\":\"RS256\"}", ""},
      /* No key has the pin: judged before the kid. */
      {PINJWT_E_ALGORITHM, "{\"alg\":\"HS256\",\"kid\":\"a\"}", "alg"},
      {PINJWT_E_ALGORITHM, "{\"alg\":\"HS256\",\"kid\":\"unknown\"}", "alg"},
      {PINJWT_E_ALGORITHM, "{\"alg\":\"none\",\"kid\":\"a\"}", "alg"},
      {PINJWT_E_ALGORITHM, "{\"alg\":\"none\"}", "alg"},
      {PINJWT_E_ALGORITHM, "{\"alg\":\"eddsa\",\"kid\":\"c\"}", "alg"},
      {PINJWT_E_ALGORITHM, "{\"alg\":\"Ed25519\",\"kid\":\"c\"}", "alg"},
      {PINJWT_E_ALGORITHM, "{\"alg\":\"\",\"kid\":\"c\"}", "alg"},
      /* A kid that no key has. */
      {PINJWT_E_KEY_UNKNOWN, "{\"alg\":\"EdDSA\",\"kid\":\"d\"}", "kid"},
      {PINJWT_E_KEY_UNKNOWN, "{\"alg\":\"EdDSA\",\"kid\":\"\"}", "kid"},
      {PINJWT_E_KEY_UNKNOWN, "{\"alg\":\"EdDSA\",\"kid\":\"C\"}", "kid"},
      {PINJWT_E_KEY_UNKNOWN, "{\"alg\":\"EdDSA\",\"kid\":\"c \"}", "kid"},
      {PINJWT_E_KEY_UNKNOWN, "{\"alg\":\"EdDSA\",\"kid\":\"cc\"}", "kid"},
      {PINJWT_E_KEY_UNKNOWN, "{\"alg\":\"EdDSA\",\"kid\":\"c\\u0000\"}", "kid"},
      {PINJWT_E_KEY_UNKNOWN, "{\"alg\":\"EdDSA\",\"kid\":\"c\\u0000x\"}", "kid"},
      {PINJWT_E_KEY_UNKNOWN, "{\"alg\":\"EdDSA\",\"kid\":\"\\u0000\"}", "kid"},
      {PINJWT_E_KEY_UNKNOWN, "{\"alg\":\"EdDSA\",\"kid\":\"../../../../dev/null\"}", "kid"},
      {PINJWT_E_KEY_UNKNOWN, "{\"alg\":\"EdDSA\",\"kid\":\"x' UNION SELECT 'c';-- \"}", "kid"},
      {PINJWT_E_KEY_UNKNOWN, "{\"alg\":\"EdDSA\",\"kid\":\"c' OR '1'='1\"}", "kid"},
      {PINJWT_E_KEY_UNKNOWN, "{\"alg\":\"EdDSA\",\"kid\":\"c|/usr/bin/id\"}", "kid"},
      {PINJWT_E_KEY_UNKNOWN, "{\"alg\":\"EdDSA\",\"kid\":\"%63\"}", "kid"},
      {PINJWT_E_KEY_UNKNOWN, "{\"alg\":\"EdDSA\",\"kid\":\"\xd0\xb0\"}", "kid"},
      {PINJWT_E_KEY_UNKNOWN, "{\"alg\":\"EdDSA\",\"kid\":\"\\r\\nc\\u001b[31m\"}", "kid"},
      /* A kid that is none. */
      {PINJWT_E_HEADER, "{\"alg\":\"EdDSA\",\"kid\":1}", "kid"},
      {PINJWT_E_HEADER, "{\"alg\":\"EdDSA\",\"kid\":null}", "kid"},
      {PINJWT_E_HEADER, "{\"alg\":\"EdDSA\",\"kid\":true}", "kid"},
      {PINJWT_E_HEADER, "{\"alg\":\"EdDSA\",\"kid\":[\"c\"]}", "kid"},
      {PINJWT_E_HEADER, "{\"alg\":\"EdDSA\",\"kid\":{\"c\":1}}", "kid"},
      /* The rest of the header is judged first. */
      {PINJWT_E_CRITICAL, "{\"alg\":\"EdDSA\",\"kid\":\"d\",\"crit\":[\"x\"]}", "crit"},
      {PINJWT_E_CRITICAL, "{\"alg\":\"EdDSA\",\"kid\":\"d\",\"b64\":false}", "b64"},
      {PINJWT_E_TYPE, "{\"alg\":\"EdDSA\",\"kid\":\"d\",\"typ\":\"at+jwt\"}", "typ"},
  };
  trio three = new_trio();
  char *token;
  size_t i;
  const pinjwt_key *signing[3];
  signing[0] = three.rsa;
  signing[1] = three.ec;
  signing[2] = three.ed;
  for (i = 0; i < 3; i++) {
    token = token_of(three.policy, signing[i], "{}", T0);
    ACCEPTED(three.verifier, token, T0);
    free(token);
  }
  for (i = 0; i < COUNT(rows); i++) {
    check_row = rows[i].header;
    token = forge_with(three.ed_evp, NULL, 0, rows[i].header, USUAL_CLAIMS);
    if (rows[i].status == PINJWT_OK) {
      ACCEPTED(three.verifier, token, T0);
    } else {
      REFUSED_FOR(rows[i].status, rows[i].what, verify_once(three.verifier, token, T0, ERR));
    }
    free(token);
  }
  check_row = "";
  token = forge_with(three.ed_evp, NULL, 0, "{\"alg\":\"EdDSA\",\"kid\":\"c\",\"kid\":\"c\"}", USUAL_CLAIMS);
  TURNED_AWAY(PINJWT_E_HEADER, three.verifier, token, T0);
  free(token);
  free_trio(three);
}

static void a_huge_kid(void) {
  trio three = new_trio();
  char *kid = need_(malloc(100001)), *header, *token;
  memset(kid, 'c', 100000);
  kid[100000] = '\0';
  header = format("{\"alg\":\"EdDSA\",\"kid\":\"%s\"}", kid);
  token = forge_with(three.ed_evp, NULL, 0, header, USUAL_CLAIMS);
  REFUSED_FOR(PINJWT_E_KEY_UNKNOWN, "kid", verify_once(three.verifier, token, T0, ERR));
  free(header);
  free(token);
  /* One of 1024 bytes is the longest that a key can have. */
  kid[1025] = '\0';
  header = format("{\"alg\":\"EdDSA\",\"kid\":\"%s\"}", kid);
  token = forge_with(three.ed_evp, NULL, 0, header, USUAL_CLAIMS);
  kid[1024] = '\0';
  three.ed = renamed(three.ed, kid);
  OK(pinjwt_keyset_add(three.set, three.ed, ERR));
  TURNED_AWAY(PINJWT_E_KEY_UNKNOWN, three.verifier, token, T0);
  free(token);
  token = token_of(three.policy, three.ed, "{}", T0);
  ACCEPTED(three.verifier, token, T0);
  free(token);
  free(header);
  free(kid);
  free_trio(three);
}

/* An attacker's key in the token's own header changes nothing. */
static void keys_in_the_header(void) {
  static const char *const members[] = {
      "\"jwk\":%s",
      "\"jwk\":%s,\"jku\":\"https://attacker.example/jwks.json\"",
      "\"jku\":\"https://attacker.example/jwks.json\",\"ignored\":%s",
      "\"x5u\":\"https://attacker.example/cert.pem\",\"ignored\":%s",
      "\"x5c\":[\"MIIBCjCBsaADAgECAgEBMAoGCCqGSM49BAMCMA8xDTALBgNVBAMMBHRlc3QwHhcN\"],\"ignored\":%s",
      "\"x5t\":\"AAAA\",\"x5t#S256\":\"AAAA\",\"ignored\":%s",
  };
  trio three = new_trio();
  pinjwt_key *attacker = named_key(PINJWT_EDDSA, "c");
  EVP_PKEY *attacker_evp = evp_key(attacker);
  char *jwk = jwk_text(attacker, PINJWT_PART_PUBLIC);
  size_t i, kid;
  for (i = 0; i < COUNT(members); i++) {
    for (kid = 0; kid < 2; kid++) {
      char *member = need_(malloc(strlen(members[i]) + strlen(jwk) + 1)), *header, *token;
      const char *hole = strstr(members[i], "%s");
      check_row = members[i];
      sprintf(member, "%.*s%s", (int)(hole - members[i]), members[i], jwk);
      header = format("{\"alg\":\"EdDSA\"%s,%s}", kid == 0 ? "" : ",\"kid\":\"c\"", member);
      token = forge_with(attacker_evp, NULL, 0, header, USUAL_CLAIMS);
      TURNED_AWAY(PINJWT_E_SIGNATURE, three.verifier, token, T0);
      free(token);
      /* The honest twin, with the same header. */
      token = forge_with(three.ed_evp, NULL, 0, header, USUAL_CLAIMS);
      ACCEPTED(three.verifier, token, T0);
      free(token);
      free(header);
      free(member);
    }
  }
  free(jwk);
  EVP_PKEY_free(attacker_evp);
  pinjwt_key_free(attacker);
  free_trio(three);
}

/* The public key of the set as an HMAC secret. */
static void confusion(void) {
  trio three = new_trio();
  char pem[1024], *token = need_(malloc(2048)), *end;
  unsigned char tag[EVP_MAX_MD_SIZE];
  unsigned tag_length = 0;
  size_t length;
  MUST(pinjwt_key_to_pem(three.rsa, PINJWT_PART_PUBLIC, pem, sizeof pem, &length, &err));
  end = base64url("{\"alg\":\"HS256\",\"kid\":\"a\"}", 25, token);
  *end++ = '.';
  end = base64url(USUAL_CLAIMS, strlen(USUAL_CLAIMS), end);
  HMAC(EVP_sha256(), pem, (int)length, (const unsigned char *)token, (size_t)(end - token), tag, &tag_length);
  *end++ = '.';
  base64url(tag, tag_length, end);
  TURNED_AWAY(PINJWT_E_ALGORITHM, three.verifier, token, T0);
  free(token);
  free_trio(three);
}

/* Without kid at most four keys of the pin are tried, the first of them. */
static void without_kid(void) {
  enum { keys = 6 };
  pinjwt_policy *policy = usual_policy();
  pinjwt_keyset *set = new_set();
  pinjwt_verifier *verifier = set_verifier(policy, set);
  pinjwt_key *plain[keys], *other[keys], *stranger = NULL;
  char *tokens[keys], *others[keys], *strange, kid[16];
  int i;
  MUST(pinjwt_key_generate(PINJWT_HS256, &stranger, &err));
  strange = token_of(policy, stranger, "{}", T0);
  TURNED_AWAY(PINJWT_E_KEY_UNKNOWN, verifier, strange, T0);
  for (i = 0; i < keys; i++) {
    pinjwt_key *named = NULL;
    MUST(pinjwt_key_generate(PINJWT_HS256, &plain[i], &err));
    MUST(pinjwt_key_generate(PINJWT_HS512, &other[i], &err));
    tokens[i] = token_of(policy, plain[i], "{}", T0);
    others[i] = token_of(policy, other[i], "{}", T0);
    sprintf(kid, "o%d", i);
    MUST(pinjwt_key_with_id(other[i], kid, PINJWT_STR, &named, &err));
    OK(pinjwt_keyset_add(set, named, ERR));
    pinjwt_key_free(named);
    sprintf(kid, "k%d", i);
    MUST(pinjwt_key_with_id(plain[i], kid, PINJWT_STR, &named, &err));
    OK(pinjwt_keyset_add(set, named, ERR));
    pinjwt_key_free(named);
  }
  for (i = 0; i < keys; i++) {
    if (i < 4) {
      ACCEPTED(verifier, tokens[i], T0);
      ACCEPTED(verifier, others[i], T0);
    } else {
      TURNED_AWAY(PINJWT_E_SIGNATURE, verifier, tokens[i], T0);
      TURNED_AWAY(PINJWT_E_SIGNATURE, verifier, others[i], T0);
    }
  }
  TURNED_AWAY(PINJWT_E_SIGNATURE, verifier, strange, T0);
  OK(pinjwt_keyset_remove(set, "k1", 2, ERR));
  TURNED_AWAY(PINJWT_E_SIGNATURE, verifier, tokens[1], T0);
  ACCEPTED(verifier, tokens[4], T0);
  TURNED_AWAY(PINJWT_E_SIGNATURE, verifier, tokens[5], T0);
  TURNED_AWAY(PINJWT_E_SIGNATURE, verifier, others[4], T0);
  /* With a kid the place in the set does not matter. */
  {
    pinjwt_key *named = NULL;
    char *token;
    MUST(pinjwt_key_with_id(plain[5], "k5", 2, &named, &err));
    token = token_of(policy, named, "{}", T0);
    ACCEPTED(verifier, token, T0);
    free(token);
    pinjwt_key_free(named);
  }
  for (i = 0; i < keys; i++) {
    free(tokens[i]);
    free(others[i]);
    pinjwt_key_free(plain[i]);
    pinjwt_key_free(other[i]);
  }
  free(strange);
  pinjwt_key_free(stranger);
  pinjwt_keyset_free(set);
  pinjwt_verifier_free(verifier);
  pinjwt_policy_free(policy);
}

/* A verifier follows the set, and outlives the caller's handles. */
static void following(void) {
  trio three = new_trio();
  char *token = token_of(three.policy, three.ed, "{}", T0);
  OK(pinjwt_keyset_remove(three.set, "c", 1, ERR));
  TURNED_AWAY(PINJWT_E_ALGORITHM, three.verifier, token, T0);
  OK(pinjwt_keyset_remove(three.set, "a", 1, ERR));
  OK(pinjwt_keyset_remove(three.set, "b", 1, ERR));
  CHECK(pinjwt_keyset_count(three.set) == 0);
  TURNED_AWAY(PINJWT_E_KEY_UNKNOWN, three.verifier, token, T0);
  OK(pinjwt_keyset_add(three.set, three.ed, ERR));
  pinjwt_keyset_free(three.set);
  pinjwt_key_free(three.ed);
  three.set = NULL;
  three.ed = NULL;
  ACCEPTED(three.verifier, token, T0);
  free(token);
  free_trio(three);
}

static void joined(void) {
  static const char *const issuers[2] = {"https://one.example", "https://two.example"};
  pinjwt_verifier *parts[3] = {NULL, NULL, NULL}, *verifier = NULL;
  pinjwt_keyset *sets[2];
  pinjwt_key *keys[2], *single = hs256_key();
  char *tokens[2], *crossed, *of_single;
  pinjwt_policy *policy;
  int i;
  for (i = 0; i < 2; i++) {
    policy = new_policy();
    MUST(pinjwt_policy_set_issuer(policy, issuers[i], PINJWT_STR, &err));
    sets[i] = new_set();
    /* Both issuers call their key the same. */
    keys[i] = named_key(PINJWT_EDDSA, "2024");
    parts[i] = set_verifier(policy, sets[i]);
    tokens[i] = token_of(policy, keys[i], "{}", T0);
    pinjwt_policy_free(policy);
  }
  policy = new_policy();
  MUST(pinjwt_policy_set_issuer(policy, "https://three.example", PINJWT_STR, &err));
  parts[2] = new_verifier(policy, single);
  of_single = token_of(policy, single, "{}", T0);
  pinjwt_policy_free(policy);
  policy = new_policy();
  MUST(pinjwt_policy_set_issuer(policy, issuers[1], PINJWT_STR, &err));
  crossed = token_of(policy, keys[0], "{}", T0);
  pinjwt_policy_free(policy);
  OK(pinjwt_verifier_join((const pinjwt_verifier *const *)parts, 3, &verifier, ERR));
  TURNED_AWAY(PINJWT_E_KEY_UNKNOWN, verifier, tokens[0], T0);
  OK(pinjwt_keyset_add(sets[0], keys[0], ERR));
  ACCEPTED(verifier, tokens[0], T0);
  TURNED_AWAY(PINJWT_E_KEY_UNKNOWN, verifier, tokens[1], T0);
  OK(pinjwt_keyset_add(sets[1], keys[1], ERR));
  ACCEPTED(verifier, tokens[1], T0);
  ACCEPTED(verifier, of_single, T0);
  /* The first issuer cannot speak for the second. */
  TURNED_AWAY(PINJWT_E_SIGNATURE, verifier, crossed, T0);
  for (i = 0; i < 2; i++) {
    pinjwt_keyset_free(sets[i]);
    pinjwt_key_free(keys[i]);
  }
  for (i = 0; i < 3; i++) {
    pinjwt_verifier_free(parts[i]);
  }
  ACCEPTED(verifier, tokens[0], T0);
  pinjwt_verifier_free(verifier);
  pinjwt_key_free(single);
  free(tokens[0]);
  free(tokens[1]);
  free(crossed);
  free(of_single);
}

/* ---- Events ---------------------------------------------------------------------------- */

typedef struct last_event {
  int count;
  pinjwt_event_type type;
  pinjwt_status status;
  char kid[64], what[16];
  size_t kid_length;
} last_event;

static void note_event(void *context, const pinjwt_event *event) {
  last_event *last = context;
  last->count++;
  last->type = event->type;
  last->status = event->status;
  last->kid_length = event->kid.len;
  snprintf(last->kid, sizeof last->kid, "%s", (const char *)event->kid.data);
  snprintf(last->what, sizeof last->what, "%s", (const char *)event->what.data);
}

static void events(void) {
  static const struct {
    pinjwt_status status;
    const char *header, *kid, *what;
    size_t kid_length;
  } rows[] = {
      {PINJWT_OK, "{\"alg\":\"EdDSA\",\"kid\":\"c\"}", "c", "", 1},
      {PINJWT_E_KEY_UNKNOWN, "{\"alg\":\"EdDSA\",\"kid\":\"gone\\n\"}", "gone\n", "kid", 5},
      {PINJWT_E_KEY_UNKNOWN, "{\"alg\":\"EdDSA\",\"kid\":\"c\\u0000d\"}", "c", "kid", 3},
      {PINJWT_E_SIGNATURE, "{\"alg\":\"ES256\",\"kid\":\"b\"}", "b", "", 1},
      {PINJWT_E_ALGORITHM, "{\"alg\":\"EdDSA\",\"kid\":\"a\"}", "a", "alg", 1},
  };
  trio three = new_trio();
  last_event last = {0};
  pinjwt_verifier *verifier;
  size_t i;
  OK(pinjwt_policy_set_event_handler(three.policy, note_event, &last, NULL, ERR));
  verifier = set_verifier(three.policy, three.set);
  for (i = 0; i < COUNT(rows); i++) {
    char *token = forge_with(three.ed_evp, NULL, 0, rows[i].header, USUAL_CLAIMS);
    check_row = rows[i].header;
    memset(&last, 0, sizeof last);
    CHECK(verify_once(verifier, token, T0, NULL) == rows[i].status);
    CHECK(last.count == 1 && last.status == rows[i].status);
    CHECK(last.type == (rows[i].status == PINJWT_OK ? PINJWT_EVENT_VERIFIED : PINJWT_EVENT_REJECTED));
    SAME(last.kid, rows[i].kid);
    CHECK(last.kid_length == rows[i].kid_length);
    SAME(last.what, rows[i].what);
    free(token);
  }
  pinjwt_verifier_free(verifier);
  free_trio(three);
}

/* ---- Documents ------------------------------------------------------------------------- */

/** A string member of a JWK that pinjwt or an RFC wrote; the caller frees it. */
static char *member(const char *jwk, const char *name) {
  char *quoted = format("\"%s\":\"", name), *value;
  const char *from = strstr(jwk, quoted), *end;
  from = from == NULL ? "" : from + strlen(quoted);
  end = strchr(from, '"');
  value = format("%.*s", end == NULL ? 0 : (int)(end - from), from);
  free(quoted);
  return value;
}

static void skipping(void) {
  /* N stands for the modulus of RFC 7515 A.2, W for one of 1024 bits. */
  static const char *const rows[] = {
      "{}",
      "{\"kty\":\"unknown\",\"kid\":\"x\"}",
      "{\"kty\":5}",
      "{\"kty\":null}",
      "{\"kty\":\"rsa\",\"alg\":\"RS256\",\"n\":\"N\",\"e\":\"AQAB\"}",
      "{\"kty\":\"AKP\",\"alg\":\"ML-DSA-65\",\"kid\":\"x\",\"pub\":\"AAAA\"}",
      "{\"kty\":\"EC\",\"crv\":\"P-224\",\"x\":\"AA\",\"y\":\"AA\"}",
      "{\"kty\":\"EC\",\"crv\":7,\"x\":\"AA\",\"y\":\"AA\"}",
      "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
      "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUQ\"}",
      "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"}",
      "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
      "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}",
      "{" ED_X ",\"use\":\"enc\"}",
      "{" ED_X ",\"use\":\"SIG\"}",
      "{" ED_X ",\"use\":\"\"}",
      "{" ED_X ",\"use\":5}",
      "{" ED_X ",\"alg\":\"Ed25519\"}",
      "{" ED_X ",\"alg\":\"none\"}",
      "{" ED_X ",\"alg\":\"HS256\"}",
      "{" ED_X ",\"alg\":\"RS256\"}",
      "{" ED_X ",\"alg\":5}",
      "{" ED_X ",\"alg\":null}",
      "{" ED_X ",\"alg\":\"\"}",
      "{" ED_X ",\"key_ops\":[\"sign\"]}",
      "{" ED_X ",\"key_ops\":[\"encrypt\"]}",
      "{" ED_X ",\"key_ops\":[]}",
      "{" ED_X ",\"key_ops\":\"verify\"}",
      "{" ED_X ",\"key_ops\":[\"verify\",5]}",
      "{" ED_X ",\"kid\":5}",
      "{" ED_X ",\"kid\":null}",
      "{" ED_X ",\"kid\":\"\"}",
      "{" ED_X ",\"kid\":[\"x\"]}",
      "{" ED_X ",\"d\":\"AAAA\"}",
      "{" ED_X ",\"d\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
      "{\"kty\":\"RSA\",\"alg\":\"RS512\",\"n\":\"N\",\"e\":\"AQAB\"}",
      "{\"kty\":\"RSA\",\"alg\":\"PS256\",\"n\":\"N\",\"e\":\"AQAB\"}",
      "{\"kty\":\"RSA\",\"alg\":\"RSA-OAEP\",\"use\":\"enc\",\"n\":\"N\",\"e\":\"AQAB\"}",
      "{\"kty\":\"RSA\",\"alg\":\"ES256\",\"n\":\"N\",\"e\":\"AQAB\"}",
      "{\"kty\":\"RSA\",\"n\":\"N\",\"e\":\"AQ\"}",
      "{\"kty\":\"RSA\",\"n\":\"N\",\"e\":\"AA\"}",
      "{\"kty\":\"RSA\",\"n\":\"N\",\"e\":\"\"}",
      "{\"kty\":\"RSA\",\"n\":\"N\"}",
      "{\"kty\":\"RSA\",\"n\":5,\"e\":\"AQAB\"}",
      "{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"AQAB\"}",
      "{\"kty\":\"RSA\",\"n\":\"!!!!\",\"e\":\"AQAB\"}",
      "{\"kty\":\"RSA\",\"n\":\"N=\",\"e\":\"AQAB\"}",
      "{\"kty\":\"RSA\",\"n\":\"W\",\"e\":\"AQAB\"}",
      "{\"kty\":\"RSA\",\"n\":\"N\",\"e\":\"AQAB\",\"d\":\"AAAA\"}",
      "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
      "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4\"}",
      "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
      "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
      "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
      "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
  };
  char *n = member(RFC7515_A2_JWK, "n"), weak[172];
  pinjwt_keyset *set = new_set();
  pinjwt_key *good = renamed(jwk_key(PINJWT_ES256, RFC7515_A3_JWK), "good");
  char *good_text = jwk_text(good, PINJWT_PART_PUBLIC);
  size_t i, skipped;
  memset(weak, 'w', 171);
  memcpy(weak + 168, "wwg", 4);
  for (i = 0; i < COUNT(rows); i++) {
    char *jwk = need_(malloc(strlen(rows[i]) + strlen(n) + 8)), *document;
    const char *hole = strstr(rows[i], "\"N"), *weak_hole = strstr(rows[i], "\"W\"");
    if (hole != NULL) {
      sprintf(jwk, "%.*s%s%s", (int)(hole + 1 - rows[i]), rows[i], n, hole + 2);
    } else if (weak_hole != NULL) {
      sprintf(jwk, "%.*s%s%s", (int)(weak_hole + 1 - rows[i]), rows[i], weak, weak_hole + 2);
    } else {
      strcpy(jwk, rows[i]);
    }
    check_row = rows[i];
    skipped = 4711;
    document = format("{\"keys\":[%s,%s]}", jwk, good_text);
    if (OK(load(set, document, signatures, 3, &skipped, ERR))) {
      CHECK(skipped == 1);
      CHECK(pinjwt_keyset_count(set) == 1);
    }
    free(document);
    skipped = 4711;
    document = format("{\"keys\":[%s]}", jwk);
    if (OK(load(set, document, signatures, 3, &skipped, ERR))) {
      CHECK(skipped == 1);
      CHECK(pinjwt_keyset_count(set) == 0);
    }
    free(document);
    free(jwk);
  }
  free(n);
  free(good_text);
  pinjwt_key_free(good);
  pinjwt_keyset_free(set);
}

static void skipping_secrets(void) {
  static const struct {
    const char *jwk;
    size_t count;
  } rows[] = {
      {"{" OCT ",\"kid\":\"s\"}", 1},
      {"{" OCT ",\"kid\":\"s\",\"alg\":\"HS256\"}", 1},
      {"{" OCT ",\"kid\":\"s\",\"key_ops\":[\"verify\"],\"use\":\"sig\"}", 1},
      {"{" OCT "}", 0},
      {"{" OCT ",\"kid\":\"\"}", 0},
      {"{" OCT ",\"kid\":\"s\",\"alg\":\"HS384\"}", 0},
      {"{" OCT ",\"kid\":\"s\",\"alg\":\"A256GCM\"}", 0},
      {"{" OCT ",\"kid\":\"s\",\"key_ops\":[\"sign\"]}", 0},
      {"{" OCT ",\"kid\":\"s\",\"use\":\"enc\"}", 0},
      {"{\"kty\":\"oct\",\"kid\":\"s\",\"k\":\"AQI\"}", 0},
      {"{\"kty\":\"oct\",\"kid\":\"s\"}", 0},
      {"{\"kty\":\"oct\",\"kid\":\"s\",\"k\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}", 0},
      {"{\"kty\":\"oct\",\"kid\":\"s\",\"k\":\"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\"}", 0},
  };
  static const pinjwt_alg two[] = {PINJWT_HS256, PINJWT_HS512};
  pinjwt_keyset *set = new_set();
  size_t i, skipped;
  for (i = 0; i < COUNT(rows); i++) {
    char *document = format("{\"keys\":[%s]}", rows[i].jwk);
    check_row = rows[i].jwk;
    skipped = 4711;
    OK(load(set, document, secrets, 1, &skipped, ERR));
    CHECK(pinjwt_keyset_count(set) == rows[i].count && skipped == 1 - rows[i].count);
    free(document);
  }
  check_row = "";
  /* Two pins that the kind fits; and none. */
  OK(load(set, "{\"keys\":[{" OCT ",\"kid\":\"s\"}]}", two, 2, &skipped, ERR));
  CHECK(pinjwt_keyset_count(set) == 0 && skipped == 1);
  OK(load(set, "{\"keys\":[{" OCT ",\"kid\":\"s\",\"alg\":\"HS256\"}]}", two, 2, &skipped, ERR));
  CHECK(pinjwt_keyset_count(set) == 1 && skipped == 0);
  OK(load(set, "{\"keys\":[{" OCT ",\"kid\":\"s\"}]}", signatures, 3, &skipped, ERR));
  CHECK(pinjwt_keyset_count(set) == 0 && skipped == 1);
  pinjwt_keyset_free(set);
}

static void which_pin(void) {
  static const struct {
    const char *name, *jwk;
    pinjwt_alg allowed[3];
    size_t allowed_count, loaded;
  } rows[] = {
      {"one RSA pin", RFC7515_A2_JWK, {PINJWT_RS256, PINJWT_ES256, PINJWT_EDDSA}, 3, 1},
      {"another RSA pin", RFC7515_A2_JWK, {PINJWT_PS512}, 1, 1},
      {"two RSA pins", RFC7515_A2_JWK, {PINJWT_RS256, PINJWT_PS256}, 2, 0},
      {"two of one padding", RFC7515_A2_JWK, {PINJWT_RS256, PINJWT_ES256, PINJWT_RS512}, 3, 0},
      {"no RSA pin", RFC7515_A2_JWK, {PINJWT_ES256, PINJWT_EDDSA}, 2, 0},
      {"the curve tells", RFC7515_A3_JWK, {PINJWT_ES256, PINJWT_ES384, PINJWT_ES256K}, 3, 1},
      {"the curve tells not", RFC7515_A3_JWK, {PINJWT_ES512, PINJWT_ES384, PINJWT_ES256K}, 3, 0},
      {"P-521", RFC7515_A4_JWK, {PINJWT_ES512, PINJWT_ES384, PINJWT_ES256}, 3, 1},
      {"Ed25519 as EdDSA", ED_KEY, {PINJWT_EDDSA, PINJWT_ED448}, 2, 1},
      {"Ed25519 by its name", ED_KEY, {PINJWT_ED25519, PINJWT_ED448}, 2, 1},
      {"Ed25519 by two names", ED_KEY, {PINJWT_EDDSA, PINJWT_ED25519}, 2, 0},
      {"Ed25519 is not Ed448", ED_KEY, {PINJWT_ED448}, 1, 0},
  };
  pinjwt_keyset *set = new_set();
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    char *document = format("{\"keys\":[%s]}", rows[i].jwk);
    size_t skipped = 4711;
    check_row = rows[i].name;
    OK(load(set, document, rows[i].allowed, rows[i].allowed_count, &skipped, ERR));
    CHECK(pinjwt_keyset_count(set) == rows[i].loaded && skipped == 1 - rows[i].loaded);
    free(document);
  }
  pinjwt_keyset_free(set);
}

/* What cannot be read changes nothing. */
static void failed_loads(void) {
  static const struct {
    pinjwt_status status;
    const char *document;
  } rows[] = {
      {PINJWT_E_KEY_FORMAT, ""},
      {PINJWT_E_KEY_FORMAT, " "},
      {PINJWT_E_KEY_FORMAT, "x"},
      {PINJWT_E_KEY_FORMAT, "null"},
      {PINJWT_E_KEY_FORMAT, "[]"},
      {PINJWT_E_KEY_FORMAT, "\"keys\""},
      {PINJWT_E_KEY_FORMAT, "{}"},
      {PINJWT_E_KEY_FORMAT, "{\"Keys\":[]}"},
      {PINJWT_E_KEY_FORMAT, "{\"keys\":{}}"},
      {PINJWT_E_KEY_FORMAT, "{\"keys\":null}"},
      {PINJWT_E_KEY_FORMAT, "{\"keys\":\"\"}"},
      {PINJWT_E_KEY_FORMAT, "{\"keys\":[5]}"},
      {PINJWT_E_KEY_FORMAT, "{\"keys\":[null]}"},
      {PINJWT_E_KEY_FORMAT, "{\"keys\":[[]]}"},
      {PINJWT_E_KEY_FORMAT, "{\"keys\":[\"x\"]}"},
      {PINJWT_E_KEY_FORMAT, "{\"keys\":[" ED_KEY ",5]}"},
      {PINJWT_E_KEY_FORMAT, "{\"keys\":[]"},
      {PINJWT_E_KEY_FORMAT, "{\"keys\":[]}x"},
      {PINJWT_E_KEY_FORMAT, "{\"keys\":[]}{}"},
      {PINJWT_E_KEY_FORMAT, "{\"keys\":[],}"},
      {PINJWT_E_KEY_FORMAT, "{\"keys\":[],\"keys\":[]}"},
      {PINJWT_E_KEY_FORMAT, "{\"keys\":[],\"k\\u0065ys\":[]}"},
      {PINJWT_E_KEY_FORMAT, "{\"keys\":[],\"x\":1,\"x\":2}"},
      {PINJWT_E_KEY_FORMAT, "{\"keys\":[{\"kid\":\"a\",\"kid\":\"b\"}]}"},
      {PINJWT_E_KEY_FORMAT, "{'keys':[]}"},
      {PINJWT_E_KEY_FORMAT, "\xef\xbb\xbf{\"keys\":[]}"},
      {PINJWT_E_KEY_FORMAT, "{\"keys\":[],\"x\":\"\xff\"}"},
      {PINJWT_E_KEY_FORMAT, "{\"keys\":[],\"x\":NaN}"},
      {PINJWT_E_KEY_FORMAT, "<html></html>"},
      {PINJWT_E_KEY_FORMAT, ED_KEY},
      {PINJWT_E_KEY_USE, "{\"keys\":[{" OCT ",\"kid\":\"s\"}," ED_KEY "]}"},
      {PINJWT_E_KEY_USE, "{\"keys\":[" ED_KEY ",{" OCT "}]}"},
      {PINJWT_E_KEY_USE, "{\"keys\":[" ED_KEY ",{\"kty\":\"oct\"}]}"},
      {PINJWT_E_KEY_USE, "{\"keys\":[" ED_KEY ",{" OCT ",\"use\":\"enc\"}]}"},
      {PINJWT_E_KEY_USE, "{\"keys\":[{\"kty\":\"RSA\"},{\"kty\":\"oct\"}]}"},
      {PINJWT_E_KEY_DUPLICATE, "{\"keys\":[" ED_KEY "," ED_KEY "]}"},
      {PINJWT_E_KEY_DUPLICATE, "{\"keys\":[{" ED_X ",\"kid\":\"x\"},{" ED_X ",\"kid\":\"\\u0078\"}]}"},
      {PINJWT_E_KEY_DUPLICATE,
       "{\"keys\":[{" ED_X ",\"kid\":\"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k\"}," ED_KEY "]}"},
  };
  trio three = new_trio();
  char *token = token_of(three.policy, three.ed, "{}", T0), *before, *after;
  size_t i, skipped = 4711;
  before = check_writer(to_jwks, three.set);
  for (i = 0; i < COUNT(rows); i++) {
    check_row = rows[i].document;
    REFUSED(rows[i].status, load(three.set, rows[i].document, signatures, 3, &skipped, ERR));
    CHECK(skipped == 4711 && pinjwt_keyset_count(three.set) == 3);
  }
  check_row = "";
  REFUSED(PINJWT_E_KEY_FORMAT,
          pinjwt_keyset_load_jwks(three.set, "{\"keys\":[]}\0", 12, signatures, 3, &skipped, ERR));
  after = check_writer(to_jwks, three.set);
  CHECK(before != NULL && after != NULL && strcmp(before, after) == 0);
  ACCEPTED(three.verifier, token, T0);
  /* Two of one id where one cannot serve are no clash. */
  OK(load(three.set, "{\"keys\":[{" ED_X ",\"kid\":\"x\",\"use\":\"enc\"},{" ED_X ",\"kid\":\"x\"}]}",
          signatures, 3, &skipped, ERR));
  CHECK(skipped == 1 && pinjwt_keyset_count(three.set) == 1);
  free(before);
  free(after);
  free(token);
  free_trio(three);
}

/** {"keys":[]} with `count` objects inside and blanks up to `length` bytes, where it is not 0. */
static char *padded(const char *object, size_t count, size_t length) {
  size_t used, i;
  char *text = need_(malloc(count * (strlen(object) + 1) + length + 32));
  strcpy(text, "{\"keys\":[");
  used = strlen(text);
  for (i = 0; i < count; i++) {
    used += (size_t)sprintf(text + used, "%s%s", i > 0 ? "," : "", object);
  }
  text[used++] = ']';
  while (used + 1 < length) {
    text[used++] = ' ';
  }
  strcpy(text + used, "}");
  return text;
}

static char *nested(int levels) {
  size_t inner = (size_t)levels - 1, used;
  char *text = need_(malloc(inner * 2 + 64));
  used = (size_t)sprintf(text, "{\"keys\":[],\"x\":0,\"y\":");
  memset(text + used, '[', inner);
  memset(text + used + inner, ']', inner);
  strcpy(text + used + inner * 2, "}");
  return text;
}

static void limits(void) {
  pinjwt_keyset *set = new_set();
  size_t skipped = 0;
  char *text = padded(ED_KEY, 1, 1048576);
  CHECK(strlen(text) == 1048576);
  OK(load(set, text, signatures, 3, &skipped, ERR));
  CHECK(pinjwt_keyset_count(set) == 1);
  free(text);
  text = padded(ED_KEY, 1, 1048577);
  REFUSED(PINJWT_E_KEY_FORMAT, load(set, text, signatures, 3, NULL, ERR));
  free(text);
  text = padded("{}", 1024, 0);
  OK(load(set, text, signatures, 3, &skipped, ERR));
  CHECK(skipped == 1024 && pinjwt_keyset_count(set) == 0);
  free(text);
  text = padded("{}", 1025, 0);
  REFUSED(PINJWT_E_KEY_FORMAT, load(set, text, signatures, 3, NULL, ERR));
  free(text);
  text = nested(64);
  OK(load(set, text, signatures, 3, NULL, ERR));
  free(text);
  text = nested(65);
  REFUSED(PINJWT_E_KEY_FORMAT, load(set, text, signatures, 3, NULL, ERR));
  free(text);
  text = nested(200000);
  REFUSED(PINJWT_E_KEY_FORMAT, load(set, text, signatures, 3, NULL, ERR));
  free(text);
  pinjwt_keyset_free(set);
}

/* A thousand keys that serve, in one document. */
static void many_keys(void) {
  static const pinjwt_alg es256[] = {PINJWT_ES256};
  int count = rounds_of(1024, 32), i;
  pinjwt_keyset *set = new_set();
  char *text = need_(malloc((size_t)count * 256 + 32)), *from = text;
  size_t skipped = 4711;
  from += sprintf(from, "{\"keys\":[");
  for (i = 0; i < count; i++) {
    from +=
        sprintf(from,
                "%s{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\",\"kid\":\"%d\"}",
                i > 0 ? "," : "", i);
  }
  strcpy(from, "]}");
  OK(load(set, text, es256, 1, &skipped, ERR));
  CHECK(skipped == 0 && pinjwt_keyset_count(set) == (size_t)count);
  free(text);
  text = check_writer(to_jwks, set);
  OK(load(set, text, es256, 1, &skipped, ERR));
  CHECK(skipped == 0 && pinjwt_keyset_count(set) == (size_t)count);
  free(text);
  pinjwt_keyset_free(set);
}

/* Documents as identity providers publish them. */
static void providers(void) {
  static const pinjwt_alg common[] = {PINJWT_RS256, PINJWT_ES256, PINJWT_EDDSA};
  char *n = member(RFC7515_A2_JWK, "n"), *document;
  pinjwt_keyset *set = new_set();
  pinjwt_policy *policy = usual_policy();
  pinjwt_verifier *verifier = set_verifier(policy, set);
  pinjwt_key *rsa = renamed(jwk_key(PINJWT_RS256, RFC7515_A2_JWK), "1");
  pinjwt_key *ec = renamed(jwk_key(PINJWT_ES256, RFC7515_A3_JWK), "2");
  pinjwt_key *ed = renamed(jwk_key(PINJWT_EDDSA, "{" ED_X "," ED_D "}"), "3");
  char *of_rsa = token_of(policy, rsa, "{}", T0), *of_ec = token_of(policy, ec, "{}", T0),
       *of_ed = token_of(policy, ed, "{}", T0);
  size_t skipped = 4711;
  /* RSA with certificates and without alg, and one for encryption. */
  document =
      format("{\n  \"keys\": [\n    {\"kty\": \"RSA\", \"use\": \"sig\", \"kid\": \"1\", "
             "\"x5t\": \"nzWLFHvNn0hTaNOCOEMDjDk9oZs\", \"n\": \"%s\", \"e\": \"AQAB\", "
             "\"x5c\": [\"MIIC/TCCAeWgAwIBAgIIUd7j/OIahkYwDQYJKoZIhvcNAQELBQAw\"], "
             "\"issuer\": \"https:\\/\\/login.example\\/v2.0\"},\r\n\t{\"kty\":\"RSA\",\"alg\":\"RSA-OAEP\","
             "\"use\":\"enc\",\"kid\":\"e\",\"n\":\"%s\",\"e\":\"AQAB\",\"x5t#S256\":\"AA\"}]}\n",
             n, n);
  OK(load(set, document, common, 3, &skipped, ERR));
  CHECK(skipped == 1 && pinjwt_keyset_count(set) == 1);
  ACCEPTED(verifier, of_rsa, T0);
  TURNED_AWAY(PINJWT_E_ALGORITHM, verifier, of_ec, T0);
  free(document);
  /* Three kinds, one of them of tomorrow, and a member that says how long it holds. */
  document = format(
      "{\"ttl\":3600,\"keys\":[{\"alg\":\"RS256\",\"kty\":\"RSA\",\"use\":\"sig\",\"kid\":\"1\","
      "\"n\":\"%s\",\"e\":\"AQAB\"},{\"kty\":\"AKP\",\"alg\":\"ML-DSA-44\",\"kid\":\"q\",\"pub\":\"AA\"},"
      "{\"kty\":\"EC\",\"use\":\"sig\",\"crv\":\"P-256\",\"kid\":\"2\",\"alg\":\"ES256\","
      "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
      "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
      "{" ED_X ",\"kid\":\"3\",\"key_ops\":[\"verify\"]}]}",
      n);
  OK(load(set, document, common, 3, &skipped, ERR));
  CHECK(skipped == 1 && pinjwt_keyset_count(set) == 3);
  ACCEPTED(verifier, of_rsa, T0);
  ACCEPTED(verifier, of_ec, T0);
  ACCEPTED(verifier, of_ed, T0);
  free(document);
  free(n);
  free(of_rsa);
  free(of_ec);
  free(of_ed);
  pinjwt_key_free(rsa);
  pinjwt_key_free(ec);
  pinjwt_key_free(ed);
  pinjwt_verifier_free(verifier);
  pinjwt_policy_free(policy);
  pinjwt_keyset_free(set);
}

/* What is written never holds a private part, and is read again. */
static void documents(void) {
  static const char *const private_members[] = {
      "\"d\":", "\"p\":", "\"q\":", "\"dp\":", "\"dq\":", "\"qi\":", "\"k\":", "\"oth\":"};
  static const pinjwt_alg all[] = {PINJWT_RS256, PINJWT_ES256, PINJWT_ES512, PINJWT_EDDSA, PINJWT_ED448};
  static const int generated[] = {PINJWT_ES384, PINJWT_ES256K, PINJWT_PS384, PINJWT_ED25519};
  pinjwt_keyset *set = new_set(), *again = new_set(), *empty = new_set(), *secret_set = new_set();
  pinjwt_policy *policy = usual_policy();
  pinjwt_verifier *verifier = set_verifier(policy, again);
  pinjwt_key *ec = jwk_key(PINJWT_ES256, RFC7515_A3_JWK), *secret = renamed(hs256_key(), "s");
  char *text, *document, *token;
  size_t i, skipped = 4711;
  text = check_writer(to_jwks, empty);
  CHECK(text != NULL && strcmp(text, "{\"keys\":[]}") == 0);
  free(text);
  OK(pinjwt_keyset_add(secret_set, secret, ERR));
  REFUSED(PINJWT_E_KEY_MISMATCH, to_jwks(secret_set, NULL, 0, NULL, ERR));

  document =
      format("{\"keys\":[%s,%s,%s,{" ED_X "," ED_D "}]}", RFC7515_A2_JWK, RFC7515_A3_JWK, RFC7520_EC_JWK);
  OK(load(set, document, all, COUNT(all), &skipped, ERR));
  CHECK(skipped == 0 && pinjwt_keyset_count(set) == 4);
  free(document);
  for (i = 0; i < COUNT(generated); i++) {
    pinjwt_key *key = named_key(generated[i], pinjwt_alg_name((pinjwt_alg)generated[i]));
    OK(pinjwt_keyset_add(set, key, ERR));
    pinjwt_key_free(key);
  }
  text = check_writer(to_jwks, set);
  CHECK(text != NULL && strncmp(text, "{\"keys\":[{", 10) == 0 &&
        strcmp(text + strlen(text) - 3, "}]}") == 0);
  for (i = 0; i < COUNT(private_members); i++) {
    CHECK(strstr(text, private_members[i]) == NULL);
  }
  CHECK(strstr(text, "jpsQnnGQmL") == NULL && strstr(text, "nWGxne_9Wm") == NULL);
  CHECK(strstr(text, "Eq5xpGnNCi") == NULL && strstr(text, "AAhRON2r9cq") == NULL);
  OK(load(again, text, all, COUNT(all), &skipped, ERR));
  CHECK(skipped == 4 && pinjwt_keyset_count(again) == 4);
  /* A private JWK that was loaded verifies by its public half. */
  token = token_of(policy, ec, "{}", T0);
  ACCEPTED(verifier, token, T0);
  free(token);
  free(text);
  pinjwt_verifier_free(verifier);
  pinjwt_policy_free(policy);
  pinjwt_key_free(ec);
  pinjwt_key_free(secret);
  pinjwt_keyset_free(set);
  pinjwt_keyset_free(again);
  pinjwt_keyset_free(empty);
  pinjwt_keyset_free(secret_set);
}

/* ---- Threads --------------------------------------------------------------------------- */

enum { readers = 8 };

static struct {
  const pinjwt_verifier *verifier;
  const char *common, *common_nameless, *first, *second;
  pthread_mutex_t lock;
  int stop;
} race = {NULL, NULL, NULL, NULL, NULL, PTHREAD_MUTEX_INITIALIZER, 0};

static int stopped(void) {
  int stop;
  pthread_mutex_lock(&race.lock);
  stop = race.stop;
  pthread_mutex_unlock(&race.lock);
  return stop;
}

/* The number of verifications that went wrong. */
static void *read_set(void *argument) {
  uintptr_t wrong = 0;
  (void)argument;
  do {
    const char *tokens[4];
    int i;
    tokens[0] = race.common;
    tokens[1] = race.common_nameless;
    tokens[2] = race.first;
    tokens[3] = race.second;
    for (i = 0; i < 4; i++) {
      pinjwt_claims *claims = NULL;
      pinjwt_error error;
      pinjwt_status status = pinjwt_verify(race.verifier, tokens[i], PINJWT_STR, T0, &claims, &error);
      wrong += status != PINJWT_OK && (i < 2 || status != PINJWT_E_KEY_UNKNOWN);
      pinjwt_claims_free(claims);
    }
  } while (!stopped());
  return (void *)wrong;
}

static void replaced_while_read(void) {
  static const pinjwt_alg eddsa[] = {PINJWT_EDDSA};
  pinjwt_policy *policy = usual_policy();
  pinjwt_keyset *set = new_set();
  pinjwt_verifier *verifier = set_verifier(policy, set);
  pinjwt_key *common = named_key(PINJWT_EDDSA, "common"), *first = named_key(PINJWT_EDDSA, "first"),
             *second = named_key(PINJWT_EDDSA, "second");
  EVP_PKEY *evp = evp_key(common);
  char *documents[2], *tokens[4];
  pthread_t running[readers];
  int rounds = rounds_of(10000, 20), failed = 0, i;
  documents[0] = jwks_of(common, first);
  documents[1] = jwks_of(second, common);
  tokens[0] = token_of(policy, common, "{}", T0);
  tokens[1] = forge_with(evp, NULL, 0, "{\"alg\":\"EdDSA\"}", USUAL_CLAIMS);
  tokens[2] = token_of(policy, first, "{}", T0);
  tokens[3] = token_of(policy, second, "{}", T0);
  race.verifier = verifier;
  race.common = tokens[0];
  race.common_nameless = tokens[1];
  race.first = tokens[2];
  race.second = tokens[3];
  MUST(pinjwt_keyset_load_jwks(set, documents[0], PINJWT_STR, eddsa, 1, NULL, &err));
  for (i = 0; i < readers; i++) {
    CHECK(pthread_create(&running[i], NULL, read_set, NULL) == 0);
  }
  for (i = 0; i < rounds; i++) {
    char room[1024];
    if (i % 4 < 2) {
      failed += pinjwt_keyset_load_jwks(set, documents[i & 1], PINJWT_STR, eddsa, 1, NULL, NULL) != PINJWT_OK;
    } else if (i % 4 == 2) {
      failed += pinjwt_keyset_remove(set, "second", PINJWT_STR, NULL) != PINJWT_OK;
    } else {
      failed += pinjwt_keyset_add(set, second, NULL) != PINJWT_OK;
    }
    failed += i % 16 == 0 && pinjwt_keyset_to_jwks(set, room, sizeof room, NULL, NULL) != PINJWT_OK;
    failed += pinjwt_keyset_count(set) == 0;
  }
  CHECK(failed == 0);
  pthread_mutex_lock(&race.lock);
  race.stop = 1;
  pthread_mutex_unlock(&race.lock);
  for (i = 0; i < readers; i++) {
    void *wrong = &race;
    CHECK(pthread_join(running[i], &wrong) == 0);
    CHECK(wrong == NULL);
  }
  for (i = 0; i < 4; i++) {
    free(tokens[i]);
  }
  free(documents[0]);
  free(documents[1]);
  EVP_PKEY_free(evp);
  pinjwt_key_free(common);
  pinjwt_key_free(first);
  pinjwt_key_free(second);
  pinjwt_verifier_free(verifier);
  pinjwt_keyset_free(set);
  pinjwt_policy_free(policy);
}

int main(void) {
  group("arguments", arguments);
  group("adding and removing", adding);
  group("a full set", a_full_set);
  group("picked by kid", picked_by_kid);
  group("a huge kid", a_huge_kid);
  group("keys in the header", keys_in_the_header);
  group("confusion", confusion);
  group("without kid", without_kid);
  group("following the set", following);
  group("joined", joined);
  group("events", events);
  group("skipping", skipping);
  group("skipping secrets", skipping_secrets);
  group("which pin", which_pin);
  group("failed loads", failed_loads);
  group("limits", limits);
  group("many keys", many_keys);
  group("identity providers", providers);
  group("documents", documents);
  group("replaced while read", replaced_while_read);
  return finish();
}
