/*
 * pinjwt: sessions on Redis or Valkey, version 5 or later, single or as a cluster: libpinjwt_redis.
 * The general rules of pinjwt.h hold here too.
 *
 * What to set up. `maxmemory-policy noeviction`, without which the store is refused: a server that
 * drops keys when memory runs short forgets revocations. `appendonly yes`, and `appendfsync always`
 * for whoever must not lose the last second of rotations and revocations with the machine. The
 * clocks of a cluster's servers should agree within a second. A Redis user needs
 *
 *   ~pinjwt* +@read +@write +@scripting +@connection +info +time +cluster|slots
 *
 * The keys all begin by "pinjwt:". Rows of sessions expire by themselves a week after their idle
 * time, used keys an hour after their time; denials are removed by pinjwt_sessions_purge.
 *
 * Time. Each operation, connecting and waiting for a connection included, ends within the URL's
 * deadline; only looking up a host's name takes as long as the system's resolver lets it, and
 * statistics go through all rows with the deadline for each step. A change whose outcome is unknown
 * is never sent again: it is PINJWT_E_STORE.
 */
#ifndef PINJWT_REDIS_H
#define PINJWT_REDIS_H

#include "pinjwt_sessions.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Opens a store on Redis: connects, and looks whether every server is fit for it.
 *
 *   url  redis://[user[:password]@]host[:port][/database][?options], or rediss:// for TLS 1.2 or
 *        later, at most 8192 bytes. What is special in a URL has to be percent-encoded, in a
 *        password too. The port is 6379 unless it is given. For a cluster, several hosts to begin
 *        with may be given: redis://a:7000,b:7000?cluster=1. Options are joined by "&", each at
 *        most once:
 *
 *        cluster=1           The servers are a Redis Cluster: MOVED and ASK are followed.
 *        ca_file=PATH        The certificates to trust, in PEM, instead of the system's.
 *        password_file=PATH  A file with the password, which only its owner may read; a line feed
 *                            at its end is no part of the password.
 *        pool=8              Connections per server, 1 to 64. Who finds all in use waits.
 *        deadline_ms=2000    For a whole operation, 50 to 60000.
 *
 *        With TLS a server's certificate must be made out to the very host or IP address that is
 *        connected to, in a cluster to the one that its servers name. Without TLS everything, the
 *        password too, goes in the clear.
 *   out  The store, to be given to pinjwt_sessions_new once; else call its `release` with its
 *        `context`.
 *
 * PINJWT_E_ARGUMENT     A pointer or length breaks the rules, or the URL is not of this form.
 * PINJWT_E_IO           The password's file cannot be read, or is open to others than its owner.
 * PINJWT_E_MEMORY       No guarded memory.
 * PINJWT_E_CRYPTO       libssl cannot make TLS connections.
 * PINJWT_E_STORE        A server cannot be reached, is not trusted, or refuses user or password.
 * PINJWT_E_STORE_STATE  A server may evict keys or is too old, or the store was made by a newer
 *                       version of this library.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_redis_store(const char *url, size_t url_len, pinjwt_store *out,
                                                         pinjwt_error *err);

#ifdef __cplusplus
}
#endif
#endif
