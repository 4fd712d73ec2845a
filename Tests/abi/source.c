/* JWKS sources: when they fetch, what they take, and what serves while they cannot. */
#define _POSIX_C_SOURCE 200809L
#include "sets.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#define URL "https://issuer.example/.well-known/jwks.json"

static const pinjwt_alg allowed[] = {PINJWT_EDDSA, PINJWT_ES256};

/* ---- A server by script ---------------------------------------------------------------- */

typedef enum answer {
  publishes,
  fails,
  answers_zero,
  answers_one,
  answers_other,
  too_long,
  far_too_long,
  length_not_set,
  half_a_document
} answer;

typedef struct server {
  answer how;
  const char *document;
  size_t expected_cap;
  int calls, released, wrong;
  /* What it verifies itself while it fetches. */
  const pinjwt_verifier *verifier;
  const char *token;
  int64_t now;
  pinjwt_status inner;
  /* Stops in the callback until it may go on. */
  pthread_mutex_t lock;
  pthread_cond_t changed;
  int is_slow, is_inside, may_go_on;
} server;

static void new_server(server *with, const char *document) {
  memset(with, 0, sizeof *with);
  with->document = document;
  with->expected_cap = 1048576;
  pthread_mutex_init(&with->lock, NULL);
  pthread_cond_init(&with->changed, NULL);
}

static void free_server(server *with) {
  CHECK(with->wrong == 0);
  pthread_mutex_destroy(&with->lock);
  pthread_cond_destroy(&with->changed);
}

static pinjwt_fetched fetch(void *context, const char *url, uint8_t *body, size_t cap, size_t *len) {
  server *with = context;
  size_t length = strlen(with->document);
  pthread_mutex_lock(&with->lock);
  with->calls++;
  with->wrong += strcmp(url, URL) != 0 || cap != with->expected_cap || body == NULL || with->is_inside;
  with->is_inside = 1;
  pthread_cond_broadcast(&with->changed);
  while (with->is_slow && !with->may_go_on) {
    pthread_cond_wait(&with->changed, &with->lock);
  }
  pthread_mutex_unlock(&with->lock);
  if (with->verifier != NULL) {
    pinjwt_claims *claims = NULL;
    pinjwt_error error;
    with->inner = pinjwt_verify(with->verifier, with->token, PINJWT_STR, with->now, &claims, &error);
    pinjwt_claims_free(claims);
  }
  pthread_mutex_lock(&with->lock);
  with->is_inside = 0;
  pthread_mutex_unlock(&with->lock);
  if (length > cap) {
    return (pinjwt_fetched)0;
  }
  memcpy(body, with->document, length);
  switch (with->how) {
  case fails:
    return (pinjwt_fetched)-1;
  case answers_zero:
    *len = length;
    return (pinjwt_fetched)0;
  case answers_one:
    *len = length;
    return (pinjwt_fetched)1;
  case answers_other:
    *len = length;
    return (pinjwt_fetched)(PINJWT_FETCHED ^ 1);
  case too_long:
    memset(body + length, ' ', cap - length);
    *len = cap + 1;
    return PINJWT_FETCHED;
  case far_too_long:
    *len = (size_t)-1;
    return PINJWT_FETCHED;
  case length_not_set:
    return PINJWT_FETCHED;
  case half_a_document:
    *len = length / 2;
    return PINJWT_FETCHED;
  default:
    *len = length;
    return PINJWT_FETCHED;
  }
}

static void release(void *context) {
  ((server *)context)->released++;
}

/* ---- An issuer with two keys ----------------------------------------------------------- */

typedef struct issuer {
  pinjwt_key *first, *second, *stranger;
  pinjwt_signer *by_first, *by_second, *by_stranger;
  pinjwt_policy *policy;
  char *of_first, *of_second, *of_both;
} issuer;

static issuer new_issuer(void) {
  issuer with;
  with.first = named_key(PINJWT_EDDSA, "first");
  with.second = named_key(PINJWT_EDDSA, "second");
  with.stranger = named_key(PINJWT_EDDSA, "stranger");
  with.policy = usual_policy();
  with.by_first = new_signer(with.policy, with.first);
  with.by_second = new_signer(with.policy, with.second);
  with.by_stranger = new_signer(with.policy, with.stranger);
  with.of_first = jwks_of(with.first, NULL);
  with.of_second = jwks_of(with.second, NULL);
  with.of_both = jwks_of(with.first, with.second);
  return with;
}

static void free_issuer(issuer with) {
  pinjwt_key_free(with.first);
  pinjwt_key_free(with.second);
  pinjwt_key_free(with.stranger);
  pinjwt_signer_free(with.by_first);
  pinjwt_signer_free(with.by_second);
  pinjwt_signer_free(with.by_stranger);
  pinjwt_policy_free(with.policy);
  free(with.of_first);
  free(with.of_second);
  free(with.of_both);
}

static pinjwt_jwks_source *new_source(server *with) {
  pinjwt_jwks_source *source = NULL;
  MUST(pinjwt_jwks_source_new(URL, PINJWT_STR, PINJWT_HTTPS_ONLY, allowed, COUNT(allowed), fetch, with,
                              release, &source, &err));
  return source;
}

static pinjwt_verifier *source_verifier(const issuer *of, pinjwt_jwks_source *source) {
  pinjwt_verifier *verifier = NULL;
  MUST(pinjwt_verifier_new_with_source(of->policy, source, &verifier, &err));
  return verifier;
}

/** The status of verifying a fresh token of the signer at that time. */
static pinjwt_status seen(const pinjwt_verifier *verifier, const pinjwt_signer *signer, int64_t now,
                          pinjwt_error *error) {
  char token[1024];
  if (pinjwt_sign(signer, "{}", 2, now, token, sizeof token, NULL, error) != PINJWT_OK) {
    return (pinjwt_status)-1;
  }
  return verify_once(verifier, token, now, error);
}

