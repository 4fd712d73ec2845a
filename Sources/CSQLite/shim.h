/* What Swift does not see of SQLite: macros with casts and functions with variable arguments. */
#include <sqlite3.h>
#include <stdint.h>

/* Sets a switch of a connection; the result code. */
static inline int sqlite_switch(sqlite3 *db, int option, int value) {
  return sqlite3_db_config(db, option, value, (int *)0);
}

/* Binds bytes, of which SQLite takes a copy; not NULL where there are none. */
static inline int sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int count) {
  return sqlite3_bind_blob(statement, index, count > 0 ? bytes : "", count, SQLITE_TRANSIENT);
}

static inline int sqlite_bind_text(sqlite3_stmt *statement, int index, const void *text, int count) {
  return sqlite3_bind_text(statement, index, count > 0 ? (const char *)text : "", count, SQLITE_TRANSIENT);
}

/* The first `count` bytes of the file behind a connection, read without a lock and without another
 * descriptor, whose closing would drop the locks of this process; the result code. What the file does not
 * have is zero. */
static inline int sqlite_read_start(sqlite3 *db, unsigned char *bytes, int count) {
  sqlite3_file *file = 0;
  int code = sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (code != SQLITE_OK || !file || !file->pMethods) {
    return code != SQLITE_OK ? code : SQLITE_CANTOPEN;
  }
  code = file->pMethods->xRead(file, bytes, count, 0);
  return code == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : code;
}

/* Whether the path of the file no longer leads to the file that is open: 1, 0, or -1 where that cannot be
 * told. */
static inline int sqlite_has_moved(sqlite3 *db) {
  int moved = 0;
  return sqlite3_file_control(db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK ? moved : -1;
}

/* SQLITE_IOERR_NOMEM, which is made by an expression. */
static inline int sqlite_is_out_of_memory(int code) {
  return (code & 0xff) == SQLITE_NOMEM || code == SQLITE_IOERR_NOMEM;
}
