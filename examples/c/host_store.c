#define _POSIX_C_SOURCE 200809L

#include "host_store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Blocks of `size` bytes, the first `count` of them in use. Room is made before anything changes, so that a
 * step is done whole or not at all. */
typedef struct list {
  size_t size, count, ready, room;
  void **items;
} list;

typedef struct session {
  uint8_t space[16];
  pinjwt_session_row row;
  /* What the row points to: each member at its longest. */
  uint8_t bytes[16 + 22 + 256 + 256 + 4096 + 64 + 45 + 256 + 32 + 32 + 32 + 16 + 22];
} session;

typedef struct user {
  uint8_t space[16], name[256];
  size_t name_len;
  int64_t version;
} user;

typedef struct denial {
  uint8_t space[16], key[256], mark[8];
  pinjwt_feed_entry entry;
} denial;

/* The feed of a space; `sequence` and `mark` are the last entry's, also when it has been removed. */
typedef struct feed {
  uint8_t space[16], epoch[16], mark[8];
  int has_epoch;
  int64_t sequence;
} feed;

typedef struct used_key {
  uint8_t space[16], key[32];
  int64_t until;
} used_key;

typedef struct host {
  pthread_mutex_t lock;
  list sessions, users, denials, feeds, used;
} host;

/* ---- Pieces ---------------------------------------------------------------------------- */

static int reserve(list *in, size_t more) {
  size_t room = in->room;
  void **items;
  while (room < in->count + more) {
    room = room == 0 ? 16 : room * 2;
  }
  if (room > in->room) {
    items = realloc(in->items, room * sizeof *items);
    if (items == NULL) {
      return 0;
    }
    in->items = items;
    in->room = room;
  }
  while (in->ready < in->count + more) {
    if ((in->items[in->ready] = malloc(in->size)) == NULL) {
      return 0;
    }
    in->ready++;
  }
  return 1;
}

/* The next block, zeroed. There has to be room. */
static void *add(list *to) {
  return memset(to->items[to->count++], 0, to->size);
}

static void swap(list *in, size_t left, size_t right) {
  void *item = in->items[left];
  in->items[left] = in->items[right];
  in->items[right] = item;
}

/* The others keep their order, which is that in which they came. */
static void take_out(list *from, size_t index) {
  for (from->count--; index < from->count; index++) {
    swap(from, index, index + 1);
  }
}

static void empty(list *which) {
  while (which->ready > 0) {
    free(which->items[--which->ready]);
  }
  free(which->items);
}

static int is(pinjwt_bytes bytes, const void *data, size_t len) {
  return bytes.len == len && (len == 0 || memcmp(bytes.data, data, len) == 0);
}

static int equal(pinjwt_bytes left, pinjwt_bytes right) {
  return is(left, right.data, right.len);
}

/* Durations may be as long as there are numbers. */
static int64_t later(int64_t time, int64_t by) {
  return by > INT64_MAX - time ? INT64_MAX : time + by;
}