#define SEEN(verifier, signer, now) OK(seen((verifier), (signer), (now), ERR))
/* Once only: a second try could fetch. */
#define UNSEEN(status, verifier, signer, now)                                                                \
  (check_spoil_(), check_status_(seen((verifier), (signer), (now), ERR), (status), 1, #signer " at " #now,   \
                                 __FILE__, __LINE__))

/* ---- Arguments ------------------------------------------------------------------------- */

static pinjwt_status by_url(const char *url, size_t length, pinjwt_transport transport, server *with,
                            pinjwt_error *error) {
  pinjwt_jwks_source *source = UNTOUCHED;
  pinjwt_status status = pinjwt_jwks_source_new(url, length, transport, allowed, COUNT(allowed), fetch, with,
                                                release, &source, error);
  if (status == PINJWT_OK) {
    pinjwt_jwks_source_free(source);
    with->released--;
  } else {
    CHECK(source == UNTOUCHED);
  }
  return status;
}

static void urls(void) {
  static const struct {
    const char *url;
    /* Where only https is taken; and where http is too. */
    int https_only, http_allowed;
  } rows[] = {
      {"https://issuer.example/jwks", 1, 1},
      {"https://issuer.example", 1, 1},
      {"https://issuer.example:8443/a/b?c=d&e=%20", 1, 1},
      {"https://[::1]:8443/jwks", 1, 1},
      {"https://127.0.0.1/jwks", 1, 1},
      {"https://issuer.example/a@b", 1, 1},
      {"https://issuer.example/?u=a@b", 1, 1},
      {"HTTPS://issuer.example/jwks", 1, 1},
      {"http://localhost:8080/jwks", 0, 1},
      {"HTTP://localhost/jwks", 0, 1},
      {"http:/localhost/jwks", 0, 0},
      {"https:/issuer.example", 0, 0},
      {"https:issuer.example", 0, 0},
      {"https//issuer.example", 0, 0},
      {"https://", 0, 0},
      {"https:///jwks", 0, 0},
      {"https://?q", 0, 0},
      {"https://#f", 0, 0},
      {"https://:443/jwks", 0, 0},
      {"https://@/jwks", 0, 0},
      {"http://", 0, 0},
      {"file:///etc/jwks.json", 0, 0},
      {"ftp://issuer.example/jwks", 0, 0},
      {"gopher://issuer.example/jwks", 0, 0},
      {"data:application/json,{}", 0, 0},
      {"httpss://issuer.example/jwks", 0, 0},
      {"xhttps://issuer.example/jwks", 0, 0},
      {" https://issuer.example/jwks", 0, 0},
      {"//issuer.example/jwks", 0, 0},
      {"/jwks", 0, 0},
      {"issuer.example", 0, 0},
      {"https://user@issuer.example/jwks", 0, 0},
      {"https://user:secret@issuer.example/jwks", 0, 0},
      {"https://:secret@issuer.example/jwks", 0, 0},
      {"https://issuer.example@attacker.example/jwks", 0, 0},
      {"http://user@localhost/jwks", 0, 0},
      {"https://issuer.example/a b", 0, 0},
      {"https://issuer.example/jwks ", 0, 0},
      {"https://issuer.example/\tjwks", 0, 0},
      {"https://issuer.example/jwks\n", 0, 0},
      {"https://issuer.example/jwks\r\nHost: attacker.example", 0, 0},
      {"https://issuer.example/\x7f", 0, 0},
      {"https://issuer.example/\xc3\xa4", 0, 0},
      {"https://\xc3\xa4.example/", 0, 0},
      {"https://issuer.example\\@attacker.example/", 0, 0},
  };
  server with;
  size_t i;
  char *url = need_(malloc(2050));
  new_server(&with, "{}");
  for (i = 0; i < COUNT(rows); i++) {
    check_row = rows[i].url;
    if (rows[i].https_only) {
      OK(by_url(rows[i].url, PINJWT_STR, PINJWT_HTTPS_ONLY, &with, ERR));
    } else {
      REFUSED(PINJWT_E_ARGUMENT, by_url(rows[i].url, PINJWT_STR, PINJWT_HTTPS_ONLY, &with, ERR));
    }
    if (rows[i].http_allowed) {
      OK(by_url(rows[i].url, PINJWT_STR, PINJWT_HTTP_ALLOWED, &with, ERR));
    } else {
      REFUSED(PINJWT_E_ARGUMENT, by_url(rows[i].url, PINJWT_STR, PINJWT_HTTP_ALLOWED, &with, ERR));
    }
  }
  check_row = "";
  REFUSED(PINJWT_E_ARGUMENT, by_url("https://issuer.example/\0x", 25, PINJWT_HTTPS_ONLY, &with, ERR));
  REFUSED(PINJWT_E_ARGUMENT, by_url("https://issuer.example\0", 23, PINJWT_HTTPS_ONLY, &with, ERR));
  REFUSED(PINJWT_E_ARGUMENT, by_url("", 0, PINJWT_HTTPS_ONLY, &with, ERR));
  REFUSED(PINJWT_E_ARGUMENT, by_url(NULL, 0, PINJWT_HTTPS_ONLY, &with, ERR));
  BAD_TEXT(by_url(text, length, PINJWT_HTTPS_ONLY, &with, ERR));
  memset(url, 'a', 2049);
  memcpy(url, "https://issuer.example/", 23);
  url[2049] = '\0';
  OK(by_url(url, 2048, PINJWT_HTTPS_ONLY, &with, ERR));
  REFUSED(PINJWT_E_ARGUMENT, by_url(url, 2049, PINJWT_HTTPS_ONLY, &with, ERR));
  CHECK(with.calls == 0 && with.released == 0);
  free(url);
  free_server(&with);
}

