/* Sessions from C, and stores that a host supplies: arguments, results, ownership, and stores that lie. */
#include "tokens.h"

#include <pinjwt_sessions.h>

static const char *const secret = "Zk3qTf9Lw0XsVb7NcRy2HuPe5JmGaDi8";

static pinjwt_bytes bytes_of(const char *text) {
  pinjwt_bytes bytes = {(const uint8_t *)text, strlen(text)};
  return bytes;
}

static pinjwt_policy *access_policy(void) {
  pinjwt_policy *policy = new_policy();
  OK(pinjwt_policy_set_issuer(policy, "https://issuer.example", PINJWT_STR, ERR));
  OK(pinjwt_policy_add_audience(policy, "api", PINJWT_STR, ERR));
  OK(pinjwt_policy_set_type(policy, "at+jwt", PINJWT_STR, ERR));
  return policy;
}

typedef struct fixture {
  pinjwt_policy *policy;
  pinjwt_key *key;
  pinjwt_signer *signer;
  pinjwt_sessions *sessions;
  pinjwt_verifier *verifier;
} fixture;

static fixture new_fixture(const pinjwt_store *given) {
  fixture made = {NULL, NULL, NULL, NULL, NULL};
  pinjwt_bytes pepper = bytes_of(secret);
  pinjwt_store store;
  made.policy = access_policy();
  OK(pinjwt_key_generate(PINJWT_EDDSA, &made.key, ERR));
  OK(pinjwt_signer_new(made.policy, made.key, &made.signer, ERR));
  if (given == NULL) {
    OK(pinjwt_memory_store(&store, ERR));
    given = &store;
  }
  OK(pinjwt_sessions_new(given, made.signer, &pepper, 1, &made.sessions, ERR));
  OK(pinjwt_policy_set_sessions(made.policy, made.sessions, ERR));
  OK(pinjwt_verifier_new(made.policy, made.key, &made.verifier, ERR));
  return made;
}

static void free_fixture(fixture *made) {
  /* The verifier keeps the sessions in use, and they the signer. */
  pinjwt_sessions_free(made->sessions);
  pinjwt_signer_free(made->signer);
  pinjwt_key_free(made->key);
  pinjwt_policy_free(made->policy);
  pinjwt_verifier_free(made->verifier);
}

static pinjwt_grant *login(fixture *at, const char *user) {
  pinjwt_grant *grant = NULL;
  OK(pinjwt_sessions_login(at->sessions, user, PINJWT_STR, "web", PINJWT_STR, NULL, 0, NULL, &grant, ERR));
  return grant;
}

static const char *text_of(const pinjwt_grant *grant, pinjwt_grant_text which) {
  pinjwt_bytes bytes = {NULL, 0};
  GETS(pinjwt_grant_get_text(grant, which, &bytes));
  CHECK(bytes.data != NULL && bytes.data[bytes.len] == 0);
  return bytes.data == NULL ? "" : (const char *)bytes.data;
}

static const char *refresh_of(const pinjwt_grant *grant) {
  return text_of(grant, PINJWT_GRANT_REFRESH_TOKEN);
}

static pinjwt_status verify(fixture *at, const pinjwt_grant *grant) {
  pinjwt_claims *claims = NULL;
  pinjwt_status status = pinjwt_verify(at->verifier, text_of(grant, PINJWT_GRANT_ACCESS_TOKEN), PINJWT_STR,
                                       PINJWT_NOW, &claims, ERR);
  pinjwt_claims_free(claims);
  return status;
}

