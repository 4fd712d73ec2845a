/* The revocation check, the event handler and the release of their contexts. */
#include "tokens.h"

typedef struct notes {
  int asked, released, events;
  pinjwt_verdict verdict;
  char told[8][160];
} notes;

static pinjwt_verdict check_revocation(void *context, const pinjwt_claims *claims) {
  notes *seen = context;
  pinjwt_bytes subject;
  seen->asked++;
  GETS(pinjwt_claims_get_string(claims, "sub", PINJWT_STR, &subject));
  LENT(subject, "anna");
  return seen->verdict;
}

static void handle(void *context, const pinjwt_event *event) {
  notes *seen = context;
  CHECK(event->size == sizeof *event);
  if (CHECK(seen->events < (int)COUNT(seen->told))) {
    sprintf(seen->told[seen->events], "%d %s %d jti=%s sub=%s kid=%s what=%s", (int)event->type,
            pinjwt_status_name(event->status), (int)(event->at - T0), (const char *)event->jti.data,
            (const char *)event->sub.data, (const char *)event->kid.data, (const char *)event->what.data);
  }
  seen->events++;
}

static void release(void *context) {
  ((notes *)context)->released++;
}

static void verdicts(void) {
  static const struct {
    int verdict;
    pinjwt_status status;
  } rows[] = {
      {PINJWT_VERDICT_ALLOW, PINJWT_OK},
      {PINJWT_VERDICT_REVOKED, PINJWT_E_REVOKED},
      {0, PINJWT_E_STORE},
      {1, PINJWT_E_STORE},
      {-1, PINJWT_E_STORE},
      {0x7fffffff, PINJWT_E_STORE},
  };
  pinjwt_key *key = hs256_key();
  char *token = forge(HS256_HEADER, USUAL_CLAIMS);
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    notes seen = {0};
    pinjwt_policy *policy = usual_policy();
    pinjwt_verifier *verifier;
    pinjwt_claims *claims = NULL;
    seen.verdict = (pinjwt_verdict)rows[i].verdict;
    OK(pinjwt_policy_set_revocation(policy, check_revocation, &seen, release, ERR));
    verifier = new_verifier(policy, key);
    pinjwt_policy_free(policy);
    if (rows[i].status == PINJWT_OK) {
      OK(pinjwt_verify(verifier, token, PINJWT_STR, T0, &claims, ERR));
      CHECK(seen.asked == 1);
    } else {
      REFUSED(rows[i].status, pinjwt_verify(verifier, token, PINJWT_STR, T0, &claims, ERR));
      CHECK(seen.asked == 2 && claims == NULL);
    }
    seen.asked = 0;
    REFUSED(PINJWT_E_EXPIRED, pinjwt_verify(verifier, token, PINJWT_STR, T0 + 900, &claims, ERR));
    REFUSED(PINJWT_E_BUFFER, pinjwt_verify_json(verifier, token, PINJWT_STR, T0, NULL, 0, NULL, ERR));
    CHECK(seen.asked == 0 && seen.released == 0);
    pinjwt_claims_free(claims);
    pinjwt_verifier_free(verifier);
    CHECK(seen.released == 1);
  }
  pinjwt_key_free(key);
  free(token);
}