static void arguments(void) {
  static const pinjwt_alg many[17] = {
      PINJWT_RS256, PINJWT_RS384, PINJWT_RS512, PINJWT_PS256,  PINJWT_PS384,   PINJWT_PS512,
      PINJWT_ES256, PINJWT_ES384, PINJWT_ES512, PINJWT_ES256K, PINJWT_EDDSA,   PINJWT_ED25519,
      PINJWT_ED448, PINJWT_RS256, PINJWT_RS384, PINJWT_RS512,  PINJWT_ED25519,
  };
  issuer of = new_issuer();
  server with;
  pinjwt_jwks_source *source = UNTOUCHED, *real;
  pinjwt_verifier *verifier = UNTOUCHED;
  pinjwt_alg list[2] = {PINJWT_EDDSA, PINJWT_EDDSA};
  int alg;
  new_server(&with, of.of_first);
#define NEW(transport, list, count, fetch, out)                                                              \
  pinjwt_jwks_source_new(URL, PINJWT_STR, (transport), (list), (count), (fetch), &with, release, (out), ERR)
  REFUSED(PINJWT_E_ARGUMENT, NEW(PINJWT_HTTPS_ONLY, NULL, 1, fetch, &source));
  REFUSED(PINJWT_E_ARGUMENT, NEW(PINJWT_HTTPS_ONLY, NULL, 0, fetch, &source));
  REFUSED(PINJWT_E_ARGUMENT, NEW(PINJWT_HTTPS_ONLY, allowed, 0, fetch, &source));
  REFUSED(PINJWT_E_ARGUMENT, NEW(PINJWT_HTTPS_ONLY, many, 17, fetch, &source));
  REFUSED(PINJWT_E_ARGUMENT, NEW(PINJWT_HTTPS_ONLY, allowed, (size_t)-1, fetch, &source));
  REFUSED(PINJWT_E_ARGUMENT, NEW(PINJWT_HTTPS_ONLY, allowed, 2, NULL, &source));
  REFUSED(PINJWT_E_ARGUMENT, NEW(PINJWT_HTTPS_ONLY, allowed, 2, fetch, NULL));
  BAD_ENUM(NEW((pinjwt_transport)value, allowed, 2, fetch, &source));
  REFUSED(PINJWT_E_ARGUMENT, NEW((pinjwt_transport)3, allowed, 2, fetch, &source));
  BAD_ENUM((list[1] = (pinjwt_alg)value, NEW(PINJWT_HTTPS_ONLY, list, 2, fetch, &source)));
  for (alg = PINJWT_HS256; alg <= PINJWT_HS512; alg++) {
    list[1] = (pinjwt_alg)alg;
    REFUSED(PINJWT_E_KEY_MISMATCH, NEW(PINJWT_HTTPS_ONLY, list, 2, fetch, &source));
    REFUSED(PINJWT_E_KEY_MISMATCH, NEW(PINJWT_HTTPS_ONLY, list + 1, 1, fetch, &source));
  }
  CHECK(source == UNTOUCHED && with.released == 0);
  OK(NEW(PINJWT_HTTPS_ONLY, many, 16, fetch, &source));
  pinjwt_jwks_source_free(source);
  CHECK(with.released == 1 && with.calls == 0);
  /* No context and no release. */
  OK(pinjwt_jwks_source_new(URL, PINJWT_STR, PINJWT_HTTPS_ONLY, many, 1, fetch, NULL, NULL, &source, ERR));
  pinjwt_jwks_source_free(source);

  real = new_source(&with);
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_new_with_source(NULL, real, &verifier, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_new_with_source(of.policy, NULL, &verifier, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_verifier_new_with_source(of.policy, real, NULL, ERR));
  CHECK(verifier == UNTOUCHED);
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_jwks_source_refresh(NULL, T0, ERR));
  BAD_NOW(pinjwt_jwks_source_refresh(real, now, ERR));
  CHECK(with.calls == 0);
  pinjwt_jwks_source_free(real);
  pinjwt_jwks_source_free(NULL);
  CHECK(with.released == 2);
  free_server(&with);
  free_issuer(of);
}

