/* What Embedded Swift, which has no Glibc module, needs of the system. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* errno and some functions are macros or variadic, which Swift does not see. */
static inline int posix_errno(void) {
  return errno;
}

static inline int posix_open(const char *path, int flags, mode_t mode) {
  return open(path, flags, mode);
}

static inline int64_t posix_modified(const struct stat *status) {
  return (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec;
}

static inline int posix_is_regular(const struct stat *status) {
  return S_ISREG(status->st_mode);
}
