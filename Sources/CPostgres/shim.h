#include <libpq-fe.h>
#include <stdlib.h>

/* The result of a URL's check: 1 if libpq can read it, else 0. Its message is not looked at: it may hold a
 * password. */
static inline int postgres_can_read(const char *url) {
  char *message = NULL;
  PQconninfoOption *options = PQconninfoParse(url, &message);
  if (message != NULL) {
    PQfreemem(message);
  }
  if (options == NULL) {
    return 0;
  }
  PQconninfoFree(options);
  return 1;
}

/* Begins to connect; the names that follow the URL are what it does not say itself. */
static inline PGconn *postgres_start(const char *url) {
  const char *names[] = {"dbname", "fallback_application_name", NULL};
  const char *values[] = {url, "pinjwt", NULL};
  return PQconnectStartParams(names, values, 1);
}

/* Notices of the server go nowhere: by default they would go to the host's stderr. */
static inline void postgres_ignore(void *context, const PGresult *notice) {
  (void)context;
  (void)notice;
}
static inline void postgres_be_silent(PGconn *connection) {
  (void)PQsetNoticeReceiver(connection, postgres_ignore, NULL);
}

/* The SQLSTATE of a failed result, or "". */
static inline const char *postgres_state(const PGresult *result) {
  const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state == NULL ? "" : state;
}