static void settings(void) {
  static const struct {
    const char *name;
    pinjwt_status (*set)(pinjwt_jwks_source *, int64_t, pinjwt_error *);
    int64_t least, most;
  } rows[] = {
      {"max_age", pinjwt_jwks_source_set_max_age, 600, 31536000},
      {"lifetime", pinjwt_jwks_source_set_lifetime, 1, 86400},
      {"cooldown", pinjwt_jwks_source_set_cooldown, 1, 3600},
  };
  issuer of = new_issuer();
  server with;
  size_t i, used;
  new_server(&with, of.of_first);
  for (used = 0; used < 2; used++) {
    pinjwt_jwks_source *source = new_source(&with);
    pinjwt_verifier *verifier = NULL;
    for (i = 0; i < COUNT(rows); i++) {
      check_row = rows[i].name;
      OK(rows[i].set(source, rows[i].least, ERR));
      OK(rows[i].set(source, rows[i].most, ERR));
      REFUSED(PINJWT_E_ARGUMENT, rows[i].set(source, 0, ERR));
      REFUSED(PINJWT_E_ARGUMENT, rows[i].set(source, -1, ERR));
      REFUSED(PINJWT_E_ARGUMENT, rows[i].set(source, rows[i].most + 1, ERR));
      REFUSED(PINJWT_E_ARGUMENT, rows[i].set(source, INT64_MAX, ERR));
      REFUSED(PINJWT_E_ARGUMENT, rows[i].set(source, INT64_MIN, ERR));
      REFUSED(PINJWT_E_ARGUMENT, rows[i].set(NULL, rows[i].least, ERR));
    }
    OK(pinjwt_jwks_source_set_max_size(source, 1024, ERR));
    OK(pinjwt_jwks_source_set_max_size(source, 1048576, ERR));
    REFUSED(PINJWT_E_ARGUMENT, pinjwt_jwks_source_set_max_size(source, 1023, ERR));
    REFUSED(PINJWT_E_ARGUMENT, pinjwt_jwks_source_set_max_size(source, 0, ERR));
    REFUSED(PINJWT_E_ARGUMENT, pinjwt_jwks_source_set_max_size(source, 1048577, ERR));
    REFUSED(PINJWT_E_ARGUMENT, pinjwt_jwks_source_set_max_size(source, (size_t)-1, ERR));
    REFUSED(PINJWT_E_ARGUMENT, pinjwt_jwks_source_set_max_size(NULL, 4096, ERR));
    /* Fixed from the first use on. */
    if (used == 0) {
      OK(pinjwt_verifier_new_with_source(of.policy, source, &verifier, ERR));
    } else {
      OK(pinjwt_jwks_source_refresh(source, T0, ERR));
    }
    for (i = 0; i < COUNT(rows); i++) {
      check_row = rows[i].name;
      REFUSED(PINJWT_E_ARGUMENT, rows[i].set(source, rows[i].most, ERR));
    }
    REFUSED(PINJWT_E_ARGUMENT, pinjwt_jwks_source_set_max_size(source, 4096, ERR));
    pinjwt_verifier_free(verifier);
    pinjwt_jwks_source_free(source);
  }
  check_row = "";
  /* A maximum age below the lifetime. */
  {
    pinjwt_jwks_source *source = new_source(&with);
    REFUSED(PINJWT_E_ARGUMENT, pinjwt_jwks_source_set_max_age(source, 599, ERR));
    OK(pinjwt_jwks_source_set_max_age(source, 600, ERR));
    REFUSED(PINJWT_E_ARGUMENT, pinjwt_jwks_source_set_lifetime(source, 601, ERR));
    OK(pinjwt_jwks_source_set_lifetime(source, 60, ERR));
    OK(pinjwt_jwks_source_set_max_age(source, 60, ERR));
    REFUSED(PINJWT_E_ARGUMENT, pinjwt_jwks_source_set_max_age(source, 59, ERR));
    OK(pinjwt_jwks_source_refresh(source, T0, ERR));
    pinjwt_jwks_source_free(source);
  }
  /* What the callback may write. */
  {
    pinjwt_jwks_source *source = new_source(&with);
    OK(pinjwt_jwks_source_set_max_size(source, 1024, ERR));
    with.expected_cap = 1024;
    OK(pinjwt_jwks_source_refresh(source, T0, ERR));
    pinjwt_jwks_source_free(source);
  }
  free_server(&with);
  free_issuer(of);
}

/* ---- When it fetches ------------------------------------------------------------------- */

static void first_use(void) {
  issuer of = new_issuer();
  server with;
  pinjwt_jwks_source *source;
  pinjwt_verifier *verifier, *second;
  int i;
  new_server(&with, of.of_first);
  source = new_source(&with);
  verifier = source_verifier(&of, source);
  second = source_verifier(&of, source);
  CHECK(with.calls == 0);
  SEEN(verifier, of.by_first, T0);
  CHECK(with.calls == 1);
  for (i = 0; i < 100; i++) {
    SEEN(i % 2 ? verifier : second, of.by_first, T0 + i * 4);
  }
  CHECK(with.calls == 1);
  UNSEEN(PINJWT_E_KEY_UNKNOWN, verifier, of.by_stranger, T0 + 29);
  CHECK(with.calls == 1);
  pinjwt_jwks_source_free(source);
  pinjwt_verifier_free(verifier);
  CHECK(with.released == 0);
  SEEN(second, of.by_first, T0 + 1);
  pinjwt_verifier_free(second);
  CHECK(with.released == 1);
  free_server(&with);
  free_issuer(of);
}

/* An issuer that rotates is followed by the kid, at most once in each cooldown. */
static void unknown_kid(void) {
  issuer of = new_issuer();
  server with;
  pinjwt_jwks_source *source;
  pinjwt_verifier *verifier;
  new_server(&with, of.of_first);
  source = new_source(&with);
  verifier = source_verifier(&of, source);
  SEEN(verifier, of.by_first, T0);
  with.document = of.of_both;
  UNSEEN(PINJWT_E_KEY_UNKNOWN, verifier, of.by_second, T0 + 29);
  CHECK(with.calls == 1);
  SEEN(verifier, of.by_second, T0 + 30);
  CHECK(with.calls == 2);
  SEEN(verifier, of.by_first, T0 + 30);
  SEEN(verifier, of.by_second, T0 + 31);
  UNSEEN(PINJWT_E_KEY_UNKNOWN, verifier, of.by_stranger, T0 + 59);
  CHECK(with.calls == 2);
  UNSEEN(PINJWT_E_KEY_UNKNOWN, verifier, of.by_stranger, T0 + 60);
  CHECK(with.calls == 3);
  /* A fetch that fails counts for the cooldown too, and the set serves on. */
  with.how = fails;
  UNSEEN(PINJWT_E_KEY_UNKNOWN, verifier, of.by_stranger, T0 + 90);
  UNSEEN(PINJWT_E_KEY_UNKNOWN, verifier, of.by_stranger, T0 + 119);
  CHECK(with.calls == 4);
  SEEN(verifier, of.by_second, T0 + 119);
  /* The second key is gone from what is published: after the next fetch its tokens are refused. */
  with.how = publishes;
  with.document = of.of_first;
  UNSEEN(PINJWT_E_KEY_UNKNOWN, verifier, of.by_stranger, T0 + 120);
  UNSEEN(PINJWT_E_KEY_UNKNOWN, verifier, of.by_second, T0 + 121);
  SEEN(verifier, of.by_first, T0 + 121);
  CHECK(with.calls == 5);
  pinjwt_jwks_source_free(source);
  pinjwt_verifier_free(verifier);
  CHECK(with.released == 1);
  free_server(&with);
  free_issuer(of);
}

