/* Signing and verifying: every pin, and every argument that is refused. */
#include "tokens.h"

static void every_pin(void) {
  pinjwt_policy *policy = usual_policy();
  int alg, other;
  pinjwt_key *keys[PINJWT_ED448 + 1];
  for (alg = PINJWT_HS256; alg <= PINJWT_ED448; alg++) {
    keys[alg] = any_key(alg);
  }
  for (alg = PINJWT_HS256; alg <= PINJWT_ED448; alg++) {
    pinjwt_signer *signer = new_signer(policy, keys[alg]);
    char *token = sign_at(signer, "{\"sub\":\"anna\"}", T0), *header = segment(token, 0, NULL);
    char alg_member[32];
    check_row = pinjwt_alg_name((pinjwt_alg)alg);
    sprintf(alg_member, "{\"alg\":\"%s\",\"typ\":\"JWT\"", check_row);
    CHECK(strncmp(header, alg_member, strlen(alg_member)) == 0);
    for (other = PINJWT_HS256; other <= PINJWT_ED448; other++) {
      pinjwt_verifier *verifier = new_verifier(policy, keys[other]);
      pinjwt_claims *claims = NULL;
      if (other == alg) {
        OK(pinjwt_verify(verifier, token, PINJWT_STR, T0 + 899, &claims, ERR));
      } else {
        REFUSED_FOR(PINJWT_E_ALGORITHM, "alg",
                    pinjwt_verify(verifier, token, PINJWT_STR, T0 + 899, &claims, ERR));
        CHECK(claims == NULL);
      }
      pinjwt_claims_free(claims);
      pinjwt_verifier_free(verifier);
    }
    free(header);
    free(token);
    pinjwt_signer_free(signer);
  }
  for (alg = PINJWT_HS256; alg <= PINJWT_ED448; alg++) {
    pinjwt_key_free(keys[alg]);
  }
  pinjwt_policy_free(policy);
}

static pinjwt_status sign(const void *signer, char *buf, size_t cap, size_t *len, pinjwt_error *error) {
  return pinjwt_sign(signer, "{\"sub\":\"anna\",\"jti\":\"1\"}", PINJWT_STR, T0, buf, cap, len, error);
}

