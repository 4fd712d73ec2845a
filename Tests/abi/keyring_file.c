/* Key rings in files: what is read and written, and what several processes and crashes do to them. */
#define _POSIX_C_SOURCE 200809L
#define _XOPEN_SOURCE 700
#include "files.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>

static pinjwt_keyring *new_ring(pinjwt_alg alg, int64_t publish) {
  pinjwt_keyring *ring = NULL;
  MUST(pinjwt_keyring_new(alg, publish, 7200, T0, &ring, &err));
  return ring;
}

/** Removes the file and the lock beside it. */
static void forget(const char *path) {
  char *lock = format("%s.lock", path);
  unlink(path);
  unlink(lock);
  free(lock);
}

/** A ring that is tied to a new file. */
static pinjwt_keyring *saved_ring(const char *path, int64_t publish, const char *passphrase) {
  pinjwt_keyring *ring = new_ring(PINJWT_EDDSA, publish);
  forget(path);
  MUST(pinjwt_keyring_save(ring, path, passphrase, passphrase == NULL ? 0 : PINJWT_STR, PINJWT_COST_MINIMUM,
                           &err));
  return ring;
}

static pinjwt_keyring *loaded_ring(const char *path) {
  pinjwt_keyring *ring = NULL;
  MUST(pinjwt_keyring_load(path, NULL, 0, &ring, &err));
  return ring;
}

static char *published(const pinjwt_keyring *ring, int64_t now) {
  char buf[16384];
  MUST(pinjwt_keyring_to_jwks(ring, now, buf, sizeof buf, NULL, &err));
  return format("%s", buf);
}

static pinjwt_signer *ring_signer(const pinjwt_keyring *ring) {
  pinjwt_policy *policy = usual_policy();
  pinjwt_signer *signer = NULL;
  MUST(pinjwt_signer_new_with_keyring(policy, ring, &signer, &err));
  pinjwt_policy_free(policy);
  return signer;
}

static pinjwt_verifier *ring_verifier(const pinjwt_keyring *ring) {
  pinjwt_policy *policy = usual_policy();
  pinjwt_verifier *verifier = NULL;
  MUST(pinjwt_verifier_new_with_keyring(policy, ring, &verifier, &err));
  pinjwt_policy_free(policy);
  return verifier;
}

static char *ring_token(const pinjwt_keyring *ring, int64_t now) {
  pinjwt_signer *signer = ring_signer(ring);
  char *token = sign_at(signer, "{}", now);
  pinjwt_signer_free(signer);
  return token;
}

static void pause_ms(long milliseconds) {
  struct timespec time;
  time.tv_sec = milliseconds / 1000;
  time.tv_nsec = milliseconds % 1000 * 1000000;
  while (nanosleep(&time, &time) != 0 && errno == EINTR) {
  }
}

/** Both rings have the same keys. */
static int same_ring(const pinjwt_keyring *one, const pinjwt_keyring *other, int64_t now) {
  char *token = ring_token(one, now), *kid = kid_of(token), *again = ring_token(other, now),
       *again_kid = kid_of(again);
  pinjwt_verifier *verifier = ring_verifier(other);
  int same = strcmp(kid, again_kid) == 0 && verify_once(verifier, token, now, NULL) == PINJWT_OK &&
             pinjwt_keyring_rotation_time(one) == pinjwt_keyring_rotation_time(other);
  pinjwt_verifier_free(verifier);
  free(token);
  free(kid);
  free(again);
  free(again_kid);
  return same;
}

/* ---- Saving and loading ---------------------------------------------------------------- */

