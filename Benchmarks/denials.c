/* What a process's copy of a million denials takes, and what a check of an access token against it costs.
 *
 * The store is one that has nothing but a feed, so that the memory is the copy's alone. A check reads five
 * claims, looks for three names in the copy, and compares the time; the same with an empty copy shows what
 * the claims cost.
 */
#define _POSIX_C_SOURCE 200809L
#include <pinjwt_sessions.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const int64_t entries = 1000000;
static int64_t limit;

static void stop(const char *why) {
  fprintf(stderr, "%s\n", why);
  exit(1);
}

static void check(pinjwt_status status, const pinjwt_error *err) {
  if (status != PINJWT_OK)
    stop(err->message);
}

static double nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Resident memory in bytes. */
static double resident(void) {
  long total, pages;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%ld %ld", &total, &pages) != 2)
    stop("/proc/self/statm");
  fclose(file);
  return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static pinjwt_stored feed(void *context, const pinjwt_feed_request *request, pinjwt_feed_answer *answer,
                          pinjwt_error *err) {
  static const uint8_t epoch[16] = "the only epoch.", mark[8] = "a mark.";
  int64_t from = request->position.sequence, to = from + request->limit;
  (void)context;
  (void)err;
  if (to > limit)
    to = limit;
  for (int64_t sequence = from + 1; sequence <= to; sequence++) {
    char name[32];
    int length = snprintf(name, sizeof name, "%022lld", (long long)sequence * 7919);
    pinjwt_feed_entry entry = {
        sequence, PINJWT_FEED_SID, {(const uint8_t *)name, (size_t)length}, 0, INT64_C(1) << 42};
    answer->entry(answer->sink, &entry);
  }
  pinjwt_feed_position position = {{epoch, 16}, {mark, to > 0 ? 8 : 0}, to};
  answer->position(answer->sink, &position);
  answer->more = to < limit;
  answer->now = 1000;
  return PINJWT_STORE_DONE;
}

/* The rest of the store is not asked. */
#define NOTHING(name, request, answer)                                                                       \
  static pinjwt_stored name(void *context, const request *asked, answer *out, pinjwt_error *err) {           \
    (void)context, (void)asked, (void)out, (void)err;                                                        \
    return PINJWT_STORE_FAILED;                                                                              \
  }
NOTHING(create, pinjwt_create_request, pinjwt_create_answer)
NOTHING(rotate, pinjwt_rotate_request, pinjwt_rotate_answer)
NOTHING(revoke, pinjwt_revoke_request, pinjwt_revoke_answer)
NOTHING(sweep, pinjwt_sweep_request, pinjwt_progress)
NOTHING(bump, pinjwt_bump_request, int64_t)
NOTHING(consume, pinjwt_consume_request, int)
NOTHING(list, pinjwt_list_request, pinjwt_list_answer)
NOTHING(purge, pinjwt_purge_request, pinjwt_progress)

static pinjwt_stored deny(void *context, const pinjwt_deny_request *request, pinjwt_error *err) {
  (void)context, (void)request, (void)err;
  return PINJWT_STORE_FAILED;
}

static pinjwt_stored statistics(void *context, pinjwt_bytes place, pinjwt_statistics *answer,
                                pinjwt_error *err) {
  (void)context, (void)place, (void)answer, (void)err;
  return PINJWT_STORE_FAILED;
}

static double per_check(const pinjwt_sessions *sessions, const pinjwt_claims *claims) {
  const int times = 2000000;
  pinjwt_error err;
  double begun = nanoseconds();
  for (int time = 0; time < times; time++)
    check(pinjwt_sessions_check(sessions, claims, &err), &err);
  return (nanoseconds() - begun) / times;
}

int main(void) {
  const pinjwt_store store = {sizeof(pinjwt_store),
                              NULL,
                              NULL,
                              create,
                              rotate,
                              revoke,
                              sweep,
                              bump,
                              deny,
                              consume,
                              feed,
                              list,
                              purge,
                              statistics};
  pinjwt_error err;
  pinjwt_policy *policy;
  pinjwt_key *key;
  pinjwt_signer *signer;
  pinjwt_verifier *verifier;
  pinjwt_claims *claims;
  pinjwt_sessions *sessions;
  char token[1024];
  check(pinjwt_policy_new(&policy, &err), &err);
  check(pinjwt_policy_set_issuer(policy, "https://login.example", PINJWT_STR, &err), &err);
  check(pinjwt_key_generate(PINJWT_EDDSA, &key, &err), &err);
  check(pinjwt_signer_new(policy, key, &signer, &err), &err);
  check(pinjwt_verifier_new(policy, key, &verifier, &err), &err);
  check(pinjwt_sign(signer,
                    "{\"scope\":\"orders\",\"sub\":\"alice\",\"client_id\":\"web\",\"sid\":"
                    "\"sKl8Yk0dNnC9b2HqXrT3wA\",\"jti\":"
                    "\"aKl8Yk0dNnC9b2HqXrT3wA\",\"ver\":0,\"auth_time\":1700000000}",
                    PINJWT_STR, PINJWT_NOW, token, sizeof token, NULL, &err),
        &err);
  check(pinjwt_verify(verifier, token, PINJWT_STR, PINJWT_NOW, &claims, &err), &err);
  check(pinjwt_sessions_new_checker(&store, "https://login.example", PINJWT_STR, 7200, &sessions, &err),
        &err);
  check(pinjwt_sessions_sync(sessions, &err), &err);
  double empty = per_check(sessions, claims), before = resident(), begun = nanoseconds();
  limit = entries;
  check(pinjwt_sessions_sync(sessions, &err), &err);
  double load = (nanoseconds() - begun) / 1e9, taken = resident() - before;
  double full = per_check(sessions, claims);
  printf("%lld denials: %.1f MB more, read in %.2f s; a check %.0f ns, with an empty copy %.0f ns\n",
         (long long)entries, taken / 1e6, load, full, empty);
  pinjwt_sessions_free(sessions);
  pinjwt_claims_free(claims);
  pinjwt_verifier_free(verifier);
  pinjwt_signer_free(signer);
  pinjwt_key_free(key);
  pinjwt_policy_free(policy);
  return 0;
}
