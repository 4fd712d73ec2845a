/* One signer and one verifier of each family, used by eight threads at once. */
#define _POSIX_C_SOURCE 200809L
#include "tokens.h"

#include <pthread.h>

enum { threads = 8 };

/* Fewer where every instruction is slow. */
static int rounds = 50;

typedef struct shared {
  const pinjwt_signer *signer;
  const pinjwt_verifier *verifier;
} shared;

/* The number of rounds that went wrong. */
static void *work(void *argument) {
  const shared *with = argument;
  size_t wrong = 0;
  int i;
  for (i = 0; i < rounds; i++) {
    char token[1024];
    size_t length;
    pinjwt_claims *claims = NULL;
    pinjwt_bytes subject;
    pinjwt_error error;
    if (pinjwt_sign(with->signer, "{\"sub\":\"anna\"}", PINJWT_STR, T0, token, sizeof token, &length,
                    &error) ||
        pinjwt_verify(with->verifier, token, length, T0, &claims, &error) ||
        pinjwt_claims_get_string(claims, "sub", PINJWT_STR, &subject) ||
        strcmp((const char *)subject.data, "anna")) {
      wrong++;
    }
    pinjwt_claims_free(claims);
    token[length - 6] = token[length - 6] == 'A' ? 'B' : 'A';
    wrong += pinjwt_verify(with->verifier, token, length, T0, &claims, &error) != PINJWT_E_SIGNATURE;
  }
  return (void *)(uintptr_t)wrong;
}

static void all_at_once(void) {
  static const int algs[] = {PINJWT_HS256, PINJWT_HS512, PINJWT_RS256, PINJWT_PS256,
                             PINJWT_ES256, PINJWT_ES512, PINJWT_EDDSA, PINJWT_ED448};
  size_t i;
  for (i = 0; i < COUNT(algs); i++) {
    pinjwt_policy *policy = usual_policy();
    pinjwt_key *key = any_key(algs[i]);
    pinjwt_signer *signer = new_signer(policy, key);
    pinjwt_verifier *verifier = new_verifier(policy, key);
    shared with;
    pthread_t running[threads];
    int t;
    with.signer = signer;
    with.verifier = verifier;
    check_row = pinjwt_alg_name((pinjwt_alg)algs[i]);
    for (t = 0; t < threads; t++) {
      CHECK(pthread_create(&running[t], NULL, work, &with) == 0);
    }
    for (t = 0; t < threads; t++) {
      void *wrong = &with;
      CHECK(pthread_join(running[t], &wrong) == 0);
      CHECK(wrong == NULL);
    }
    pinjwt_signer_free(signer);
    pinjwt_verifier_free(verifier);
    pinjwt_key_free(key);
    pinjwt_policy_free(policy);
  }
}

int main(void) {
  if (getenv("TEST_ROUNDS") != NULL) {
    rounds = atoi(getenv("TEST_ROUNDS"));
  }
  group("eight threads", all_at_once);
  return finish();
}
