/* JWS over any payload, and looking at a token without trusting it. */
#include "tokens.h"

static pinjwt_status sign(const void *key, char *buf, size_t cap, size_t *len, pinjwt_error *error) {
  return pinjwt_jws_sign(key, NULL, 0, "a\0b", 3, buf, cap, len, error);
}

static void jws(void) {
  pinjwt_key *key = jwk_key(PINJWT_EDDSA, RFC8037_JWK), *half = NULL;
  static const char *const jwt_types[] = {"JWT", "jwt", "application/JWT", "at+jwt", "application/x+JWT"};
  char *token = check_writer(sign, key), *header;
  uint8_t payload[512];
  char buf[512], *big;
  size_t length = 0, i, token_len;
  OK(pinjwt_key_public(key, &half, ERR));
  if (token == NULL) {
    return;
  }
  token_len = strlen(token);
  header = segment(token, 0, NULL);
  CHECK(strncmp(header, "{\"alg\":\"EdDSA\",\"typ\":\"JOSE\",\"kid\":\"", 35) == 0);
  free(header);
  memset(payload, '#', sizeof payload);
  OK(pinjwt_jws_verify(half, NULL, 0, token, token_len, payload, token_len, &length, ERR));
  CHECK(length == 3 && memcmp(payload, "a\0b\0#", 5) == 0);
  OK(pinjwt_jws_verify(half, "jose", PINJWT_STR, token, PINJWT_STR, payload, sizeof payload, NULL, ERR));
  memset(payload, '#', sizeof payload);
  REFUSED(PINJWT_E_BUFFER,
          pinjwt_jws_verify(half, NULL, 0, token, token_len, payload, token_len - 1, &length, ERR));
  CHECK(length == token_len && payload[0] == '#');
  REFUSED_FOR(PINJWT_E_TYPE, "typ",
              pinjwt_jws_verify(half, "hook", PINJWT_STR, token, token_len, payload, token_len, NULL, ERR));
  REFUSED(PINJWT_E_KEY_USE, pinjwt_jws_sign(half, NULL, 0, "x", 1, buf, sizeof buf, NULL, ERR));
  for (i = 0; i < COUNT(jwt_types); i++) {
    check_row = jwt_types[i];
    REFUSED_FOR(PINJWT_E_ARGUMENT, "typ",
                pinjwt_jws_sign(key, jwt_types[i], PINJWT_STR, "x", 1, buf, sizeof buf, NULL, ERR));
    REFUSED_FOR(
        PINJWT_E_ARGUMENT, "typ",
        pinjwt_jws_verify(key, jwt_types[i], PINJWT_STR, token, token_len, payload, token_len, NULL, ERR));
  }
  check_row = "";
  OK(pinjwt_jws_sign(key, "hook", PINJWT_STR, NULL, 0, buf, sizeof buf, &length, ERR));
  OK(pinjwt_jws_verify(half, "application/hook", PINJWT_STR, buf, length, payload, length, &length, ERR));
  CHECK(length == 0 && payload[0] == '\0');
  BAD_TEXT(pinjwt_jws_sign(key, text, length, "x", 1, buf, sizeof buf, NULL, ERR));
  BAD_BYTES(pinjwt_jws_sign(key, NULL, 0, text, length, buf, sizeof buf, NULL, ERR));
  BAD_BUFFER(pinjwt_jws_sign(key, NULL, 0, "x", 1, buf, cap, len, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_jws_sign(NULL, NULL, 0, "x", 1, buf, sizeof buf, NULL, ERR));
  BAD_TEXT(pinjwt_jws_verify(key, text, length, token, token_len, payload, sizeof payload, NULL, ERR));
  BAD_TEXT(pinjwt_jws_verify(key, NULL, 0, text, length, payload, sizeof payload, NULL, ERR));
  BAD_BUFFER(pinjwt_jws_verify(key, NULL, 0, token, token_len, (uint8_t *)buf, cap, len, ERR));
  REFUSED(PINJWT_E_ARGUMENT,
          pinjwt_jws_verify(NULL, NULL, 0, token, token_len, payload, sizeof payload, NULL, ERR));
  big = need_(calloc(1, 2097153));
  REFUSED(PINJWT_E_TOKEN_SIZE, pinjwt_jws_sign(key, NULL, 0, big, 1048577, buf, sizeof buf, NULL, ERR));
  REFUSED(PINJWT_E_BUFFER, pinjwt_jws_sign(key, NULL, 0, big, 1048576, buf, sizeof buf, NULL, ERR));
  REFUSED(PINJWT_E_TOKEN_SIZE,
          pinjwt_jws_verify(key, NULL, 0, big, 2097153, (uint8_t *)big, 2097153, NULL, ERR));
  free(big);
  free(token);
  pinjwt_key_free(half);
  pinjwt_key_free(key);
}

static pinjwt_status look(const void *token, char *buf, size_t cap, size_t *len, pinjwt_error *error) {
  return pinjwt_inspect_unverified(token, PINJWT_STR, buf, cap, len, error);
}

static void inspection(void) {
  char *token = forge(HS256_HEADER, USUAL_CLAIMS), *text, buf[1024];
  text = check_writer(look, token);
  SAME(text, "{\"header\":" HS256_HEADER ",\"payload\":" USUAL_CLAIMS
             ",\"signature_bytes\":32,\"warnings\":[\"Nothing here has been verified.\"]}");
  free(text);
  OK(look("eyJhbGciOiJub25lIn0.AAAA.", buf, sizeof buf, NULL, ERR));
  CHECK(strstr(buf, "\"payload\":null,\"signature_bytes\":0,") != NULL);
  CHECK(strstr(buf, "alg is none") != NULL && strstr(buf, "no signature") != NULL);
  REFUSED(PINJWT_E_TOKEN_FORMAT, look("a.b", buf, sizeof buf, NULL, ERR));
  REFUSED(PINJWT_E_TOKEN_FORMAT, look("e30.e30.!", buf, sizeof buf, NULL, ERR));
  REFUSED(PINJWT_E_HEADER, look("AAAA.e30.AAAA", buf, sizeof buf, NULL, ERR));
  BAD_TEXT(pinjwt_inspect_unverified(text, length, buf, sizeof buf, NULL, ERR));
  BAD_BUFFER(pinjwt_inspect_unverified(token, PINJWT_STR, buf, cap, len, ERR));
  free(token);
}

int main(void) {
  group("jws", jws);
  group("inspection", inspection);
  return finish();
}
