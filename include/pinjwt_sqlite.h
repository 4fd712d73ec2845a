/*
 * pinjwt: sessions in an SQLite database, in libpinjwt_sqlite. For all processes of one machine; those of
 * several need pinjwt_postgres.h or pinjwt_redis.h.
 *
 * What has been answered is on the disk: it outlives a kill and a power failure (WAL, synchronous FULL).
 * Threads that write at the same time share one transaction and one wait for the disk, and wait for each
 * other only; readers wait for nobody. No thread is started.
 *
 * The file. It is made with mode 0600 where there is none; beside it are FILE-wal and FILE-shm, which belong
 * to it: copy it by "VACUUM INTO" or the backup function of SQLite, not by cp while it is in use, and replace
 * it only when all processes have ended, and remove those two then. A database of another application, of a
 * newer schema, or that is open to everybody is refused and left as it is. Put it on a local disk: locks and
 * shared memory of network file systems will not do.
 *
 * Fork. A fork waits until no thread of the process is inside SQLite on behalf of this library, a millisecond
 * or so, and closes its connections; parent and child open their own again when they need them. For that, the
 * first store registers handlers with pthread_atfork; it is all that it installs. A program that itself uses
 * SQLite in other threads while it forks has to hold them meanwhile, or the child may find SQLite's own locks
 * held.
 */
#ifndef PINJWT_SQLITE_H
#define PINJWT_SQLITE_H

#include "pinjwt_sessions.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Fills `out` with a store in an SQLite database.
 *
 * `location` is the path of the file, or a URL: "sqlite:///absolute/path" or "sqlite:relative/path",
 * percent-encoded. The URL may have "?busy_ms=2000" behind it: how many milliseconds to wait for other
 * processes, 10 to 60000.
 *
 * `out` is to be given to pinjwt_sessions_new once; else call its `release` with its `context`.
 *
 * PINJWT_E_ARGUMENT     A pointer or the location breaks the rules, or it is ":memory:".
 * PINJWT_E_MEMORY       No memory.
 * PINJWT_E_UNSUPPORTED  The SQLite library is older than 3.37.
 * PINJWT_E_STORE        Others kept it locked, the disk is full or failed, or too many files are open.
 * PINJWT_E_STORE_STATE  It cannot be used: what is wrong stands in the message.
 *
 * PINJWT_E_STORE_STATE is for a folder that is not there, a file that is no regular one, is open to
 * everybody, may not be written, is damaged, is another application's or has a newer schema, and for a file
 * system that cannot keep a WAL.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sqlite_store(const char *location, size_t location_len,
                                                          pinjwt_store *out, pinjwt_error *err);

#ifdef __cplusplus
}
#endif
#endif
