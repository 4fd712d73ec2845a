/* The examples of RFC 7515, 7520, 7638 and 8037. */
#include "tokens.h"
#include "vectors.h"

static const char joe[] =
    "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

static void claims_of_joe(void) {
  static const struct {
    const char *name;
    pinjwt_alg alg;
    const char *jwk, *token;
  } rows[] = {
      {"RFC 7515 A.1", PINJWT_HS256, RFC7515_A1_JWK, RFC7515_A1_JWS},
      {"RFC 7515 A.2", PINJWT_RS256, RFC7515_A2_JWK, RFC7515_A2_JWS},
      {"RFC 7515 A.3", PINJWT_ES256, RFC7515_A3_JWK, RFC7515_A3_JWS},
  };
  pinjwt_policy *policy = new_policy();
  size_t i;
  MUST(pinjwt_policy_set_issuer(policy, "joe", PINJWT_STR, &err));
  for (i = 0; i < COUNT(rows); i++) {
    pinjwt_key *key = jwk_key(rows[i].alg, rows[i].jwk);
    pinjwt_verifier *verifier = new_verifier(policy, key);
    pinjwt_claims *claims = NULL;
    pinjwt_bytes text;
    int64_t expiry = 0;
    int is_root = 0;
    check_row = rows[i].name;
    OK(pinjwt_verify(verifier, rows[i].token, PINJWT_STR, 1300819379, &claims, ERR));
    GETS(pinjwt_claims_json(claims, &text));
    LENT(text, joe);
    GETS(pinjwt_claims_get_string(claims, "iss", PINJWT_STR, &text));
    LENT(text, "joe");
    GETS(pinjwt_claims_get_time(claims, "exp", PINJWT_STR, &expiry));
    CHECK(expiry == 1300819380);
    GETS(pinjwt_claims_get_bool(claims, "http://example.com/is_root", PINJWT_STR, &is_root));
    CHECK(is_root == 1);
    pinjwt_claims_free(claims);
    claims = NULL;
    REFUSED_FOR(PINJWT_E_EXPIRED, "exp",
                pinjwt_verify(verifier, rows[i].token, PINJWT_STR, 1300819380, &claims, ERR));
    REFUSED_FOR(PINJWT_E_ALGORITHM, "alg",
                pinjwt_verify(verifier, RFC7515_A5_JWS, PINJWT_STR, 1300819379, &claims, ERR));
    CHECK(claims == NULL);
    pinjwt_verifier_free(verifier);
    pinjwt_key_free(key);
  }
  pinjwt_policy_free(policy);
}

static const char frodo[] =
    "It\xe2\x80\x99s a dangerous business, Frodo, going out your door. You step onto the road, and if you "
    "don't keep your feet, there\xe2\x80\x99s no knowing where you might be swept off to.";

static void payloads(void) {
  static const struct {
    const char *name;
    pinjwt_alg alg;
    const char *jwk, *jws, *payload;
  } rows[] = {
      {"RFC 7515 A.4", PINJWT_ES512, RFC7515_A4_JWK, RFC7515_A4_JWS, "Payload"},
      {"RFC 7520 4.1", PINJWT_RS256, RFC7520_RSA_JWK, RFC7520_4_1_JWS, frodo},
      {"RFC 7520 4.2", PINJWT_PS384, RFC7520_RSA_JWK, RFC7520_4_2_JWS, frodo},
      {"RFC 7520 4.3", PINJWT_ES512, RFC7520_EC_JWK, RFC7520_4_3_JWS, frodo},
      {"RFC 8037 A.5", PINJWT_EDDSA, RFC8037_JWK, RFC8037_A4_JWS, "Example of Ed25519 signing"},
  };
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    pinjwt_key *key = jwk_key(rows[i].alg, rows[i].jwk);
    char payload[1024], changed[1024];
    size_t length = 0, last = strlen(rows[i].jws) - 4;
    check_row = rows[i].name;
    OK(pinjwt_jws_verify(key, NULL, 0, rows[i].jws, PINJWT_STR, (uint8_t *)payload, sizeof payload, &length,
                         ERR));
    CHECK(length == strlen(rows[i].payload) && memcmp(payload, rows[i].payload, length + 1) == 0);
    strcpy(changed, rows[i].jws);
    changed[last] = changed[last] == 'A' ? 'B' : 'A';
    REFUSED(PINJWT_E_SIGNATURE, pinjwt_jws_verify(key, NULL, 0, changed, PINJWT_STR, (uint8_t *)payload,
                                                  sizeof payload, &length, ERR));
    pinjwt_key_free(key);
  }
}

static void thumbprints(void) {
  static const struct {
    const char *name;
    pinjwt_alg alg;
    const char *jwk, *thumbprint;
  } rows[] = {
      {"RFC 7638 3.1", PINJWT_RS256, RFC7638_JWK, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
      {"RFC 8037 A.3", PINJWT_EDDSA, RFC8037_JWK, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},
  };
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    pinjwt_key *key = jwk_key(rows[i].alg, rows[i].jwk);
    char text[64];
    size_t length = 0;
    check_row = rows[i].name;
    OK(pinjwt_key_thumbprint(key, text, sizeof text, &length, ERR));
    SAME(text, rows[i].thumbprint);
    CHECK(length == 43);
    pinjwt_key_free(key);
  }
}

int main(void) {
  group("tokens of RFC 7515", claims_of_joe);
  group("payloads of RFC 7515, 7520 and 8037", payloads);
  group("thumbprints of RFC 7638 and 8037", thumbprints);
  return finish();
}