static void life(void) {
  fixture at = new_fixture(NULL);
  pinjwt_grant *first = login(&at, "alice"), *second = NULL, *again = NULL, *none = NULL;
  char buf[2048];
  size_t len, count;
  int64_t version;
  int more;
  CHECK(strlen(refresh_of(first)) == 103);
  CHECK(pinjwt_grant_get_number(first, PINJWT_GRANT_ACCESS_SECONDS) == 900);
  CHECK(pinjwt_grant_get_number(first, PINJWT_GRANT_REFRESH_SECONDS) == 1209600);
  CHECK(pinjwt_grant_get_number(first, PINJWT_GRANT_GENERATION) == 0);
  SAME(text_of(first, PINJWT_GRANT_USER), "alice");
  CHECK(strlen(text_of(first, PINJWT_GRANT_SID)) == 22 && strlen(text_of(first, PINJWT_GRANT_JTI)) == 22);
  CHECK(verify(&at, first) == PINJWT_OK);
  OK(pinjwt_sessions_refresh(at.sessions, refresh_of(first), PINJWT_STR, "web", PINJWT_STR, &second, ERR));
  OK(pinjwt_sessions_refresh(at.sessions, refresh_of(first), PINJWT_STR, "web", PINJWT_STR, &again, ERR));
  SAME(refresh_of(again), refresh_of(second));
  CHECK(pinjwt_grant_get_number(second, PINJWT_GRANT_REPLAYED) == 0);
  CHECK(pinjwt_grant_get_number(again, PINJWT_GRANT_REPLAYED) == 1);
  CHECK(pinjwt_grant_get_number(again, PINJWT_GRANT_GENERATION) == 1);
  REFUSED(PINJWT_E_REFRESH_INVALID, pinjwt_sessions_refresh(at.sessions, refresh_of(second), PINJWT_STR,
                                                            "app", PINJWT_STR, &none, ERR));
  OK(pinjwt_sessions_list(at.sessions, "alice", PINJWT_STR, text_of(first, PINJWT_GRANT_SID), PINJWT_STR, buf,
                          sizeof buf, &len, ERR));
  CHECK(strstr(buf, "\"current\":true") != NULL && len == strlen(buf));
  REFUSED(PINJWT_E_BUFFER,
          pinjwt_sessions_list(at.sessions, "alice", PINJWT_STR, NULL, 0, NULL, 0, &len, ERR));
  REFUSED(PINJWT_E_REFRESH_INVALID,
          pinjwt_sessions_revoke_session(at.sessions, "bob", PINJWT_STR, text_of(first, PINJWT_GRANT_SID),
                                         PINJWT_STR, ERR));
  OK(pinjwt_sessions_revoke_session(at.sessions, "alice", PINJWT_STR, text_of(first, PINJWT_GRANT_SID),
                                    PINJWT_STR, ERR));
  REFUSED(PINJWT_E_REVOKED, pinjwt_sessions_refresh(at.sessions, refresh_of(second), PINJWT_STR, "web",
                                                    PINJWT_STR, &none, ERR));
  CHECK(verify(&at, second) == PINJWT_E_REVOKED);
  OK(pinjwt_sessions_logout(at.sessions, refresh_of(first), PINJWT_STR, ERR));
  REFUSED(PINJWT_E_REFRESH_INVALID, pinjwt_sessions_logout(at.sessions, "pjr1_x", PINJWT_STR, ERR));
  pinjwt_grant_free(again);
  again = login(&at, "alice");
  OK(pinjwt_sessions_revoke_user(at.sessions, "alice", PINJWT_STR, text_of(again, PINJWT_GRANT_SID),
                                 PINJWT_STR, &count, ERR));
  CHECK(count == 0);
  OK(pinjwt_sessions_deny_jti(at.sessions, text_of(again, PINJWT_GRANT_JTI), PINJWT_STR, 0, ERR));
  CHECK(verify(&at, again) == PINJWT_E_REVOKED);
  OK(pinjwt_sessions_bump_user(at.sessions, "alice", PINJWT_STR, &version, ERR));
  CHECK(version == 1);
  OK(pinjwt_sessions_revoke_before(at.sessions, PINJWT_NOW, &count, ERR));
  CHECK(count == 1);
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_sessions_revoke_before(at.sessions, 4000000000, &count, ERR));
  OK(pinjwt_sessions_sync(at.sessions, ERR));
  OK(pinjwt_sessions_statistics(at.sessions, buf, sizeof buf, NULL, ERR));
  SAME(buf, "{\"live\":0,\"revoked\":2,\"expired\":0,\"denials\":4,\"consumed\":0,\"copied\":3}");
  OK(pinjwt_sessions_purge(at.sessions, 10, &count, &more, ERR));
  CHECK(count == 0 && more == 0);
  REFUSED_FOR(PINJWT_E_ARGUMENT, "limit", pinjwt_sessions_purge(at.sessions, 0, &count, &more, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "limit", pinjwt_sessions_purge(at.sessions, (size_t)-1, &count, &more, ERR));
  pinjwt_grant_free(first);
  pinjwt_grant_free(second);
  pinjwt_grant_free(again);
  free_fixture(&at);
}