static void storm(void) {
  issuer of = new_issuer();
  server with;
  pinjwt_jwks_source *source;
  pinjwt_verifier *verifier;
  EVP_PKEY *evp = evp_key(of.stranger);
  int count = rounds_of(10000, 300), i, wrong = 0;
  new_server(&with, of.of_first);
  source = new_source(&with);
  verifier = source_verifier(&of, source);
  SEEN(verifier, of.by_first, T0);
  for (i = 0; i < count; i++) {
    char header[96], *token;
    pinjwt_claims *claims = NULL;
    sprintf(header, "{\"alg\":\"EdDSA\",\"kid\":\"forged-%d\"}", i);
    token = forge_with(evp, NULL, 0, header, USUAL_CLAIMS);
    /* A hundred seconds of it. */
    wrong += pinjwt_verify(verifier, token, PINJWT_STR, T0 + (int64_t)i * 100 / count, &claims, NULL) !=
             PINJWT_E_KEY_UNKNOWN;
    free(token);
  }
  CHECK(wrong == 0);
  CHECK(with.calls == 4);
  SEEN(verifier, of.by_first, T0 + 100);
  /* And while nothing can be fetched. */
  with.how = fails;
  for (i = 0; i < 100; i++) {
    wrong += seen(verifier, of.by_stranger, T0 + 100 + i, NULL) != PINJWT_E_KEY_UNKNOWN;
  }
  CHECK(wrong == 0 && with.calls <= 4 + 4 && with.calls >= 4 + 3);
  pinjwt_jwks_source_free(source);
  pinjwt_verifier_free(verifier);
  EVP_PKEY_free(evp);
  free_server(&with);
  free_issuer(of);
}

static void lifetime(void) {
  issuer of = new_issuer();
  server with;
  pinjwt_jwks_source *source;
  pinjwt_verifier *verifier;
  int64_t now;
  new_server(&with, of.of_first);
  source = new_source(&with);
  verifier = source_verifier(&of, source);
  SEEN(verifier, of.by_first, T0);
  SEEN(verifier, of.by_first, T0 + 300);
  CHECK(with.calls == 1);
  /* A little before the end. */
  SEEN(verifier, of.by_first, T0 + 599);
  CHECK(with.calls == 2);
  /* A key that is no longer published is refused when the set's life is over, without any other token. */
  with.document = of.of_second;
  UNSEEN(PINJWT_E_KEY_UNKNOWN, verifier, of.by_first, T0 + 599 + 600);
  CHECK(with.calls == 3);
  SEEN(verifier, of.by_second, T0 + 599 + 600);
  /* A day of use, a token each minute: a fetch each eight to ten minutes. */
  with.calls = 0;
  for (now = T0 + 1200; now < T0 + 1200 + (int64_t)rounds_of(1440, 100) * 60; now += 60) {
    SEEN(verifier, of.by_second, now);
  }
  CHECK(with.calls >= rounds_of(1440, 100) / 10 - 1 && with.calls <= rounds_of(1440, 100) / 5);
  pinjwt_jwks_source_free(source);
  pinjwt_verifier_free(verifier);
  free_server(&with);
  free_issuer(of);
}

/* ---- While it cannot fetch ------------------------------------------------------------- */

static void failures(void) {
  static const struct {
    const char *name;
    answer how;
    const char *document;
  } rows[] = {
      {"fails", fails, NULL},
      {"answers 0", answers_zero, NULL},
      {"answers 1", answers_one, NULL},
      {"answers another value", answers_other, NULL},
      {"a length over the room", too_long, NULL},
      {"SIZE_MAX", far_too_long, NULL},
      {"no length", length_not_set, NULL},
      {"half", half_a_document, NULL},
      {"nothing", publishes, ""},
      {"rubbish", publishes, "<html><body>503</body></html>"},
      {"an array", publishes, "[]"},
      {"null", publishes, "null"},
      {"no keys", publishes, "{}"},
      {"an empty set", publishes, "{\"keys\":[]}"},
      {"no key that serves", publishes, "{\"keys\":[{\"kty\":\"unknown\"}]}"},
      {"another alg only", publishes,
       "{\"keys\":[{\"kty\":\"RSA\",\"alg\":\"RS256\",\"n\":\"AQ\",\"e\":\"AQAB\"}]}"},
      {"secrets", publishes,
       "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"s\",\"alg\":\"HS256\",\"k\":"
       "\"0hluiwP3XKSRPrhgJ816FelEDLNYnyHWfYI2-"
       "hvFaQ4\"}]}"},
      {"no keys but objects", publishes, "{\"keys\":[5]}"},
      {"a member twice", publishes, "{\"keys\":[],\"keys\":[]}"},
  };
  issuer of = new_issuer();
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    server with;
    pinjwt_jwks_source *source;
    pinjwt_verifier *verifier;
    char *mark = NULL;
    check_row = rows[i].name;
    /* At first: there is nothing to serve. */
    new_server(&with, rows[i].document == NULL ? of.of_first : rows[i].document);
    with.how = rows[i].how;
    source = new_source(&with);
    OK(pinjwt_jwks_source_set_max_age(source, 3600, ERR));
    verifier = source_verifier(&of, source);
    UNSEEN(PINJWT_E_KEY_SOURCE, verifier, of.by_first, T0);
    CHECK(with.calls == 1);
    UNSEEN(PINJWT_E_KEY_SOURCE, verifier, of.by_first, T0 + 29);
    REFUSED(PINJWT_E_KEY_SOURCE, pinjwt_jwks_source_refresh(source, T0 + 29, ERR));
    CHECK(with.calls == 1);
    UNSEEN(PINJWT_E_KEY_SOURCE, verifier, of.by_first, T0 + 30);
    CHECK(with.calls == 2);
    /* It recovers. */
    with.how = publishes;
    with.document = of.of_first;
    UNSEEN(PINJWT_E_KEY_SOURCE, verifier, of.by_first, T0 + 59);
    SEEN(verifier, of.by_first, T0 + 60);
    CHECK(with.calls == 3);
    /* And fails again: the last good set serves, up to the maximum age. */
    with.how = rows[i].how;
    with.document = rows[i].document == NULL ? of.of_first : rows[i].document;
    SEEN(verifier, of.by_first, T0 + 60 + 600);
    CHECK(with.calls == 4);
    SEEN(verifier, of.by_first, T0 + 60 + 629);
    CHECK(with.calls == 4);
    SEEN(verifier, of.by_first, T0 + 60 + 630);
    CHECK(with.calls == 5);
    SEEN(verifier, of.by_first, T0 + 60 + 3599);
    UNSEEN(PINJWT_E_KEY_UNKNOWN, verifier, of.by_second, T0 + 60 + 3599);
    UNSEEN(PINJWT_E_KEY_SOURCE, verifier, of.by_first, T0 + 60 + 3601);
    UNSEEN(PINJWT_E_KEY_SOURCE, verifier, of.by_second, T0 + 60 + 3601);
    /* It recovers once more, with another key. */
    with.how = publishes;
    with.document = of.of_second;
    SEEN(verifier, of.by_second, T0 + 60 + 3700);
    UNSEEN(PINJWT_E_KEY_UNKNOWN, verifier, of.by_first, T0 + 60 + 3701);
    free(mark);
    pinjwt_jwks_source_free(source);
    pinjwt_verifier_free(verifier);
    CHECK(with.released == 1);
    free_server(&with);
  }
  free_issuer(of);
}

