/*
 * Key bytes are wiped from every buffer that the library made. A key is loaded in each of its forms, used and
 * freed; then all writable memory of this process is searched for its secret numbers (as bytes, as limbs of a
 * number, as base64 in each alignment), for what they are computed into, and for the passphrase. Sixteen
 * bytes in a row are a copy.
 *
 * So that the test finds only what the library left, keys are made in a child process and come here masked,
 * as does what is searched for: it is memory that is masked before it is compared. Inputs are unmasked into
 * one buffer, and nothing is allocated between a call and the search, which would overwrite what it left.
 */
#define _POSIX_C_SOURCE 200809L
#define OPENSSL_SUPPRESS_DEPRECATED
#include "check.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  mask = 0xa5,
  least = 16,
  block = 8,
  piece_room = 8192,
  most_inputs = 12,
  most_needles = 80,
  most_blocks = 8192,
  window_room = 1 << 16
};

typedef enum piece_kind {
  INPUT_SECRET,
  INPUT_PEM,
  INPUT_DER,
  INPUT_JWK,
  NEEDLE_BYTES,
  NEEDLE_TEXT
} piece_kind;

/* Something secret, masked; it crosses the pipe as it is. */
typedef struct piece {
  piece_kind kind;
  /* An input that is encrypted; a needle that the key must have in memory while it lives. */
  int marked;
  char name[32];
  size_t length;
  unsigned char bytes[piece_room];
} piece;

static piece inputs[most_inputs], needles[most_needles], arriving;
static size_t input_count, needle_count;

/* Where inputs and outputs stand in the clear; wiped after each use. */
static char clear[piece_room], passphrase[64], jws[1024];
static const char masked_passphrase[] =
    "\xc6\xca\xd7\xd7\xc0\xc6\xd1\x85\xcd\xca\xd7\xd6\xc0\x85\xc7\xc4\xd1\xd1"
    "\xc0\xd7\xdc\x85\xd6\xd1\xc4\xd5\xc9\xc0";

static void unmask(char *target, const void *masked, size_t length) {
  /* Byte by byte, so that no wide register keeps a copy that the loader or the compiler spills. */
  volatile char *to = target;
  const volatile unsigned char *from = masked;
  size_t i;
  for (i = 0; i < length; i++) {
    to[i] = (char)(from[i] ^ mask);
  }
}

/* ---- The child: makes a key and tells of it ---------------------------------------------- */

static int child_pipe;

static void need(int holds) {
  if (!holds) {
    _exit(1);
  }
}

static void tell(piece_kind kind, int marked, const char *name, const char *suffix, const void *bytes,
                 size_t length) {
  static piece told;
  const unsigned char *at = (const unsigned char *)&told;
  size_t left = sizeof told, i;
  memset(&told, 0, sizeof told);
  need(length <= piece_room && strlen(name) + strlen(suffix) < sizeof told.name);
  told.kind = kind;
  told.marked = marked;
  told.length = length;
  memcpy(told.name, name, strlen(name));
  memcpy(told.name + strlen(name), suffix, strlen(suffix));
  for (i = 0; i < length; i++) {
    told.bytes[i] = ((const unsigned char *)bytes)[i] ^ mask;
  }
  while (left > 0) {
    ssize_t done = write(child_pipe, at, left);
    need(done > 0);
    at += done;
    left -= (size_t)done;
  }
}

/* The base64 characters that the secret alone decides, with `before` bytes of something else in front. */
static void tell_text(const char *name, const unsigned char *secret, size_t length, size_t before, int url) {
  static const char *suffixes[] = {" base64", " base64 + 1", " base64 + 2"};
  static unsigned char bytes[1024], text[2048];
  size_t from = before == 0 ? 0 : before + 1, to = (before + length) * 8 / 6, i;
  memset(bytes, 0, sizeof bytes);
  memcpy(bytes + before, secret, length);
  EVP_EncodeBlock(text, bytes, (int)(before + length));
  for (i = 0; url && i < to; i++) {
    text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
  }
  tell(NEEDLE_TEXT, 0, name, suffixes[before], text + from, to - from);
}

static void tell_number(const char *name, const unsigned char *secret, size_t length) {
  static unsigned char limbs[1024];
  size_t i;
  for (i = 0; i < length; i++) {
    limbs[i] = secret[length - 1 - i];
  }
  tell(NEEDLE_BYTES, 1, name, "", secret, length);
  tell(NEEDLE_BYTES, 1, name, " limbs", limbs, length);
  for (i = 0; i < 3; i++) {
    tell_text(name, secret, length, i, 0);
    tell_text(name, secret, length, i, 1);
  }
}

