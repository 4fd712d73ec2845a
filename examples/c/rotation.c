/* Keys that rotate: a ring in a file, what it publishes, and tokens that outlive a rotation.
 *
 *   cc rotation.c $(pkg-config --cflags --libs pinjwt) -o rotation && ./rotation ring.json
 */
#include <pinjwt.h>

#include <stdio.h>

#define HOUR 3600

#define CHECK(call)                                                                                          \
  do {                                                                                                       \
    if ((call) != PINJWT_OK) {                                                                               \
      fprintf(stderr, "%s: %s\n", pinjwt_status_name(err.status), err.message);                              \
      goto done;                                                                                             \
    }                                                                                                        \
  } while (0)

int main(int argc, char **argv) {
  /* In a service the times are PINJWT_NOW, and a timer rotates once a month. */
  const int64_t start = 1800000000, month = 30 * 24 * HOUR;
  pinjwt_error err;
  pinjwt_keyring *ring = NULL;
  pinjwt_policy *policy = NULL;
  pinjwt_signer *signer = NULL;
  pinjwt_verifier *verifier = NULL;
  char token[1024], payload[1024], jwks[4096];
  size_t length;
  int result = 1;
  if (argc != 2) {
    fprintf(stderr, "usage: %s FILE\n", argv[0]);
    return 2;
  }

  /* Others keep our JWK Set for an hour; our tokens live two hours at most. */
  CHECK(pinjwt_keyring_new(PINJWT_EDDSA, HOUR, 2 * HOUR, start, &ring, &err));
  CHECK(pinjwt_keyring_save(ring, argv[1], "a long passphrase", PINJWT_STR, PINJWT_COST_INTERACTIVE, &err));

  CHECK(pinjwt_policy_new(&policy, &err));
  CHECK(pinjwt_signer_new_with_keyring(policy, ring, &signer, &err));
  CHECK(pinjwt_verifier_new_with_keyring(policy, ring, &verifier, &err));
  CHECK(pinjwt_sign(signer, "{\"sub\":\"alice\"}", PINJWT_STR, start + month, token, sizeof token, &length,
                    &err));
  CHECK(pinjwt_keyring_to_jwks(ring, start + month, jwks, sizeof jwks, NULL, &err));
  printf("published: %s\n", jwks);

  /* The next key signs from now on; what the last one signed holds until it expires. */
  CHECK(pinjwt_keyring_rotate(ring, start + month, &err));
  CHECK(pinjwt_verify_json(verifier, token, length, start + month + 60, payload, sizeof payload, NULL, &err));
  printf("verified:  %s\n", payload);

  /* Too early: the key after that must be published first. */
  if (pinjwt_keyring_rotate(ring, start + month + 60, &err) != PINJWT_E_NOT_YET_VALID)
    goto done;
  printf("refused:   %s: %s\n", pinjwt_status_name(err.status), err.message);
  result = 0;

done:
  pinjwt_verifier_free(verifier);
  pinjwt_signer_free(signer);
  pinjwt_policy_free(policy);
  pinjwt_keyring_free(ring);
  return result;
}