static void document_too_long(void) {
  issuer of = new_issuer();
  server with;
  pinjwt_jwks_source *source;
  char *document = need_(malloc(1026));
  memset(document, ' ', 1025);
  document[1025] = '\0';
  memcpy(document, of.of_first, strlen(of.of_first));
  document[1024] = '\0';
  new_server(&with, document);
  with.expected_cap = 1024;
  source = new_source(&with);
  OK(pinjwt_jwks_source_set_max_size(source, 1024, ERR));
  OK(pinjwt_jwks_source_refresh(source, T0, ERR));
  document[1024] = ' ';
  check_spoil_();
  CHECK(pinjwt_jwks_source_refresh(source, T0 + 30, &err) == PINJWT_E_KEY_SOURCE);
  pinjwt_jwks_source_free(source);
  free(document);
  free_server(&with);
  free_issuer(of);
}

static void refreshing(void) {
  issuer of = new_issuer();
  server with;
  pinjwt_jwks_source *source;
  pinjwt_verifier *verifier;
  new_server(&with, of.of_first);
  source = new_source(&with);
  OK(pinjwt_jwks_source_refresh(source, T0, ERR));
  OK(pinjwt_jwks_source_refresh(source, T0 + 29, ERR));
  CHECK(with.calls == 1);
  verifier = source_verifier(&of, source);
  SEEN(verifier, of.by_first, T0 + 29);
  CHECK(with.calls == 1);
  with.document = of.of_both;
  OK(pinjwt_jwks_source_refresh(source, T0 + 30, ERR));
  CHECK(with.calls == 2);
  SEEN(verifier, of.by_second, T0 + 31);
  CHECK(with.calls == 2);
  /* It tells that it failed, though the set serves on. */
  with.how = fails;
  check_spoil_();
  check_status_(pinjwt_jwks_source_refresh(source, T0 + 60, ERR), PINJWT_E_KEY_SOURCE, 1, "refresh", __FILE__,
                __LINE__);
  CHECK(with.calls == 3);
  OK(pinjwt_jwks_source_refresh(source, T0 + 61, ERR));
  CHECK(with.calls == 3);
  SEEN(verifier, of.by_second, T0 + 61);
  /* The same document again is a success. */
  with.how = publishes;
  OK(pinjwt_jwks_source_refresh(source, T0 + 90, ERR));
  OK(pinjwt_jwks_source_refresh(source, T0 + 120, ERR));
  CHECK(with.calls == 5);
  /* By the system's clock. */
  OK(pinjwt_jwks_source_refresh(source, PINJWT_NOW, ERR));
  CHECK(with.calls == 6);
  OK(pinjwt_jwks_source_refresh(source, PINJWT_NOW, ERR));
  CHECK(with.calls == 6);
  pinjwt_verifier_free(verifier);
  pinjwt_jwks_source_free(source);
  CHECK(with.released == 1);
  free_server(&with);
  free_issuer(of);
}

/* A clock that was wrong and is set right does not stop fetching for as long, and makes no storm. */
static void clock_going_back(void) {
  issuer of = new_issuer();
  server with;
  pinjwt_jwks_source *source;
  pinjwt_verifier *verifier;
  int64_t ahead = T0 + 100000000;
  int i, calls;
  new_server(&with, of.of_first);
  source = new_source(&with);
  verifier = source_verifier(&of, source);
  SEEN(verifier, of.by_first, ahead);
  CHECK(with.calls == 1);
  /* A second or two, as between threads. */
  SEEN(verifier, of.by_first, ahead - 2);
  UNSEEN(PINJWT_E_KEY_UNKNOWN, verifier, of.by_stranger, ahead - 2);
  CHECK(with.calls == 1);
  /* Three years. */
  for (i = 0; i < 100; i++) {
    SEEN(verifier, of.by_first, T0 + i / 10);
  }
  CHECK(with.calls <= 2);
  calls = with.calls;
  with.document = of.of_both;
  SEEN(verifier, of.by_second, T0 + 60);
  CHECK(with.calls == calls + 1);
  SEEN(verifier, of.by_first, T0 + 60 + 600);
  CHECK(with.calls == calls + 2);
  pinjwt_verifier_free(verifier);
  pinjwt_jwks_source_free(source);
  free_server(&with);
  free_issuer(of);
}