/* What HMAC makes of its secret: the padded blocks, and the states behind them, which sign as well. */
static void tell_pads(const unsigned char *secret, size_t length) {
  static const struct {
    const char *block, *state;
    unsigned char byte;
  } pads[] = {{"inner pad", "inner state", 0x36}, {"outer pad", "outer state", 0x5c}};
  size_t i, j;
  for (i = 0; i < COUNT(pads); i++) {
    unsigned char padded[64];
    SHA256_CTX state;
    memset(padded, pads[i].byte, sizeof padded);
    for (j = 0; j < length; j++) {
      padded[j] ^= secret[j];
    }
    SHA256_Init(&state);
    SHA256_Update(&state, padded, sizeof padded);
    tell(NEEDLE_BYTES, 0, pads[i].block, "", padded, length);
    tell(NEEDLE_BYTES, 0, pads[i].state, "", state.h, sizeof state.h);
  }
}

/* The private members of the JWK are the secret numbers. */
static void tell_numbers(pinjwt_alg alg, const char *jwk) {
  static const char *members[] = {"k", "d", "p", "q", "dp", "dq", "qi"};
  static unsigned char bytes[1024], padded[1024];
  size_t i, told = 0;
  for (i = 0; i < COUNT(members); i++) {
    char opening[16];
    const char *text, *end;
    size_t length, rest;
    sprintf(opening, "\"%s\":\"", members[i]);
    text = strstr(jwk, opening);
    if (text == NULL) {
      continue;
    }
    text += strlen(opening);
    end = strchr(text, '"');
    need(end != NULL && end - text < 1000);
    rest = (size_t)(end - text) % 4;
    memset(padded, 'A', sizeof padded);
    for (length = 0; text + length < end; length++) {
      padded[length] = text[length] == '-' ? '+' : text[length] == '_' ? '/' : (unsigned char)text[length];
    }
    need(EVP_DecodeBlock(bytes, padded, (int)(length + (4 - rest) % 4)) > 0);
    length = length / 4 * 3 + (rest == 0 ? 0 : rest - 1);
    tell_number(members[i], bytes, length);
    if (alg == PINJWT_HS256) {
      tell_pads(bytes, length);
    }
    if (alg == PINJWT_ED25519) {
      unsigned char hash[64];
      SHA512(bytes, length, hash);
      tell(NEEDLE_BYTES, 0, "scalar and prefix", "", hash, sizeof hash);
    }
    told++;
  }
  need(told > 0);
}

static void tell_bio(piece_kind kind, int marked, const char *name, BIO *bio) {
  char *bytes = NULL;
  long length = BIO_get_mem_data(bio, &bytes);
  need(length > 0);
  tell(kind, marked, name, "", bytes, (size_t)length);
  need(BIO_reset(bio) == 1);
}