static void arguments(void) {
  pinjwt_keyring *ring = new_ring(PINJWT_EDDSA, 60), *out = UNTOUCHED;
  const char *path = in_folder("ring");
  char passphrase[1025], deep[4200];
  memset(passphrase, 'p', sizeof passphrase);
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_save(NULL, path, NULL, 0, PINJWT_COST_MINIMUM, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_save(ring, NULL, NULL, 0, PINJWT_COST_MINIMUM, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_save(ring, "", NULL, 0, PINJWT_COST_MINIMUM, ERR));
  BAD_TEXT(pinjwt_keyring_save(ring, path, text, length, PINJWT_COST_MINIMUM, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_save(ring, path, passphrase, 1025, PINJWT_COST_MINIMUM, ERR));
  BAD_ENUM(pinjwt_keyring_save(ring, path, "p", 1, (pinjwt_cost)value, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_save(ring, path, "p", 1, (pinjwt_cost)5, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_load(NULL, NULL, 0, &out, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_load("", NULL, 0, &out, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_load(path, NULL, 0, NULL, ERR));
  BAD_TEXT(pinjwt_keyring_load(path, text, length, &out, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_load(path, passphrase, 1025, &out, ERR));
  memset(deep, '/', sizeof deep);
  deep[4001] = '\0';
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_save(ring, deep, NULL, 0, PINJWT_COST_MINIMUM, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_load(deep, NULL, 0, &out, ERR));
  deep[4000] = '\0';
  REFUSED(PINJWT_E_IO, pinjwt_keyring_load(deep, NULL, 0, &out, ERR));
  /* Nowhere to write, or to read. */
  REFUSED(PINJWT_E_IO, pinjwt_keyring_save(ring, in_folder("none/ring"), NULL, 0, PINJWT_COST_MINIMUM, ERR));
  CHECK(mkdir(in_folder("folder"), 0700) == 0);
  REFUSED(PINJWT_E_IO, pinjwt_keyring_save(ring, in_folder("folder"), NULL, 0, PINJWT_COST_MINIMUM, ERR));
  REFUSED(PINJWT_E_IO, pinjwt_keyring_load(in_folder("none/ring"), NULL, 0, &out, ERR));
  REFUSED(PINJWT_E_IO, pinjwt_keyring_load(path, NULL, 0, &out, ERR));
  REFUSED(PINJWT_E_IO, pinjwt_keyring_load(folder_path, NULL, 0, &out, ERR));
  REFUSED(PINJWT_E_IO, pinjwt_keyring_load("/dev/null", NULL, 0, &out, ERR));
  memset(deep, 'x', 300);
  deep[300] = '\0';
  REFUSED(PINJWT_E_IO, pinjwt_keyring_save(ring, in_folder(deep), NULL, 0, PINJWT_COST_MINIMUM, ERR));
  CHECK(mkfifo(in_folder("fifo"), 0600) == 0);
  alarm(20);
  REFUSED(PINJWT_E_IO, pinjwt_keyring_load(in_folder("fifo"), NULL, 0, &out, ERR));
  REFUSED(PINJWT_E_IO, pinjwt_keyring_save(ring, in_folder("fifo"), NULL, 0, PINJWT_COST_MINIMUM, ERR));
  alarm(0);
  CHECK(out == UNTOUCHED);
  /* After all that the ring is tied to nothing. */
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_reload(ring, ERR));
  OK(pinjwt_keyring_rotate(ring, T0 + 60, ERR));
  /* The longest path that is taken. */
  memset(deep, '/', sizeof deep);
  deep[4000 - strlen(path)] = '\0';
  strcat(deep, path);
  OK(pinjwt_keyring_save(ring, deep, passphrase, 1024, PINJWT_COST_MINIMUM, ERR));
  OK(pinjwt_keyring_load(deep, passphrase, 1024, &out, ERR));
  OK(pinjwt_keyring_rotate(out, T0 + 120, ERR));
  pinjwt_keyring_free(out);
  pinjwt_keyring_free(ring);
  forget(path);
}

static void round_trips(void) {
  static const int algs[] = {PINJWT_EDDSA, PINJWT_ES256, PINJWT_ED448,
                             PINJWT_HS256, PINJWT_HS512, PINJWT_PS256};
  static const struct {
    const char *passphrase;
    size_t length;
  } phrases[] = {{NULL, 0}, {"open sesame", 11}, {"", 0}, {"a\0b", 3}};
  size_t a, p;
  for (a = 0; a < COUNT(algs) - (size_t)rounds_of(0, 1); a++) {
    for (p = 0; p < COUNT(phrases); p++) {
      const char *path = in_folder("ring");
      pinjwt_keyring *ring, *loaded = NULL;
      struct stat status;
      char *bytes, *token, *kid;
      size_t length;
      if (is_rsa(algs[a]) && p != 1) {
        continue;
      }
      check_row = pinjwt_alg_name((pinjwt_alg)algs[a]);
      forget(path);
      ring = new_ring((pinjwt_alg)algs[a], 60);
      if (!is_rsa(algs[a])) {
        OK(pinjwt_keyring_rotate(ring, T0 + 60, ERR));
      }
      /* Not even the user's own mask opens it. */
      umask(0);
      OK(pinjwt_keyring_save(ring, path, phrases[p].passphrase, phrases[p].length, PINJWT_COST_MINIMUM, ERR));
      CHECK(stat(path, &status) == 0 && (status.st_mode & 07777) == 0600 && S_ISREG(status.st_mode));
      OK(pinjwt_keyring_rotate(ring, T0 + 180, ERR));
      umask(022);
      CHECK(stat(path, &status) == 0 && (status.st_mode & 07777) == 0600);
      CHECK(stat(in_folder("ring.lock"), &status) == 0 && (status.st_mode & 0022) == 0);
      CHECK(access(in_folder("ring.new"), F_OK) != 0);
      bytes = read_bytes(path, &length);
      token = ring_token(ring, T0 + 180);
      kid = kid_of(token);
      CHECK((strstr(bytes, kid) == NULL) == (phrases[p].length > 0));
      free(bytes);
      OK(pinjwt_keyring_load(path, phrases[p].passphrase, phrases[p].length, &loaded, ERR));
      CHECK(same_ring(ring, loaded, T0 + 180) && same_ring(loaded, ring, T0 + 180));
      if (!is_secret(algs[a])) {
        char *one = published(ring, T0 + 180), *other = published(loaded, T0 + 180);
        SAME(other, one);
        free(one);
        free(other);
      }
      pinjwt_keyring_free(loaded);
      loaded = UNTOUCHED;
      if (phrases[p].length > 0) {
        REFUSED(PINJWT_E_KEY_PASSPHRASE, pinjwt_keyring_load(path, NULL, 0, &loaded, ERR));
        REFUSED(PINJWT_E_KEY_PASSPHRASE, pinjwt_keyring_load(path, "", 0, &loaded, ERR));
        REFUSED(PINJWT_E_KEY_PASSPHRASE,
                pinjwt_keyring_load(path, phrases[p].passphrase, phrases[p].length - 1, &loaded, ERR));
        REFUSED(PINJWT_E_KEY_PASSPHRASE, pinjwt_keyring_load(path, "Open sesame", 11, &loaded, ERR));
      } else {
        REFUSED(PINJWT_E_KEY_PASSPHRASE, pinjwt_keyring_load(path, "superfluous", 11, &loaded, ERR));
      }
      CHECK(loaded == UNTOUCHED);
      free(token);
      free(kid);
      pinjwt_keyring_free(ring);
    }
  }
  forget(in_folder("ring"));
}

static void never_overwritten(void) {
  const char *path = in_folder("ring"), *other_path = in_folder("other");
  pinjwt_keyring *ring = saved_ring(path, 60, NULL), *second = new_ring(PINJWT_EDDSA, 60), *loaded = NULL;
  char *before, *after;
  size_t length, length_after;
  before = read_bytes(path, &length);
  REFUSED(PINJWT_E_IO, pinjwt_keyring_save(second, path, NULL, 0, PINJWT_COST_MINIMUM, ERR));
  REFUSED(PINJWT_E_IO, pinjwt_keyring_save(second, path, "p", 1, PINJWT_COST_MINIMUM, ERR));
  after = read_bytes(path, &length_after);
  CHECK(length == length_after && memcmp(before, after, length) == 0);
  free(after);
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_keyring_reload(second, ERR));
  /* Nor is any other file. */
  write_text(other_path, "precious", 0644);
  REFUSED(PINJWT_E_IO, pinjwt_keyring_save(ring, other_path, NULL, 0, PINJWT_COST_MINIMUM, ERR));
  after = read_bytes(other_path, &length_after);
  SAME(after, "precious");
  free(after);
  /* Still tied to the first. */
  OK(pinjwt_keyring_rotate(ring, T0 + 60, ERR));
  OK(pinjwt_keyring_load(path, NULL, 0, &loaded, ERR));
  CHECK(same_ring(ring, loaded, T0 + 60));
  pinjwt_keyring_free(loaded);
  /* To another new file: from now on changes go there. */
  unlink(other_path);
  free(before);
  before = read_bytes(path, &length);
  OK(pinjwt_keyring_save(ring, other_path, NULL, 0, PINJWT_COST_MINIMUM, ERR));
  OK(pinjwt_keyring_rotate(ring, T0 + 120, ERR));
  after = read_bytes(path, &length_after);
  CHECK(length == length_after && memcmp(before, after, length) == 0);
  OK(pinjwt_keyring_load(other_path, NULL, 0, &loaded, ERR));
  CHECK(same_ring(ring, loaded, T0 + 120));
  pinjwt_keyring_free(loaded);
  pinjwt_keyring_free(ring);
  pinjwt_keyring_free(second);
  free(before);
  free(after);
  forget(path);
  forget(other_path);
}

/* Saving where the ring is tied already changes the passphrase. */
static void another_passphrase(void) {
  const char *path = in_folder("ring");
  pinjwt_keyring *ring = saved_ring(path, 60, "first"), *other = NULL, *loaded = UNTOUCHED;
  char *before, *after;
  OK(pinjwt_keyring_load(path, "first", 5, &other, ERR));
  OK(pinjwt_keyring_save(ring, path, "second", 6, PINJWT_COST_MINIMUM, ERR));
  REFUSED(PINJWT_E_KEY_PASSPHRASE, pinjwt_keyring_load(path, "first", 5, &loaded, ERR));
  OK(pinjwt_keyring_load(path, "second", 6, &loaded, ERR));
  CHECK(same_ring(ring, loaded, T0));
  pinjwt_keyring_free(loaded);
  /* Who has the old one only can change nothing, and goes on. */
  before = published(other, T0 + 60);
  REFUSED(PINJWT_E_KEY_PASSPHRASE, pinjwt_keyring_rotate(other, T0 + 60, ERR));
  REFUSED(PINJWT_E_KEY_PASSPHRASE, pinjwt_keyring_reload(other, ERR));
  after = published(other, T0 + 60);
  SAME(after, before);
  CHECK(same_ring(ring, other, T0));
  free(before);
  free(after);
  /* And back to none. */
  OK(pinjwt_keyring_save(ring, path, NULL, 0, PINJWT_COST_MINIMUM, ERR));
  OK(pinjwt_keyring_load(path, NULL, 0, &loaded, ERR));
  pinjwt_keyring_free(loaded);
  REFUSED(PINJWT_E_KEY_PASSPHRASE, pinjwt_keyring_rotate(other, T0 + 60, ERR));
  OK(pinjwt_keyring_rotate(ring, T0 + 60, ERR));
  pinjwt_keyring_free(ring);
  pinjwt_keyring_free(other);
  forget(path);
}

/* ---- Files that are refused ------------------------------------------------------------ */

static void permissions(void) {
  static const mode_t modes[] = {0644, 0640, 0660, 0604, 0602, 0620, 0666, 0777};
  const char *path = in_folder("ring");
  pinjwt_keyring *ring = saved_ring(path, 60, NULL), *loaded = UNTOUCHED;
  size_t i;
  for (i = 0; i < COUNT(modes); i++) {
    CHECK(chmod(path, modes[i]) == 0);
    REFUSED(PINJWT_E_IO, pinjwt_keyring_load(path, NULL, 0, &loaded, ERR));
    REFUSED(PINJWT_E_IO, pinjwt_keyring_reload(ring, ERR));
    REFUSED(PINJWT_E_IO, pinjwt_keyring_rotate(ring, T0 + 60, ERR));
    CHECK(pinjwt_keyring_rotation_time(ring) == T0 + 60);
  }
  if (geteuid() == 0) {
    CHECK(chmod(path, 0600) == 0 && chown(path, 54321, 54321) == 0);
    REFUSED(PINJWT_E_IO, pinjwt_keyring_load(path, NULL, 0, &loaded, ERR));
    CHECK(chown(path, 0, 0) == 0);
  }
  CHECK(loaded == UNTOUCHED);
  CHECK(chmod(path, 0600) == 0);
  OK(pinjwt_keyring_reload(ring, ERR));
  OK(pinjwt_keyring_rotate(ring, T0 + 60, ERR));
  pinjwt_keyring_free(ring);
  forget(path);
}

/* What has been changed is not loaded, where it is sealed. A plain file may be edited, into another ring. */
static void damaged(void) {
  static const char *const texts[] = {
      "",
      "\n",
      "x",
      "{}",
      "[]",
      "null",
      "{\"keys\":[]}",
      "{\"kty\":\"oct\"}",
      "\xef\xbb\xbf{}",
      "-----BEGIN PRIVATE KEY-----\n",
      "pinjwt",
      "{\"pinjwt\":1}",
  };
  static const char *const phrases[] = {NULL, "open sesame"};
  const char *path = in_folder("ring"), *copy = in_folder("copy");
  size_t p, i;
  pinjwt_keyring *loaded = UNTOUCHED;
  for (i = 0; i < COUNT(texts); i++) {
    check_row = texts[i];
    write_text(copy, texts[i], 0600);
    REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_keyring_load(copy, NULL, 0, &loaded, ERR));
  }
  CHECK(loaded == UNTOUCHED);
  for (p = 0; p < COUNT(phrases); p++) {
    pinjwt_keyring *ring = saved_ring(path, 60, phrases[p]);
    size_t phrase = phrases[p] == NULL ? 0 : PINJWT_STR, length, wrong = 0, taken = 0, step;
    char *bytes;
    MUST(pinjwt_keyring_rotate(ring, T0 + 60, &err));
    bytes = read_bytes(path, &length);
    check_row = phrases[p] == NULL ? "plain" : "sealed";
    CHECK(length > 200);
    step = (size_t)rounds_of(2, 29);
    /* Cut off anywhere but before a final newline. */
    for (i = 0; i < length - 1; i += step) {
      write_file(copy, bytes, i, 0600);
      wrong += pinjwt_keyring_load(copy, phrases[p], phrase, &loaded, NULL) != PINJWT_E_KEY_FORMAT;
    }
    CHECK(wrong == 0);
    /* One bit, or one byte more. */
    for (i = 0; i < length; i += step) {
      pinjwt_status status;
      char was = bytes[i];
      bytes[i] = (char)(was ^ (1 << i % 7));
      write_file(copy, bytes, length, 0600);
      loaded = UNTOUCHED;
      status = pinjwt_keyring_load(copy, phrases[p], phrase, &loaded, &err);
      if (status == PINJWT_OK) {
        taken++;
        pinjwt_keyring_free(loaded);
      } else {
        wrong += status != PINJWT_E_KEY_FORMAT && (phrases[p] == NULL || status != PINJWT_E_KEY_PASSPHRASE);
        wrong += loaded != UNTOUCHED;
      }
      bytes[i] = was;
    }
    CHECK(wrong == 0);
    CHECK(phrases[p] == NULL || taken == 0);
    loaded = UNTOUCHED;
    write_file(copy, bytes, length, 0600);
    {
      FILE *file = fopen(copy, "ab");
      CHECK(file != NULL && fputs("x", file) >= 0 && fclose(file) == 0);
    }
    REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_keyring_load(copy, phrases[p], phrase, &loaded, ERR));
    /* While the file is damaged or gone, the ring goes on, and cannot be changed. */
    {
      pinjwt_signer *signer = ring_signer(ring);
      pinjwt_verifier *verifier = ring_verifier(ring);
      char *token;
      int64_t next = pinjwt_keyring_rotation_time(ring);
      write_text(path, "{\"damaged\":true}", 0600);
      REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_keyring_reload(ring, ERR));
      REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_keyring_rotate(ring, next, ERR));
      pause_ms(p == 0 ? 1200 : 0);
      token = sign_at(signer, "{}", T0 + 60);
      ACCEPTED(verifier, token, T0 + 60);
      unlink(path);
      REFUSED(PINJWT_E_IO, pinjwt_keyring_reload(ring, ERR));
      REFUSED(PINJWT_E_IO, pinjwt_keyring_rotate(ring, next, ERR));
      CHECK(access(path, F_OK) != 0);
      ACCEPTED(verifier, token, T0 + 60);
      CHECK(pinjwt_keyring_rotation_time(ring) == next);
      write_file(path, bytes, length, 0600);
      OK(pinjwt_keyring_reload(ring, ERR));
      OK(pinjwt_keyring_rotate(ring, next, ERR));
      free(token);
      pinjwt_signer_free(signer);
      pinjwt_verifier_free(verifier);
    }
    pinjwt_keyring_free(ring);
    free(bytes);
  }
  CHECK(loaded == UNTOUCHED);
  forget(path);
  unlink(copy);
}

/* A plain file that somebody has edited into what no ring is. */
static void edited(void) {
  static const struct {
    const char *from, *to;
  } rows[] = {
      {"\"pinjwt_keyring\":1", "\"pinjwt_keyring\":2"},
      {"\"pinjwt_keyring\":1", "\"pinjwt_keyring\":\"1\""},
      {"\"pinjwt_keyring\":1,", ""},
      {"\"alg\":\"EdDSA\",\"publish", "\"alg\":\"none\",\"publish"},
      {"\"alg\":\"EdDSA\",\"publish", "\"alg\":\"ES256\",\"publish"},
      {"\"alg\":\"EdDSA\",\"publish", "\"alg\":\"HS256\",\"publish"},
      {"\"alg\":\"EdDSA\",\"use\"", "\"alg\":\"Ed25519\",\"use\""},
      {"\"use\":\"sig\"", "\"use\":\"enc\""},
      {"\"use\":\"sig\"", "\"key_ops\":[\"verify\"]"},
      {"\"publish_seconds\":60", "\"publish_seconds\":-1"},
      {"\"publish_seconds\":60", "\"publish_seconds\":31536001"},
      {"\"publish_seconds\":60", "\"publish_seconds\":60.5"},
      {"\"publish_seconds\":60", "\"publish_seconds\":1e99"},
      {"\"token_seconds\":7200", "\"token_seconds\":0"},
      {"\"token_seconds\":7200", "\"token_seconds\":315576001"},
      {"\"time\":1700000060", "\"time\":-5"},
      {"\"time\":1700000060", "\"time\":9223372036854775807"},
      {"\"time\":1700000060", "\"time\":18446744073709551616"},
      {"\"time\":1700000060", "\"time\":null"},
      {"\"place\":\"active\"", "\"place\":\"next\""},
      {"\"place\":\"active\"", "\"place\":\"retired\""},
      {"\"place\":\"next\"", "\"place\":\"active\""},
      {"\"place\":\"next\"", "\"place\":5"},
      {"\"d\":", "\"D\":"},
      {"\"kty\":\"OKP\"", "\"kty\":\"oct\""},
      {"\"keys\":[", "\"keys\":[5,"},
      {"\"keys\":[", "\"keys\":[{},"},
      {"\"keys\":[", "\"keys\":{},\"x\":["},
      {"\"keys\":[", "\"keys\":[],\"keys\":["},
      {"{\"pinjwt_keyring\"", "x{\"pinjwt_keyring\""},
  };
  const char *path = in_folder("ring"), *copy = in_folder("copy");
  pinjwt_keyring *ring = saved_ring(path, 60, NULL), *loaded = UNTOUCHED;
  size_t length, i;
  char *bytes;
  MUST(pinjwt_keyring_rotate(ring, T0 + 60, &err));
  bytes = read_bytes(path, &length);
  for (i = 0; i < COUNT(rows); i++) {
    const char *at = strstr(bytes, rows[i].from);
    char *text;
    check_row = rows[i].to;
    if (!CHECK(at != NULL)) {
      continue;
    }
    text = format("%.*s%s%s", (int)(at - bytes), bytes, rows[i].to, at + strlen(rows[i].from));
    write_text(copy, text, 0600);
    REFUSED(PINJWT_E_KEY_FORMAT, pinjwt_keyring_load(copy, NULL, 0, &loaded, ERR));
    free(text);
  }
  CHECK(loaded == UNTOUCHED);
  free(bytes);
  pinjwt_keyring_free(ring);
  forget(path);
  unlink(copy);
}

/* ---- Several processes ----------------------------------------------------------------- */

/** Ends a child by another program: what it has of its parent's memory is no leak of its own. */
static void leave(const char *code) {
  execl("/bin/sh", "sh", "-c", code, (char *)NULL);
  _exit(95);
}

static void must_write(int to, const void *bytes, size_t length) {
  if (write(to, bytes, length) != (ssize_t)length) {
    _exit(98);
  }
}

/* Two processes rotate one file at the same times: exactly one of them does. */
static void contention(void) {
  enum { processes = 2 };
  const char *path = in_folder("ring");
  pinjwt_keyring *ring = saved_ring(path, 60, NULL);
  int go[processes][2], done[processes][2], p, round, rounds = rounds_of(50, 5);
  int once = 0, otherwise = 0;
  pid_t children[processes];
  pinjwt_verifier *verifier;
  for (p = 0; p < processes; p++) {
    CHECK(pipe(go[p]) == 0 && pipe(done[p]) == 0);
    fflush(stdout);
    children[p] = fork();
    if (children[p] == 0) {
      pinjwt_keyring *mine = NULL;
      char number;
      alarm(120);
      if (pinjwt_keyring_load(path, NULL, 0, &mine, NULL) != PINJWT_OK) {
        _exit(97);
      }
      while (read(go[p][0], &number, 1) == 1 && number != 0) {
        char status = (char)pinjwt_keyring_rotate(mine, T0 + number * 60, NULL);
        must_write(done[p][1], &status, 1);
      }
      pinjwt_keyring_free(mine);
      leave("exit 0");
    }
    CHECK(children[p] > 0);
  }
  verifier = ring_verifier(ring);
  for (round = 1; round <= rounds; round++) {
    char number = (char)round, status[processes] = {99, 99};
    for (p = 0; p < processes; p++) {
      must_write(go[p][1], &number, 1);
    }
    for (p = 0; p < processes; p++) {
      CHECK(read(done[p][0], &status[p], 1) == 1);
    }
    once += (status[0] == PINJWT_OK) + (status[1] == PINJWT_OK) == 1;
    otherwise += (status[0] == PINJWT_E_NOT_YET_VALID) + (status[1] == PINJWT_E_NOT_YET_VALID) == 1;
  }
  CHECK(once == rounds && otherwise == rounds);
  for (p = 0; p < processes; p++) {
    char stop = 0;
    int status = -1;
    must_write(go[p][1], &stop, 1);
    CHECK(waitpid(children[p], &status, 0) == children[p] && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(go[p][0]);
    close(go[p][1]);
    close(done[p][0]);
    close(done[p][1]);
  }
  OK(pinjwt_keyring_reload(ring, ERR));
  CHECK(pinjwt_keyring_rotation_time(ring) == T0 + (rounds + 1) * 60);
  pinjwt_verifier_free(verifier);
  pinjwt_keyring_free(ring);
  forget(path);
}

/* A process that is killed while it rotates leaves the file before or after the change. */
static void killed(const char *passphrase) {
  const char *path = in_folder("ring");
  pinjwt_keyring *ring = saved_ring(path, 0, passphrase);
  size_t phrase = passphrase == NULL ? 0 : PINJWT_STR;
  int64_t now = T0;
  int i, count = rounds_of(passphrase == NULL ? 100 : 20, 3), unreadable = 0, neither = 0, stuck = 0,
         left = 0;
  for (i = 0; i < count; i++) {
    int progress[2];
    int64_t started = now, finished = now, step;
    pinjwt_keyring *loaded = NULL;
    unsigned char random[32];
    pid_t child;
    CHECK(pipe(progress) == 0);
    fflush(stdout);
    child = fork();
    if (child == 0) {
      pinjwt_keyring *mine = NULL;
      if (pinjwt_keyring_load(path, passphrase, phrase, &mine, NULL) != PINJWT_OK) {
        _exit(97);
      }
      for (;;) {
        now++;
        must_write(progress[1], &now, sizeof now);
        if (pinjwt_keyring_rotate(mine, now, NULL) != PINJWT_OK) {
          _exit(96);
        }
        step = -now;
        must_write(progress[1], &step, sizeof step);
      }
    }
    CHECK(child > 0);
    close(progress[1]);
    /* It has begun; now at any moment. */
    if (read(progress[0], &step, sizeof step) == sizeof step) {
      started = step;
    }
    random_block((unsigned long)i, random);
    {
      struct timespec time = {0, 0};
      time.tv_nsec = (random[0] + random[1] * 256L) * (long)rounds_of(60, 3000);
      nanosleep(&time, NULL);
    }
    CHECK(kill(child, SIGKILL) == 0);
    CHECK(waitpid(child, NULL, 0) == child);
    while (read(progress[0], &step, sizeof step) == sizeof step) {
      if (step > 0) {
        started = step;
      } else {
        finished = -step;
      }
    }
    close(progress[0]);
    if (pinjwt_keyring_load(path, passphrase, phrase, &loaded, &err) != PINJWT_OK) {
      unreadable++;
      printf("  %s\n", err.message);
      continue;
    }
    now = pinjwt_keyring_rotation_time(loaded);
    neither += now != started && now != finished;
    /* Nothing is held, and nothing is left after the next change. */
    now = started + 1;
    stuck += pinjwt_keyring_rotate(loaded, now, NULL) != PINJWT_OK;
    left += access(in_folder("ring.new"), F_OK) == 0;
    pinjwt_keyring_free(loaded);
  }
  CHECK(unreadable == 0);
  CHECK(neither == 0);
  CHECK(stuck == 0);
  CHECK(left == 0);
  OK(pinjwt_keyring_reload(ring, ERR));
  CHECK(pinjwt_keyring_rotation_time(ring) == now);
  pinjwt_keyring_free(ring);
  forget(path);
}

static void killed_while_rotating(void) {
  killed(NULL);
  killed("open sesame");
}

/** Another process loads the ring, rotates it, and gives a token of its new key; the caller frees it. */
static char *rotated_elsewhere(const char *path, int64_t now) {
  int answer[2];
  char token[1024] = "";
  int status = -1;
  size_t used = 0;
  ssize_t got;
  pid_t child;
  CHECK(pipe(answer) == 0);
  fflush(stdout);
  child = fork();
  if (child == 0) {
    pinjwt_keyring *mine = loaded_ring(path);
    char *mine_token;
    if (pinjwt_keyring_rotate(mine, now, NULL) != PINJWT_OK) {
      _exit(96);
    }
    mine_token = ring_token(mine, now);
    must_write(answer[1], mine_token, strlen(mine_token));
    free(mine_token);
    pinjwt_keyring_free(mine);
    leave("exit 0");
  }
  CHECK(child > 0);
  close(answer[1]);
  while ((got = read(answer[0], token + used, sizeof token - 1 - used)) > 0) {
    used += (size_t)got;
  }
  close(answer[0]);
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  return format("%s", token);
}

static void noticing(void) {
  const char *path = in_folder("ring");
  pinjwt_keyring *ring = saved_ring(path, 60, NULL), *idle = loaded_ring(path);
  pinjwt_signer *signer = ring_signer(ring), *other_signer = ring_signer(idle);
  pinjwt_verifier *verifier = ring_verifier(ring), *only_verifies = ring_verifier(idle);
  int64_t now = T0 + 60;
  char *old = sign_at(signer, "{}", now), *elsewhere, *again, *kid, *again_kid;
  elsewhere = rotated_elsewhere(path, now);
  kid = kid_of(elsewhere);
  pause_ms(1300);
  /* The first use after a second. */
  ACCEPTED(only_verifies, elsewhere, now);
  again = sign_at(signer, "{}", now);
  again_kid = kid_of(again);
  SAME(again_kid, kid);
  free(again);
  free(again_kid);
  ACCEPTED(verifier, elsewhere, now);
  ACCEPTED(verifier, old, now);
  again = sign_at(other_signer, "{}", now);
  again_kid = kid_of(again);
  SAME(again_kid, kid);
  free(again);
  free(again_kid);
  CHECK(same_ring(ring, idle, now));
  free(elsewhere);
  free(kid);
  /* At once, by reloading. */
  now += 60;
  elsewhere = rotated_elsewhere(path, now);
  OK(pinjwt_keyring_reload(ring, ERR));
  ACCEPTED(verifier, elsewhere, now);
  CHECK(pinjwt_keyring_rotation_time(ring) == now + 60);
  /* What is published follows too, and a change is made to what the file says. */
  now += 60;
  free(elsewhere);
  elsewhere = rotated_elsewhere(path, now);
  kid = kid_of(elsewhere);
  REFUSED(PINJWT_E_NOT_YET_VALID, pinjwt_keyring_rotate(ring, now, ERR));
  OK(pinjwt_keyring_remove(ring, kid, PINJWT_STR, now, ERR));
  TURNED_AWAY(PINJWT_E_KEY_UNKNOWN, verifier, elsewhere, now);
  pause_ms(1300);
  TURNED_AWAY(PINJWT_E_KEY_UNKNOWN, only_verifies, elsewhere, now);
  free(elsewhere);
  free(kid);
  free(old);
  pinjwt_signer_free(signer);
  pinjwt_signer_free(other_signer);
  pinjwt_verifier_free(verifier);
  pinjwt_verifier_free(only_verifies);
  pinjwt_keyring_free(ring);
  pinjwt_keyring_free(idle);
  forget(path);
}

/* ---- Changes that meet ----------------------------------------------------------------- */

static struct {
  pinjwt_keyring *ring;
  const char *path;
  pinjwt_status status;
} saving;

static void *save_again(void *unused) {
  pinjwt_error error;
  (void)unused;
  saving.status = pinjwt_keyring_save(saving.ring, saving.path, "new", 3, PINJWT_COST_MINIMUM, &error);
  return NULL;
}

/* A new passphrase must not undo what another process does at the same time: here it removes a key. */
static void saving_loses_no_change(void) {
  const char *path = in_folder("ring"), *lock = in_folder("ring.lock");
  pinjwt_keyring *ring = saved_ring(path, 60, NULL), *other, *loaded = NULL;
  char *token = ring_token(ring, T0), *kid = kid_of(token), *before, *after;
  size_t before_length, after_length;
  pthread_t running;
  pinjwt_verifier *verifier;
  int held;
  /* The file after that change, made beforehand. */
  before = read_bytes(path, &before_length);
  other = loaded_ring(path);
  MUST(pinjwt_keyring_remove(other, kid, PINJWT_STR, T0, &err));
  after = read_bytes(path, &after_length);
  write_file(path, before, before_length, 0600);
  /* The other process holds the lock, writes, and lets go. */
  held = open(lock, O_RDWR);
  CHECK(held >= 0 && flock(held, LOCK_EX) == 0);
  saving.ring = ring;
  saving.path = path;
  CHECK(pthread_create(&running, NULL, save_again, NULL) == 0);
  pause_ms(300);
  write_file(path, after, after_length, 0600);
  CHECK(flock(held, LOCK_UN) == 0 && close(held) == 0);
  CHECK(pthread_join(running, NULL) == 0);
  CHECK(saving.status == PINJWT_OK);
  OK(pinjwt_keyring_load(path, "new", 3, &loaded, ERR));
  verifier = ring_verifier(loaded);
  TURNED_AWAY(PINJWT_E_KEY_UNKNOWN, verifier, token, T0);
  pinjwt_verifier_free(verifier);
  verifier = ring_verifier(ring);
  TURNED_AWAY(PINJWT_E_KEY_UNKNOWN, verifier, token, T0);
  pinjwt_verifier_free(verifier);
  pinjwt_keyring_free(loaded);
  pinjwt_keyring_free(other);
  pinjwt_keyring_free(ring);
  free(token);
  free(kid);
  free(before);
  free(after);
  forget(path);
}

enum { threads = 8 };

static struct {
  pinjwt_keyring *ring;
  const pinjwt_signer *signer;
  const pinjwt_verifier *verifier;
  int rounds;
} shared;

static void *rotate_and_sign(void *argument) {
  uintptr_t wrong = 0;
  int i;
  (void)argument;
  for (i = 0; i < shared.rounds; i++) {
    char token[1024];
    size_t length = 0;
    pinjwt_claims *claims = NULL;
    pinjwt_error error;
    wrong += pinjwt_keyring_rotate(shared.ring, T0, &error) != PINJWT_OK;
    wrong += pinjwt_sign(shared.signer, "{}", 2, T0, token, sizeof token, &length, &error) != PINJWT_OK ||
             pinjwt_verify(shared.verifier, token, length, T0, &claims, &error) != PINJWT_OK;
    wrong += pinjwt_keyring_reload(shared.ring, &error) != PINJWT_OK;
    pinjwt_claims_free(claims);
  }
  return (void *)wrong;
}

static void many_threads(void) {
  const char *path = in_folder("ring");
  pthread_t running[threads];
  pinjwt_signer *signer;
  pinjwt_verifier *verifier;
  char *jwks;
  const char *at;
  int t, keys = 0;
  shared.ring = saved_ring(path, 0, NULL);
  shared.signer = signer = ring_signer(shared.ring);
  shared.verifier = verifier = ring_verifier(shared.ring);
  shared.rounds = rounds_of(5, 1);
  for (t = 0; t < threads; t++) {
    CHECK(pthread_create(&running[t], NULL, rotate_and_sign, NULL) == 0);
  }
  for (t = 0; t < threads; t++) {
    void *wrong = &shared;
    CHECK(pthread_join(running[t], &wrong) == 0);
    CHECK(wrong == NULL);
  }
  /* No rotation was lost. */
  jwks = published(shared.ring, T0);
  for (at = jwks; (at = strstr(at, "\"kid\":")) != NULL; at++) {
    keys++;
  }
  CHECK(keys == threads * shared.rounds + 2);
  free(jwks);
  pinjwt_signer_free(signer);
  pinjwt_verifier_free(verifier);
  pinjwt_keyring_free(shared.ring);
  forget(path);
}

int main(void) {
  umask(022);
  make_folder();
  group("arguments", arguments);
  group("round trips", round_trips);
  group("never overwritten", never_overwritten);
  group("another passphrase", another_passphrase);
  group("permissions", permissions);
  group("damaged", damaged);
  group("edited", edited);
  group("two processes", contention);
  group("killed while rotating", killed_while_rotating);
  group("noticing", noticing);
  group("saving loses no change", saving_loses_no_change);
  group("many threads", many_threads);
  remove_folder();
  return finish();
}
