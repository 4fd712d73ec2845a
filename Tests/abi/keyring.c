/* Key rings in memory: a year of rotation, and each thing that a ring refuses. */
#define _POSIX_C_SOURCE 200809L
#include "sets.h"

#define HOUR ((int64_t)3600)
#define DAY (24 * HOUR)
/* What retired keys verify beyond the life of tokens. */
#define MARGIN ((int64_t)660)

static pinjwt_keyring *new_ring(pinjwt_alg alg, int64_t publish, int64_t token, int64_t now) {
  pinjwt_keyring *ring = NULL;
  MUST(pinjwt_keyring_new(alg, publish, token, now, &ring, &err));
  return ring;
}

static pinjwt_policy *policy_of(int64_t token_seconds) {
  pinjwt_policy *policy = usual_policy();
  MUST(pinjwt_policy_set_max_lifetime(policy, token_seconds, &err));
  MUST(pinjwt_policy_set_lifetime(policy, token_seconds, &err));
  return policy;
}

static pinjwt_signer *ring_signer(const pinjwt_policy *policy, const pinjwt_keyring *ring) {
  pinjwt_signer *signer = NULL;
  MUST(pinjwt_signer_new_with_keyring(policy, ring, &signer, &err));
  return signer;
}

static pinjwt_verifier *ring_verifier(const pinjwt_policy *policy, const pinjwt_keyring *ring) {
  pinjwt_verifier *verifier = NULL;
  MUST(pinjwt_verifier_new_with_keyring(policy, ring, &verifier, &err));
  return verifier;
}

static char *published(const pinjwt_keyring *ring, int64_t now) {
  size_t need = 0;
  char *text;
  if (pinjwt_keyring_to_jwks(ring, now, NULL, 0, &need, &err) != PINJWT_E_BUFFER) {
    return format("%s", "");
  }
  text = need_(malloc(need));
  MUST(pinjwt_keyring_to_jwks(ring, now, text, need, NULL, &err));
  return text;
}

static size_t count_of(const char *text, const char *piece) {
  size_t count = 0;
  while ((text = strstr(text, piece)) != NULL) {
    count++;
    text++;
  }
  return count;
}

/** The id of key `index` of a document; the caller frees it. */
static char *id_in(const char *jwks, int index) {
  const char *from = jwks, *end;
  for (; index >= 0; index--) {
    from = strstr(from, "\"kid\":\"");
    if (from == NULL) {
      return format("%s", "");
    }
    from += strlen("\"kid\":\"");
  }
  end = strchr(from, '"');
  return format("%.*s", (int)(end - from), from);
}

typedef struct published_at {
  const pinjwt_keyring *ring;
  int64_t now;
} published_at;

static pinjwt_status to_jwks(const void *subject, char *buf, size_t cap, size_t *len, pinjwt_error *error) {
  const published_at *at = subject;
  return pinjwt_keyring_to_jwks(at->ring, at->now, buf, cap, len, error);
}

/* ---- Arguments ------------------------------------------------------------------------- */