static void tell_forms(pinjwt_alg alg, EVP_PKEY *pkey) {
  BIO *bio = BIO_new(BIO_s_mem());
  const EVP_CIPHER *cipher = EVP_aes_256_cbc();
  unsigned char *phrase = (unsigned char *)passphrase;
  int length = (int)strlen(passphrase);
  need(PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1);
  tell_bio(INPUT_PEM, 0, "PKCS#8 PEM", bio);
  need(PEM_write_bio_PKCS8PrivateKey(bio, pkey, cipher, passphrase, length, NULL, NULL) == 1);
  tell_bio(INPUT_PEM, 1, "encrypted PKCS#8 PEM", bio);
  need(i2d_PKCS8PrivateKey_bio(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1);
  tell_bio(INPUT_DER, 0, "PKCS#8 DER", bio);
  if (alg == PINJWT_ED25519 || alg == PINJWT_ED448) {
    return;
  }
  need(PEM_write_bio_PrivateKey_traditional(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1);
  tell_bio(INPUT_PEM, 0, "traditional PEM", bio);
  need(PEM_write_bio_PrivateKey_traditional(bio, pkey, cipher, phrase, length, NULL, NULL) == 1);
  tell_bio(INPUT_PEM, 1, "encrypted traditional PEM", bio);
  need(i2d_PrivateKey_bio(bio, pkey) == 1);
  tell_bio(INPUT_DER, 0, "traditional DER", bio);
}

static pinjwt_key *fresh_key(pinjwt_alg alg) {
  pinjwt_key *key = NULL;
  unsigned char *der = NULL;
  EVP_PKEY *pkey;
  int length;
  if (alg != PINJWT_RS256) {
    need(pinjwt_key_generate(alg, &key, NULL) == PINJWT_OK);
    return key;
  }
  pkey = EVP_RSA_gen(2048);
  length = i2d_PrivateKey(pkey, &der);
  need(length > 0 && pinjwt_key_from_der(alg, der, (size_t)length, &key, NULL) == PINJWT_OK);
  return key;
}

/* Of a key that is made here, where none is given. */
static void child(pinjwt_alg alg, const pinjwt_key *given) {
  const pinjwt_key *key = given != NULL ? given : fresh_key(alg);
  size_t length = 0;
  unmask(passphrase, masked_passphrase, sizeof masked_passphrase - 1);
  tell(NEEDLE_BYTES, 0, "passphrase", "", passphrase, strlen(passphrase));
  need(pinjwt_key_to_jwk(key, PINJWT_PART_PRIVATE, clear, sizeof clear, &length, NULL) == PINJWT_OK);
  tell(INPUT_JWK, 0, "JWK", "", clear, length);
  tell_numbers(alg, clear);
  if (alg == PINJWT_HS256) {
    char *k = strstr(clear, "\"k\":\"") + 5;
    unsigned char bytes[48];
    size_t i;
    for (i = 0; i < 43; i++) {
      k[i] = k[i] == '-' ? '+' : k[i] == '_' ? '/' : k[i];
    }
    k[43] = 'A';
    need(EVP_DecodeBlock(bytes, (unsigned char *)k, 44) == 33);
    tell(INPUT_SECRET, 0, "raw secret", "", bytes, 32);
  } else {
    BIO *bio;
    need(pinjwt_key_to_pem(key, PINJWT_PART_PRIVATE, clear, sizeof clear, &length, NULL) == PINJWT_OK);
    bio = BIO_new_mem_buf(clear, (int)length);
    tell_forms(alg, PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL));
  }
  _exit(0);
}

/* ---- Taking the key over ----------------------------------------------------------------- */

/* Blocks of the needles, masked, by their hash: each run of 16 bytes of a needle holds one of them whole. */
static struct indexed {
  uint64_t bytes;
  unsigned short needle, offset;
  unsigned short next;
} indexed[most_blocks];
static unsigned short heads[1 << 16];
static unsigned short indexed_count;

static unsigned hash(uint64_t bytes) {
  return (unsigned)((bytes * 0x9e3779b97f4a7c15u) >> 48);
}

static void index_needles(void) {
  size_t i, offset;
  memset(heads, 0, sizeof heads);
  indexed_count = 0;
  for (i = 0; i < needle_count; i++) {
    for (offset = 0; offset + block <= needles[i].length; offset += block) {
      struct indexed *entry = &indexed[++indexed_count];
      memcpy(&entry->bytes, needles[i].bytes + offset, block);
      entry->needle = (unsigned short)i;
      entry->offset = (unsigned short)offset;
      entry->next = heads[hash(entry->bytes)];
      heads[hash(entry->bytes)] = indexed_count;
    }
  }
}

static void receive(int from) {
  for (;;) {
    unsigned char *at = (unsigned char *)&arriving;
    size_t left = sizeof arriving;
    while (left > 0) {
      ssize_t done = read(from, at, left);
      if (done <= 0) {
        return;
      }
      at += done;
      left -= (size_t)done;
    }
    if (arriving.kind < NEEDLE_BYTES && CHECK(input_count < most_inputs)) {
      inputs[input_count++] = arriving;
    } else if (arriving.kind >= NEEDLE_BYTES && CHECK(needle_count < most_needles)) {
      needles[needle_count++] = arriving;
    }
  }
}

static void take_key(pinjwt_alg alg, const pinjwt_key *given) {
  int ends[2], status = -1;
  pid_t pid;
  input_count = needle_count = 0;
  if (!CHECK(pipe(ends) == 0)) {
    return;
  }
  pid = fork();
  if (pid == 0) {
    close(ends[0]);
    child_pipe = ends[1];
    child(alg, given);
  }
  close(ends[1]);
  receive(ends[0]);
  close(ends[0]);
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  index_needles();
}

/* ---- The search -------------------------------------------------------------------------- */

static unsigned char window[window_room];
static char maps[1 << 16];
static unsigned found[most_needles];

/* How many bytes around a block are those of the needle. */
static size_t run(const struct indexed *entry, size_t at, size_t length) {
  const piece *needle = &needles[entry->needle];
  size_t before = 0, after = block;
  while (before < entry->offset && before < at &&
         (window[at - before - 1] ^ mask) == needle->bytes[entry->offset - before - 1]) {
    before++;
  }
  while (entry->offset + after < needle->length && at + after < length &&
         (window[at + after] ^ mask) == needle->bytes[entry->offset + after]) {
    after++;
  }
  return before + after;
}

static void search_window(unsigned long address, size_t length, int report, const char *mapping) {
  const uint64_t masks = 0x0101010101010101u * mask;
  size_t at;
  for (at = 0; at + block <= length; at++) {
    uint64_t bytes;
    unsigned short index;
    memcpy(&bytes, window + at, block);
    bytes ^= masks;
    for (index = heads[hash(bytes)]; index != 0; index = indexed[index].next) {
      const struct indexed *entry = &indexed[index];
      if (entry->bytes == bytes && run(entry, at, length) >= least) {
        if (report && found[entry->needle] == 0) {
          printf("  %s: %s stands at %lx in %.100s\n", check_row, needles[entry->needle].name, address + at,
                 mapping);
        }
        found[entry->needle]++;
      }
    }
  }
}

static void search_range(int memory, unsigned long from, unsigned long to, int report, const char *mapping) {
  unsigned long at = from;
  while (at < to) {
    size_t room = to - at < window_room ? (size_t)(to - at) : window_room;
    ssize_t length = pread(memory, window, room, (off_t)at);
    if (length <= 0) {
      return;
    }
    search_window(at, (size_t)length, report, mapping);
    /* The end again with what follows it: a copy may lie across. */
    at +=
        (size_t)length > 2 * least && at + (size_t)length < to ? (size_t)length - 2 * least : (size_t)length;
  }
}

/** Searches all writable memory but the search's own window; the number of copies. */
static unsigned search(int report) {
  unsigned long own = (unsigned long)(uintptr_t)window;
  int memory = open("/proc/self/mem", O_RDONLY), list = open("/proc/self/maps", O_RDONLY);
  size_t length = 0, i;
  unsigned copies = 0;
  char *line, *end;
  ssize_t done;
  memset(found, 0, sizeof found);
  while ((done = read(list, maps + length, sizeof maps - 1 - length)) > 0) {
    length += (size_t)done;
  }
  maps[length] = '\0';
  CHECK(memory >= 0 && list >= 0 && length > 0 && length < sizeof maps - 1);
  for (line = maps; (end = strchr(line, '\n')) != NULL; line = end + 1) {
    unsigned long from = strtoul(line, &line, 16), to = strtoul(line + 1, &line, 16);
    *end = '\0';
    if (strncmp(line, " rw", 3) != 0) {
      continue;
    }
    if (own >= from && own < to) {
      search_range(memory, from, own, report, line);
      search_range(memory, own + window_room, to, report, line);
    } else {
      search_range(memory, from, to, report, line);
    }
  }
  pinjwt_wipe(window, sizeof window);
  close(memory);
  close(list);
  for (i = 0; i < needle_count; i++) {
    copies += found[i];
  }
  return copies;
}

/* Whether the last search found a needle with this beginning of a name. */
static int was_found(const char *name) {
  size_t i;
  for (i = 0; i < needle_count; i++) {
    if (found[i] > 0 && strncmp(needles[i].name, name, strlen(name)) == 0) {
      return 1;
    }
  }
  return 0;
}

static int text_was_found(void) {
  size_t i;
  for (i = 0; i < needle_count; i++) {
    if (found[i] > 0 && needles[i].kind == NEEDLE_TEXT) {
      return 1;
    }
  }
  return 0;
}

/* ---- Keys -------------------------------------------------------------------------------- */

static pinjwt_alg alg;

static pinjwt_status load(const piece *input, pinjwt_alg pin, pinjwt_key **key) {
  pinjwt_status status = PINJWT_E_ARGUMENT;
  switch (input->kind) {
  case INPUT_SECRET:
    status = pinjwt_key_from_secret(pin, clear, input->length, key, ERR);
    break;
  case INPUT_DER:
    status = pinjwt_key_from_der(pin, clear, input->length, key, ERR);
    break;
  case INPUT_JWK:
    status = pinjwt_key_from_jwk(pin, clear, input->length, key, ERR);
    break;
  case INPUT_PEM:
    status =
        pinjwt_key_from_pem(pin, clear, input->length, passphrase, input->marked ? PINJWT_STR : 0, key, ERR);
    break;
  case NEEDLE_BYTES:
  case NEEDLE_TEXT:
    break;
  }
  return status;
}

static void unmask_input(const piece *input) {
  unmask(clear, input->bytes, input->length);
  if (input->marked) {
    unmask(passphrase, masked_passphrase, sizeof masked_passphrase - 1);
  }
}

static void wipe_own(void) {
  pinjwt_wipe(clear, sizeof clear);
  pinjwt_wipe(passphrase, sizeof passphrase);
}

static void use(const pinjwt_key *key) {
  size_t length = 0;
  OK(pinjwt_jws_sign(key, NULL, 0, "payload", 7, jws, sizeof jws, &length, ERR));
  OK(pinjwt_jws_verify(key, NULL, 0, jws, length, (uint8_t *)clear, sizeof clear, NULL, ERR));
  OK(pinjwt_key_to_jwk(key, PINJWT_PART_PRIVATE, clear, sizeof clear, NULL, ERR));
  pinjwt_wipe(clear, sizeof clear);
  if (alg != PINJWT_HS256) {
    OK(pinjwt_key_to_pem(key, PINJWT_PART_PRIVATE, clear, sizeof clear, NULL, ERR));
    pinjwt_wipe(clear, sizeof clear);
  }
}

/* The search sees what it is to see: this input, and the key while it lives. */
static void control_input(const piece *input) {
  unmask_input(input);
  CHECK(search(0) > 0);
  if (input->marked) {
    CHECK(was_found("passphrase"));
  } else if (input->kind == INPUT_DER || input->kind == INPUT_SECRET) {
    CHECK(was_found("d") || was_found("k"));
  } else {
    CHECK(text_was_found());
  }
  wipe_own();
  CHECK(search(0) == 0);
}

static void control_living_key(void) {
  static const char *names[] = {"k", "d", "p", "q", "dp", "dq", "qi"};
  size_t i, j;
  CHECK(search(0) > 0);
  for (i = 0; i < COUNT(names); i++) {
    for (j = 0; j < needle_count; j++) {
      if (strcmp(needles[j].name, names[i]) == 0) {
        char limbs[16];
        sprintf(limbs, "%s limbs", names[i]);
        CHECK(found[j] > 0 || was_found(limbs));
      }
    }
  }
  CHECK(!text_was_found());
  CHECK(!was_found("passphrase"));
}

typedef enum usage { LOAD, LOAD_AND_USE, REFUSE, SPOIL } usage;

static void handle(const piece *input, usage how) {
  pinjwt_key *key = NULL;
  unmask_input(input);
  if (how == REFUSE) {
    pinjwt_alg other = alg == PINJWT_HS256 ? PINJWT_HS512 : alg == PINJWT_RS256 ? PINJWT_ES384 : PINJWT_RS256;
    CHECK(load(input, other, &key) != PINJWT_OK);
    wipe_own();
  } else if (how == SPOIL) {
    clear[input->length - 1] ^= 1;
    CHECK(load(input, alg, &key) == PINJWT_E_KEY_FORMAT);
    wipe_own();
  } else {
    OK(load(input, alg, &key));
    wipe_own();
    if (how == LOAD_AND_USE) {
      use(key);
      control_living_key();
    }
    pinjwt_key_free(key);
  }
  CHECK(search(1) == 0);
}

static void every_form(void) {
  static const char *usages[] = {"loaded", "used", "refused", "spoilt"};
  static char row[80];
  size_t i, j;
  take_key(alg, NULL);
  CHECK(input_count == (alg == PINJWT_HS256 ? 2u : alg >= PINJWT_EDDSA ? 4u : 7u));
  CHECK(search(0) == 0);
  for (i = 0; i < input_count; i++) {
    check_row = inputs[i].name;
    control_input(&inputs[i]);
    for (j = 0; j < COUNT(usages); j++) {
      sprintf(row, "%s, %s", inputs[i].name, usages[j]);
      check_row = row;
      /* The last byte of DER belongs to a number that is checked, but for the Edwards curves. */
      if (j == SPOIL && (inputs[i].kind != INPUT_DER || alg >= PINJWT_EDDSA)) {
        continue;
      }
      handle(&inputs[i], (usage)j);
    }
  }
}

/* The child, which has this process's memory, tells of the key that was made here. */
static void generated(void) {
  pinjwt_key *key = NULL;
  check_row = "generated";
  OK(pinjwt_key_generate(alg, &key, ERR));
  take_key(alg, key);
  use(key);
  control_living_key();
  pinjwt_key_free(key);
  CHECK(search(1) == 0);
}

static void leftovers(void) {
  every_form();
  generated();
}

int main(void) {
  static const pinjwt_alg algs[] = {PINJWT_HS256, PINJWT_RS256,  PINJWT_ES256,   PINJWT_ES384,
                                    PINJWT_ES512, PINJWT_ES256K, PINJWT_ED25519, PINJWT_ED448};
  size_t i;
  for (i = 0; i < COUNT(algs); i++) {
    alg = algs[i];
    group(pinjwt_alg_name(alg), leftovers);
  }
  return finish();
}
