/* Rotations per second of a store of sessions beside the raw atomic statement, in one run.
 *
 *   stores fill URL SESSIONS
 *   stores measure URL SESSIONS SHA THREADS...
 *
 * Raw is what any program would have to do: SQLite, a prepared BEGIN IMMEDIATE, SELECT, UPDATE, COMMIT, with
 * as many rotations in one transaction as there are threads; PostgreSQL, BEGIN and SELECT FOR UPDATE in one
 * flight, UPDATE and COMMIT in another, by libpq, on a connection for each thread; Redis, the same EVALSHA
 * (of the script with that SHA) by hiredis, on a connection for each thread. Its connections are opened once,
 * as a store's are. On SQLite it has a copy of the file: in one file each would write back the other's log
 * and lose its cache to the other.
 *
 * Short rounds of the two alternate, each first in turn, so that a machine that changes its speed changes
 * both. Printed are the rates over all rounds and their ratio; the median and the quartiles of the ratios of
 * the rounds; and the processor time of a rotation in this process, which others' load hardly changes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <hiredis/hiredis.h>
#include <libpq-fe.h>
#include <pinjwt_sessions.h>
#include <pthread.h>
#include <sqlite3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { rounds = 30, most_threads = 64 };
static const double seconds = 0.4;

typedef struct session {
  uint8_t selector[16], hash[32];
  uint32_t generation;
} session;

static pinjwt_store store;
static session *sessions;
/* Raw SQLite's, in the copy. */
static session *copied;
static uint32_t seeds[most_threads];
static int count, threads;
static const char *url, *sha;
static volatile int stopped;
static const uint8_t space[16] = "benchmark space", mark[8] = "a mark.";
static const char *const jti = "0123456789abcdef012345";

static void stop(const char *why) {
  fprintf(stderr, "%s\n", why);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static pinjwt_bytes bytes(const void *data, size_t len) {
  pinjwt_bytes out = {data, len};
  return out;
}

static void ignore(void *sink, const pinjwt_session_row *row) {
  (void)sink;
  (void)row;
}

/* ---- The store --------------------------------------------------------------------------- */

static void open_store(void) {
  pinjwt_error err;
  char file[64];
  const char *name = strncmp(url, "sqlite", 6) == 0  ? "sqlite"
                     : strncmp(url, "redis", 5) == 0 ? "redis"
                                                     : "postgres";
  pinjwt_status (*opener)(const char *, size_t, pinjwt_store *, pinjwt_error *);
  void *library, *symbol;
  snprintf(file, sizeof file, "libpinjwt_%s.so.0", name);
  library = dlopen(file, RTLD_NOW);
  if (library == NULL)
    stop(dlerror());
  snprintf(file, sizeof file, "pinjwt_%s_store", name);
  symbol = dlsym(library, file);
  memcpy(&opener, &symbol, sizeof opener);
  if (opener(url, PINJWT_STR, &store, &err) != PINJWT_OK)
    stop(err.message);
}

/* What a session has before it is rotated. */
static void begin(int number) {
  session *at = &sessions[number];
  uint64_t mixed = ((uint64_t)number + 1) * 0x9e3779b97f4a7c15u;
  memcpy(at->selector, &mixed, 8);
  mixed = (mixed ^ mixed >> 31) * 0xbf58476d1ce4e5b9u;
  memcpy(at->selector + 8, &mixed, 8);
  memcpy(at->hash, &mixed, 8);
}

static void create(int number) {
  session *at = &sessions[number];
  char sid[32], user[32];
  pinjwt_session_row row;
  pinjwt_error err = {PINJWT_OK, "", ""};
  memset(&row, 0, sizeof row);
  snprintf(sid, sizeof sid, "%022d", number);
  snprintf(user, sizeof user, "user-%020d", number / 3);
  row.selector = bytes(at->selector, 16);
  row.sid = bytes(sid, 22);
  row.user = bytes(user, strlen(user));
  row.client = bytes("web", 3);
  row.device = bytes("Firefox on Linux", 16);
  row.address = bytes("192.168.100.100", 15);
  row.agent = bytes("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", 70);
  row.current = bytes(at->hash, 32);
  row.jti = bytes(jti, 22);
  pinjwt_create_request request = {
      bytes(space, 16), bytes(at->selector, 4), &row, 1209600000, 7776000000, 0, {7500000, bytes(mark, 8)}};
  pinjwt_create_answer answer = {NULL, ignore, ignore};
  if (store.create(store.context, &request, &answer, &err) != PINJWT_STORE_DONE)
    stop(err.message);
}

static void *fill(void *first) {
  for (int number = (int)(intptr_t)first; number < count; number += most_threads)
    create(number);
  return NULL;
}

/* The next session of a thread, which has its own, and the hash of its successor. */
static session *next_session(session *of, int thread, uint8_t next[32]) {
  uint32_t *seed = &seeds[thread];
  *seed = *seed * 1103515245u + 12345u;
  session *at = &of[(int)((*seed >> 8) % (uint32_t)(count / threads)) * threads + thread];
  memset(next, 0, 32);
  memcpy(next, at->selector, 8);
  uint32_t generation = at->generation + 1;
  memcpy(next + 8, &generation, 4);
  return at;
}

static void moved(session *at, const uint8_t next[32]) {
  memcpy(at->hash, next, 32);
  at->generation++;
}

static long by_store(int thread) {
  long done = 0;
  while (!stopped) {
    uint8_t next[32];
    session *at = next_session(sessions, thread, next);
    pinjwt_error err = {PINJWT_OK, "", ""};
    pinjwt_rotate_request request = {
        bytes(space, 16), bytes(at->selector, 16),  at->generation,  bytes(at->hash, 32), bytes("web", 3),
        bytes(next, 32),  bytes(next, 32),          bytes(next, 16), bytes(jti, 22),      10000,
        1209600000,       {7500000, bytes(mark, 8)}};
    pinjwt_rotate_answer answer;
    memset(&answer, 0, sizeof answer);
    answer.session = ignore;
    if (store.rotate(store.context, &request, &answer, &err) != PINJWT_STORE_DONE)
      stop(err.message);
    if (answer.verdict != PINJWT_ROTATION_ROTATED)
      stop("a rotation was judged otherwise");
    moved(at, next);
    done++;
  }
  return done;
}

/* ---- Raw SQLite -------------------------------------------------------------------------- */

static sqlite3_stmt *prepared(sqlite3 *database, const char *sql) {
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) {
    stop(sqlite3_errmsg(database));
  }
  return statement;
}

