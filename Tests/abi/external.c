/* Keys that stay elsewhere and sign through a callback. */
#define _POSIX_C_SOURCE 200809L
#include "sets.h"

#include <pthread.h>

/* How the callback behaves; `honest` and what else a broken KMS can do. */
typedef enum behaviour {
  honest,
  wrong_key,
  other_input,
  in_der,
  in_der_cut,
  swapped,
  all_zero,
  empty,
  one_short,
  one_long,
  huge,
  length_left_alone,
  returns_zero,
  returns_one,
  returns_minus_one,
  returns_other,
  calls_pinjwt
} behaviour;

typedef struct kms {
  EVP_PKEY *key, *other;
  const EVP_MD *hash;
  int width;
  size_t expected;
  behaviour how;
  pinjwt_key *again;
  pthread_mutex_t lock;
  int calls, released, wrong;
  char input[512];
} kms;

static pinjwt_signed sign_elsewhere(void *context, const uint8_t *input, size_t input_len, uint8_t *signature,
                                    size_t cap, size_t *len) {
  kms *with = context;
  unsigned char room[1024];
  size_t written;
  behaviour how = with->how;
  pthread_mutex_lock(&with->lock);
  with->calls++;
  with->wrong += cap != with->expected || input == NULL || memchr(input, '.', input_len) == NULL;
  snprintf(with->input, sizeof with->input, "%.*s", (int)input_len, (const char *)input);
  pthread_mutex_unlock(&with->lock);
  if (how == in_der || how == in_der_cut) {
    written = evp_sign(with->key, with->hash, input, input_len, room, sizeof room);
    memcpy(signature, room, written < cap ? written : cap);
    *len = how == in_der ? written : cap;
    return PINJWT_SIGNED;
  }
  if (how == calls_pinjwt) {
    char jws[1024];
    pinjwt_error error;
    if (pinjwt_jws_sign(with->again, NULL, 0, "x", 1, jws, sizeof jws, NULL, &error) != PINJWT_OK) {
      return (pinjwt_signed)0;
    }
  }
  written = jose_sign(how == wrong_key ? with->other : with->key, with->hash, with->width, input,
                      how == other_input ? input_len - 1 : input_len, room, sizeof room);
  if (how == swapped) {
    memcpy(signature, room + cap / 2, cap - cap / 2);
    memcpy(signature + cap - cap / 2, room, cap / 2);
  } else {
    memcpy(signature, room, cap);
  }
  if (how == all_zero) {
    memset(signature, 0, cap);
  }
  if (how == length_left_alone) {
    return PINJWT_SIGNED;
  }
  *len = how == empty       ? 0
         : how == one_short ? cap - 1
         : how == one_long  ? cap + 1
         : how == huge      ? (size_t)-1
                            : written;
  return how == returns_zero        ? (pinjwt_signed)0
         : how == returns_one       ? (pinjwt_signed)1
         : how == returns_minus_one ? (pinjwt_signed)-1
         : how == returns_other     ? (pinjwt_signed)(PINJWT_SIGNED + 1)
                                    : PINJWT_SIGNED;
}

static void release(void *context) {
  ((kms *)context)->released++;
}

static const struct {
  int alg, width;
  size_t length;
} kinds[] = {
    {PINJWT_ES256, 32, 64},  {PINJWT_ES384, 48, 96},  {PINJWT_ES512, 66, 132},
    {PINJWT_ES256K, 32, 64}, {PINJWT_RS256, 0, 256},  {PINJWT_RS512, 0, 256},
    {PINJWT_EDDSA, 0, 64},   {PINJWT_ED25519, 0, 64}, {PINJWT_ED448, 0, 114},
};

static const EVP_MD *hash_of(int alg) {
  switch (alg) {
  case PINJWT_ES384:
    return EVP_sha384();
  case PINJWT_ES512:
  case PINJWT_RS512:
    return EVP_sha512();
  case PINJWT_EDDSA:
  case PINJWT_ED25519:
  case PINJWT_ED448:
    return NULL;
  default:
    return EVP_sha256();
  }
}