/* What no key of the source could have signed costs no request. */
static void no_fetch(void) {
  static const struct {
    const char *header;
    pinjwt_status status;
  } rows[] = {
      {"{\"alg\":\"none\",\"kid\":\"x\"}", PINJWT_E_ALGORITHM},
      {"{\"alg\":\"none\"}", PINJWT_E_ALGORITHM},
      {"{\"alg\":\"HS256\",\"kid\":\"x\"}", PINJWT_E_ALGORITHM},
      {"{\"alg\":\"HS256\"}", PINJWT_E_ALGORITHM},
      {"{\"alg\":\"RS256\",\"kid\":\"x\"}", PINJWT_E_ALGORITHM},
      {"{\"alg\":\"Ed25519\",\"kid\":\"x\"}", PINJWT_E_ALGORITHM},
      {"{\"alg\":\"EdDSA\",\"kid\":5}", PINJWT_E_HEADER},
      {"{\"alg\":\"EdDSA\",\"kid\":\"x\",\"kid\":\"y\"}", PINJWT_E_HEADER},
      {"{\"kid\":\"x\"}", PINJWT_E_HEADER},
      {"{\"alg\":\"EdDSA\",\"kid\":\"x\",\"crit\":[]}", PINJWT_E_CRITICAL},
      {"{\"alg\":\"EdDSA\",\"kid\":\"x\",\"typ\":\"at+jwt\"}", PINJWT_E_TYPE},
  };
  issuer of = new_issuer();
  EVP_PKEY *evp = evp_key(of.first);
  server with;
  pinjwt_jwks_source *source;
  pinjwt_verifier *verifier;
  char *token;
  size_t i, time;
  new_server(&with, of.of_first);
  source = new_source(&with);
  verifier = source_verifier(&of, source);
  for (time = 0; time < 2; time++) {
    /* Before the first fetch, and when it could fetch again. */
    int64_t now = T0 + (int64_t)time * 100;
    for (i = 0; i < COUNT(rows); i++) {
      check_row = rows[i].header;
      token = forge_with(evp, NULL, 0, rows[i].header, USUAL_CLAIMS);
      TURNED_AWAY(rows[i].status, verifier, token, now);
      free(token);
    }
    check_row = "";
    TURNED_AWAY(PINJWT_E_TOKEN_FORMAT, verifier, "x", now);
    TURNED_AWAY(PINJWT_E_TOKEN_FORMAT, verifier, "e30.e30", now);
    token = need_(malloc(20000));
    memset(token, 'x', 19999);
    token[19999] = '\0';
    TURNED_AWAY(PINJWT_E_TOKEN_SIZE, verifier, token, now);
    free(token);
    CHECK(with.calls == (int)time);
    SEEN(verifier, of.by_first, now);
    CHECK(with.calls == 1);
  }
  /* A forged signature of a kid that is there, or without kid. */
  token = forge_with(evp, NULL, 0, "{\"alg\":\"EdDSA\"}", USUAL_CLAIMS);
  ACCEPTED(verifier, token, T0 + 101);
  token[strlen(token) - 10] = token[strlen(token) - 10] == 'A' ? 'B' : 'A';
  TURNED_AWAY(PINJWT_E_SIGNATURE, verifier, token, T0 + 101);
  free(token);
  token = forge_with(evp, NULL, 0, "{\"alg\":\"EdDSA\",\"kid\":\"first\"}", USUAL_CLAIMS);
  token[strlen(token) - 10] = token[strlen(token) - 10] == 'A' ? 'B' : 'A';
  TURNED_AWAY(PINJWT_E_SIGNATURE, verifier, token, T0 + 101);
  free(token);
  /* The key's own token, whose claims do not hold. */
  CHECK(verify_once(verifier, "e30.e30.AA", T0 + 101, NULL) == PINJWT_E_HEADER);
  CHECK(with.calls == 1);
  pinjwt_verifier_free(verifier);
  pinjwt_jwks_source_free(source);
  EVP_PKEY_free(evp);
  free_server(&with);
  free_issuer(of);
}

static void joined_and_events(void) {
  issuer of = new_issuer();
  server with;
  pinjwt_jwks_source *source;
  pinjwt_verifier *part, *verifier = NULL;
  const pinjwt_verifier *parts[1];
  new_server(&with, of.of_first);
  source = new_source(&with);
  part = source_verifier(&of, source);
  parts[0] = part;
  OK(pinjwt_verifier_join(parts, 1, &verifier, ERR));
  /* A token of another issuer picks no part, and fetches nothing. */
  TURNED_AWAY(PINJWT_E_ISSUER, verifier, "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJ4In0.AAAA", T0);
  CHECK(with.calls == 0);
  SEEN(verifier, of.by_first, T0);
  UNSEEN(PINJWT_E_KEY_UNKNOWN, verifier, of.by_second, T0 + 1);
  CHECK(with.calls == 1);
  pinjwt_jwks_source_free(source);
  pinjwt_verifier_free(part);
  CHECK(with.released == 0);
  SEEN(verifier, of.by_first, T0);
  pinjwt_verifier_free(verifier);
  CHECK(with.released == 1);
  free_server(&with);
  free_issuer(of);
}

/* ---- Threads --------------------------------------------------------------------------- */

enum { threads = 16 };

typedef struct visitor {
  const pinjwt_verifier *verifier;
  const char *token;
  int64_t now;
  pinjwt_status status;
} visitor;

static void *visit(void *argument) {
  visitor *who = argument;
  pinjwt_claims *claims = NULL;
  pinjwt_error error;
  who->status = pinjwt_verify(who->verifier, who->token, PINJWT_STR, who->now, &claims, &error);
  pinjwt_claims_free(claims);
  return NULL;
}

static void pause_ms(long milliseconds) {
  struct timespec time = {0, 0};
  time.tv_nsec = milliseconds * 1000000;
  nanosleep(&time, NULL);
}