static void arguments(void) {
  pinjwt_keyring *ring = UNTOUCHED, *real = new_ring(PINJWT_EDDSA, DAY, 7200, T0);
  pinjwt_policy *policy = usual_policy();
  pinjwt_signer *signer = UNTOUCHED;
  pinjwt_verifier *verifier = UNTOUCHED;
  char *before = published(real, T0), *after;
  int64_t next = pinjwt_keyring_rotation_time(real);
  BAD_ENUM(pinjwt_keyring_new((pinjwt_alg)value, DAY, 7200, T0, &ring, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_new(PINJWT_EDDSA, -1, 7200, T0, &ring, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_new(PINJWT_EDDSA, 31536001, 7200, T0, &ring, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_new(PINJWT_EDDSA, INT64_MAX, 7200, T0, &ring, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_new(PINJWT_EDDSA, INT64_MIN, 7200, T0, &ring, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_new(PINJWT_EDDSA, DAY, 0, T0, &ring, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_new(PINJWT_EDDSA, DAY, -7200, T0, &ring, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_new(PINJWT_EDDSA, DAY, 315576001, T0, &ring, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_new(PINJWT_EDDSA, DAY, INT64_MAX, T0, &ring, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_new(PINJWT_EDDSA, DAY, 7200, T0, NULL, ERR));
  BAD_NOW(pinjwt_keyring_new(PINJWT_EDDSA, DAY, 7200, now, &ring, ERR));
  CHECK(ring == UNTOUCHED);

  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_rotate(NULL, T0, ERR));
  BAD_NOW(pinjwt_keyring_rotate(real, now, ERR));
  CHECK(pinjwt_keyring_rotation_time(NULL) == 0);
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_remove(NULL, "k", 1, T0, ERR));
  BAD_TEXT(pinjwt_keyring_remove(real, text, length, T0, ERR));
  BAD_NOW(pinjwt_keyring_remove(real, "k", 1, now, ERR));
  REFUSED_FOR(PINJWT_E_KEY_UNKNOWN, "kid", pinjwt_keyring_remove(real, "k", 1, T0, ERR));
  REFUSED(PINJWT_E_KEY_UNKNOWN, pinjwt_keyring_remove(real, "", 0, T0, ERR));
  REFUSED(PINJWT_E_KEY_UNKNOWN, pinjwt_keyring_remove(real, NULL, 0, T0, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_to_jwks(NULL, T0, NULL, 0, NULL, ERR));
  BAD_NOW(pinjwt_keyring_to_jwks(real, now, NULL, 0, NULL, ERR));
  BAD_BUFFER(pinjwt_keyring_to_jwks(real, T0, buf, cap, len, ERR));
  /* Not tied to a file. */
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_reload(real, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_reload(NULL, ERR));

  REFUSED(PINJWT_E_ARGUMENT, pinjwt_signer_new_with_keyring(NULL, real, &signer, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_signer_new_with_keyring(policy, NULL, &signer, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_signer_new_with_keyring(policy, real, NULL, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_new_with_keyring(NULL, real, &verifier, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_new_with_keyring(policy, NULL, &verifier, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_new_with_keyring(policy, real, NULL, ERR));
  CHECK(signer == UNTOUCHED && verifier == UNTOUCHED);
  after = published(real, T0);
  SAME(after, before);
  CHECK(pinjwt_keyring_rotation_time(real) == next);
  free(before);
  free(after);
  pinjwt_keyring_free(NULL);
  pinjwt_keyring_free(real);
  pinjwt_policy_free(policy);
}

static void limits(void) {
  static const struct { int64_t publish, token; } rows[] = {{0, 1}, {31536000, 315576000}};
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    pinjwt_keyring *ring = NULL;
    OK(pinjwt_keyring_new(PINJWT_EDDSA, rows[i].publish, rows[i].token, T0, &ring, ERR));
    CHECK(pinjwt_keyring_rotation_time(ring) == T0 + rows[i].publish);
    OK(pinjwt_keyring_rotate(ring, T0 + rows[i].publish, ERR));
    pinjwt_keyring_free(ring);
  }
  /* At the end of time. */
  {
    pinjwt_keyring *ring = NULL;
    char *text;
    OK(pinjwt_keyring_new(PINJWT_EDDSA, 31536000, 315576000, 253402300799, &ring, ERR));
    REFUSED(PINJWT_E_NOT_YET_VALID, pinjwt_keyring_rotate(ring, 253402300799, ERR));
    text = published(ring, 253402300799);
    CHECK(count_of(text, "\"kid\":") == 2);
    free(text);
    pinjwt_keyring_free(ring);
    OK(pinjwt_keyring_new(PINJWT_EDDSA, 0, 315576000, 253402300799, &ring, ERR));
    OK(pinjwt_keyring_rotate(ring, 253402300799, ERR));
    pinjwt_keyring_free(ring);
    /* By the system's clock. */
    OK(pinjwt_keyring_new(PINJWT_EDDSA, 0, 1, PINJWT_NOW, &ring, ERR));
    OK(pinjwt_keyring_rotate(ring, PINJWT_NOW, ERR));
    CHECK(pinjwt_keyring_rotation_time(ring) > T0);
    pinjwt_keyring_free(ring);
  }
}

/* E_LIFETIME: what a ring's signer may promise. */
static void lifetimes(void) {
  static const struct {
    int64_t token_seconds, lifetime, most;
    pinjwt_status status;
  } rows[] = {
      {7200, 900, 7200, PINJWT_OK},
      {7199, 900, 7200, PINJWT_E_LIFETIME},
      {7201, 900, 7200, PINJWT_OK},
      {900, 900, 900, PINJWT_OK},
      {86400, 7200, 3600, PINJWT_E_LIFETIME},
      {1, 1, 1, PINJWT_OK},
      {315576000, 315576000, 315576000, PINJWT_OK},
  };
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    pinjwt_keyring *ring = new_ring(PINJWT_EDDSA, 60, rows[i].token_seconds, T0);
    pinjwt_policy *policy = usual_policy();
    pinjwt_signer *signer = UNTOUCHED;
    pinjwt_verifier *verifier = NULL;
    OK(pinjwt_policy_set_lifetime(policy, rows[i].lifetime, ERR));
    OK(pinjwt_policy_set_max_lifetime(policy, rows[i].most, ERR));
    if (rows[i].status == PINJWT_OK) {
      OK(pinjwt_signer_new_with_keyring(policy, ring, &signer, ERR));
      pinjwt_signer_free(signer);
    } else {
      REFUSED(rows[i].status, pinjwt_signer_new_with_keyring(policy, ring, &signer, ERR));
      CHECK(signer == UNTOUCHED);
    }
    OK(pinjwt_verifier_new_with_keyring(policy, ring, &verifier, ERR));
    pinjwt_verifier_free(verifier);
    pinjwt_policy_free(policy);
    pinjwt_keyring_free(ring);
  }
}

/* ---- Steps ----------------------------------------------------------------------------- */

static void steps(void) {
  int64_t publish = DAY, token_seconds = 7200, now = T0, end;
  pinjwt_keyring *ring = new_ring(PINJWT_ES256, publish, token_seconds, now);
  pinjwt_policy *policy = policy_of(token_seconds);
  pinjwt_signer *signer = ring_signer(policy, ring);
  pinjwt_verifier *verifier = ring_verifier(policy, ring);
  char *jwks = published(ring, now), *active = id_in(jwks, 0), *next = id_in(jwks, 1), *token, *kid, *again,
       *third;
  published_at at;
  at.ring = ring;
  at.now = now;
  CHECK(count_of(jwks, "\"kid\":") == 2 && count_of(jwks, "\"d\":") == 0);
  CHECK(strlen(active) == 43 && strlen(next) == 43 && strcmp(active, next) != 0);
  free(check_writer(to_jwks, &at));
  token = sign_at(signer, "{}", now);
  kid = kid_of(token);
  SAME(kid, active);
  ACCEPTED(verifier, token, now);
  ACCEPTED(verifier, token, now + token_seconds - 1);
  TURNED_AWAY(PINJWT_E_EXPIRED, verifier, token, now + token_seconds);
  free(kid);
  /* Too early by a second, and by a clock that went back. */
  CHECK(pinjwt_keyring_rotation_time(ring) == T0 + publish);
  REFUSED(PINJWT_E_NOT_YET_VALID, pinjwt_keyring_rotate(ring, T0 + publish - 1, ERR));
  REFUSED(PINJWT_E_NOT_YET_VALID, pinjwt_keyring_rotate(ring, T0, ERR));
  REFUSED(PINJWT_E_NOT_YET_VALID, pinjwt_keyring_rotate(ring, 1, ERR));
  again = published(ring, now);
  SAME(again, jwks);
  CHECK(pinjwt_keyring_rotation_time(ring) == T0 + publish);
  free(again);
  free(jwks);
  free(token);
  /* In time. */
  now = T0 + publish;
  token = sign_at(signer, "{}", now);
  OK(pinjwt_keyring_rotate(ring, now, ERR));
  REFUSED(PINJWT_E_NOT_YET_VALID, pinjwt_keyring_rotate(ring, now, ERR));
  CHECK(pinjwt_keyring_rotation_time(ring) == now + publish);
  jwks = published(ring, now);
  CHECK(count_of(jwks, "\"kid\":") == 3);
  kid = id_in(jwks, 0);
  SAME(kid, next);
  free(kid);
  third = id_in(jwks, 1);
  CHECK(strcmp(third, active) != 0 && strcmp(third, next) != 0);
  kid = id_in(jwks, 2);
  SAME(kid, active);
  free(kid);
  free(jwks);
  at.now = now;
  free(check_writer(to_jwks, &at));
  /* The retired key verifies as long as its last token lives, and a margin. */
  end = now + token_seconds + MARGIN;
  ACCEPTED(verifier, token, now);
  ACCEPTED(verifier, token, now + token_seconds - 1);
  TURNED_AWAY(PINJWT_E_EXPIRED, verifier, token, now + token_seconds);
  TURNED_AWAY(PINJWT_E_EXPIRED, verifier, token, end - 1);
  TURNED_AWAY(PINJWT_E_KEY_UNKNOWN, verifier, token, end + 1);
  TURNED_AWAY(PINJWT_E_KEY_UNKNOWN, verifier, token, end + 10 * DAY);
  jwks = published(ring, end - 1);
  CHECK(count_of(jwks, active) == 1);
  free(jwks);
  jwks = published(ring, end + 1);
  CHECK(count_of(jwks, active) == 0 && count_of(jwks, "\"kid\":") == 2);
  free(jwks);
  free(token);
  token = sign_at(signer, "{}", now);
  kid = kid_of(token);
  SAME(kid, next);
  ACCEPTED(verifier, token, now);
  free(kid);
  free(token);
  free(active);
  free(next);
  free(third);
  pinjwt_keyring_free(ring);
  /* Signer and verifier keep the ring. */
  token = sign_at(signer, "{}", now);
  ACCEPTED(verifier, token, now);
  free(token);
  pinjwt_signer_free(signer);
  pinjwt_verifier_free(verifier);
  pinjwt_policy_free(policy);
}

static void removing(void) {
  int64_t publish = DAY, now = T0 + DAY;
  pinjwt_keyring *ring = new_ring(PINJWT_EDDSA, publish, 7200, T0);
  pinjwt_policy *policy = policy_of(7200);
  pinjwt_signer *signer = ring_signer(policy, ring);
  pinjwt_verifier *verifier = ring_verifier(policy, ring);
  char *of_retired = sign_at(signer, "{}", now), *of_active, *jwks, *retired, *active, *next, *kid, *token;
  OK(pinjwt_keyring_rotate(ring, now, ERR));
  of_active = sign_at(signer, "{}", now);
  jwks = published(ring, now);
  active = id_in(jwks, 0);
  next = id_in(jwks, 1);
  retired = id_in(jwks, 2);
  free(jwks);
  /* A retired key: its tokens are refused at once. */
  ACCEPTED(verifier, of_retired, now);
  OK(pinjwt_keyring_remove(ring, retired, PINJWT_STR, now, ERR));
  TURNED_AWAY(PINJWT_E_KEY_UNKNOWN, verifier, of_retired, now);
  REFUSED(PINJWT_E_KEY_UNKNOWN, pinjwt_keyring_remove(ring, retired, PINJWT_STR, now, ERR));
  ACCEPTED(verifier, of_active, now);
  CHECK(pinjwt_keyring_rotation_time(ring) == now + publish);
  jwks = published(ring, now);
  CHECK(count_of(jwks, "\"kid\":") == 2 && count_of(jwks, retired) == 0);
  CHECK(count_of(jwks, active) >= 1 && count_of(jwks, next) >= 1);
  free(jwks);
  /* The next key: there is another one, which has to wait its time. */
  now += HOUR;
  OK(pinjwt_keyring_remove(ring, next, PINJWT_STR, now, ERR));
  jwks = published(ring, now);
  CHECK(count_of(jwks, "\"kid\":") == 2 && count_of(jwks, next) == 0 && count_of(jwks, active) >= 1);
  free(jwks);
  CHECK(pinjwt_keyring_rotation_time(ring) == now + publish);
  REFUSED(PINJWT_E_NOT_YET_VALID, pinjwt_keyring_rotate(ring, now + publish - 1, ERR));
  ACCEPTED(verifier, of_active, now);
  free(next);
  jwks = published(ring, now);
  next = id_in(jwks, 1);
  free(jwks);
  /* The active key: the next one signs from now on. */
  now += HOUR / 2;
  OK(pinjwt_keyring_remove(ring, active, PINJWT_STR, now, ERR));
  TURNED_AWAY(PINJWT_E_KEY_UNKNOWN, verifier, of_active, now);
  token = sign_at(signer, "{}", now);
  kid = kid_of(token);
  SAME(kid, next);
  ACCEPTED(verifier, token, now);
  jwks = published(ring, now);
  CHECK(count_of(jwks, "\"kid\":") == 2 && count_of(jwks, active) == 0 && count_of(jwks, next) >= 1);
  CHECK(pinjwt_keyring_rotation_time(ring) == now + publish);
  free(jwks);
  free(kid);
  free(token);
  free(of_retired);
  free(of_active);
  free(retired);
  free(active);
  free(next);
  pinjwt_signer_free(signer);
  pinjwt_verifier_free(verifier);
  pinjwt_policy_free(policy);
  pinjwt_keyring_free(ring);
}

static void of_secrets(void) {
  static const pinjwt_alg algs[] = {PINJWT_HS256, PINJWT_HS384, PINJWT_HS512};
  size_t i;
  for (i = 0; i < COUNT(algs); i++) {
    pinjwt_keyring *ring = new_ring(algs[i], 60, 7200, T0), *other = new_ring(algs[i], 60, 7200, T0);
    pinjwt_policy *policy = usual_policy();
    pinjwt_signer *signer = ring_signer(policy, ring), *foreign = ring_signer(policy, other);
    pinjwt_verifier *verifier = ring_verifier(policy, ring);
    char *token = sign_at(signer, "{}", T0), *strange = sign_at(foreign, "{}", T0), *kid = kid_of(token),
         *strange_kid = kid_of(strange), room[8] = "junk...";
    size_t length = 4711;
    REFUSED(PINJWT_E_KEY_MISMATCH, pinjwt_keyring_to_jwks(ring, T0, room, sizeof room, &length, ERR));
    REFUSED(PINJWT_E_KEY_MISMATCH, pinjwt_keyring_to_jwks(ring, T0, NULL, 0, &length, ERR));
    CHECK(length == 4711 && strcmp(room, "junk...") == 0);
    CHECK(strlen(kid) >= 16 && strcmp(kid, strange_kid) != 0);
    ACCEPTED(verifier, token, T0);
    TURNED_AWAY(PINJWT_E_KEY_UNKNOWN, verifier, strange, T0);
    OK(pinjwt_keyring_rotate(ring, T0 + 60, ERR));
    ACCEPTED(verifier, token, T0 + 60);
    OK(pinjwt_keyring_remove(ring, kid, PINJWT_STR, T0 + 60, ERR));
    TURNED_AWAY(PINJWT_E_KEY_UNKNOWN, verifier, token, T0 + 60);
    free(token);
    free(strange);
    free(kid);
    free(strange_kid);
    pinjwt_signer_free(signer);
    pinjwt_signer_free(foreign);
    pinjwt_verifier_free(verifier);
    pinjwt_policy_free(policy);
    pinjwt_keyring_free(ring);
    pinjwt_keyring_free(other);
  }
}

static void each_pin(void) {
  int alg;
  for (alg = PINJWT_ES256; alg <= PINJWT_ED448; alg++) {
    pinjwt_keyring *ring = NULL;
    pinjwt_policy *policy = usual_policy();
    pinjwt_signer *signer;
    pinjwt_verifier *verifier;
    char *token;
    check_row = pinjwt_alg_name((pinjwt_alg)alg);
    OK(pinjwt_keyring_new((pinjwt_alg)alg, 0, 7200, T0, &ring, ERR));
    signer = ring_signer(policy, ring);
    verifier = ring_verifier(policy, ring);
    token = sign_at(signer, "{}", T0);
    OK(pinjwt_keyring_rotate(ring, T0, ERR));
    ACCEPTED(verifier, token, T0);
    free(token);
    pinjwt_signer_free(signer);
    pinjwt_verifier_free(verifier);
    pinjwt_policy_free(policy);
    pinjwt_keyring_free(ring);
  }
}

/* ---- A year ---------------------------------------------------------------------------- */

typedef struct year {
  int64_t rotate_every, publish, token_seconds, step, duration;
} year;

enum { remembered = 128 };

/**
 * Each step a token is signed. The issuer's own verifier, and one elsewhere that fetches the JWK Set as
 * seldom as it may, must take all tokens that live; once its key is gone a token is refused for its key.
 */
static void run_year(year plan) {
  pinjwt_keyring *ring = new_ring(PINJWT_EDDSA, plan.publish, plan.token_seconds, T0);
  pinjwt_policy *policy = policy_of(plan.token_seconds);
  pinjwt_signer *signer = ring_signer(policy, ring);
  pinjwt_verifier *local = ring_verifier(policy, ring), *remote;
  pinjwt_keyset *set = new_set();
  static const pinjwt_alg eddsa[] = {PINJWT_EDDSA};
  struct {
    char *text;
    int64_t signed_at, retired_at;
  } tokens[remembered];
  int64_t now, rotated = T0, fetched = T0 - plan.publish;
  unsigned long refused_wrongly = 0, accepted_wrongly = 0, rotations = 0, failed = 0, most_keys = 0, gone = 0;
  size_t used = 0, i;
  remote = set_verifier(policy, set);
  for (now = T0; now < T0 + plan.duration; now += plan.step) {
    if (now - rotated >= plan.rotate_every) {
      failed += pinjwt_keyring_rotate(ring, now, NULL) != PINJWT_OK;
      rotated = now;
      rotations++;
      for (i = 0; i < used; i++) {
        if (tokens[i].retired_at == 0) {
          tokens[i].retired_at = now;
        }
      }
    }
    if (now - fetched >= plan.publish) {
      char *jwks = published(ring, now);
      size_t skipped = 1;
      failed += pinjwt_keyset_load_jwks(set, jwks, PINJWT_STR, eddsa, 1, &skipped, NULL) != PINJWT_OK;
      failed += skipped != 0;
      most_keys = pinjwt_keyset_count(set) > most_keys ? pinjwt_keyset_count(set) : most_keys;
      free(jwks);
      fetched = now;
    }
    if (used == remembered) {
      free(tokens[0].text);
      memmove(&tokens[0], &tokens[1], (remembered - 1) * sizeof tokens[0]);
      used--;
    }
    tokens[used].text = sign_at(signer, "{}", now);
    tokens[used].signed_at = now;
    tokens[used].retired_at = 0;
    used++;
    for (i = 0; i < used; i++) {
      pinjwt_claims *claims = NULL;
      int lives = now < tokens[i].signed_at + plan.token_seconds;
      /* All that live, and of the dead one in a while. */
      if (lives || (i + (size_t)(now / plan.step)) % remembered == 0) {
        int dead_key = tokens[i].retired_at != 0 && now > tokens[i].retired_at + plan.token_seconds + MARGIN;
        pinjwt_status status = pinjwt_verify(local, tokens[i].text, PINJWT_STR, now, &claims, NULL);
        refused_wrongly += lives && status != PINJWT_OK;
        accepted_wrongly += !lives && status != (dead_key ? PINJWT_E_KEY_UNKNOWN : PINJWT_E_EXPIRED);
        gone += dead_key;
        pinjwt_claims_free(claims);
        claims = NULL;
        status = pinjwt_verify(remote, tokens[i].text, PINJWT_STR, now, &claims, NULL);
        refused_wrongly += lives && status != PINJWT_OK;
        accepted_wrongly += !lives && status != PINJWT_E_EXPIRED && status != PINJWT_E_KEY_UNKNOWN;
        accepted_wrongly += dead_key &&
                            now > tokens[i].retired_at + plan.token_seconds + MARGIN + plan.publish &&
                            status != PINJWT_E_KEY_UNKNOWN;
        pinjwt_claims_free(claims);
      }
    }
  }
  CHECK(failed == 0);
  CHECK(refused_wrongly == 0);
  CHECK(accepted_wrongly == 0);
  CHECK(rotations + 2 >= (unsigned long)(plan.duration / plan.rotate_every) && rotations > 0);
  CHECK(gone > 0 || plan.duration < 40 * DAY);
  CHECK(most_keys >= 2 && most_keys <= 4);
  for (i = 0; i < used; i++) {
    free(tokens[i].text);
  }
  pinjwt_signer_free(signer);
  pinjwt_verifier_free(local);
  pinjwt_verifier_free(remote);
  pinjwt_keyset_free(set);
  pinjwt_policy_free(policy);
  pinjwt_keyring_free(ring);
}

static void a_year_monthly(void) {
  year plan = {30 * DAY, DAY, 2 * HOUR, HOUR, 365 * DAY};
  if (rounds_of(0, 1)) {
    plan.step = 12 * HOUR;
    plan.duration = 100 * DAY;
    plan.token_seconds = 13 * HOUR;
  }
  run_year(plan);
}

static void a_year_daily(void) {
  year plan = {DAY, HOUR, 2 * HOUR, HOUR, 365 * DAY};
  plan.duration = rounds_of(365, 6) * DAY;
  run_year(plan);
}

/* Fetches that fall on no rotation, and tokens that outlive several keys. */
static void out_of_step(void) {
  year plan = {8 * HOUR, 5 * HOUR, 3 * HOUR, HOUR, 30 * DAY};
  plan.duration = rounds_of(30, 4) * DAY;
  run_year(plan);
  /* Five retired keys and more at a time. */
  {
    pinjwt_keyring *ring = new_ring(PINJWT_EDDSA, 60, 600, T0);
    pinjwt_policy *policy = policy_of(600);
    pinjwt_signer *signer = ring_signer(policy, ring);
    pinjwt_verifier *verifier = ring_verifier(policy, ring);
    int i, wrong = 0;
    for (i = 1; i <= 100; i++) {
      int64_t now = T0 + i * 60;
      char *token = sign_at(signer, "{}", now), *jwks;
      size_t keys;
      wrong += pinjwt_keyring_rotate(ring, now, NULL) != PINJWT_OK;
      wrong += verify_once(verifier, token, now, NULL) != PINJWT_OK;
      jwks = published(ring, now);
      keys = count_of(jwks, "\"kid\":");
      /* (600 + 660) / 60 are retired, and one active, one next. */
      wrong += keys > 24 || (i < 20 && keys != (size_t)i + 2);
      free(jwks);
      free(token);
    }
    CHECK(wrong == 0);
    pinjwt_signer_free(signer);
    pinjwt_verifier_free(verifier);
    pinjwt_policy_free(policy);
    pinjwt_keyring_free(ring);
  }
}

/* A ring never has more keys than a JWK Set can; what it would need then is time. */
static void full(void) {
  static const pinjwt_alg hs256[] = {PINJWT_HS256}, eddsa[] = {PINJWT_EDDSA};
  pinjwt_keyring *ring = new_ring(PINJWT_EDDSA, 0, 7200, T0);
  pinjwt_policy *policy = policy_of(7200);
  pinjwt_signer *signer = ring_signer(policy, ring);
  pinjwt_verifier *verifier = ring_verifier(policy, ring);
  pinjwt_keyset *set = new_set();
  char *token = sign_at(signer, "{}", T0), *jwks;
  size_t skipped = 4711;
  int i, failed = 0;
  for (i = 0; i < 1022; i++) {
    failed += pinjwt_keyring_rotate(ring, T0 + i, NULL) != PINJWT_OK;
  }
  CHECK(failed == 0);
  REFUSED(PINJWT_E_NOT_YET_VALID, pinjwt_keyring_rotate(ring, T0 + 1022, ERR));
  CHECK(pinjwt_keyring_rotation_time(ring) == T0 + 7200 + MARGIN);
  ACCEPTED(verifier, token, T0 + 1022);
  jwks = published(ring, T0 + 1022);
  OK(pinjwt_keyset_load_jwks(set, jwks, PINJWT_STR, eddsa, 1, &skipped, ERR));
  CHECK(pinjwt_keyset_count(set) == 1024 && skipped == 0);
  OK(pinjwt_keyset_load_jwks(set, jwks, PINJWT_STR, hs256, 1, &skipped, ERR));
  CHECK(pinjwt_keyset_count(set) == 0 && skipped == 1024);
  REFUSED(PINJWT_E_NOT_YET_VALID, pinjwt_keyring_rotate(ring, T0 + 7200 + MARGIN - 1, ERR));
  OK(pinjwt_keyring_rotate(ring, T0 + 7200 + MARGIN, ERR));
  free(jwks);
  free(token);
  pinjwt_signer_free(signer);
  pinjwt_verifier_free(verifier);
  pinjwt_keyset_free(set);
  pinjwt_policy_free(policy);
  pinjwt_keyring_free(ring);
}

int main(void) {
  group("arguments", arguments);
  group("limits", limits);
  group("lifetimes", lifetimes);
  group("steps", steps);
  group("removing", removing);
  group("of secrets", of_secrets);
  group("each pin", each_pin);
  if (rounds_of(1, 0)) {
    group("full", full);
  }
  group("a year, monthly", a_year_monthly);
  group("a year, daily", a_year_daily);
  group("out of step", out_of_step);
  return finish();
}
