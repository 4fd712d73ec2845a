/*
 * pinjwt: sessions in PostgreSQL, in libpinjwt_postgres, for the servers of several machines. Needs libpq of
 * PostgreSQL 14 or newer, and a server of 12 or newer.
 *
 * What has been answered is committed: it is as durable as the server's synchronous_commit, which this
 * library turns on for its connections where it is less. Where the answer to a commit does not come, the
 * outcome is unknown: PINJWT_E_STORE, nothing is sent twice, and the caller may try again (a one-shot token
 * may have been used up). What cannot have been committed is tried again on another connection, within the
 * deadline. The URL names the primary: a standby, which may not know of revocations, is refused.
 *
 * The role needs CREATE on the first schema of its search path where the store is opened the first time, and
 * then SELECT, INSERT, UPDATE and DELETE on the tables pinjwt_meta, pinjwt_sessions, pinjwt_users,
 * pinjwt_feeds, pinjwt_denials and pinjwt_consumed. A newer version of the tables is refused and left as it
 * is. Row security must not be set on them for the role. Nobody who is not trusted with the sessions may have
 * CREATE on a schema of that search path: tables that somebody made there first would be used, and code in
 * them would run as the role. Logins take advisory locks of the database, for the time of a transaction.
 * Connections are made as they are needed and kept; a proxy between has to keep a session on one connection.
 *
 * Fork. A child makes connections of its own; it closes those of its parent without telling the server. A
 * fork waits, a second at most, until no thread is in the middle of a step by which this library connects:
 * libpq and OpenSSL would leave locks behind that a child waits for. For that, the first store registers
 * handlers with pthread_atfork; it is all that it installs. What other threads of the program do with OpenSSL
 * while it forks is theirs to hold.
 */
#ifndef PINJWT_POSTGRES_H
#define PINJWT_POSTGRES_H

#include "pinjwt_sessions.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Fills `out` with a store in PostgreSQL.
 *
 *   url  A URL as libpq reads it, postgresql://user:password@host/database?sslmode=verify-full, up to 8192
 *        bytes, with two options more, each once at most: "pinjwt_pool=8", how many connections at most, 1
 *        to 64; "pinjwt_deadline_ms=2000", how long an operation may take in all, 50 to 60000. Looking up a
 *        host's name may take longer, and where the URL names several hosts, one that does not answer at
 *        all takes it up. It may hold a password: no message shows it. Kerberos is
 *        asked for encryption only where the URL says so, by gssencmode=.
 *
 *   out  To be given to pinjwt_sessions_new once; else call its `release` with its `context`.
 *
 * PINJWT_E_ARGUMENT     A pointer or the URL breaks the rules.
 * PINJWT_E_MEMORY       No memory.
 * PINJWT_E_STORE        The server cannot be reached, did not let us in, or did not answer in time.
 * PINJWT_E_STORE_STATE  The tables have another version, or the role may not make or use them.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_postgres_store(const char *url, size_t url_len,
                                                            pinjwt_store *out, pinjwt_error *err);

#ifdef __cplusplus
}
#endif
#endif