static void signing(void) {
  static const struct {
    const char *claims;
    pinjwt_status status;
    const char *what;
  } rows[] = {
      {"", PINJWT_E_CLAIMS_FORMAT, "payload"},
      {"[]", PINJWT_E_CLAIMS_FORMAT, "payload"},
      {"{} {}", PINJWT_E_CLAIMS_FORMAT, "payload"},
      {"{\"a\":1,\"a\":2}", PINJWT_E_CLAIMS_FORMAT, "a"},
      {"{\"iss\":\"another\"}", PINJWT_E_ISSUER, "iss"},
      {"{\"iss\":1}", PINJWT_E_CLAIM_INVALID, "iss"},
      {"{\"aud\":\"another\"}", PINJWT_E_AUDIENCE, "aud"},
      {"{\"aud\":[]}", PINJWT_E_CLAIM_INVALID, "aud"},
      {"{\"exp\":1700000000}", PINJWT_E_EXPIRED, "exp"},
      {"{\"exp\":1700000005,\"iat\":1700000005}", PINJWT_E_CLAIM_INVALID, "exp"},
      {"{\"exp\":1700000000,\"iat\":1699999000}", PINJWT_E_EXPIRED, "exp"},
      {"{\"exp\":1700007201}", PINJWT_E_LIFETIME, "exp"},
      {"{\"exp\":\"soon\"}", PINJWT_E_CLAIM_INVALID, "exp"},
      {"{\"iat\":1700000011}", PINJWT_E_NOT_YET_VALID, "iat"},
      {"{\"jti\":7}", PINJWT_E_CLAIM_INVALID, "jti"},
      {"{\"iat\":-1}", PINJWT_E_CLAIM_INVALID, "iat"},
  };
  pinjwt_policy *policy = usual_policy();
  pinjwt_key *key = hs256_key();
  pinjwt_key *pair = jwk_key(PINJWT_EDDSA, RFC8037_JWK), *half = NULL;
  pinjwt_signer *signer = new_signer(policy, key), *out = UNTOUCHED;
  char *token, *payload;
  char buf[1024];
  size_t i;
  MUST(pinjwt_key_public(pair, &half, &err));
  free(check_writer(sign, signer));
  for (i = 0; i < COUNT(rows); i++) {
    check_row = rows[i].claims;
    REFUSED_FOR(rows[i].status, rows[i].what,
                pinjwt_sign(signer, rows[i].claims, PINJWT_STR, T0, buf, sizeof buf, NULL, ERR));
  }
  check_row = "";
  /* The caller's text and order stay; what the policy says comes behind. */
  token = sign_at(signer, " { \"z\" : [1, 2],\n \"a\":\"\\u00e9\", \"jti\":\"1\" } ", T0);
  payload = segment(token, 1, NULL);
  SAME(payload, "{ \"z\" : [1, 2],\n \"a\":\"\\u00e9\", \"jti\":\"1\" ,\"iss\":\"https://issuer.example\","
                "\"aud\":\"orders\",\"iat\":1700000000,\"exp\":1700000900}");
  free(token);
  free(payload);
  /* A token may begin to hold later; its lifetime counts from iat. */
  token = sign_at(signer, "{\"nbf\":1700000500,\"jti\":\"1\",\"iat\":1699999990}", T0);
  payload = segment(token, 1, NULL);
  CHECK(strstr(payload, "\"exp\":1700000890") != NULL);
  free(token);
  free(payload);
  BAD_TEXT(pinjwt_sign(signer, text, length, T0, buf, sizeof buf, NULL, ERR));
  BAD_NOW(pinjwt_sign(signer, "{}", 2, now, buf, sizeof buf, NULL, ERR));
  BAD_BUFFER(pinjwt_sign(signer, "{}", 2, T0, buf, cap, len, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_sign(NULL, "{}", 2, T0, buf, sizeof buf, NULL, ERR));
  OK(pinjwt_sign(signer, "{}", 2, 253402290000, buf, sizeof buf, NULL, ERR));
  REFUSED_FOR(PINJWT_E_CLAIM_INVALID, "exp",
              pinjwt_sign(signer, "{}", 2, 253402300799, buf, sizeof buf, NULL, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_signer_new(NULL, key, &out, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_signer_new(policy, NULL, &out, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_signer_new(policy, key, NULL, ERR));
  REFUSED_FOR(PINJWT_E_KEY_USE, "key", pinjwt_signer_new(policy, half, &out, ERR));
  OK(pinjwt_policy_set_lifetime(policy, 7201, ERR));
  REFUSED_FOR(PINJWT_E_LIFETIME, "lifetime", pinjwt_signer_new(policy, key, &out, ERR));
  CHECK(out == UNTOUCHED);
  pinjwt_signer_free(NULL);
  pinjwt_signer_free(signer);
  pinjwt_key_free(pair);
  pinjwt_key_free(half);
  pinjwt_policy_free(policy);
  pinjwt_key_free(key);
}

/* What a signer writes into the header. */
static void headers(void) {
  pinjwt_policy *policy = new_policy();
  pinjwt_key *secret = hs256_key(), *key = jwk_key(PINJWT_ES256, RFC7515_A3_JWK), *named = NULL;
  const pinjwt_key *keys[3];
  char expected[3][160], thumb[64];
  int i;
  OK(pinjwt_policy_set_type(policy, "at+jwt", PINJWT_STR, ERR));
  OK(pinjwt_key_thumbprint(key, thumb, sizeof thumb, NULL, ERR));
  OK(pinjwt_key_with_id(secret, "k\"\n", PINJWT_STR, &named, ERR));
  keys[0] = secret;
  keys[1] = key;
  keys[2] = named;
  strcpy(expected[0], "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}");
  sprintf(expected[1], "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}", thumb);
  strcpy(expected[2], "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"k\\\"\\u000a\"}");
  for (i = 0; i < 3; i++) {
    pinjwt_signer *signer = new_signer(policy, keys[i]);
    pinjwt_verifier *verifier = new_verifier(policy, keys[i]);
    pinjwt_claims *claims = NULL;
    pinjwt_bytes header;
    char *token = sign_at(signer, "{}", T0);
    OK(pinjwt_verify(verifier, token, PINJWT_STR, T0, &claims, ERR));
    GETS(pinjwt_claims_header(claims, &header));
    LENT(header, expected[i]);
    CHECK(header.data[header.len] == '\0');
    pinjwt_claims_free(claims);
    pinjwt_signer_free(signer);
    pinjwt_verifier_free(verifier);
    free(token);
  }
  pinjwt_policy_free(policy);
  pinjwt_key_free(secret);
  pinjwt_key_free(key);
  pinjwt_key_free(named);
}

static void verifying(void) {
  pinjwt_policy *policy = usual_policy();
  pinjwt_key *key = hs256_key();
  pinjwt_key *signs_only = jwk_key(PINJWT_HS256, "{\"kty\":\"oct\",\"key_ops\":[\"sign\"],\"k\":"
                                                 "\"mEylFiIAc0xZIUjxggtxBX8JhXPROGZrSGY-TjDNjTo\"}");
  pinjwt_verifier *verifier = new_verifier(policy, key), *made = UNTOUCHED;
  pinjwt_claims *out = UNTOUCHED;
  char *token = forge(HS256_HEADER, USUAL_CLAIMS);
  size_t token_len = strlen(token), length = 4711;
  char *room = need_(malloc(token_len + 1));
  BAD_TEXT(pinjwt_verify(verifier, text, length, T0, &out, ERR));
  BAD_NOW(pinjwt_verify(verifier, token, token_len, now, &out, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verify(NULL, token, token_len, T0, &out, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verify(verifier, token, token_len, T0, NULL, ERR));
  REFUSED(PINJWT_E_TOKEN_FORMAT, pinjwt_verify(verifier, "", 0, T0, &out, ERR));
  REFUSED(PINJWT_E_TOKEN_FORMAT, pinjwt_verify(verifier, NULL, 0, T0, &out, ERR));
  REFUSED(PINJWT_E_EXPIRED, pinjwt_verify(verifier, token, token_len, PINJWT_NOW, &out, ERR));
  REFUSED(PINJWT_E_TOKEN_FORMAT, pinjwt_verify(verifier, token, token_len + 1, T0, &out, ERR));
  CHECK(out == UNTOUCHED);

  BAD_TEXT(pinjwt_verify_json(verifier, text, length, T0, room, token_len, NULL, ERR));
  BAD_NOW(pinjwt_verify_json(verifier, token, token_len, now, room, token_len, NULL, ERR));
  BAD_BUFFER(pinjwt_verify_json(verifier, token, token_len, T0, buf, cap, len, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verify_json(NULL, token, token_len, T0, room, token_len, NULL, ERR));
  memset(room, '#', token_len + 1);
  REFUSED(PINJWT_E_BUFFER,
          pinjwt_verify_json(verifier, token, token_len, T0, room, token_len - 1, &length, ERR));
  CHECK(length == token_len && check_all_(room, 0, token_len + 1, '#'));
  REFUSED(PINJWT_E_BUFFER, pinjwt_verify_json(verifier, "rubbish", 7, T0, NULL, 0, &length, ERR));
  CHECK(length == 7);
  OK(pinjwt_verify_json(verifier, token, token_len, T0, room, token_len, &length, ERR));
  SAME(room, USUAL_CLAIMS);
  CHECK(length == strlen(USUAL_CLAIMS) && check_all_(room, length + 1, token_len + 1, '#'));
  OK(pinjwt_verify_json(verifier, token, PINJWT_STR, T0, room, token_len, NULL, ERR));
  memset(room, '#', token_len);
  token[token_len - 1] ^= 1;
  length = 4711;
  CHECK(pinjwt_verify_json(verifier, token, token_len, T0, room, token_len, &length, ERR) != PINJWT_OK);
  CHECK(length == 4711 && check_all_(room, 0, token_len, '#'));

  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_new(NULL, key, &made, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_new(policy, NULL, &made, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_new(policy, key, NULL, ERR));
  REFUSED_FOR(PINJWT_E_KEY_USE, "key_ops", pinjwt_verifier_new(policy, signs_only, &made, ERR));
  pinjwt_key_free(signs_only);
  CHECK(made == UNTOUCHED);
  pinjwt_verifier_free(NULL);
  pinjwt_verifier_free(verifier);
  pinjwt_policy_free(policy);
  pinjwt_key_free(key);
  free(token);
  free(room);
}

/* Keys and policies may be freed before what was made from them. */
static void freeing_early(void) {
  pinjwt_policy *policy = usual_policy();
  pinjwt_key *key = jwk_key(PINJWT_ES256, RFC7515_A3_JWK);
  pinjwt_signer *signer = new_signer(policy, key);
  pinjwt_verifier *verifier = new_verifier(policy, key);
  pinjwt_claims *claims = NULL;
  pinjwt_bytes subject;
  char *token;
  pinjwt_policy_free(policy);
  pinjwt_key_free(key);
  token = sign_at(signer, "{\"sub\":\"anna\"}", T0);
  pinjwt_signer_free(signer);
  OK(pinjwt_verify(verifier, token, PINJWT_STR, T0, &claims, ERR));
  pinjwt_verifier_free(verifier);
  free(token);
  GETS(pinjwt_claims_get_string(claims, "sub", PINJWT_STR, &subject));
  LENT(subject, "anna");
  pinjwt_claims_free(claims);
}

static void joining(void) {
  static const char *const issuers[] = {"a", "b"};
  pinjwt_key *keys[2];
  pinjwt_policy *policies[2], *open = new_policy();
  pinjwt_verifier *parts[2], *joined = NULL, *unnamed, *bad = UNTOUCHED;
  const pinjwt_verifier *list[2];
  pinjwt_claims *claims = NULL;
  int i;
  for (i = 0; i < 2; i++) {
    keys[i] = any_key(PINJWT_HS256 + i);
    policies[i] = new_policy();
    MUST(pinjwt_policy_set_issuer(policies[i], issuers[i], 1, &err));
    parts[i] = new_verifier(policies[i], keys[i]);
    list[i] = parts[i];
  }
  unnamed = new_verifier(open, keys[0]);
  OK(pinjwt_verifier_join(list, 2, &joined, ERR));
  for (i = 0; i < 2; i++) {
    pinjwt_signer *signer = new_signer(policies[i], keys[i]), *liar = new_signer(policies[i], keys[1 - i]);
    char *token = sign_at(signer, "{}", T0), *lie = sign_at(liar, "{}", T0);
    OK(pinjwt_verify(joined, token, PINJWT_STR, T0, &claims, ERR));
    pinjwt_claims_free(claims);
    claims = NULL;
    REFUSED(PINJWT_E_ALGORITHM, pinjwt_verify(joined, lie, PINJWT_STR, T0, &claims, ERR));
    REFUSED(PINJWT_E_EXPIRED, pinjwt_verify(joined, token, PINJWT_STR, T0 + 900, &claims, ERR));
    free(token);
    free(lie);
    pinjwt_signer_free(signer);
    pinjwt_signer_free(liar);
  }
  REFUSED_FOR(PINJWT_E_ISSUER, "iss",
              pinjwt_verify(joined, "e30.eyJpc3MiOiJjIn0.AA", PINJWT_STR, T0, &claims, ERR));
  REFUSED_FOR(PINJWT_E_CLAIM_MISSING, "iss",
              pinjwt_verify(joined, "e30.e30.AA", PINJWT_STR, T0, &claims, ERR));
  REFUSED(PINJWT_E_CLAIMS_FORMAT, pinjwt_verify(joined, "e30.AAAA.AA", PINJWT_STR, T0, &claims, ERR));
  REFUSED(PINJWT_E_TOKEN_FORMAT, pinjwt_verify(joined, "e30.e30", PINJWT_STR, T0, &claims, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_join(NULL, 2, &bad, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_join(list, 2, NULL, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_join(list, 0, &bad, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_join(list, 1025, &bad, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_join(list, (size_t)-1, &bad, ERR));
  list[1] = list[0];
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_join(list, 2, &bad, ERR));
  list[1] = NULL;
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_join(list, 2, &bad, ERR));
  list[1] = joined;
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_join(list, 2, &bad, ERR));
  list[1] = unnamed;
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_join(list, 2, &bad, ERR));
  CHECK(bad == UNTOUCHED && claims == NULL);
  pinjwt_verifier_free(joined);
  pinjwt_verifier_free(unnamed);
  pinjwt_policy_free(open);
  for (i = 0; i < 2; i++) {
    pinjwt_verifier_free(parts[i]);
    pinjwt_policy_free(policies[i]);
    pinjwt_key_free(keys[i]);
  }
}

int main(void) {
  group("every pin against every other", every_pin);
  group("signing", signing);
  group("headers", headers);
  group("verifying", verifying);
  group("freeing early", freeing_early);
  group("joined verifiers", joining);
  return finish();
}
