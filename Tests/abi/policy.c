/* Policies: what each setter takes and refuses. */
#include "tokens.h"

typedef pinjwt_status (*text_setter)(pinjwt_policy *, const char *, size_t, pinjwt_error *);
typedef pinjwt_status (*number_setter)(pinjwt_policy *, int64_t, pinjwt_error *);

static void texts(void) {
  static const struct {
    const char *name;
    text_setter set;
  } rows[] = {
      {"issuer", pinjwt_policy_set_issuer},   {"audience", pinjwt_policy_add_audience},
      {"subject", pinjwt_policy_set_subject}, {"type", pinjwt_policy_set_type},
      {"claim", pinjwt_policy_require_claim},
  };
  char long_text[1025];
  size_t i;
  memset(long_text, 'x', sizeof long_text);
  for (i = 0; i < COUNT(rows); i++) {
    pinjwt_policy *policy = new_policy();
    check_row = rows[i].name;
    OK(rows[i].set(policy, "a", 1, ERR));
    OK(rows[i].set(policy, long_text, 1024, ERR));
    OK(rows[i].set(policy, "\xf0\x9f\x98\x80\0", 5, ERR));
    OK(rows[i].set(policy, "until the NUL", PINJWT_STR, ERR));
    REFUSED_FOR(PINJWT_E_ARGUMENT, rows[i].name, rows[i].set(policy, long_text, 1025, ERR));
    REFUSED_FOR(PINJWT_E_ARGUMENT, rows[i].name, rows[i].set(policy, "", 0, ERR));
    REFUSED_FOR(PINJWT_E_ARGUMENT, rows[i].name, rows[i].set(policy, NULL, 0, ERR));
    REFUSED_FOR(PINJWT_E_ARGUMENT, rows[i].name, rows[i].set(policy, "a\xff", 2, ERR));
    REFUSED_FOR(PINJWT_E_ARGUMENT, rows[i].name, rows[i].set(policy, "\xed\xa0\x80", 3, ERR));
    REFUSED_FOR(PINJWT_E_ARGUMENT, "policy", rows[i].set(NULL, "a", 1, ERR));
    BAD_TEXT(rows[i].set(policy, text, length, ERR));
    pinjwt_policy_free(policy);
  }
}

static void numbers(void) {
  static const struct {
    const char *name;
    number_setter set;
    int64_t least, most;
  } rows[] = {
      {"lifetime", pinjwt_policy_set_lifetime, 1, 315576000},
      {"max_lifetime", pinjwt_policy_set_max_lifetime, 1, 315576000},
      {"leeway", pinjwt_policy_set_leeway, 0, 300},
  };
  static const size_t sizes[] = {0, 255, 1048577, (size_t)PTRDIFF_MAX, (size_t)PTRDIFF_MAX + 1, (size_t)-1};
  pinjwt_policy *policy = new_policy();
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    check_row = rows[i].name;
    OK(rows[i].set(policy, rows[i].least, ERR));
    OK(rows[i].set(policy, rows[i].most, ERR));
    REFUSED_FOR(PINJWT_E_ARGUMENT, rows[i].name, rows[i].set(policy, rows[i].least - 1, ERR));
    REFUSED_FOR(PINJWT_E_ARGUMENT, rows[i].name, rows[i].set(policy, rows[i].most + 1, ERR));
    REFUSED_FOR(PINJWT_E_ARGUMENT, rows[i].name, rows[i].set(policy, INT64_MIN, ERR));
    REFUSED_FOR(PINJWT_E_ARGUMENT, rows[i].name, rows[i].set(policy, INT64_MAX, ERR));
    REFUSED_FOR(PINJWT_E_ARGUMENT, "policy", rows[i].set(NULL, rows[i].least, ERR));
  }
  check_row = "max_token_size";
  OK(pinjwt_policy_set_max_token_size(policy, 256, ERR));
  OK(pinjwt_policy_set_max_token_size(policy, 1048576, ERR));
  for (i = 0; i < COUNT(sizes); i++) {
    REFUSED_FOR(PINJWT_E_ARGUMENT, "max_token_size", pinjwt_policy_set_max_token_size(policy, sizes[i], ERR));
  }
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_policy_set_max_token_size(NULL, 256, ERR));
  pinjwt_policy_free(policy);
}

static void how_many(void) {
  pinjwt_policy *policy = new_policy();
  char name[16];
  int i;
  for (i = 0; i < 64; i++) {
    sprintf(name, "n%d", i);
    OK(pinjwt_policy_add_audience(policy, name, PINJWT_STR, ERR));
    OK(pinjwt_policy_require_claim(policy, name, PINJWT_STR, ERR));
    OK(pinjwt_policy_add_audience(policy, "n0", PINJWT_STR, ERR));
    OK(pinjwt_policy_require_claim(policy, "n0", PINJWT_STR, ERR));
  }
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_policy_add_audience(policy, "more", PINJWT_STR, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_policy_require_claim(policy, "more", PINJWT_STR, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_policy_new(NULL, ERR));
  pinjwt_policy_free(policy);
  pinjwt_policy_free(NULL);
}

/* Signers and verifiers copy the policy. */
static void copies(void) {
  pinjwt_policy *policy = usual_policy();
  pinjwt_key *key = hs256_key();
  pinjwt_verifier *verifier = new_verifier(policy, key);
  pinjwt_claims *claims = NULL;
  char *token = forge(HS256_HEADER, USUAL_CLAIMS);
  OK(pinjwt_policy_set_issuer(policy, "another", PINJWT_STR, ERR));
  OK(pinjwt_verify(verifier, token, PINJWT_STR, T0, &claims, ERR));
  pinjwt_claims_free(claims);
  claims = NULL;
  pinjwt_verifier_free(verifier);
  verifier = new_verifier(policy, key);
  REFUSED_FOR(PINJWT_E_ISSUER, "iss", pinjwt_verify(verifier, token, PINJWT_STR, T0, &claims, ERR));
  pinjwt_verifier_free(verifier);
  pinjwt_policy_free(policy);
  pinjwt_key_free(key);
  free(token);
}

int main(void) {
  group("texts", texts);
  group("numbers", numbers);
  group("how many", how_many);
  group("copies", copies);
  return finish();
}
