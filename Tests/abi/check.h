/*
 * A small harness. A program runs groups of checks, prints a line for each group and a count at the end, and
 * fails if one check failed or if nothing was checked.
 *
 *   CHECK(condition)
 *   OK(call)                  the call returns PINJWT_OK
 *   REFUSED(status, call)     it returns that status
 *   REFUSED_FOR(status, what, call)   and err names `what`
 *
 * A call passes ERR as its `err`. It is filled with junk before each call, and looked at after it. A call
 * that is to be refused is made twice, with `err` and without, so it must not change what it works on. GETS
 * and DENIED are OK and REFUSED for the functions that have no `err`.
 */
#ifndef TEST_CHECK_H
#define TEST_CHECK_H

#include <pinjwt.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static unsigned long check_passed, check_failed;
static pinjwt_error err;
static pinjwt_error *check_err = &err;
/* The row of a table, for the message of a check that fails. */
static const char *check_row = "";

#define ERR check_err

#define CHECK(condition) check_((condition) != 0, #condition, __FILE__, __LINE__)
#define OK(call) (check_spoil_(), check_status_((call), PINJWT_OK, 1, #call, __FILE__, __LINE__))
#define REFUSED(expected, call)                                                                              \
  do {                                                                                                       \
    check_err = NULL;                                                                                        \
    check_status_((call), (expected), 0, "without err: " #call, __FILE__, __LINE__);                         \
    check_err = &err;                                                                                        \
    check_spoil_();                                                                                          \
    check_status_((call), (expected), 1, #call, __FILE__, __LINE__);                                         \
  } while (0)
#define REFUSED_FOR(expected, concerned, call)                                                               \
  do {                                                                                                       \
    REFUSED((expected), (call));                                                                             \
    check_texts_("what", err.what, (concerned), #call, __FILE__, __LINE__);                                  \
  } while (0)
#define GETS(call) check_status_((call), PINJWT_OK, 0, #call, __FILE__, __LINE__)
#define DENIED(expected, call) check_status_((call), (expected), 0, #call, __FILE__, __LINE__)
/** Two texts that end in a NUL are the same. */
#define SAME(found, expected) check_texts_(#found, (found), (expected), "", __FILE__, __LINE__)
/** Lent bytes are exactly this text. */
#define LENT(bytes, text)                                                                                    \
  check_((bytes).data != NULL && (bytes).len == strlen(text) &&                                              \
             memcmp((bytes).data, (text), strlen(text)) == 0,                                                \
         #bytes " is " #text, __FILE__, __LINE__)

static inline int check_(int holds, const char *condition, const char *file, int line) {
  if (holds) {
    check_passed++;
    return 1;
  }
  check_failed++;
  printf("%s:%d: failed: %s", file, line, condition);
  if (check_row[0] != '\0') {
    printf(" (row: %s)", check_row);
  }
  printf("\n");
  return 0;
}

static inline int check_texts_(const char *name, const char *found, const char *expected, const char *call,
                               const char *file, int line) {
  if (check_(found != NULL && strcmp(found, expected) == 0, name, file, line)) {
    return 1;
  }
  printf("  found \"%s\", expected \"%s\" %s\n", found == NULL ? "(null)" : found, expected, call);
  return 0;
}

static inline void check_spoil_(void) {
  memset(&err, 0xa5, sizeof err);
}

/** The text ends within its member and is printable ASCII. */
static inline int check_is_text_(const char *text, size_t room) {
  size_t length = 0;
  while (length < room && text[length] != '\0') {
    if (text[length] < 0x20 || text[length] > 0x7e) {
      return 0;
    }
    length++;
  }
  return length < room;
}

/** One sentence: a capital or a name first, a stop last, and no other sentence begins inside. */
static inline int check_is_sentence_(const char *text, size_t room) {
  size_t length = strlen(text), i;
  if (length == 0 || text[0] == ' ') {
    return 0;
  }
  if (length + 1 < room && text[length - 1] != '.') {
    return 0;
  }
  for (i = 0; i + 2 < length; i++) {
    if (text[i] == '.' && text[i + 1] == ' ' && text[i + 2] >= 'A' && text[i + 2] <= 'Z') {
      return 0;
    }
  }
  return 1;
}

static inline int check_status_(pinjwt_status found, pinjwt_status expected, int has_err, const char *call,
                                const char *file, int line) {
  int good = check_(found == expected, call, file, line);
  if (!good) {
    printf("  found %s, expected %s\n", pinjwt_status_name(found), pinjwt_status_name(expected));
    if (has_err && check_is_text_(err.message, sizeof err.message)) {
      printf("  message: %s\n", err.message);
    }
  }
  if (!has_err) {
    return good;
  }
  check_(err.status == found, "err has the status of the call", file, line);
  if (!check_(check_is_text_(err.what, sizeof err.what), "err.what is printable text", file, line) ||
      !check_(check_is_text_(err.message, sizeof err.message), "err.message is printable text", file, line)) {
    return good;
  }
  if (found == PINJWT_OK) {
    check_(err.what[0] == '\0' && err.message[0] == '\0', "the texts are empty on PINJWT_OK", file, line);
  } else if (!check_(check_is_sentence_(err.message, sizeof err.message), "err.message is one sentence", file,
                     line)) {
    printf("  message: %s\n", err.message);
  }
  return good;
}

static inline void group(const char *name, void (*run)(void)) {
  unsigned long passed = check_passed, failed = check_failed;
  check_row = "";
  run();
  check_row = "";
  check_(check_passed + check_failed > passed + failed, "the group checks something", name, 0);
  printf("%s %s: %lu checks\n", check_failed == failed ? "ok    " : "FAILED", name,
         check_passed + check_failed - passed - failed);
  fflush(stdout);
}

static inline int finish(void) {
  printf("%lu passed, %lu failed\n", check_passed, check_failed);
  return check_failed == 0 && check_passed > 0 ? 0 : 1;
}

/** A handle that is none: an output that must be left alone keeps it. */
static inline void *check_untouched_(void) {
  static char none;
  return &none;
}
#define UNTOUCHED (check_untouched_())

/* ---- What every text, buffer, number and time is tried with ---------------------------- */

typedef struct text_argument {
  const char *text;
  size_t length;
} text_argument;

/* A pointer is refused for its length alone, so what it points at need not be that long. */
static const text_argument bad_texts[] = {
    {NULL, 1}, {NULL, PINJWT_STR}, {NULL, (size_t)-2}, {"x", (size_t)-2}, {"x", (size_t)PTRDIFF_MAX + 1},
};

/** Makes the call with each bad `text` and `length`; `const char *` arguments. */
#define BAD_TEXT(call)                                                                                       \
  do {                                                                                                       \
    size_t bad_;                                                                                             \
    for (bad_ = 0; bad_ < COUNT(bad_texts); bad_++) {                                                        \
      const char *text = bad_texts[bad_].text;                                                               \
      size_t length = bad_texts[bad_].length;                                                                \
      REFUSED(PINJWT_E_ARGUMENT, call);                                                                      \
    }                                                                                                        \
  } while (0)

/** The same for `const void *` arguments, where PINJWT_STR is bad too. */
#define BAD_BYTES(call)                                                                                      \
  do {                                                                                                       \
    const char *text = "x";                                                                                  \
    size_t length = PINJWT_STR;                                                                              \
    REFUSED(PINJWT_E_ARGUMENT, call);                                                                        \
    BAD_TEXT(call);                                                                                          \
  } while (0)

/** Makes the call with each bad (`buf`, `cap`); neither `buf` nor `*len` may be written. */
#define BAD_BUFFER(call)                                                                                     \
  do {                                                                                                       \
    static const size_t caps_[] = {(size_t)PTRDIFF_MAX + 1, (size_t)-2, (size_t)-1};                         \
    char room_[8] = "junk...", *buf = room_;                                                                 \
    size_t length_ = 4711, *len = &length_, cap, bad_;                                                       \
    for (bad_ = 0; bad_ < COUNT(caps_); bad_++) {                                                            \
      cap = caps_[bad_];                                                                                     \
      REFUSED(PINJWT_E_ARGUMENT, call);                                                                      \
    }                                                                                                        \
    buf = NULL;                                                                                              \
    cap = 1;                                                                                                 \
    REFUSED(PINJWT_E_ARGUMENT, call);                                                                        \
    CHECK(length_ == 4711 && strcmp(room_, "junk...") == 0);                                                 \
  } while (0)

static const int64_t bad_times[] = {-1, INT64_MIN, INT64_MAX, 253402300800, 1700000000000};

/** Makes the call with each `now` that is out of range, milliseconds among them. */
#define BAD_NOW(call)                                                                                        \
  do {                                                                                                       \
    size_t bad_;                                                                                             \
    for (bad_ = 0; bad_ < COUNT(bad_times); bad_++) {                                                        \
      int64_t now = bad_times[bad_];                                                                         \
      REFUSED(PINJWT_E_ARGUMENT, call);                                                                      \
    }                                                                                                        \
  } while (0)

/** Makes the call with each `value` that no enum of the header lists. */
#define BAD_ENUM(call)                                                                                       \
  do {                                                                                                       \
    static const int values_[] = {0, 17, -1, 1000, 0x7fffffff, -0x7fffffff - 1};                             \
    size_t bad_;                                                                                             \
    for (bad_ = 0; bad_ < COUNT(values_); bad_++) {                                                          \
      int value = values_[bad_];                                                                             \
      REFUSED(PINJWT_E_ARGUMENT, call);                                                                      \
    }                                                                                                        \
  } while (0)

/* ---- Buffers --------------------------------------------------------------------------- */

/** A function that writes into a buffer, with its other arguments in `subject`. */
typedef pinjwt_status (*writer)(const void *subject, char *buf, size_t cap, size_t *len, pinjwt_error *err);

static inline int check_all_(const char *bytes, size_t from, size_t to, char value) {
  for (; from < to; from++) {
    if (bytes[from] != value) {
      return 0;
    }
  }
  return 1;
}

/**
 * Holds a writer to the rules for buffers: too small by one and by all, exactly enough, more than enough.
 * Returns the output, for the caller to free, or NULL.
 */
static inline char *check_writer(writer write, const void *subject) {
  enum { beyond = 16 };
  size_t need = 4711, length = 4711, cap;
  char *buf;

  REFUSED(PINJWT_E_BUFFER, write(subject, NULL, 0, &need, ERR));
  REFUSED(PINJWT_E_BUFFER, write(subject, NULL, 0, NULL, ERR));
  if (!CHECK(need > 0 && need < 4000000)) {
    return NULL;
  }
  buf = malloc(need + beyond);
  if (buf == NULL) {
    abort();
  }
  for (cap = 0; cap < need; cap = cap < 2 && need > 2 ? cap + 1 : cap < need - 1 ? need - 1 : need) {
    memset(buf, '#', need + beyond);
    length = 4711;
    REFUSED(PINJWT_E_BUFFER, write(subject, buf, cap, &length, ERR));
    CHECK(length == need);
    CHECK(check_all_(buf, 0, need + beyond, '#'));
  }
  memset(buf, '#', need + beyond);
  length = 4711;
  if (!OK(write(subject, buf, need, &length, ERR))) {
    free(buf);
    return NULL;
  }
  CHECK(length == need - 1 && buf[length] == '\0');
  CHECK(check_all_(buf, need, need + beyond, '#'));
  memset(buf, '#', need + beyond);
  OK(write(subject, buf, need, NULL, ERR));
  CHECK(buf[need - 1] == '\0' && check_all_(buf, need, need + beyond, '#'));
  memset(buf, '#', need + beyond);
  length = 4711;
  OK(write(subject, buf, need + beyond, &length, ERR));
  CHECK(length == need - 1 && buf[length] == '\0');
  return buf;
}

#endif
