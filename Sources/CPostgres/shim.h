#include <libpq-fe.h>
#include <stdint.h>
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

/* Begins to connect. What stands before the URL is for where it does not say otherwise: a server that is gone
 * without a word is noticed in about a minute; and Kerberos is not asked for encryption, which is libpq's
 * way: it would wait beyond all deadlines, and for ever in a process that was forked while another thread
 * asked. */
static inline PGconn *postgres_start(const char *url) {
  const char *names[] = {"fallback_application_name",
                         "gssencmode",
                         "keepalives_idle",
                         "keepalives_interval",
                         "keepalives_count",
                         "dbname",
                         NULL};
  const char *values[] = {"pinjwt", "disable", "30", "10", "3", url, NULL};
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