/** The KMS of a key, and the external key of the public half; `local` stays the caller's. */
static pinjwt_key *new_external(kms *with, const pinjwt_key *local, size_t kind) {
  pinjwt_key *half = NULL, *external = NULL, *other;
  memset(with, 0, sizeof *with);
  pthread_mutex_init(&with->lock, NULL);
  with->key = evp_key(local);
  /* Another RSA key has to be of the same size. */
  if (is_rsa(kinds[kind].alg)) {
    other = jwk_key((pinjwt_alg)kinds[kind].alg, RFC7520_RSA_JWK);
  } else {
    other = any_key(kinds[kind].alg);
  }
  with->other = evp_key(other);
  with->again = other;
  with->hash = hash_of(kinds[kind].alg);
  with->width = kinds[kind].width;
  with->expected = kinds[kind].length;
  MUST(pinjwt_key_public(local, &half, &err));
  OK(pinjwt_key_external(half, sign_elsewhere, with, release, &external, ERR));
  pinjwt_key_free(half);
  return external;
}

static void free_kms(kms *with) {
  CHECK(with->wrong == 0);
  EVP_PKEY_free(with->key);
  EVP_PKEY_free(with->other);
  pinjwt_key_free(with->again);
  pthread_mutex_destroy(&with->lock);
}

/* ---- Honest ---------------------------------------------------------------------------- */

static pinjwt_status public_jwk(const void *key, char *buf, size_t cap, size_t *len, pinjwt_error *error) {
  return pinjwt_key_to_jwk(key, PINJWT_PART_PUBLIC, buf, cap, len, error);
}