static void finish(sqlite3_stmt *statement) {
  if (sqlite3_step(statement) != SQLITE_DONE)
    stop("SQLite refused a statement");
  sqlite3_reset(statement);
}

/* A copy of the store's file, page by page, opened as the store opens it. */
static sqlite3 *open_copy(void) {
  char file[512];
  sqlite3 *from = NULL, *to = NULL;
  snprintf(file, sizeof file, "%s.raw", strchr(url, ':') + 1);
  if (sqlite3_open_v2(strchr(url, ':') + 1, &from, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
      sqlite3_open(file, &to) != SQLITE_OK)
    stop("open");
  sqlite3_backup *copying = sqlite3_backup_init(to, "main", from, "main");
  if (copying == NULL || sqlite3_backup_step(copying, -1) != SQLITE_DONE ||
      sqlite3_backup_finish(copying) != SQLITE_OK)
    stop("the file could not be copied");
  sqlite3_close(from);
  if (sqlite3_exec(to,
                   "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16000;"
                   "PRAGMA wal_autocheckpoint = 4000",
                   NULL, NULL, NULL) != SQLITE_OK)
    stop(sqlite3_errmsg(to));
  return to;
}

static sqlite3 *copy;
static sqlite3_stmt *begin_writing, *commit, *find, *write_row;

static void open_sqlite(int thread) {
  if (thread > 0)
    return; /* one connection writes for all */
  copied = malloc((size_t)count * sizeof *copied);
  if (copied == NULL)
    stop("memory");
  memcpy(copied, sessions, (size_t)count * sizeof *copied);
  copy = open_copy();
  begin_writing = prepared(copy, "BEGIN IMMEDIATE");
  commit = prepared(copy, "COMMIT");
  find = prepared(
      copy,
      "SELECT s.*, coalesce((SELECT version FROM user u WHERE u.space = s.space AND u.user = s.user), 0) "
      "FROM session s WHERE space = (SELECT id FROM space WHERE name = ?1) AND selector = ?2");
  write_row = prepared(
      copy, "UPDATE session SET generation = ?2, current = ?3, has_previous = 1, previous = ?4, seal = ?5, "
            "nonce = ?6, jti = ?7, rotated = ?8, idle_end = ?9 WHERE id = ?1");
}

static void close_sqlite(int thread) {
  if (thread > 0)
    return;
  sqlite3_finalize(begin_writing);
  sqlite3_finalize(commit);
  sqlite3_finalize(find);
  sqlite3_finalize(write_row);
  sqlite3_close(copy);
  free(copied);
}

static long by_sqlite(int thread) {
  long done = 0;
  while (!stopped && thread == 0) {
    finish(begin_writing);
    for (int number = 0; number < threads; number++) {
      uint8_t next[32];
      struct timespec time;
      session *at = next_session(copied, number, next);
      sqlite3_bind_blob(find, 1, space, 16, SQLITE_STATIC);
      sqlite3_bind_blob(find, 2, at->selector, 16, SQLITE_STATIC);
      if (sqlite3_step(find) != SQLITE_ROW)
        stop("a row is gone");
      int64_t id = sqlite3_column_int64(find, 0);
      long read = 0;
      for (int column = 0; column < sqlite3_column_count(find); column++)
        read += sqlite3_column_bytes(find, column);
      if (read < 200)
        stop("a row is short");
      sqlite3_reset(find);
      clock_gettime(CLOCK_REALTIME, &time);
      int64_t at_time = (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
      sqlite3_bind_int64(write_row, 1, id);
      sqlite3_bind_int64(write_row, 2, at->generation + 1);
      sqlite3_bind_blob(write_row, 3, next, 32, SQLITE_STATIC);
      sqlite3_bind_blob(write_row, 4, at->hash, 32, SQLITE_STATIC);
      sqlite3_bind_blob(write_row, 5, next, 32, SQLITE_STATIC);
      sqlite3_bind_blob(write_row, 6, next, 16, SQLITE_STATIC);
      sqlite3_bind_text(write_row, 7, jti, 22, SQLITE_STATIC);
      sqlite3_bind_int64(write_row, 8, at_time);
      sqlite3_bind_int64(write_row, 9, at_time + 1209600000);
      finish(write_row);
      moved(at, next);
      done++;
    }
    finish(commit);
  }
  return done;
}

/* ---- Raw PostgreSQL ---------------------------------------------------------------------- */

static void flight(PGconn *connection, int results) {
  if (PQpipelineSync(connection) != 1)
    stop(PQerrorMessage(connection));
  while (results >= 0) {
    PGresult *result = PQgetResult(connection);
    if (result == NULL)
      continue;
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_PIPELINE_SYNC) {
      stop(PQresultErrorMessage(result));
    }
    PQclear(result);
    results--;
  }
}

static void big_endian(uint8_t out[8], int64_t number) {
  for (int index = 0; index < 8; index++)
    out[index] = (uint8_t)((uint64_t)number >> (56 - 8 * index));
}

static PGconn *databases[most_threads];

static void open_postgres(int thread) {
  static const Oid two[] = {17, 17}, ten[] = {17, 17, 17, 17, 17, 17, 17, 20, 20, 20};
  PGconn *connection = databases[thread] = PQconnectdb(url);
  if (PQstatus(connection) != CONNECTION_OK)
    stop(PQerrorMessage(connection));
  PQenterPipelineMode(connection);
  PQsendPrepare(connection, "b", "BEGIN", 0, NULL);
  PQsendPrepare(connection, "c", "COMMIT", 0, NULL);
  PQsendPrepare(connection, "f",
                "SELECT * FROM pinjwt_sessions WHERE space = $1 AND selector = $2 FOR UPDATE", 2, two);
  PQsendPrepare(connection, "u",
                "UPDATE pinjwt_sessions SET current = $3, previous = $4, seal = $5, nonce = $6, jti = $7, "
                "generation = $8, rotated = $9, idle_end = $10, seal_due = coalesce(seal_due, $9) "
                "WHERE space = $1 AND selector = $2",
                10, ten);
  flight(connection, 4);
}

static void close_postgres(int thread) {
  PQfinish(databases[thread]);
}

static long by_postgres(int thread) {
  long done = 0;
  PGconn *connection = databases[thread];
  while (!stopped) {
    uint8_t next[32], numbers[3][8];
    struct timespec time;
    session *at = next_session(sessions, thread, next);
    clock_gettime(CLOCK_REALTIME, &time);
    int64_t at_time = (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
    big_endian(numbers[0], at->generation + 1);
    big_endian(numbers[1], at_time);
    big_endian(numbers[2], at_time + 1209600000);
    const char *values[] = {(const char *)space,
                            (const char *)at->selector,
                            (const char *)next,
                            (const char *)at->hash,
                            (const char *)next,
                            (const char *)next,
                            jti,
                            (const char *)numbers[0],
                            (const char *)numbers[1],
                            (const char *)numbers[2]};
    static const int lengths[] = {16, 16, 32, 32, 32, 16, 22, 8, 8, 8},
                     formats[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    PQsendQueryPrepared(connection, "b", 0, NULL, NULL, NULL, 1);
    PQsendQueryPrepared(connection, "f", 2, values, lengths, formats, 1);
    flight(connection, 2);
    PQsendQueryPrepared(connection, "u", 10, values, lengths, formats, 1);
    PQsendQueryPrepared(connection, "c", 0, NULL, NULL, NULL, 1);
    flight(connection, 2);
    moved(at, next);
    done++;
  }
  return done;
}

/* ---- Raw Redis --------------------------------------------------------------------------- */

static void hex(char *out, const uint8_t *data, int length) {
  for (int index = 0; index < length; index++)
    sprintf(out + 2 * index, "%02x", data[index]);
}

static redisContext *caches[most_threads];

static void open_redis(int thread) {
  char host[64];
  int port = 6379;
  sscanf(url, "redis://%63[^:]:%d", host, &port);
  caches[thread] = redisConnect(host, port);
  if (caches[thread] == NULL || caches[thread]->err)
    stop("connect");
}

static void close_redis(int thread) {
  redisFree(caches[thread]);
}

static long by_redis(int thread) {
  long done = 0;
  redisContext *connection = caches[thread];
  while (!stopped) {
    uint8_t next[32];
    session *at = next_session(sessions, thread, next);
    char place[40], tag[16], rest[32], row[128], versions[128], generation[16];
    hex(place, space, 16);
    hex(tag, at->selector, 4);
    hex(rest, at->selector + 4, 12);
    snprintf(row, sizeof row, "pinjwt:%s:{%s}:s:%s", place, tag, rest);
    snprintf(versions, sizeof versions, "pinjwt:%s:{%s}:v", place, tag);
    snprintf(generation, sizeof generation, "%u", at->generation);
    const char *words[] = {"EVALSHA",
                           sha,
                           "2",
                           row,
                           versions,
                           generation,
                           (const char *)at->hash,
                           "web",
                           (const char *)next,
                           (const char *)next,
                           (const char *)next,
                           jti,
                           "10000",
                           "1209600000"};
    const size_t lengths[] = {
        7, strlen(sha), 1, strlen(row), strlen(versions), strlen(generation), 32, 3, 32, 32, 16, 22, 5, 10};
    redisReply *reply = redisCommandArgv(connection, 14, words, lengths);
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY || reply->elements < 1 ||
        reply->element[0]->integer != 1) {
      stop(reply != NULL && reply->str != NULL ? reply->str : "the script answered otherwise");
    }
    freeReplyObject(reply);
    moved(at, next);
    done++;
  }
  return done;
}

/* ---- Rounds ------------------------------------------------------------------------------ */

typedef struct way {
  const char *scheme;
  void (*open)(int thread);
  long (*run)(int thread);
  void (*close)(int thread);
} way;

static const way ways[] = {{"sqlite", open_sqlite, by_sqlite, close_sqlite},
                           {"postgresql", open_postgres, by_postgres, close_postgres},
                           {"redis", open_redis, by_redis, close_redis}};

static const way *way_of_url(void) {
  for (size_t index = 0; index < sizeof ways / sizeof *ways; index++)
    if (strncmp(url, ways[index].scheme, strlen(ways[index].scheme)) == 0)
      return &ways[index];
  stop("no such store");
  return NULL;
}

/* What all rounds of one side have done. */
typedef struct side {
  long (*run)(int thread);
  long done;
  double seconds, processor;
} side;

typedef struct worker {
  int thread;
  long (*run)(int thread);
  long done;
} worker;

static void *work(void *argument) {
  worker *self = argument;
  self->done = self->run(self->thread);
  return NULL;
}

/* Processor seconds of this process. */
static double processor(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* Rotations per second of one round. */
static double round_of(side *of) {
  pthread_t running[most_threads];
  worker workers[most_threads];
  long done = 0;
  stopped = 0;
  double begun = now(), used = processor();
  for (int thread = 0; thread < threads; thread++) {
    workers[thread] = (worker){thread, of->run, 0};
    pthread_create(&running[thread], NULL, work, &workers[thread]);
  }
  usleep((useconds_t)(seconds * 1e6));
  stopped = 1;
  for (int thread = 0; thread < threads; thread++) {
    pthread_join(running[thread], NULL);
    done += workers[thread].done;
  }
  double taken = now() - begun;
  of->done += done;
  of->seconds += taken;
  of->processor += processor() - used;
  return (double)done / taken;
}

static int by_size(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static void measure(const way *beside) {
  double ratios[rounds];
  side ours = {by_store, 0, 0, 0}, raw = {beside->run, 0, 0, 0};
  for (int thread = 0; thread < threads; thread++) {
    seeds[thread] = (uint32_t)thread * 7919 + (uint32_t)time(NULL);
    beside->open(thread);
  }
  round_of(&ours); /* unmeasured: it opens the store's connections */
  round_of(&raw);
  ours = (side){by_store, 0, 0, 0};
  raw = (side){beside->run, 0, 0, 0};
  for (int round = 0; round < rounds; round++) {
    double first = round_of(round % 2 == 0 ? &ours : &raw), second = round_of(round % 2 == 0 ? &raw : &ours);
    ratios[round] = round % 2 == 0 ? first / second : second / first;
  }
  for (int thread = 0; thread < threads; thread++)
    beside->close(thread);
  qsort(ratios, rounds, sizeof *ratios, by_size);
  double per_second = (double)ours.done / ours.seconds, raw_per_second = (double)raw.done / raw.seconds;
  printf("%-10s %8d %7d %9.0f %9.0f %6.2f %7.2f (%.2f to %.2f) %8.1f %8.1f\n", beside->scheme, count, threads,
         per_second, raw_per_second, per_second / raw_per_second, ratios[rounds / 2], ratios[rounds / 4],
         ratios[rounds * 3 / 4], ours.processor / (double)ours.done * 1e6,
         raw.processor / (double)raw.done * 1e6);
  fflush(stdout);
}

static void fill_store(void) {
  pthread_t filling[most_threads];
  for (int thread = 0; thread < most_threads; thread++)
    pthread_create(&filling[thread], NULL, fill, (void *)(intptr_t)thread);
  for (int thread = 0; thread < most_threads; thread++)
    pthread_join(filling[thread], NULL);
}

int main(int argc, char **argv) {
  int filling = argc == 4 && strcmp(argv[1], "fill") == 0;
  if (!filling && (argc < 6 || strcmp(argv[1], "measure") != 0))
    stop("usage: stores fill URL SESSIONS | stores measure URL SESSIONS SHA THREADS...");
  url = argv[2];
  count = atoi(argv[3]);
  if (count < most_threads)
    stop("SESSIONS out of range");
  sessions = calloc((size_t)count, sizeof *sessions);
  if (sessions == NULL)
    stop("memory");
  for (int number = 0; number < count; number++)
    begin(number);
  open_store();
  if (filling)
    fill_store();
  for (int index = 5; index < argc; index++) {
    sha = argv[4];
    threads = atoi(argv[index]);
    if (threads < 1 || threads > most_threads)
      stop("THREADS out of range");
    measure(way_of_url());
  }
  if (store.release != NULL)
    store.release(store.context);
  free(sessions);
  return 0;
}