/* In milliseconds. This clock is always there. */
static int64_t clock_now(void) {
  struct timespec time = {0, 0};
  (void)clock_gettime(CLOCK_REALTIME, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static pinjwt_stored out_of_memory(pinjwt_error *err) {
  strcpy(err->message, "There is no memory left for sessions.");
  return PINJWT_STORE_FAILED;
}

/* ---- Rows ------------------------------------------------------------------------------ */

static pinjwt_bytes keep(uint8_t **end, pinjwt_bytes bytes) {
  pinjwt_bytes kept = {*end, bytes.len};
  if (bytes.len > 0) {
    memcpy(*end, bytes.data, bytes.len);
  }
  *end += bytes.len;
  return kept;
}

/* Copies a row and all that it points to. */
static void fill(session *to, pinjwt_bytes space, const pinjwt_session_row *row) {
  uint8_t *end = to->bytes;
  memcpy(to->space, space.data, 16);
  to->row = *row;
  to->row.selector = keep(&end, row->selector);
  to->row.sid = keep(&end, row->sid);
  to->row.user = keep(&end, row->user);
  to->row.client = keep(&end, row->client);
  to->row.claims = keep(&end, row->claims);
  to->row.device = keep(&end, row->device);
  to->row.address = keep(&end, row->address);
  to->row.agent = keep(&end, row->agent);
  to->row.current = keep(&end, row->current);
  to->row.previous = keep(&end, row->previous);
  to->row.seal = keep(&end, row->seal);
  to->row.nonce = keep(&end, row->nonce);
  to->row.jti = keep(&end, row->jti);
}

static session *session_at(const host *in, size_t index) {
  return in->sessions.items[index];
}

/* Where the session of a selector is; the count if there is none. */
static size_t place_of(const host *in, pinjwt_bytes space, pinjwt_bytes selector) {
  size_t index;
  for (index = 0; index < in->sessions.count; index++) {
    const session *one = session_at(in, index);
    if (is(space, one->space, 16) && equal(one->row.selector, selector)) {
      break;
    }
  }
  return index;
}

static int has_ended(const pinjwt_session_row *row, int64_t now) {
  return now >= row->idle_end || now >= row->end;
}

static void drop_seal(pinjwt_session_row *row) {
  row->seal.len = 0;
  row->nonce.len = 0;
}

static void end_session(pinjwt_session_row *row, pinjwt_reason reason, int64_t now) {
  row->revoked = now;
  row->reason = reason;
  drop_seal(row);
}

static user *user_of(const host *in, pinjwt_bytes space, pinjwt_bytes name) {
  size_t index;
  for (index = 0; index < in->users.count; index++) {
    user *found = in->users.items[index];
    if (is(space, found->space, 16) && is(name, found->name, found->name_len)) {
      return found;
    }
  }
  return NULL;
}

static int64_t version_of(const host *in, pinjwt_bytes space, pinjwt_bytes name) {
  const user *found = user_of(in, space, name);
  return found == NULL ? 0 : found->version;
}

static int is_live(const pinjwt_session_row *row, int64_t version, int64_t now) {
  return row->revoked == 0 && !has_ended(row, now) && version <= row->version;
}

static int is_older(const session *left, const session *right) {
  if (left->row.created != right->row.created) {
    return left->row.created < right->row.created;
  }
  return memcmp(left->row.selector.data, right->row.selector.data, 16) < 0;
}

/* The user's live sessions, the oldest first, in a block to be freed; NULL where there is no memory. */
static session **live_of(const host *in, pinjwt_bytes space, pinjwt_bytes name, int64_t now, size_t *count) {
  const int64_t version = version_of(in, space, name);
  session **found = malloc((in->sessions.count + 1) * sizeof *found);
  size_t index, place;
  *count = 0;
  for (index = 0; found != NULL && index < in->sessions.count; index++) {
    session *one = session_at(in, index);
    if (is(space, one->space, 16) && equal(one->row.user, name) && is_live(&one->row, version, now)) {
      for (place = *count; place > 0 && is_older(one, found[place - 1]); place--) {
        found[place] = found[place - 1];
      }
      found[place] = one;
      ++*count;
    }
  }
  return found;
}

/* ---- Denials --------------------------------------------------------------------------- */

/* Makes room for denials in a space, and its feed where there is none; NULL where there is no memory. */
static feed *feed_for(host *in, pinjwt_bytes space, size_t denials) {
  size_t index;
  feed *made;
  if (!reserve(&in->denials, denials) || !reserve(&in->feeds, 1)) {
    return NULL;
  }
  for (index = 0; index < in->feeds.count; index++) {
    made = in->feeds.items[index];
    if (is(space, made->space, 16)) {
      return made;
    }
  }
  made = add(&in->feeds);
  memcpy(made->space, space.data, 16);
  return made;
}

/* Writes the next entry; `until` is 0 for the usual time. There has to be room. */
static void append(host *in, feed *to, pinjwt_feed_kind kind, pinjwt_bytes key, int64_t value, int64_t until,
                   const pinjwt_denial_terms *terms) {
  denial *made = add(&in->denials);
  memcpy(made->space, to->space, 16);
  memcpy(made->mark, terms->mark.data, 8);
  memcpy(to->mark, made->mark, 8);
  if (key.len > 0) {
    memcpy(made->key, key.data, key.len);
  }
  made->entry.sequence = ++to->sequence;
  made->entry.kind = kind;
  made->entry.key.data = made->key;
  made->entry.key.len = key.len;
  made->entry.value = value;
  made->entry.until = until == 0 ? later(clock_now(), terms->keep) : until;
}

/* Denies the sid and marks the row. There has to be room. */
static void revoke_one(host *in, feed *to, session *which, pinjwt_reason reason,
                       const pinjwt_denial_terms *terms, int64_t now) {
  append(in, to, PINJWT_FEED_SID, which->row.sid, 0, 0, terms);
  end_session(&which->row, reason, now);
}

/* ---- create and rotate ----------------------------------------------------------------- */

static void complete(pinjwt_session_row *row, const pinjwt_create_request *request, int64_t version,
                     int64_t now) {
  row->version = version;
  row->created = row->rotated = now;
  row->end = later(now, request->absolute);
  row->idle_end = later(now, request->idle);
  if (row->idle_end > row->end) {
    row->idle_end = row->end;
  }
}

static pinjwt_stored create(void *context, const pinjwt_create_request *request, pinjwt_create_answer *answer,
                            pinjwt_error *err) {
  host *in = context;
  session **live, *made;
  size_t count, displaced = 0, index;
  feed *denials;
  int64_t now;
  int done;
  pthread_mutex_lock(&in->lock);
  now = clock_now();
  live = live_of(in, request->space, request->row->user, now, &count);
  if (request->cap > 0 && (int64_t)count >= request->cap) {
    displaced = count - (size_t)request->cap + 1;
  }
  denials = feed_for(in, request->space, displaced);
  done = live != NULL && denials != NULL && reserve(&in->sessions, 1);
  if (done) {
    for (index = 0; index < displaced; index++) {
      revoke_one(in, denials, live[index], PINJWT_REASON_DISPLACED, &request->denial, now);
      answer->displaced(answer->sink, &live[index]->row);
    }
    made = add(&in->sessions);
    fill(made, request->space, request->row);
    complete(&made->row, request, version_of(in, request->space, request->row->user), now);
    answer->created(answer->sink, &made->row);
  }
  pthread_mutex_unlock(&in->lock);
  free(live);
  return done ? PINJWT_STORE_DONE : out_of_memory(err);
}

/* Where pinjwt_session_judge has its row written: a block that is not in use yet. */
typedef struct change {
  pinjwt_bytes space;
  session *into;
  int made;
} change;

static void take_change(void *context, const pinjwt_session_row *row) {
  change *wanted = context;
  fill(wanted->into, wanted->space, row);
  wanted->made = 1;
}

static pinjwt_stored rotate(void *context, const pinjwt_rotate_request *request, pinjwt_rotate_answer *answer,
                            pinjwt_error *err) {
  host *in = context;
  change wanted = {request->space, NULL, 0};
  const pinjwt_session_row *row = NULL;
  feed *denials;
  size_t place;
  pinjwt_stored result = PINJWT_STORE_DONE;
  pthread_mutex_lock(&in->lock);
  denials = feed_for(in, request->space, 1);
  if (denials == NULL || !reserve(&in->sessions, 1)) {
    pthread_mutex_unlock(&in->lock);
    return out_of_memory(err);
  }
  place = place_of(in, request->space, request->selector);
  if (place < in->sessions.count) {
    row = &session_at(in, place)->row;
  }
  wanted.into = session_at(in, in->sessions.count);
  /* The lock holds the row, and the time is read under it. */
  if (pinjwt_session_judge(request, row, row == NULL ? 0 : version_of(in, request->space, row->user),
                           clock_now(), answer, take_change, &wanted, err) != PINJWT_OK) {
    result = PINJWT_STORE_FAILED;
  } else if (wanted.made) {
    if (wanted.into->row.revoked != 0) {
      append(in, denials, PINJWT_FEED_SID, wanted.into->row.sid, 0, 0, &request->denial);
    }
    swap(&in->sessions, place, in->sessions.count);
  }
  pthread_mutex_unlock(&in->lock);
  return result;
}

/* ---- revoke, sweep and bump ------------------------------------------------------------ */

static int names(const pinjwt_revoke_request *request, const session *one) {
  if (!is(request->space, one->space, 16)) {
    return 0;
  }
  switch (request->target) {
  case PINJWT_REVOKE_SELECTOR:
    return equal(request->selector, one->row.selector);
  case PINJWT_REVOKE_SID:
    return equal(request->user, one->row.user) && equal(request->sid, one->row.sid);
  default:
    return equal(request->user, one->row.user) && !equal(request->sid, one->row.sid);
  }
}

/* Whether there is a session that the request names, how many are to be revoked now, and whether there are
 * more. */
static size_t count_named(const host *in, const pinjwt_revoke_request *request,
                          pinjwt_revoke_answer *answer) {
  size_t count = 0, index;
  answer->found = request->target == PINJWT_REVOKE_USER;
  answer->more = 0;
  for (index = 0; index < in->sessions.count; index++) {
    const session *one = session_at(in, index);
    if (!names(request, one)) {
      continue;
    }
    answer->found = 1;
    if (one->row.revoked == 0 && !has_ended(&one->row, answer->now)) {
      answer->more = (int64_t)count == request->limit;
      count += !answer->more;
    }
  }
  return count;
}

static pinjwt_stored revoke(void *context, const pinjwt_revoke_request *request, pinjwt_revoke_answer *answer,
                            pinjwt_error *err) {
  host *in = context;
  size_t left, index;
  feed *denials;
  pthread_mutex_lock(&in->lock);
  answer->now = clock_now();
  left = count_named(in, request, answer);
  denials = feed_for(in, request->space, left);
  for (index = 0; denials != NULL && left > 0; index++) {
    session *one = session_at(in, index);
    if (names(request, one) && one->row.revoked == 0 && !has_ended(&one->row, answer->now)) {
      revoke_one(in, denials, one, request->reason, &request->denial, answer->now);
      answer->revoked(answer->sink, &one->row);
      left--;
    }
  }
  pthread_mutex_unlock(&in->lock);
  return denials != NULL ? PINJWT_STORE_DONE : out_of_memory(err);
}

static pinjwt_stored sweep(void *context, const pinjwt_sweep_request *request, pinjwt_progress *answer,
                           pinjwt_error *err) {
  host *in = context;
  size_t index;
  (void)err;
  answer->count = 0;
  answer->more = 0;
  pthread_mutex_lock(&in->lock);
  for (index = 0; index < in->sessions.count && !answer->more; index++) {
    session *one = session_at(in, index);
    if (!is(request->space, one->space, 16) || one->row.revoked != 0 || one->row.created >= request->before) {
      continue;
    }
    if (answer->count == request->limit) {
      answer->more = 1;
    } else {
      end_session(&one->row, PINJWT_REASON_BEFORE, clock_now());
      answer->count++;
    }
  }
  pthread_mutex_unlock(&in->lock);
  return PINJWT_STORE_DONE;
}

static user *user_made(host *in, pinjwt_bytes space, pinjwt_bytes name) {
  user *found = user_of(in, space, name);
  if (found == NULL && reserve(&in->users, 1)) {
    found = add(&in->users);
    memcpy(found->space, space.data, 16);
    memcpy(found->name, name.data, name.len);
    found->name_len = name.len;
  }
  return found;
}

static pinjwt_stored bump(void *context, const pinjwt_bump_request *request, int64_t *version,
                          pinjwt_error *err) {
  host *in = context;
  feed *denials;
  user *who;
  int done;
  pthread_mutex_lock(&in->lock);
  denials = feed_for(in, request->space, 1);
  who = user_made(in, request->space, request->user);
  done = denials != NULL && who != NULL;
  if (done) {
    *version = ++who->version;
    append(in, denials, PINJWT_FEED_USER, request->user, *version, 0, &request->denial);
  }
  pthread_mutex_unlock(&in->lock);
  return done ? PINJWT_STORE_DONE : out_of_memory(err);
}

/* ---- deny, consume and feed ------------------------------------------------------------ */

static pinjwt_stored deny(void *context, const pinjwt_deny_request *request, pinjwt_error *err) {
  host *in = context;
  feed *denials;
  pthread_mutex_lock(&in->lock);
  denials = feed_for(in, request->space, 1);
  if (denials != NULL) {
    append(in, denials, request->kind, request->key, request->value, request->until, &request->denial);
  }
  pthread_mutex_unlock(&in->lock);
  return denials != NULL ? PINJWT_STORE_DONE : out_of_memory(err);
}

static int is_used(const host *in, const pinjwt_consume_request *request) {
  size_t index;
  for (index = 0; index < in->used.count; index++) {
    const used_key *found = in->used.items[index];
    if (is(request->space, found->space, 16) && is(request->key, found->key, 32)) {
      return 1;
    }
  }
  return 0;
}

static pinjwt_stored consume(void *context, const pinjwt_consume_request *request, int *first,
                             pinjwt_error *err) {
  host *in = context;
  used_key *made;
  int done;
  pthread_mutex_lock(&in->lock);
  *first = !is_used(in, request);
  done = reserve(&in->used, 1);
  if (done && *first) {
    made = add(&in->used);
    memcpy(made->space, request->space.data, 16);
    memcpy(made->key, request->key.data, 32);
    made->until = request->until;
  }
  pthread_mutex_unlock(&in->lock);
  return done ? PINJWT_STORE_DONE : out_of_memory(err);
}

/* Whether the reader's position is one of this feed. */
static int knows(const host *in, const feed *from, const pinjwt_feed_position *position) {
  size_t index;
  if (!is(position->epoch, from->epoch, 16)) {
    return 0;
  }
  if (position->sequence == from->sequence) {
    return from->sequence == 0 || is(position->mark, from->mark, 8);
  }
  for (index = 0; index < in->denials.count; index++) {
    const denial *one = in->denials.items[index];
    if (memcmp(one->space, from->space, 16) == 0 && one->entry.sequence == position->sequence) {
      return is(position->mark, one->mark, 8);
    }
  }
  return 0;
}

static void hand_out_page(const host *in, const feed *from, const pinjwt_feed_request *request,
                          pinjwt_feed_answer *answer) {
  const int64_t after = knows(in, from, &request->position) ? request->position.sequence : 0;
  pinjwt_feed_position end = {{from->epoch, 16}, {NULL, 0}, from->sequence};
  int64_t left = request->limit;
  size_t index;
  if (from->sequence > 0) {
    end.mark.data = from->mark;
    end.mark.len = 8;
  }
  answer->more = 0;
  for (index = 0; index < in->denials.count && !answer->more; index++) {
    const denial *one = in->denials.items[index];
    if (memcmp(one->space, from->space, 16) != 0 || one->entry.sequence <= after) {
      continue;
    }
    if (left == 0) {
      answer->more = 1;
    } else {
      answer->entry(answer->sink, &one->entry);
      end.sequence = one->entry.sequence;
      end.mark.data = one->mark;
      left--;
    }
  }
  answer->position(answer->sink, &end);
}

static pinjwt_stored read_feed(void *context, const pinjwt_feed_request *request, pinjwt_feed_answer *answer,
                               pinjwt_error *err) {
  host *in = context;
  feed *from;
  pthread_mutex_lock(&in->lock);
  answer->now = clock_now();
  from = feed_for(in, request->space, 0);
  if (from != NULL && !from->has_epoch) {
    memcpy(from->epoch, request->epoch.data, 16);
    from->has_epoch = 1;
  }
  if (from != NULL) {
    hand_out_page(in, from, request, answer);
  }
  pthread_mutex_unlock(&in->lock);
  return from != NULL ? PINJWT_STORE_DONE : out_of_memory(err);
}

/* ---- list, purge and statistics -------------------------------------------------------- */

static pinjwt_stored list_sessions(void *context, const pinjwt_list_request *request,
                                   pinjwt_list_answer *answer, pinjwt_error *err) {
  host *in = context;
  session **live;
  size_t count, index;
  pthread_mutex_lock(&in->lock);
  live = live_of(in, request->space, request->user, clock_now(), &count);
  for (index = 0; live != NULL && index < count && (int64_t)index < request->limit; index++) {
    answer->session(answer->sink, &live[index]->row);
  }
  pthread_mutex_unlock(&in->lock);
  free(live);
  return live != NULL ? PINJWT_STORE_DONE : out_of_memory(err);
}

/* Whether what is due may go: it is counted, up to the limit. */
static int may_go(const pinjwt_purge_request *request, pinjwt_progress *answer, int is_due) {
  if (is_due && answer->count == request->limit) {
    answer->more = 1;
    return 0;
  }
  answer->count += is_due;
  return is_due;
}

static void purge_sessions(host *in, const pinjwt_purge_request *request, pinjwt_progress *answer,
                           int64_t now) {
  size_t index = 0;
  while (index < in->sessions.count) {
    session *one = session_at(in, index);
    const int64_t end = one->row.idle_end < one->row.end ? one->row.idle_end : one->row.end;
    const int is_here = is(request->space, one->space, 16);
    if (may_go(request, answer, is_here && later(end, request->retain) <= now)) {
      take_out(&in->sessions, index);
      continue;
    }
    if (may_go(request, answer,
               is_here && later(end, request->retain) > now && one->row.seal.len > 0 &&
                   later(one->row.rotated, request->grace) < now)) {
      drop_seal(&one->row);
    }
    index++;
  }
}

static void purge_denials(host *in, const pinjwt_purge_request *request, pinjwt_progress *answer,
                          int64_t now) {
  size_t index = 0;
  while (index < in->denials.count) {
    const denial *one = in->denials.items[index];
    if (may_go(request, answer, is(request->space, one->space, 16) && one->entry.until <= now)) {
      take_out(&in->denials, index);
    } else {
      index++;
    }
  }
}

static void purge_used(host *in, const pinjwt_purge_request *request, pinjwt_progress *answer, int64_t now) {
  size_t index = 0;
  while (index < in->used.count) {
    const used_key *one = in->used.items[index];
    if (may_go(request, answer, is(request->space, one->space, 16) && one->until <= now)) {
      take_out(&in->used, index);
    } else {
      index++;
    }
  }
}

static pinjwt_stored purge(void *context, const pinjwt_purge_request *request, pinjwt_progress *answer,
                           pinjwt_error *err) {
  host *in = context;
  int64_t now;
  (void)err;
  answer->count = 0;
  answer->more = 0;
  pthread_mutex_lock(&in->lock);
  now = clock_now();
  purge_sessions(in, request, answer, now);
  purge_denials(in, request, answer, now);
  purge_used(in, request, answer, now);
  pthread_mutex_unlock(&in->lock);
  return PINJWT_STORE_DONE;
}

static pinjwt_stored statistics(void *context, pinjwt_bytes space, pinjwt_statistics *answer,
                                pinjwt_error *err) {
  host *in = context;
  size_t index;
  int64_t now;
  (void)err;
  memset(answer, 0, sizeof *answer);
  pthread_mutex_lock(&in->lock);
  now = clock_now();
  for (index = 0; index < in->sessions.count; index++) {
    const session *one = session_at(in, index);
    if (!is(space, one->space, 16)) {
      continue;
    }
    if (one->row.revoked != 0) {
      answer->revoked++;
    } else if (has_ended(&one->row, now)) {
      answer->expired++;
    } else {
      answer->live++;
    }
  }
  for (index = 0; index < in->denials.count; index++) {
    answer->denials += is(space, ((denial *)in->denials.items[index])->space, 16);
  }
  for (index = 0; index < in->used.count; index++) {
    answer->consumed += is(space, ((used_key *)in->used.items[index])->space, 16);
  }
  pthread_mutex_unlock(&in->lock);
  return PINJWT_STORE_DONE;
}

/* ---- The store ------------------------------------------------------------------------- */

static void release(void *context) {
  host *in = context;
  empty(&in->sessions);
  empty(&in->users);
  empty(&in->denials);
  empty(&in->feeds);
  empty(&in->used);
  pthread_mutex_destroy(&in->lock);
  free(in);
}

int host_store(pinjwt_store *out) {
  host *made = calloc(1, sizeof *made);
  if (made == NULL || pthread_mutex_init(&made->lock, NULL) != 0) {
    free(made);
    return 0;
  }
  made->sessions.size = sizeof(session);
  made->users.size = sizeof(user);
  made->denials.size = sizeof(denial);
  made->feeds.size = sizeof(feed);
  made->used.size = sizeof(used_key);
  out->size = sizeof *out;
  out->context = made;
  out->release = release;
  out->create = create;
  out->rotate = rotate;
  out->revoke = revoke;
  out->sweep = sweep;
  out->bump = bump;
  out->deny = deny;
  out->consume = consume;
  out->feed = read_feed;
  out->list = list_sessions;
  out->purge = purge;
  out->statistics = statistics;
  return 1;
}
