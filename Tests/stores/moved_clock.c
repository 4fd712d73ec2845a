/*
 * A library to preload: the time of day is moved by what stands in the file that MOVED_CLOCK names, eight
 * bytes of nanoseconds, which may change at any time. Clocks that only go forward stay as they are, so that
 * waits do too. libfaketime does not do: it looks up the C library's functions, which allocates, which asks
 * jemalloc, which asks for the time.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { BILLION = 1000000000 };

static const int64_t *offset;

__attribute__((constructor)) static void open_offset(void) {
  const char *path = getenv("MOVED_CLOCK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  void *page = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
  if (page == MAP_FAILED)
    abort();
  __atomic_store_n(&offset, (const int64_t *)page, __ATOMIC_RELEASE);
  close(file);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  int result = (int)syscall(SYS_clock_gettime, clock, time);
  /* An allocator may ask before the file is open. */
  const int64_t *moved = __atomic_load_n(&offset, __ATOMIC_ACQUIRE);
  if (result == 0 && moved && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    int64_t total =
        (int64_t)time->tv_sec * BILLION + time->tv_nsec + __atomic_load_n(moved, __ATOMIC_RELAXED);
    time->tv_sec = total / BILLION;
    time->tv_nsec = total % BILLION;
  }
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  (void)zone;
  struct timespec precise;
  int result = clock_gettime(CLOCK_REALTIME, &precise);
  if (result == 0)
    *time = (struct timeval){.tv_sec = precise.tv_sec, .tv_usec = precise.tv_nsec / 1000};
  return result;
}

time_t time(time_t *seconds) {
  struct timespec precise;
  if (clock_gettime(CLOCK_REALTIME, &precise) != 0)
    return -1;
  if (seconds)
    *seconds = precise.tv_sec;
  return precise.tv_sec;
}
