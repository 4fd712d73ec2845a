/* A user's sessions: sign in, refresh, a stolen token, sign out. Here in memory; a service would open
 * pinjwt_sqlite_store (pinjwt_sqlite.h), pinjwt_postgres_store or pinjwt_redis_store instead.
 *
 *   cc sessions.c $(pkg-config --cflags --libs pinjwt) -o sessions && ./sessions
 */
#include <pinjwt_sessions.h>

#include <stdio.h>
#include <string.h>

#define CHECK(call)                                                                                          \
  do {                                                                                                       \
    if ((call) != PINJWT_OK) {                                                                               \
      fprintf(stderr, "%s: %s\n", pinjwt_status_name(err.status), err.message);                              \
      goto done;                                                                                             \
    }                                                                                                        \
  } while (0)

/* What the service would log: no secret is in it. */
static void log_event(void *context, const pinjwt_event *event) {
  (void)context;
  printf("event %d: user %.*s, session %.4s..., refreshed %d times\n", (int)event->type, (int)event->sub.len,
         event->sub.data == NULL ? "" : (const char *)event->sub.data,
         event->sid.data == NULL ? "" : (const char *)event->sid.data, (int)event->generation);
}

int main(void) {
  pinjwt_error err;
  pinjwt_store store;
  pinjwt_policy *policy = NULL;
  pinjwt_key *key = NULL;
  pinjwt_signer *signer = NULL;
  pinjwt_sessions *sessions = NULL;
  pinjwt_verifier *verifier = NULL;
  pinjwt_grant *first = NULL, *second = NULL, *none = NULL;
  pinjwt_claims *claims = NULL;
  pinjwt_bytes access, old, current;
  char cookie[512];
  int result = 1;
  /* In a service: 32 random bytes from a file or the environment, the same on all servers. */
  const char *secret = "Zk3qTf9Lw0XsVb7NcRy2HuPe5JmGaDi8";
  const pinjwt_bytes pepper = {(const uint8_t *)secret, 32};
  const pinjwt_device device = {{(const uint8_t *)"Firefox on Linux", 16}, {NULL, 0}, {NULL, 0}};

  CHECK(pinjwt_policy_new(&policy, &err));
  CHECK(pinjwt_policy_set_issuer(policy, "https://login.example", PINJWT_STR, &err));
  CHECK(pinjwt_policy_add_audience(policy, "https://api.example", PINJWT_STR, &err));
  CHECK(pinjwt_policy_set_type(policy, "at+jwt", PINJWT_STR, &err));
  CHECK(pinjwt_key_generate(PINJWT_EDDSA, &key, &err));
  CHECK(pinjwt_signer_new(policy, key, &signer, &err));
  CHECK(pinjwt_memory_store(&store, &err));
  if (pinjwt_sessions_new(&store, signer, &pepper, 1, &sessions, &err) != PINJWT_OK) {
    store.release(store.context);
    CHECK(err.status);
  }
  CHECK(pinjwt_sessions_set_event_handler(sessions, log_event, NULL, NULL, &err));
  CHECK(pinjwt_sessions_set_grace(sessions, 0, &err)); /* so that the theft below shows at once */

  /* The services that take access tokens check each one against the revocations. */
  CHECK(pinjwt_policy_set_sessions(policy, sessions, &err));
  CHECK(pinjwt_verifier_new(policy, key, &verifier, &err));

  /* The password was right. */
  CHECK(pinjwt_sessions_login(sessions, "alice", PINJWT_STR, "web", PINJWT_STR, "{\"scope\":\"orders\"}",
                              PINJWT_STR, &device, &first, &err));
  CHECK(pinjwt_grant_get_text(first, PINJWT_GRANT_ACCESS_TOKEN, &access));
  CHECK(pinjwt_grant_get_text(first, PINJWT_GRANT_REFRESH_TOKEN, &old));
  CHECK(pinjwt_verify(verifier, (const char *)access.data, access.len, PINJWT_NOW, &claims, &err));
  printf("signed in, the access token holds for %d s\n",
         (int)pinjwt_grant_get_number(first, PINJWT_GRANT_ACCESS_SECONDS));

  /* A quarter of an hour later. */
  CHECK(pinjwt_sessions_refresh(sessions, (const char *)old.data, old.len, "web", PINJWT_STR, &second, &err));
  CHECK(pinjwt_grant_get_text(second, PINJWT_GRANT_REFRESH_TOKEN, &current));
  CHECK(pinjwt_cookie_set("refresh", PINJWT_STR, "/auth", PINJWT_STR, (const char *)current.data, current.len,
                          pinjwt_grant_get_number(second, PINJWT_GRANT_REFRESH_SECONDS), cookie,
                          sizeof cookie, NULL, &err));
  printf("refreshed, Set-Cookie: %.25s...%s\n", cookie, strchr(cookie, ';'));

  /* Somebody who has copied the first token uses it: the session ends, for the thief and for alice. */
  if (pinjwt_sessions_refresh(sessions, (const char *)old.data, old.len, "web", PINJWT_STR, &none, &err) !=
      PINJWT_E_REFRESH_REUSED)
    goto done;
  printf("refused:  %s\n", err.message);
  pinjwt_claims_free(claims);
  claims = NULL;
  if (pinjwt_verify(verifier, (const char *)access.data, access.len, PINJWT_NOW, &claims, &err) !=
      PINJWT_E_REVOKED)
    goto done;
  printf("refused:  %s\n", err.message);
  result = 0;

done:
  pinjwt_claims_free(claims);
  pinjwt_grant_free(first);
  pinjwt_grant_free(second);
  pinjwt_verifier_free(verifier);
  pinjwt_sessions_free(sessions);
  pinjwt_signer_free(signer);
  pinjwt_key_free(key);
  pinjwt_policy_free(policy);
  return result;
}