static void serves_as_a_key(void) {
  size_t i;
  for (i = 0; i < COUNT(kinds); i++) {
    kms with;
    pinjwt_key *local = renamed(any_key(kinds[i].alg), "k-1"), *external, *half = NULL, *named = NULL;
    pinjwt_policy *policy = usual_policy();
    pinjwt_signer *signer;
    pinjwt_verifier *verifier, *of_external, *of_set;
    pinjwt_keyset *set = new_set();
    pinjwt_bytes id;
    char *token, *text, *same, jws[1024], payload[1024], buf[64];
    size_t length = 0;
    check_row = pinjwt_alg_name((pinjwt_alg)kinds[i].alg);
    external = new_external(&with, local, i);
    CHECK(pinjwt_key_alg(external) == (pinjwt_alg)kinds[i].alg);
    CHECK(pinjwt_key_can_sign(external) == 1);
    GETS(pinjwt_key_id(external, &id));
    LENT(id, "k-1");
    signer = new_signer(policy, external);
    verifier = new_verifier(policy, local);
    of_external = new_verifier(policy, external);
    OK(pinjwt_keyset_add(set, external, ERR));
    of_set = set_verifier(policy, set);
    /* Asking for the size signs nothing. */
    REFUSED(PINJWT_E_BUFFER, pinjwt_sign(signer, "{}", 2, T0, NULL, 0, &length, ERR));
    REFUSED(PINJWT_E_BUFFER, pinjwt_jws_sign(external, NULL, 0, "x", 1, buf, 1, &length, ERR));
    REFUSED(PINJWT_E_CLAIMS_FORMAT, pinjwt_sign(signer, "x", 1, T0, buf, sizeof buf, &length, ERR));
    CHECK(with.calls == 0);
    token = sign_at(signer, "{\"sub\":\"anna\"}", T0);
    CHECK(with.calls == 1);
    CHECK(strncmp(token, with.input, strlen(with.input)) == 0 && token[strlen(with.input)] == '.');
    CHECK(strchr(token + strlen(with.input) + 1, '.') == NULL);
    ACCEPTED(verifier, token, T0);
    ACCEPTED(of_external, token, T0);
    ACCEPTED(of_set, token, T0);
    free(token);
    OK(pinjwt_jws_sign(external, "note", 4, "payload", 7, jws, sizeof jws, &length, ERR));
    CHECK(with.calls == 2);
    OK(pinjwt_jws_verify(local, "note", 4, jws, length, (uint8_t *)payload, sizeof payload, NULL, ERR));
    SAME(payload, "payload");
    OK(pinjwt_jws_verify(external, "note", 4, jws, length, (uint8_t *)payload, sizeof payload, NULL, ERR));
    /* The public half can be written, the private one cannot. */
    text = check_writer(public_jwk, external);
    same = jwk_text(local, PINJWT_PART_PUBLIC);
    SAME(text, same);
    free(text);
    free(same);
    REFUSED(PINJWT_E_KEY_USE, pinjwt_key_to_jwk(external, PINJWT_PART_PRIVATE, NULL, 0, NULL, ERR));
    REFUSED(PINJWT_E_KEY_USE, pinjwt_key_to_jwk(external, PINJWT_PART_PRIVATE, jws, sizeof jws, NULL, ERR));
    REFUSED(PINJWT_E_KEY_USE, pinjwt_key_to_pem(external, PINJWT_PART_PRIVATE, NULL, 0, NULL, ERR));
    OK(pinjwt_key_to_pem(external, PINJWT_PART_PUBLIC, jws, sizeof jws, NULL, ERR));
    text = need_(calloc(1, 64));
    OK(pinjwt_key_thumbprint(external, text, 64, NULL, ERR));
    OK(pinjwt_key_thumbprint(local, buf, sizeof buf, NULL, ERR));
    SAME(text, buf);
    free(text);
    OK(pinjwt_key_public(external, &half, ERR));
    CHECK(pinjwt_key_can_sign(half) == 0);
    REFUSED(PINJWT_E_KEY_USE, pinjwt_jws_sign(half, NULL, 0, "x", 1, jws, sizeof jws, NULL, ERR));
    OK(pinjwt_key_with_id(external, "k-2", 3, &named, ERR));
    CHECK(pinjwt_key_can_sign(named) == 1);
    token = token_of(policy, named, "{}", T0);
    text = kid_of(token);
    SAME(text, "k-2");
    ACCEPTED(verifier, token, T0);
    free(text);
    free(token);
    /* The callback's context goes with the last user. */
    pinjwt_key_free(external);
    CHECK(with.released == 0);
    token = sign_at(signer, "{}", T0);
    free(token);
    pinjwt_signer_free(signer);
    CHECK(with.released == 0);
    pinjwt_verifier_free(of_external);
    pinjwt_verifier_free(of_set);
    pinjwt_keyset_free(set);
    pinjwt_key_free(half);
    CHECK(with.released == 0);
    pinjwt_key_free(named);
    CHECK(with.released == 1);
    pinjwt_verifier_free(verifier);
    pinjwt_policy_free(policy);
    pinjwt_key_free(local);
    free_kms(&with);
  }
}

/* ---- Broken ---------------------------------------------------------------------------- */

static void count_event(void *context, const pinjwt_event *event) {
  *(int *)context += event->type == PINJWT_EVENT_SIGNED;
}

