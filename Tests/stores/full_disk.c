/*
 * A library to preload: while the file that FULL_DISK names has a byte that is not 0, nothing more goes into
 * files whose path has FULL_DISK_OF in it. A small file system would have to be mounted, which not everyone
 * who runs tests may do.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static const int64_t *full;
static char of[64];

__attribute__((constructor)) static void open_state(void) {
  const char *path = getenv("FULL_DISK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  void *page = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *full, PROT_READ, MAP_SHARED, file, 0);
  const char *text = getenv("FULL_DISK_OF");
  if (page == MAP_FAILED || !text)
    abort();
  /* A copy: servers write their titles over the environment. */
  snprintf(of, sizeof of, "%s", text);
  __atomic_store_n(&full, (const int64_t *)page, __ATOMIC_RELEASE);
  close(file);
}

static int is_full(int file) {
  char link[32], path[4096];
  const int64_t *state = __atomic_load_n(&full, __ATOMIC_ACQUIRE);
  if (!state || !__atomic_load_n(state, __ATOMIC_RELAXED))
    return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0)
    return 0;
  path[length] = 0;
  if (!strstr(path, of))
    return 0;
  errno = ENOSPC;
  return 1;
}

ssize_t write(int file, const void *bytes, size_t count) {
  return is_full(file) ? -1 : syscall(SYS_write, file, bytes, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  return is_full(file) ? -1 : syscall(SYS_pwrite64, file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off_t offset) {
  return pwrite(file, bytes, count, offset);
}

int posix_fallocate(int file, off_t offset, off_t length) {
  return is_full(file) ? ENOSPC : (int)syscall(SYS_fallocate, file, 0, offset, length) ? errno : 0;
}
