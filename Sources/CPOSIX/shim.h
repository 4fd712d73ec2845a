/* What Embedded Swift, which has no Glibc module, needs of the system. */
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* errno and some functions are macros or variadic, which Swift does not see. */
static inline int posix_errno(void) {
  return errno;
}

static inline int posix_open(const char *path, int flags, mode_t mode) {
  return open(path, flags, mode);
}

/* What a file is, from statx: stat itself would tie the library to glibc 2.33. The C library declares statx
 * only with extensions that change other types, which then differ from those of the other modules. */
int statx(int descriptor, const char *path, int flags, unsigned int mask, struct statx *found);
struct posix_status {
  uint32_t mode, owner;
  uint64_t device, inode, size;
  int64_t modified; /* in nanoseconds */
};

/* The file behind a descriptor where `path` is "", else the one at the path; 0, or -1. */
static inline int posix_look(int descriptor, const char *path, struct posix_status *status) {
  struct statx found;
  if (statx(descriptor, path, *path == '\0' ? 0x1000 /* AT_EMPTY_PATH */ : 0, STATX_BASIC_STATS, &found) !=
      0) {
    return -1;
  }
  status->mode = found.stx_mode;
  status->owner = found.stx_uid;
  status->device = (uint64_t)found.stx_dev_major << 32 | found.stx_dev_minor;
  status->inode = found.stx_ino;
  status->size = found.stx_size;
  status->modified = found.stx_mtime.tv_sec * 1000000000 + found.stx_mtime.tv_nsec;
  return 0;
}

/* Makes an empty file of mode 0600 where there is nothing, without opening it; 0, or -1. The C library's
 * mknod would tie the library to glibc 2.33. */
static inline int posix_make_file(const char *path) {
  return (int)syscall(SYS_mknodat, AT_FDCWD, path, S_IFREG | 0600, 0);
}

/* A word that belongs to the process and is read and set by several threads. */
static inline uintptr_t posix_word_load(const uintptr_t *word) {
  return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* Sets a word that is 0; what it then is. */
static inline uintptr_t posix_word_claim(uintptr_t *word, uintptr_t value) {
  uintptr_t expected = 0;
  return __atomic_compare_exchange_n(word, &expected, value, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)
             ? value
             : expected;
}