static void wait_until_inside(server *with) {
  pthread_mutex_lock(&with->lock);
  while (!with->is_inside) {
    pthread_cond_wait(&with->changed, &with->lock);
  }
  pthread_mutex_unlock(&with->lock);
}

static void let_go_on(server *with) {
  pthread_mutex_lock(&with->lock);
  with->may_go_on = 1;
  pthread_cond_broadcast(&with->changed);
  pthread_mutex_unlock(&with->lock);
}

static void many_at_first_use(void) {
  issuer of = new_issuer();
  int fail;
  for (fail = 0; fail < 2; fail++) {
    server with;
    pinjwt_jwks_source *source;
    pinjwt_verifier *verifier;
    pthread_t running[threads];
    visitor who[threads];
    char *token = sign_at(of.by_first, "{}", T0);
    int t;
    alarm(120);
    new_server(&with, of.of_first);
    with.is_slow = 1;
    with.how = fail ? fails : publishes;
    source = new_source(&with);
    verifier = source_verifier(&of, source);
    for (t = 0; t < threads; t++) {
      who[t].verifier = verifier;
      who[t].token = token;
      who[t].now = T0 + t % 3;
      who[t].status = (pinjwt_status)-1;
      CHECK(pthread_create(&running[t], NULL, visit, &who[t]) == 0);
    }
    wait_until_inside(&with);
    pause_ms(100);
    let_go_on(&with);
    for (t = 0; t < threads; t++) {
      CHECK(pthread_join(running[t], NULL) == 0);
      CHECK(who[t].status == (fail ? PINJWT_E_KEY_SOURCE : PINJWT_OK));
    }
    CHECK(with.calls == 1);
    alarm(0);
    free(token);
    pinjwt_verifier_free(verifier);
    pinjwt_jwks_source_free(source);
    CHECK(with.released == 1);
    free_server(&with);
  }
  free_issuer(of);
}

/* While one thread fetches, those who do not need the answer go on, and the others get it. */
static void while_fetching(void) {
  issuer of = new_issuer();
  server with;
  pinjwt_jwks_source *source;
  pinjwt_verifier *verifier;
  pthread_t running[4];
  visitor who[4];
  char *of_first = sign_at(of.by_first, "{}", T0 + 500), *of_second = sign_at(of.by_second, "{}", T0 + 500);
  int t;
  alarm(120);
  new_server(&with, of.of_first);
  source = new_source(&with);
  verifier = source_verifier(&of, source);
  SEEN(verifier, of.by_first, T0);
  with.document = of.of_both;
  with.is_slow = 1;
  for (t = 0; t < 4; t++) {
    who[t].verifier = verifier;
    who[t].token = of_second;
    who[t].now = T0 + 500;
    who[t].status = (pinjwt_status)-1;
    CHECK(pthread_create(&running[t], NULL, visit, &who[t]) == 0);
  }
  wait_until_inside(&with);
  /* The fetch stands; this would stand too if it waited for it. */
  for (t = 0; t < 20; t++) {
    ACCEPTED(verifier, of_first, T0 + 500);
    ACCEPTED(verifier, of_first, T0 + 599);
  }
  CHECK(with.calls == 2);
  pause_ms(50);
  let_go_on(&with);
  for (t = 0; t < 4; t++) {
    CHECK(pthread_join(running[t], NULL) == 0);
    CHECK(who[t].status == PINJWT_OK);
  }
  CHECK(with.calls == 2);
  alarm(0);
  free(of_first);
  free(of_second);
  pinjwt_verifier_free(verifier);
  pinjwt_jwks_source_free(source);
  free_server(&with);
  free_issuer(of);
}

/* A callback may call pinjwt, even for the source that it serves. */
static void callback_that_verifies(void) {
  issuer of = new_issuer();
  server with;
  pinjwt_jwks_source *source;
  pinjwt_verifier *verifier;
  char *of_first = sign_at(of.by_first, "{}", T0), *of_second = sign_at(of.by_second, "{}", T0);
  alarm(60);
  new_server(&with, of.of_first);
  source = new_source(&with);
  verifier = source_verifier(&of, source);
  with.verifier = verifier;
  with.token = of_first;
  with.now = T0;
  /* Inside the first fetch there are no keys; after it there are. */
  ACCEPTED(verifier, of_first, T0);
  CHECK(with.inner == PINJWT_E_KEY_SOURCE && with.calls == 1);
  /* Inside the second there are the old ones. */
  with.document = of.of_both;
  with.now = T0 + 30;
  ACCEPTED(verifier, of_second, T0 + 30);
  CHECK(with.inner == PINJWT_OK && with.calls == 2);
  with.token = of_second;
  with.document = of.of_first;
  with.now = T0 + 599;
  ACCEPTED(verifier, of_first, T0 + 599);
  CHECK(with.inner == PINJWT_OK && with.calls == 3);
  with.now = T0 + 630;
  OK(pinjwt_jwks_source_refresh(source, T0 + 630, ERR));
  CHECK(with.inner == PINJWT_E_KEY_UNKNOWN && with.calls == 4);
  alarm(0);
  free(of_first);
  free(of_second);
  pinjwt_verifier_free(verifier);
  pinjwt_jwks_source_free(source);
  CHECK(with.released == 1);
  free_server(&with);
  free_issuer(of);
}

int main(void) {
  group("URLs", urls);
  group("arguments", arguments);
  group("settings", settings);
  group("first use", first_use);
  group("unknown kid", unknown_kid);
  group("storm", storm);
  group("lifetime", lifetime);
  group("failures", failures);
  group("a document that is too long", document_too_long);
  group("refreshing", refreshing);
  group("clock going back", clock_going_back);
  group("no fetch", no_fetch);
  group("joined", joined_and_events);
  group("many at first use", many_at_first_use);
  group("while fetching", while_fetching);
  group("callback that verifies", callback_that_verifies);
  return finish();
}
