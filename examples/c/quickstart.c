/* Issue a token, verify it, and see one refused.
 *
 *   cc quickstart.c $(pkg-config --cflags --libs pinjwt) -o quickstart
 */
#include <pinjwt.h>

#include <stdio.h>
#include <string.h>

/* Ends the program's work where a call fails; err says why. */
#define CHECK(call)                                                                                          \
  do {                                                                                                       \
    if ((call) != PINJWT_OK) {                                                                               \
      fprintf(stderr, "%s: %s\n", pinjwt_status_name(err.status), err.message);                              \
      goto done;                                                                                             \
    }                                                                                                        \
  } while (0)

int main(void) {
  pinjwt_error err;
  pinjwt_key *key = NULL, *public_key = NULL;
  pinjwt_policy *policy = NULL;
  pinjwt_signer *signer = NULL;
  pinjwt_verifier *verifier = NULL;
  pinjwt_claims *claims = NULL, *none = NULL;
  pinjwt_bytes subject;
  char token[1024];
  size_t length;
  int result = 1;

  /* A key serves one algorithm, whatever a token says. */
  CHECK(pinjwt_key_generate(PINJWT_EDDSA, &key, &err));
  CHECK(pinjwt_key_public(key, &public_key, &err));

  CHECK(pinjwt_policy_new(&policy, &err));
  CHECK(pinjwt_policy_set_issuer(policy, "https://login.example", PINJWT_STR, &err));
  CHECK(pinjwt_policy_add_audience(policy, "orders", PINJWT_STR, &err));
  CHECK(pinjwt_policy_set_lifetime(policy, 300, &err));

  CHECK(pinjwt_signer_new(policy, key, &signer, &err));
  CHECK(pinjwt_sign(signer, "{\"sub\":\"alice\",\"scope\":\"orders:read\"}", PINJWT_STR, PINJWT_NOW, token,
                    sizeof token, &length, &err));
  printf("issued:   %s\n", token);

  /* Services verify with the public half. */
  CHECK(pinjwt_verifier_new(policy, public_key, &verifier, &err));
  CHECK(pinjwt_verify(verifier, token, length, PINJWT_NOW, &claims, &err));
  if (pinjwt_claims_get_string(claims, "sub", PINJWT_STR, &subject) != PINJWT_OK)
    goto done;
  printf("verified: %s\n", (const char *)subject.data);

  /* One character of the signature changed: out stays as it was. */
  token[length - 10] = token[length - 10] == 'A' ? 'B' : 'A';
  if (pinjwt_verify(verifier, token, length, PINJWT_NOW, &none, &err) != PINJWT_E_SIGNATURE || none != NULL)
    goto done;
  printf("refused:  %s: %s\n", pinjwt_status_name(err.status), err.message);
  result = 0;

done:
  pinjwt_claims_free(claims);
  pinjwt_verifier_free(verifier);
  pinjwt_signer_free(signer);
  pinjwt_policy_free(policy);
  pinjwt_key_free(public_key);
  pinjwt_key_free(key);
  return result;
}