static void makes_no_wrong_token(void) {
  static const struct {
    behaviour how;
    const char *name;
    int ecdsa_only;
  } rows[] = {
      {wrong_key, "wrong key", 0},
      {other_input, "other input", 0},
      {in_der, "DER", 1},
      {in_der_cut, "DER, cut", 1},
      {swapped, "s before r", 0},
      {all_zero, "zeros", 0},
      {empty, "empty", 0},
      {one_short, "one byte short", 0},
      {one_long, "one byte long", 0},
      {huge, "SIZE_MAX", 0},
      {length_left_alone, "length not set", 0},
      {returns_zero, "returns 0", 0},
      {returns_one, "returns 1", 0},
      {returns_minus_one, "returns -1", 0},
      {returns_other, "returns another value", 0},
  };
  static const size_t tried[] = {0, 4, 6};
  size_t i, k;
  for (k = 0; k < COUNT(tried); k++) {
    kms with;
    int events = 0;
    pinjwt_key *local = any_key(kinds[tried[k]].alg), *external = new_external(&with, local, tried[k]);
    pinjwt_policy *policy = usual_policy();
    pinjwt_signer *signer;
    pinjwt_verifier *verifier = new_verifier(policy, local);
    char *token;
    OK(pinjwt_policy_set_event_handler(policy, count_event, &events, NULL, ERR));
    signer = new_signer(policy, external);
    for (i = 0; i < COUNT(rows); i++) {
      char buf[1024];
      size_t length = 4711;
      if (rows[i].ecdsa_only && kinds[tried[k]].width == 0) {
        continue;
      }
      check_row = rows[i].name;
      memset(buf, '#', sizeof buf);
      with.how = rows[i].how;
      with.calls = 0;
      REFUSED(PINJWT_E_CRYPTO, pinjwt_sign(signer, "{}", 2, T0, buf, sizeof buf, &length, ERR));
      REFUSED(PINJWT_E_CRYPTO, pinjwt_jws_sign(external, NULL, 0, "x", 1, buf, sizeof buf, &length, ERR));
      CHECK(with.calls == 4);
      CHECK(length == 4711 && check_all_(buf, 0, sizeof buf, '#'));
      CHECK(events == 0);
    }
    /* The KMS is back; and one that itself uses pinjwt. */
    check_row = "";
    with.how = honest;
    token = sign_at(signer, "{}", T0);
    ACCEPTED(verifier, token, T0);
    free(token);
    with.how = calls_pinjwt;
    token = sign_at(signer, "{}", T0);
    ACCEPTED(verifier, token, T0);
    free(token);
    CHECK(events == 2);
    pinjwt_signer_free(signer);
    pinjwt_verifier_free(verifier);
    pinjwt_policy_free(policy);
    pinjwt_key_free(local);
    pinjwt_key_free(external);
    CHECK(with.released == 1);
    free_kms(&with);
  }
}

/* ---- Arguments and uses ---------------------------------------------------------------- */

#define ED_X "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""
#define ED_D "\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\""

static void arguments(void) {
  kms with;
  pinjwt_key *local = jwk_key(PINJWT_EDDSA, "{" ED_X "," ED_D "}"), *external = new_external(&with, local, 6);
  pinjwt_key *secret = hs256_key(), *out = UNTOUCHED, *half = NULL, *without = NULL;
  char jws[512];
  MUST(pinjwt_key_public(local, &half, &err));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_external(NULL, sign_elsewhere, &with, release, &out, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_external(half, NULL, &with, release, &out, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_key_external(half, sign_elsewhere, &with, release, NULL, ERR));
  REFUSED(PINJWT_E_KEY_MISMATCH, pinjwt_key_external(secret, sign_elsewhere, &with, release, &out, ERR));
  CHECK(out == UNTOUCHED && with.released == 0 && with.calls == 0);
  /* No release; and the public half of a private key. */
  OK(pinjwt_key_external(local, sign_elsewhere, &with, NULL, &without, ERR));
  CHECK(pinjwt_key_can_sign(without) == 1);
  REFUSED(PINJWT_E_KEY_USE, pinjwt_key_to_jwk(without, PINJWT_PART_PRIVATE, NULL, 0, NULL, ERR));
  OK(pinjwt_jws_sign(without, NULL, 0, "x", 1, jws, sizeof jws, NULL, ERR));
  CHECK(with.calls == 1);
  pinjwt_key_free(without);
  CHECK(with.released == 0);
  /* An external key of an external key signs with the new callback. */
  {
    kms second = with;
    second.calls = 0;
    OK(pinjwt_key_external(external, sign_elsewhere, &second, release, &without, ERR));
    OK(pinjwt_jws_sign(without, NULL, 0, "x", 1, jws, sizeof jws, NULL, ERR));
    CHECK(second.calls == 1 && with.calls == 1);
    pinjwt_key_free(without);
    CHECK(second.released == 1 && with.released == 0);
  }
  pinjwt_key_free(local);
  pinjwt_key_free(half);
  pinjwt_key_free(secret);
  pinjwt_key_free(external);
  CHECK(with.released == 1);
  free_kms(&with);
}

/* key_ops of a public key do not forbid the callback to sign. */
static void key_ops(void) {
  static const struct {
    const char *ops;
    int can_verify;
  } rows[] = {{"[\"verify\"]", 1}, {"[\"sign\"]", 0}, {"[\"sign\",\"verify\"]", 1}};
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    kms with;
    pinjwt_key *local = jwk_key(PINJWT_EDDSA, "{" ED_X "," ED_D "}"), *plain = new_external(&with, local, 6);
    char *jwk = format("{" ED_X ",\"key_ops\":%s}", rows[i].ops), jws[512], payload[512];
    pinjwt_key *half = jwk_key(PINJWT_EDDSA, jwk), *external = NULL;
    check_row = rows[i].ops;
    CHECK(pinjwt_key_can_sign(half) == 0);
    OK(pinjwt_key_external(half, sign_elsewhere, &with, NULL, &external, ERR));
    CHECK(pinjwt_key_can_sign(external) == 1);
    OK(pinjwt_jws_sign(external, NULL, 0, "x", 1, jws, sizeof jws, NULL, ERR));
    OK(pinjwt_jws_verify(local, NULL, 0, jws, PINJWT_STR, (uint8_t *)payload, sizeof payload, NULL, ERR));
    SAME(payload, "x");
    pinjwt_key_free(external);
    pinjwt_key_free(half);
    pinjwt_key_free(local);
    pinjwt_key_free(plain);
    free(jwk);
    free_kms(&with);
  }
}