static void one_shot(void) {
  fixture at = new_fixture(NULL);
  pinjwt_policy *policy = new_policy();
  pinjwt_signer *signer;
  pinjwt_verifier *verifier;
  pinjwt_claims *claims;
  char token[512];
  OK(pinjwt_policy_set_type(policy, "reset+jwt", PINJWT_STR, ERR));
  OK(pinjwt_signer_new(policy, at.key, &signer, ERR));
  OK(pinjwt_verifier_new(policy, at.key, &verifier, ERR));
  OK(pinjwt_sign(signer, "{\"sub\":\"alice\"}", PINJWT_STR, PINJWT_NOW, token, sizeof token, NULL, ERR));
  OK(pinjwt_verify(verifier, token, PINJWT_STR, PINJWT_NOW, &claims, ERR));
  OK(pinjwt_sessions_consume(at.sessions, claims, ERR));
  REFUSED(PINJWT_E_REVOKED, pinjwt_sessions_consume(at.sessions, claims, ERR));
  REFUSED_FOR(PINJWT_E_ISSUER, "iss", pinjwt_sessions_check(at.sessions, claims, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "claims", pinjwt_sessions_check(at.sessions, NULL, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "sessions", pinjwt_sessions_consume(NULL, claims, ERR));
  pinjwt_claims_free(claims);
  pinjwt_verifier_free(verifier);
  pinjwt_signer_free(signer);
  pinjwt_policy_free(policy);
  free_fixture(&at);
}

static void arguments(void) {
  fixture at = new_fixture(NULL);
  pinjwt_bytes pepper = bytes_of(secret), weak = bytes_of("password"), peppers[17];
  pinjwt_store store;
  pinjwt_sessions *sessions = NULL;
  pinjwt_grant *grant = NULL;
  pinjwt_signer *plain;
  pinjwt_policy *policy = new_policy();
  pinjwt_device device = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
  char buf[512], long_text[5000];
  size_t index;
  memset(long_text, 'x', sizeof long_text);
  for (index = 0; index < COUNT(peppers); index++) {
    peppers[index] = pepper;
  }
  OK(pinjwt_memory_store(&store, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "out", pinjwt_memory_store(NULL, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "store", pinjwt_sessions_new(NULL, at.signer, &pepper, 1, &sessions, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "signer", pinjwt_sessions_new(&store, NULL, &pepper, 1, &sessions, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "peppers", pinjwt_sessions_new(&store, at.signer, NULL, 1, &sessions, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "count", pinjwt_sessions_new(&store, at.signer, &pepper, 0, &sessions, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "count",
              pinjwt_sessions_new(&store, at.signer, peppers, 17, &sessions, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "out", pinjwt_sessions_new(&store, at.signer, &pepper, 1, NULL, ERR));
  REFUSED_FOR(PINJWT_E_KEY_WEAK, "pepper", pinjwt_sessions_new(&store, at.signer, &weak, 1, &sessions, ERR));
  OK(pinjwt_signer_new(policy, at.key, &plain, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "signer", pinjwt_sessions_new(&store, plain, &pepper, 1, &sessions, ERR));
  store.size--;
  REFUSED_FOR(PINJWT_E_ARGUMENT, "store", pinjwt_sessions_new(&store, at.signer, &pepper, 1, &sessions, ERR));
  store.size++;
  REFUSED_FOR(PINJWT_E_ARGUMENT, "max_seconds",
              pinjwt_sessions_new_checker(&store, "i", PINJWT_STR, 0, &sessions, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "issuer", pinjwt_sessions_new_checker(&store, "", 0, 7200, &sessions, ERR));
  /* All of these left the store with the caller. */
  OK(pinjwt_sessions_new_checker(&store, "i", PINJWT_STR, 7200, &sessions, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "sessions",
              pinjwt_sessions_login(sessions, "a", 1, NULL, 0, NULL, 0, NULL, &grant, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "sessions", pinjwt_sessions_refresh(sessions, "a", 1, NULL, 0, &grant, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "sessions", pinjwt_sessions_set_peppers(sessions, &pepper, 1, ERR));
  pinjwt_sessions_free(sessions);
  REFUSED_FOR(PINJWT_E_ARGUMENT, "user",
              pinjwt_sessions_login(at.sessions, "", 0, NULL, 0, NULL, 0, NULL, &grant, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "claims",
              pinjwt_sessions_login(at.sessions, "a", 1, NULL, 0, long_text, 4097, NULL, &grant, ERR));
  REFUSED_FOR(
      PINJWT_E_CLAIM_INVALID, "sub",
      pinjwt_sessions_login(at.sessions, "a", 1, NULL, 0, "{\"sub\":1}", PINJWT_STR, NULL, &grant, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "out",
              pinjwt_sessions_login(at.sessions, "a", 1, NULL, 0, NULL, 0, NULL, NULL, ERR));
  device.name.data = (const uint8_t *)long_text;
  device.name.len = 65;
  REFUSED_FOR(PINJWT_E_ARGUMENT, "device name",
              pinjwt_sessions_login(at.sessions, "a", 1, NULL, 0, NULL, 0, &device, &grant, ERR));
  device.name.len = (size_t)-1;
  REFUSED(PINJWT_E_ARGUMENT,
          pinjwt_sessions_login(at.sessions, "a", 1, NULL, 0, NULL, 0, &device, &grant, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "seconds", pinjwt_sessions_set_idle(at.sessions, 0, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "seconds", pinjwt_sessions_set_absolute(at.sessions, INT64_MAX, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "seconds", pinjwt_sessions_set_grace(at.sessions, 301, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "count", pinjwt_sessions_set_limit(at.sessions, -1, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "milliseconds", pinjwt_sessions_set_staleness(at.sessions, 60001, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "fn", pinjwt_sessions_set_event_handler(at.sessions, NULL, NULL, NULL, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "sessions", pinjwt_policy_set_sessions(policy, NULL, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "name",
              pinjwt_cookie_clear("a b", PINJWT_STR, "/", 1, buf, sizeof buf, NULL, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "path",
              pinjwt_cookie_clear("a", 1, "/;x", PINJWT_STR, buf, sizeof buf, NULL, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "path", pinjwt_cookie_clear("a", 1, "x", 1, buf, sizeof buf, NULL, ERR));
  REFUSED(PINJWT_E_REFRESH_INVALID,
          pinjwt_cookie_set("a", 1, "/", 1, "x; Domain=evil", PINJWT_STR, 1, buf, sizeof buf, NULL, ERR));
  OK(pinjwt_cookie_clear("a", 1, "/auth", PINJWT_STR, buf, sizeof buf, NULL, ERR));
  SAME(buf, "__Secure-a=; Path=/auth; Max-Age=0; HttpOnly; Secure; SameSite=Strict");
  CHECK(pinjwt_grant_get_number(NULL, PINJWT_GRANT_GENERATION) == -1);
  DENIED(PINJWT_E_ARGUMENT, pinjwt_grant_get_text(NULL, PINJWT_GRANT_SID, &pepper));
  pinjwt_grant_free(NULL);
  pinjwt_sessions_free(NULL);
  CHECK(grant == NULL);
  pinjwt_signer_free(plain);
  pinjwt_policy_free(policy);
  free_fixture(&at);
}

/* ---- A store of the host's that does not do as it should --------------------------------- */

enum mood { HONEST, SILENT, ONE, BROKEN, STATE, LOUD, NO_ROW, BAD_VERDICT, SHORT_ROW, OTHER_ROW };

typedef struct liar {
  pinjwt_store inner;
  enum mood mood;
  int released;
} liar;

static void liar_release(void *context) {
  liar *self = context;
  self->released++;
  self->inner.release(self->inner.context);
}

/* What it answers instead of asking the real store; 0 where it is honest. */
static int lies(liar *self, pinjwt_error *problem, pinjwt_stored *result) {
  switch (self->mood) {
  case SILENT:
    *result = (pinjwt_stored)0;
    return 1;
  case ONE:
    *result = (pinjwt_stored)1;
    return 1;
  case BROKEN:
    *result = PINJWT_STORE_FAILED;
    return 1;
  case STATE:
    *result = PINJWT_STORE_STATE;
    return 1;
  case LOUD:
    memset(problem->message, '\n', sizeof problem->message);
    *result = PINJWT_STORE_FAILED;
    return 1;
  case NO_ROW:
    *result = PINJWT_STORE_DONE;
    return 1;
  default:
    return 0;
  }
}

static pinjwt_stored liar_create(void *context, const pinjwt_create_request *request,
                                 pinjwt_create_answer *answer, pinjwt_error *problem) {
  liar *self = context;
  pinjwt_stored result;
  return lies(self, problem, &result) ? result
                                      : self->inner.create(self->inner.context, request, answer, problem);
}

static pinjwt_session_sink liar_sink;
static enum mood liar_mood;

static void liar_row(void *sink, const pinjwt_session_row *row) {
  static const uint8_t other[16] = {1};
  pinjwt_session_row changed = *row;
  if (liar_mood == SHORT_ROW) {
    changed.current.len = 31;
  }
  if (liar_mood == OTHER_ROW) {
    changed.selector.data = other;
  }
  liar_sink(sink, &changed);
}

static pinjwt_stored liar_rotate(void *context, const pinjwt_rotate_request *request,
                                 pinjwt_rotate_answer *answer, pinjwt_error *problem) {
  liar *self = context;
  pinjwt_stored result;
  if (lies(self, problem, &result)) {
    return result;
  }
  liar_sink = answer->session;
  liar_mood = self->mood;
  answer->session = liar_row;
  result = self->inner.rotate(self->inner.context, request, answer, problem);
  if (self->mood == BAD_VERDICT) {
    answer->verdict = (pinjwt_rotation_verdict)11;
  }
  return result;
}

static pinjwt_stored liar_feed(void *context, const pinjwt_feed_request *request, pinjwt_feed_answer *answer,
                               pinjwt_error *problem) {
  liar *self = context;
  pinjwt_stored result;
  return lies(self, problem, &result) ? result
                                      : self->inner.feed(self->inner.context, request, answer, problem);
}

static pinjwt_stored liar_revoke(void *context, const pinjwt_revoke_request *request,
                                 pinjwt_revoke_answer *answer, pinjwt_error *problem) {
  liar *self = context;
  return self->inner.revoke(self->inner.context, request, answer, problem);
}

static pinjwt_stored liar_sweep(void *context, const pinjwt_sweep_request *request, pinjwt_progress *answer,
                                pinjwt_error *problem) {
  liar *self = context;
  return self->inner.sweep(self->inner.context, request, answer, problem);
}

static pinjwt_stored liar_bump(void *context, const pinjwt_bump_request *request, int64_t *version,
                               pinjwt_error *problem) {
  liar *self = context;
  return self->inner.bump(self->inner.context, request, version, problem);
}

static pinjwt_stored liar_deny(void *context, const pinjwt_deny_request *request, pinjwt_error *problem) {
  liar *self = context;
  return self->inner.deny(self->inner.context, request, problem);
}

static pinjwt_stored liar_consume(void *context, const pinjwt_consume_request *request, int *first,
                                  pinjwt_error *problem) {
  liar *self = context;
  return self->inner.consume(self->inner.context, request, first, problem);
}

static pinjwt_stored liar_list(void *context, const pinjwt_list_request *request, pinjwt_list_answer *answer,
                               pinjwt_error *problem) {
  liar *self = context;
  return self->inner.list(self->inner.context, request, answer, problem);
}

static pinjwt_stored liar_purge(void *context, const pinjwt_purge_request *request, pinjwt_progress *answer,
                                pinjwt_error *problem) {
  liar *self = context;
  return self->inner.purge(self->inner.context, request, answer, problem);
}

static pinjwt_stored liar_statistics(void *context, pinjwt_bytes space, pinjwt_statistics *answer,
                                     pinjwt_error *problem) {
  liar *self = context;
  return self->inner.statistics(self->inner.context, space, answer, problem);
}

static void host_stores(void) {
  static const struct {
    const char *name;
    enum mood mood;
    pinjwt_status status;
  } rows[] = {
      {"silent", SILENT, PINJWT_E_STORE},       {"one", ONE, PINJWT_E_STORE},
      {"broken", BROKEN, PINJWT_E_STORE},       {"state", STATE, PINJWT_E_STORE},
      {"loud", LOUD, PINJWT_E_STORE},           {"no row", NO_ROW, PINJWT_E_STORE},
      {"verdict", BAD_VERDICT, PINJWT_E_STORE}, {"short row", SHORT_ROW, PINJWT_E_STORE},
      {"other row", OTHER_ROW, PINJWT_E_STORE},
  };
  liar self = {{0}, HONEST, 0};
  pinjwt_store store = {
      sizeof(pinjwt_store), NULL,           liar_release, liar_create,  liar_rotate, liar_revoke,
      liar_sweep,           liar_bump,      liar_deny,    liar_consume, liar_feed,   liar_list,
      liar_purge,           liar_statistics};
  pinjwt_grant *grant, *none = NULL;
  fixture at;
  size_t index;
  OK(pinjwt_memory_store(&self.inner, ERR));
  store.context = &self;
  at = new_fixture(&store);
  grant = login(&at, "alice");
  OK(pinjwt_sessions_set_staleness(at.sessions, 0, ERR));
  CHECK(verify(&at, grant) == PINJWT_OK);
  for (index = 0; index < COUNT(rows); index++) {
    check_row = rows[index].name;
    self.mood = rows[index].mood;
    REFUSED(rows[index].status,
            pinjwt_sessions_refresh(at.sessions, refresh_of(grant), PINJWT_STR, "web", 3, &none, ERR));
    if (self.mood <= NO_ROW) {
      REFUSED(rows[index].status,
              pinjwt_sessions_login(at.sessions, "bob", 3, NULL, 0, NULL, 0, NULL, &none, ERR));
      CHECK(verify(&at, grant) == rows[index].status);
    }
    self.mood = HONEST;
  }
  check_row = "";
  CHECK(none == NULL);
  /* Whatever was lost on the way: the same token works, by the grace. */
  OK(pinjwt_sessions_refresh(at.sessions, refresh_of(grant), PINJWT_STR, "web", 3, &none, ERR));
  pinjwt_grant_free(none);
  pinjwt_grant_free(grant);
  CHECK(self.released == 0);
  free_fixture(&at);
  CHECK(self.released == 1);
}

/* ---- The judge --------------------------------------------------------------------------- */

typedef struct judged {
  int answered, written;
  int64_t generation, revoked;
} judged;

static void judged_answer(void *sink, const pinjwt_session_row *row) {
  judged *into = sink;
  into->answered++;
  into->generation = row->generation;
  into->revoked = row->revoked;
}

static void judged_write(void *context, const pinjwt_session_row *row) {
  judged *into = context;
  (void)row;
  into->written++;
}

static void judge(void) {
  static uint8_t selector[16], current[32] = {1}, next[32] = {2}, nonce[16], space[16], mark[8];
  judged seen = {0, 0, 0, 0};
  pinjwt_session_row row;
  pinjwt_rotate_request request;
  pinjwt_rotate_answer answer;
  memset(&row, 0, sizeof row);
  memset(&request, 0, sizeof request);
  memset(&answer, 0, sizeof answer);
  row.selector = request.selector = (pinjwt_bytes){selector, 16};
  row.sid = bytes_of("sid");
  row.user = bytes_of("user");
  row.jti = bytes_of("before");
  row.current = request.hash = (pinjwt_bytes){current, 32};
  row.idle_end = 2000;
  row.end = 3000;
  request.space = (pinjwt_bytes){space, 16};
  request.next = request.seal = (pinjwt_bytes){next, 32};
  request.nonce = (pinjwt_bytes){nonce, 16};
  request.jti = bytes_of("after");
  request.grace = 100;
  request.idle = 500;
  request.denial.mark = (pinjwt_bytes){mark, 8};
  answer.sink = &seen;
  answer.session = judged_answer;
  OK(pinjwt_session_judge(&request, &row, 0, 1000, &answer, judged_write, &seen, ERR));
  CHECK(answer.verdict == PINJWT_ROTATION_ROTATED && seen.answered == 1 && seen.written == 1);
  CHECK(seen.generation == 1 && answer.now == 1000);
  SAME(answer.previous_jti, "before");
  OK(pinjwt_session_judge(&request, &row, 0, 2000, &answer, judged_write, &seen, ERR));
  CHECK(answer.verdict == PINJWT_ROTATION_EXPIRED && seen.answered == 2 && seen.written == 1);
  OK(pinjwt_session_judge(&request, &row, 1, 1000, &answer, judged_write, &seen, ERR));
  CHECK(answer.verdict == PINJWT_ROTATION_SUPERSEDED);
  OK(pinjwt_session_judge(&request, NULL, 0, 1000, &answer, judged_write, &seen, ERR));
  CHECK(answer.verdict == PINJWT_ROTATION_UNKNOWN && seen.answered == 3);
  request.generation = 7;
  OK(pinjwt_session_judge(&request, &row, 0, 1000, &answer, judged_write, &seen, ERR));
  CHECK(answer.verdict == PINJWT_ROTATION_ROLLED_BACK && seen.revoked == 1000 && seen.written == 2);
  request.generation = INT64_MAX;
  OK(pinjwt_session_judge(&request, &row, 0, INT64_MAX, &answer, judged_write, &seen, ERR));
  CHECK(answer.verdict == PINJWT_ROTATION_EXPIRED);
  request.generation = -1;
  REFUSED(PINJWT_E_ARGUMENT,
          pinjwt_session_judge(&request, &row, 0, 1000, &answer, judged_write, &seen, ERR));
  request.generation = 0;
  row.current.len = 33;
  REFUSED(PINJWT_E_ARGUMENT,
          pinjwt_session_judge(&request, &row, 0, 1000, &answer, judged_write, &seen, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "request",
              pinjwt_session_judge(NULL, &row, 0, 1000, &answer, judged_write, &seen, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "answer",
              pinjwt_session_judge(&request, &row, 0, 1000, NULL, judged_write, &seen, ERR));
  REFUSED_FOR(PINJWT_E_ARGUMENT, "write",
              pinjwt_session_judge(&request, &row, 0, 1000, &answer, NULL, &seen, ERR));
}

int main(void) {
  group("life", life);
  group("one-shot tokens", one_shot);
  group("arguments", arguments);
  group("host stores", host_stores);
  group("the judge", judge);
  return finish();
}