static void events(void) {
  static const char *const expected[] = {
      "1 PINJWT_OK 0 jti=j sub=s kid=k what=",
      "2 PINJWT_OK 1 jti=j sub=s kid=k what=",
      "3 PINJWT_E_EXPIRED 900 jti=j sub=s kid=k what=exp",
      "3 PINJWT_E_SIGNATURE 1 jti= sub= kid=k what=",
      "3 PINJWT_E_TOKEN_FORMAT 1 jti= sub= kid= what=",
      "3 PINJWT_E_ALGORITHM 1 jti= sub= kid= what=alg",
  };
  notes seen = {0};
  pinjwt_policy *policy = new_policy();
  pinjwt_key *plain = hs256_key(), *key = NULL;
  pinjwt_signer *signer;
  pinjwt_verifier *verifier;
  pinjwt_claims *claims = NULL;
  char token[512], room[8];
  size_t length, i;
  MUST(pinjwt_key_with_id(plain, "k", 1, &key, &err));
  OK(pinjwt_policy_set_event_handler(policy, handle, &seen, release, ERR));
  signer = new_signer(policy, key);
  verifier = new_verifier(policy, key);
  pinjwt_policy_free(policy);
  /* What is asked again, or is the caller's own mistake, is no event. */
  REFUSED(PINJWT_E_BUFFER, pinjwt_sign(signer, "{}", 2, T0, NULL, 0, NULL, ERR));
  REFUSED(PINJWT_E_CLAIMS_FORMAT, pinjwt_sign(signer, "x", 1, T0, token, sizeof token, NULL, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_sign(signer, "{}", 2, -1, token, sizeof token, NULL, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verify(verifier, "x", 1, -1, &claims, ERR));
  REFUSED(PINJWT_E_BUFFER, pinjwt_verify_json(verifier, "e30.e30.AA", 10, T0, room, 8, NULL, ERR));
  CHECK(seen.events == 0);
  OK(pinjwt_sign(signer, "{\"jti\":\"j\",\"sub\":\"s\"}", PINJWT_STR, T0, token, sizeof token, &length, ERR));
  OK(pinjwt_verify(verifier, token, length, T0 + 1, &claims, ERR));
  pinjwt_claims_free(claims);
  CHECK(pinjwt_verify(verifier, token, length, T0 + 900, &claims, NULL) == PINJWT_E_EXPIRED);
  token[length - 5] = token[length - 5] == 'A' ? 'B' : 'A';
  CHECK(pinjwt_verify(verifier, token, length, T0 + 1, &claims, NULL) == PINJWT_E_SIGNATURE);
  CHECK(pinjwt_verify(verifier, "rubbish", 7, T0 + 1, &claims, NULL) == PINJWT_E_TOKEN_FORMAT);
  CHECK(pinjwt_verify(verifier, "eyJhbGciOiJub25lIiwia2lkIjoiayJ9.e30.AA", PINJWT_STR, T0 + 1, &claims,
                      NULL) == PINJWT_E_ALGORITHM);
  CHECK(seen.events == (int)COUNT(expected));
  for (i = 0; i < COUNT(expected); i++) {
    SAME(seen.told[i], expected[i]);
  }
  pinjwt_signer_free(signer);
  CHECK(seen.released == 0);
  pinjwt_verifier_free(verifier);
  CHECK(seen.released == 1);
  pinjwt_key_free(plain);
  pinjwt_key_free(key);
}

static void releasing(void) {
  notes first = {0}, second = {0};
  pinjwt_policy *policy = new_policy();
  pinjwt_key *key = hs256_key();
  pinjwt_verifier *verifier;
  OK(pinjwt_policy_set_revocation(policy, check_revocation, &first, release, ERR));
  OK(pinjwt_policy_set_revocation(policy, check_revocation, &second, release, ERR));
  CHECK(first.released == 1 && second.released == 0);
  OK(pinjwt_policy_set_event_handler(policy, handle, &first, release, ERR));
  verifier = new_verifier(policy, key);
  OK(pinjwt_policy_set_event_handler(policy, handle, &second, NULL, ERR));
  CHECK(first.released == 1);
  pinjwt_verifier_free(verifier);
  CHECK(first.released == 2 && second.released == 0);
  REFUSED_FOR(PINJWT_E_ARGUMENT, "fn", pinjwt_policy_set_revocation(policy, NULL, &first, release, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "fn", pinjwt_policy_set_event_handler(policy, NULL, &first, release, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_policy_set_revocation(NULL, check_revocation, &first, release, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_policy_set_event_handler(NULL, handle, &first, release, ERR));
  CHECK(first.released == 2 && second.released == 0);
  pinjwt_policy_free(policy);
  CHECK(second.released == 1);
  pinjwt_key_free(key);
}

int main(void) {
  group("verdicts", verdicts);
  group("events", events);
  group("releasing", releasing);
  return finish();
}