/* ---- Threads --------------------------------------------------------------------------- */

enum { threads = 8 };

typedef struct shared {
  const pinjwt_signer *signer;
  const pinjwt_verifier *verifier;
  int rounds;
} shared;

static void *work(void *argument) {
  const shared *with = argument;
  uintptr_t wrong = 0;
  int i;
  for (i = 0; i < with->rounds; i++) {
    char token[1024];
    size_t length = 0;
    pinjwt_claims *claims = NULL;
    pinjwt_error error;
    wrong += pinjwt_sign(with->signer, "{}", 2, T0, token, sizeof token, &length, &error) != PINJWT_OK ||
             pinjwt_verify(with->verifier, token, length, T0, &claims, &error) != PINJWT_OK;
    pinjwt_claims_free(claims);
  }
  return (void *)wrong;
}

static void many_threads(void) {
  size_t i;
  for (i = 0; i < COUNT(kinds); i += 3) {
    kms with;
    pinjwt_key *local = any_key(kinds[i].alg), *external = new_external(&with, local, i);
    pinjwt_policy *policy = usual_policy();
    pinjwt_signer *signer = new_signer(policy, external);
    pinjwt_verifier *verifier = new_verifier(policy, local);
    shared both;
    pthread_t running[threads];
    int t;
    both.signer = signer;
    both.verifier = verifier;
    both.rounds = rounds_of(50, 2);
    pinjwt_key_free(external);
    for (t = 0; t < threads; t++) {
      CHECK(pthread_create(&running[t], NULL, work, &both) == 0);
    }
    for (t = 0; t < threads; t++) {
      void *wrong = &both;
      CHECK(pthread_join(running[t], &wrong) == 0);
      CHECK(wrong == NULL);
    }
    CHECK(with.calls == threads * both.rounds && with.released == 0);
    pinjwt_signer_free(signer);
    CHECK(with.released == 1);
    pinjwt_verifier_free(verifier);
    pinjwt_policy_free(policy);
    pinjwt_key_free(local);
    free_kms(&with);
  }
}

int main(void) {
  group("serves as a key", serves_as_a_key);
  group("makes no wrong token", makes_no_wrong_token);
  group("arguments", arguments);
  group("key_ops", key_ops);
  group("many threads", many_threads);
  return finish();
}
