/* What a process's copy of a million denials takes, and what a check of an access token against it costs.
 *
 * The store is one that has nothing but a feed, so that the memory is the copy's alone. A check reads the
 * claims, looks for three names in the copy, and compares the time. One token checked again and again finds
 * its places of the copy in the processor's nearest cache, as a busy server does not: so many tokens take
 * turns that their places do not fit there, each with its claims at hand as after a verify. The same tokens
 * with an empty copy show what is not the size of the copy.
 */
#define _POSIX_C_SOURCE 200809L
#include <pinjwt_sessions.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { tokens = 65536, block = 64, rounds = 15 };
static const int64_t entries = 1000000;

static void stop(const char *why) {
  fprintf(stderr, "%s\n", why);
  exit(1);
}

static void check(pinjwt_status status, const pinjwt_error *err) {
  if (status != PINJWT_OK)
    stop(err->message);
}

/* Of this thread's processor time: on a machine with other work, the clock on the wall tells of that. */
static double nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
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
  int64_t from = request->position.sequence, to = from + request->limit, limit = *(const int64_t *)context;
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

static int by_size(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static double median(double *values) {
  qsort(values, rounds, sizeof *values, by_size);
  return values[rounds / 2];
}

static pinjwt_sessions *sessions_with(int64_t *limit) {
  const pinjwt_store store = {sizeof(pinjwt_store),
                              limit,
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
  pinjwt_sessions *sessions;
  check(pinjwt_sessions_new_checker(&store, "https://login.example", PINJWT_STR, 7200, &sessions, &err),
        &err);
  check(pinjwt_sessions_sync(sessions, &err), &err);
  return sessions;
}

/* Claims of tokens that have been verified, each of a session and a user of its own. */
static void verify_tokens(pinjwt_claims **claims) {
  static const uint8_t secret[32] = "\x8a\x1c\x5f\xe2\x90\x37\xb4\xd8\x6e\x03\xf1\x7b\xa9\x4c\xd5\x28"
                                    "\x71\xee\x0b\x96\x3d\xc2\x58\xaf\x14\xe7\x89\x62\xfb\x30\x4d\xa6";
  pinjwt_error err;
  pinjwt_policy *policy;
  pinjwt_key *key;
  pinjwt_signer *signer;
  pinjwt_verifier *verifier;
  check(pinjwt_policy_new(&policy, &err), &err);
  check(pinjwt_policy_set_issuer(policy, "https://login.example", PINJWT_STR, &err), &err);
  check(pinjwt_key_from_secret(PINJWT_HS256, secret, sizeof secret, &key, &err), &err);
  check(pinjwt_signer_new(policy, key, &signer, &err), &err);
  check(pinjwt_verifier_new(policy, key, &verifier, &err), &err);
  for (int number = 0; number < tokens; number++) {
    char text[256], token[1024];
    snprintf(text, sizeof text,
             "{\"scope\":\"orders\",\"sub\":\"user-%010d\",\"client_id\":\"web\",\"sid\":\"s%021d\","
             "\"jti\":\"j%021d\",\"ver\":0,\"auth_time\":1700000000}",
             number, number, number);
    check(pinjwt_sign(signer, text, PINJWT_STR, PINJWT_NOW, token, sizeof token, NULL, &err), &err);
    check(pinjwt_verify(verifier, token, PINJWT_STR, PINJWT_NOW, &claims[number], &err), &err);
  }
  pinjwt_verifier_free(verifier);
  pinjwt_signer_free(signer);
  pinjwt_key_free(key);
  pinjwt_policy_free(policy);
}

/* Nanoseconds that checks of a block of tokens take. */
static double of_block(const pinjwt_sessions *sessions, pinjwt_claims **claims) {
  pinjwt_error err;
  double begun = nanoseconds();
  for (int number = 0; number < block; number++)
    check(pinjwt_sessions_check(sessions, claims[number], &err), &err);
  return nanoseconds() - begun;
}

/* The same token each time. */
static double of_one(const pinjwt_sessions *sessions, const pinjwt_claims *claims) {
  pinjwt_error err;
  double begun = nanoseconds();
  for (int time = 0; time < tokens; time++)
    check(pinjwt_sessions_check(sessions, claims, &err), &err);
  return (nanoseconds() - begun) / tokens;
}

int main(void) {
  static pinjwt_claims *claims[tokens];
  static int64_t none = 0, limit = 0;
  double with_full[rounds], with_empty[rounds], added[rounds], again[rounds];
  pinjwt_error err;
  pinjwt_sessions *empty = sessions_with(&none), *full = sessions_with(&limit);
  double before = resident(), begun = nanoseconds();
  limit = entries;
  check(pinjwt_sessions_sync(full, &err), &err);
  double load = (nanoseconds() - begun) / 1e9, taken = resident() - before;
  verify_tokens(claims);
  for (int round = 0; round < rounds; round++) {
    with_full[round] = with_empty[round] = 0;
    check(pinjwt_sessions_sync(empty, &err), &err); /* or some checks would have to read on */
    check(pinjwt_sessions_sync(full, &err), &err);
    for (int first = 0; first < tokens; first += block) {
      of_block(empty, claims + first); /* unmeasured: brings the claims near */
      with_empty[round] += of_block(empty, claims + first) / tokens;
      with_full[round] += of_block(full, claims + first) / tokens;
    }
    added[round] = with_full[round] - with_empty[round];
    again[round] = of_one(full, claims[round]);
  }
  printf("%lld denials: %.1f MB, read in %.2f s\n", (long long)entries, taken / 1e6, load);
  printf("a check of one token of %d: %.0f ns; with an empty copy %.0f ns; what the copy adds %.0f ns\n",
         tokens, median(with_full), median(with_empty), median(added));
  printf("a check of the same token again: %.0f ns\n", median(again));
  for (int number = 0; number < tokens; number++)
    pinjwt_claims_free(claims[number]);
  pinjwt_sessions_free(full);
  pinjwt_sessions_free(empty);
  return 0;
}
