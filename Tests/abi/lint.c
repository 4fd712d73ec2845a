/* What the linter says of tokens and claims, and what it does with hostile text. */
#define _POSIX_C_SOURCE 200809L
#include "sets.h"

static pinjwt_status lint(const void *text, char *buf, size_t cap, size_t *len, pinjwt_error *error) {
  return pinjwt_lint(text, PINJWT_STR, T0, buf, cap, len, error);
}

/** The report; the caller frees it. */
static char *report(const char *text) {
  size_t need = 0;
  char *out;
  if (pinjwt_lint(text, PINJWT_STR, T0, NULL, 0, &need, &err) != PINJWT_E_BUFFER) {
    return format("%s", "");
  }
  out = need_(malloc(need));
  OK(pinjwt_lint(text, PINJWT_STR, T0, out, need, NULL, ERR));
  return out;
}

/* ---- The shape ------------------------------------------------------------------------- */

/** Moves past a JSON string; NULL where there is none. */
static const char *past_string(const char *at) {
  if (at == NULL || *at++ != '"') {
    return NULL;
  }
  while (*at != '\0' && *at != '"') {
    if ((unsigned char)*at < 0x20) {
      return NULL;
    }
    at += *at == '\\' && at[1] != '\0' ? 2 : 1;
  }
  return *at == '"' ? at + 1 : NULL;
}

static const char *past(const char *at, const char *text) {
  return at != NULL && strncmp(at, text, strlen(text)) == 0 ? at + strlen(text) : NULL;
}

/** The number of findings, or -1 where the report has not exactly the form of the header, the gravest first.
 */
static int findings(const char *text) {
  static const char *const severities[] = {"\"error\"", "\"warning\"", "\"note\""};
  const char *at = past(text, "{\"findings\":[");
  int count = 0, gravest = 0;
  while (at != NULL && *at != ']') {
    const char *severity, *message;
    int grade = 0;
    at = count == 0 ? at : past(at, ",");
    at = past_string(past(at, "{\"code\":"));
    severity = past(at, ",\"severity\":");
    while (severity != NULL && grade < 3 && past(severity, severities[grade]) == NULL) {
      grade++;
    }
    if (severity == NULL || grade == 3 || grade < gravest) {
      return -1;
    }
    gravest = grade;
    at = past_string(past(past(severity, severities[grade]), ",\"member\":"));
    message = past(at, ",\"message\":");
    at = past_string(message);
    if (at == NULL || at - message < 12 || at[-2] != '.') {
      return -1;
    }
    at = past(at, "}");
    count++;
  }
  at = past(at, "]}");
  return at != NULL && *at == '\0' ? count : -1;
}

static int has(const char *text, const char *code, const char *severity, const char *member) {
  char *finding = format("{\"code\":\"%s\",\"severity\":\"%s\",\"member\":\"%s\",", code, severity, member);
  int found = strstr(text, finding) != NULL;
  free(finding);
  return found;
}

static int has_code(const char *text, const char *code) {
  char *finding = format("{\"code\":\"%s\",", code);
  int found = strstr(text, finding) != NULL;
  free(finding);
  return found;
}

/* ---- Codes ----------------------------------------------------------------------------- */

#define GOOD "\"iss\":\"i\",\"aud\":\"a\",\"jti\":\"j\",\"iat\":1700000000,\"exp\":1700000900"

static void of_claims(void) {
  static const struct {
    const char *claims, *code, *severity, *member;
    int count;
  } rows[] = {
      {"{" GOOD "}", NULL, NULL, NULL, 0},
      {" \r\n\t{" GOOD "}\n ", NULL, NULL, NULL, 0},
      {"{\"iss\":\"i\",\"aud\":\"a\",\"jti\":\"j\"}", "no_exp", "error", "exp", 1},
      {"{\"iss\":\"i\",\"aud\":\"a\",\"jti\":\"j\",\"exp\":1700000900}", NULL, NULL, NULL, 0},
      {"{\"aud\":\"a\",\"jti\":\"j\",\"iat\":1700000000,\"exp\":1700000900}", "no_iss", "warning", "iss", 1},
      {"{\"iss\":\"i\",\"jti\":\"j\",\"iat\":1700000000,\"exp\":1700000900}", "no_aud", "warning", "aud", 1},
      {"{\"iss\":\"i\",\"aud\":\"a\",\"iat\":1700000000,\"exp\":1700000900}", "no_jti", "warning", "jti", 1},
      {"{\"iss\":\"i\",\"aud\":\"a\",\"jti\":\"j\",\"iat\":1690000000,\"exp\":1690000900}", "expired", NULL,
       "exp", 1},
      {"{\"iss\":\"i\",\"aud\":\"a\",\"jti\":\"j\",\"exp\":1700000000}", "expired", NULL, "exp", 1},
      {"{\"iss\":\"i\",\"aud\":\"a\",\"jti\":\"j\",\"iat\":1700000000,\"exp\":1800000000}", "long_exp",
       "warning", "exp", 1},
      {"{\"iss\":\"i\",\"aud\":\"a\",\"jti\":\"j\",\"exp\":1800000000}", "long_exp", "warning", "exp", 1},
      {"{\"iss\":\"i\",\"aud\":\"a\",\"jti\":\"j\",\"iat\":1700000000,\"exp\":1700007200}", NULL, NULL, NULL,
       0},
      {"{\"iss\":\"i\",\"aud\":\"a\",\"jti\":\"j\",\"iat\":1700000000,\"exp\":1700007201}", "long_exp",
       "warning", "exp", 1},
      {"{\"iss\":\"i\",\"aud\":\"a\",\"jti\":\"j\",\"iat\":1700000900,\"exp\":1700000900}", "exp_before_iat",
       "error", "exp", 1},
      {"{\"iss\":\"i\",\"aud\":\"a\",\"jti\":\"j\",\"exp\":1700000000000}", "invalid_time", "error", "exp",
       1},
      {"{\"iss\":\"i\",\"aud\":\"a\",\"jti\":\"j\",\"exp\":\"1700000900\"}", "invalid_time", "error", "exp",
       1},
      {"{\"iss\":\"i\",\"aud\":\"a\",\"jti\":\"j\",\"exp\":null}", "invalid_time", "error", "exp", 1},
      {"{\"iss\":\"i\",\"aud\":\"a\",\"jti\":\"j\",\"exp\":-1}", "invalid_time", "error", "exp", 1},
      {"{\"iss\":\"i\",\"aud\":\"a\",\"jti\":\"j\",\"exp\":1e400}", "invalid_time", "error", "exp", 1},
      {"{\"iss\":\"i\",\"aud\":\"a\",\"jti\":\"j\",\"iat\":true,\"exp\":1700000900}", "invalid_time", "error",
       "iat", 1},
      {"{" GOOD ",\"nbf\":[]}", "invalid_time", "error", "nbf", 1},
      {"{" GOOD ",\"password\":\"x\"}", "secret", "error", "password", 1},
      {"{" GOOD ",\"a\":[{\"clientSecret\":\"x\"}]}", "secret", "error", "clientSecret", 1},
      {"{" GOOD ",\"aws\":\"AKIAIOSFODNN7EXAMPLE\"}", "secret", "error", "aws", 1},
      {"{" GOOD ",\"key\":{\"kty\":\"oct\",\"k\":\"AA\"}}", "secret", "error", "key", 1},
      {"{" GOOD ",\"password\":\"\"}", NULL, NULL, NULL, 0},
      {"{" GOOD ",\"email\":\"anna@example.com\"}", "personal", "warning", "email", 1},
      {"{" GOOD ",\"user\":{\"phone_number\":\"+49 1\"}}", "personal", "warning", "phone_number", 1},
      {"{" GOOD ",\"user\":{\"birthdate\":1}}", "personal", "warning", "birthdate", 1},
      {"{" GOOD ",\"ssn\":\"078-05-1120\"}", "personal", "warning", "ssn", 1},
      {"{" GOOD ",\"number\":\"4111111111111111\"}", "card_number", "warning", "number", 1},
      {"{" GOOD ",\"number\":\"4111 1111 1111 1111\"}", "card_number", "warning", "number", 1},
      {"{" GOOD ",\"number\":\"5500-0000-0000-0004\"}", "card_number", "warning", "number", 1},
      {"{" GOOD ",\"number\":\"378282246310005\"}", "card_number", "warning", "number", 1},
      {"{" GOOD ",\"a\":{\"b\":[\"4111111111111111\"]}}", "card_number", "warning", "b", 1},
      /* No number, no identifier, no number that fails Luhn's test. */
      {"{" GOOD ",\"number\":4111111111111111}", NULL, NULL, NULL, 0},
      {"{" GOOD ",\"number\":\"4111111111111112\"}", NULL, NULL, NULL, 0},
      {"{" GOOD ",\"number\":\"x4111111111111111\"}", NULL, NULL, NULL, 0},
      {"{" GOOD ",\"number\":\"0000000000000000\"}", NULL, NULL, NULL, 0},
      {"{" GOOD ",\"sub\":\"4111111111111111\",\"sid\":\"4111111111111111\"}", NULL, NULL, NULL, 0},
      {"{\"iss\":\"i\",\"aud\":\"a\",\"jti\":\"4111111111111111\",\"exp\":1700000900}", NULL, NULL, NULL, 0},
      {"{" GOOD ",\"has_password\":true,\"password_changed_at\":\"x\",\"emails\":2}", NULL, NULL, NULL, 0},
  };
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    char *text = report(rows[i].claims);
    check_row = rows[i].claims;
    CHECK(findings(text) == rows[i].count);
    if (rows[i].code == NULL) {
      SAME(text, "{\"findings\":[]}");
    } else if (rows[i].severity == NULL) {
      CHECK(has_code(text, rows[i].code));
    } else {
      CHECK(has(text, rows[i].code, rows[i].severity, rows[i].member));
    }
    free(text);
  }
}

static void of_tokens(void) {
  static const struct {
    const char *header, *code, *severity, *member;
  } rows[] = {
      {"{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}", NULL, NULL, NULL},
      {"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k\"}", NULL, NULL, NULL},
      {"{\"alg\":\"PS256\",\"typ\":\"JWT\"}", NULL, NULL, NULL},
      {"{\"alg\":\"none\",\"typ\":\"JWT\"}", "alg_none", "error", "alg"},
      {"{\"alg\":\"nOnE\",\"typ\":\"JWT\"}", "alg_none", "error", "alg"},
      {"{\"typ\":\"JWT\"}", "no_alg", "error", "alg"},
      {"{\"alg\":5,\"typ\":\"JWT\"}", "no_alg", "error", "alg"},
      {"{\"alg\":\"RS1\",\"typ\":\"JWT\"}", "alg_unknown", "error", "alg"},
      {"{\"alg\":\"\",\"typ\":\"JWT\"}", "alg_unknown", "error", "alg"},
      {"{\"alg\":\"HS256\",\"typ\":\"JWT\"}", "alg_symmetric", "note", "alg"},
      {"{\"alg\":\"RS256\",\"typ\":\"JWT\"}", "alg_legacy", "note", "alg"},
      {"{\"alg\":\"EdDSA\"}", "no_typ", "note", "typ"},
      {"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"crit\":[\"b64\"]}", "critical", "error", "crit"},
      {"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"jwk\":{}}", "key_in_header", "warning", "jwk"},
      {"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"jku\":\"u\"}", "key_in_header", "warning", "jku"},
      {"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"x5u\":\"u\"}", "key_in_header", "warning", "x5u"},
      {"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"x5c\":[]}", "key_in_header", "warning", "x5c"},
  };
  char *token, *text;
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    check_row = rows[i].header;
    token = forge(rows[i].header, "{" GOOD "}");
    text = report(token);
    CHECK(findings(text) == (rows[i].code != NULL));
    if (rows[i].code == NULL) {
      SAME(text, "{\"findings\":[]}");
    } else {
      CHECK(has(text, rows[i].code, rows[i].severity, rows[i].member));
    }
    free(text);
    /* The same without a signature. */
    *(strrchr(token, '.') + 1) = '\0';
    text = report(token);
    CHECK(findings(text) == (rows[i].code != NULL) + 1);
    CHECK(has(text, "no_signature", "error", ""));
    free(text);
    free(token);
  }
  check_row = "";
  /* Everything at once, the gravest first; and white space around it. */
  token = forge("{\"alg\":\"HS256\",\"jku\":\"u\"}", "{\"email\":\"e\",\"password\":\"p\",\"exp\":1}");
  text = format(" \n%s\r\n", token);
  free(token);
  token = text;
  text = report(token);
  CHECK(findings(text) >= 8);
  CHECK(has_code(text, "alg_symmetric") && has_code(text, "key_in_header") && has_code(text, "no_typ"));
  CHECK(has_code(text, "secret") && has_code(text, "personal") && has_code(text, "expired"));
  CHECK(has_code(text, "no_iss") && has_code(text, "no_aud") && has_code(text, "no_jti"));
  free(text);
  free(check_writer(lint, token));
  free(token);
  /* Nothing is said about a header where there is none. */
  text = report("{}");
  CHECK(findings(text) == 4);
  CHECK(!has_code(text, "no_alg") && !has_code(text, "no_typ") && !has_code(text, "no_signature"));
  free(text);
}

static void sizes(void) {
  static const struct {
    size_t length;
    int large;
  } rows[] = {{2000, 0}, {3300, 1}, {7000, 1}, {700000, 1}};
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    char *filling = need_(malloc(rows[i].length + 1)), *claims, *token, *text;
    memset(filling, 'x', rows[i].length);
    filling[rows[i].length] = '\0';
    claims = format("{" GOOD ",\"x\":\"%s\"}", filling);
    text = report(claims);
    CHECK(findings(text) == rows[i].large && has(text, "large", "warning", "") == rows[i].large);
    free(text);
    token = forge("{\"alg\":\"ES256\",\"typ\":\"JWT\"}", claims);
    text = report(token);
    CHECK(findings(text) == rows[i].large && has(text, "large", "warning", "") == rows[i].large);
    free(text);
    free(token);
    free(claims);
    free(filling);
  }
}

/* ---- Arguments and hostile text -------------------------------------------------------- */

static void arguments(void) {
  char buf[8];
  BAD_TEXT(pinjwt_lint(text, length, T0, NULL, 0, NULL, ERR));
  BAD_NOW(pinjwt_lint("{}", 2, now, buf, sizeof buf, NULL, ERR));
  BAD_BUFFER(pinjwt_lint("{}", 2, T0, buf, cap, len, ERR));
  free(check_writer(lint, "{}"));
  free(check_writer(lint, "{" GOOD "}"));
  /* The clock of the system: the token has expired by now. */
  {
    char room[4096];
    OK(pinjwt_lint("{" GOOD "}", PINJWT_STR, PINJWT_NOW, room, sizeof room, NULL, ERR));
    CHECK(has_code(room, "expired"));
  }
}

static char *repeated(const char *before, const char *piece, size_t count, const char *after) {
  size_t step = strlen(piece), used = strlen(before), i;
  char *text = need_(malloc(used + step * count + strlen(after) + 1));
  memcpy(text, before, used);
  for (i = 0; i < count; i++, used += step) {
    memcpy(text + used, piece, step);
  }
  strcpy(text + used, after);
  return text;
}

static void refused(void) {
  static const struct {
    pinjwt_status status;
    const char *text;
  } rows[] = {
      {PINJWT_E_TOKEN_FORMAT, ""},
      {PINJWT_E_TOKEN_FORMAT, " "},
      {PINJWT_E_TOKEN_FORMAT, "x"},
      {PINJWT_E_TOKEN_FORMAT, "[]"},
      {PINJWT_E_TOKEN_FORMAT, "null"},
      {PINJWT_E_TOKEN_FORMAT, "\"{}\""},
      {PINJWT_E_TOKEN_FORMAT, "\xef\xbb\xbf{}"},
      {PINJWT_E_TOKEN_FORMAT, "e30.e30"},
      {PINJWT_E_TOKEN_FORMAT, "e30.e30.AA.AA"},
      {PINJWT_E_TOKEN_FORMAT, "e30=.e30.AA"},
      {PINJWT_E_TOKEN_FORMAT, "Bearer e30.e30.AA"},
      {PINJWT_E_TOKEN_FORMAT, "e30.e30.A A"},
      {PINJWT_E_TOKEN_FORMAT, "..."},
      {PINJWT_E_HEADER, "W10.e30.AA"},
      {PINJWT_E_TOKEN_FORMAT, "..AA"},
      {PINJWT_E_HEADER, "eyJhIjoxLCJhIjoyfQ.e30.AA"},
      {PINJWT_E_CLAIMS_FORMAT, "e30.W10.AA"},
      {PINJWT_E_CLAIMS_FORMAT, "e30..AA"},
      {PINJWT_E_CLAIMS_FORMAT, "e30.eyJhIjoxLCJhIjoyfQ.AA"},
      {PINJWT_E_CLAIMS_FORMAT, "{"},
      {PINJWT_E_CLAIMS_FORMAT, "{}x"},
      {PINJWT_E_CLAIMS_FORMAT, "{}{}"},
      {PINJWT_E_CLAIMS_FORMAT, "{\"a\":1,\"a\":2}"},
      {PINJWT_E_CLAIMS_FORMAT, "{\"x\":{\"a\":1,\"\\u0061\":2}}"},
      {PINJWT_E_CLAIMS_FORMAT, "{\"a\":NaN}"},
      {PINJWT_E_CLAIMS_FORMAT, "{\"a\":\"\xff\"}"},
      {PINJWT_E_CLAIMS_FORMAT, "{'a':1}"},
  };
  char buf[64], *text;
  size_t i, length = 4711;
  memset(buf, '#', sizeof buf);
  for (i = 0; i < COUNT(rows); i++) {
    check_row = rows[i].text;
    REFUSED(rows[i].status, pinjwt_lint(rows[i].text, PINJWT_STR, T0, buf, sizeof buf, &length, ERR));
  }
  check_row = "deep";
  text = repeated("{\"a\":", "[", 100000, "}");
  REFUSED(PINJWT_E_CLAIMS_FORMAT, pinjwt_lint(text, PINJWT_STR, T0, buf, sizeof buf, &length, ERR));
  free(text);
  check_row = "long";
  text = repeated("{", " ", 1048575, "}");
  REFUSED(PINJWT_E_TOKEN_SIZE, pinjwt_lint(text, PINJWT_STR, T0, buf, sizeof buf, &length, ERR));
  free(text);
  text = repeated("e30.", "A", 1048576, ".AA");
  REFUSED(PINJWT_E_TOKEN_SIZE, pinjwt_lint(text, PINJWT_STR, T0, buf, sizeof buf, &length, ERR));
  free(text);
  text = repeated("{", " ", 1048574, "}");
  REFUSED(PINJWT_E_BUFFER, pinjwt_lint(text, PINJWT_STR, T0, buf, sizeof buf, NULL, ERR));
  free(text);
  /* White space around it does not count. */
  text = repeated("{}", "\n", 1048576, " ");
  REFUSED(PINJWT_E_BUFFER, pinjwt_lint(text, PINJWT_STR, T0, buf, sizeof buf, NULL, ERR));
  free(text);
  CHECK(length == 4711 && check_all_(buf, 0, sizeof buf, '#'));
}

static void hostile(void) {
  char *text, *claims;
  /* A member's name is written as JSON, whatever is in it. */
  text = report("{" GOOD ",\"\\\"},{\\u0000\\n\\u007f\":\"4111111111111111\"}");
  CHECK(findings(text) == 1);
  CHECK(strstr(text, "\\\"},{\\u0000\\u000a") != NULL);
  free(text);
  text = report("{" GOOD ",\"\xc3\xa4\xf0\x9f\x98\x80\":\"4111111111111111\"}");
  CHECK(findings(text) == 1 && strstr(text, "\"member\":\"\xc3\xa4\xf0\x9f\x98\x80\"") != NULL);
  free(text);
  /* The deepest that is read, with a finding at the bottom, and one deeper. */
  claims = repeated("{" GOOD ",\"a\":", "{\"a\":", 62, "{\"email\":1}");
  text = repeated(claims, "}", 63, "");
  free(claims);
  claims = text;
  text = report(claims);
  CHECK(findings(text) == 1 && has(text, "personal", "warning", "email"));
  free(text);
  free(claims);
  claims = repeated("{" GOOD ",\"a\":", "{\"a\":", 63, "{\"email\":1}");
  text = repeated(claims, "}", 64, "");
  REFUSED(PINJWT_E_CLAIMS_FORMAT, pinjwt_lint(text, PINJWT_STR, T0, NULL, 0, NULL, ERR));
  free(text);
  free(claims);
  /* A great many findings; a card number of a million digits; a great many members. */
  claims = repeated("{" GOOD ",\"a\":[{\"ip\":1}", ",{\"ip\":1}", (size_t)rounds_of(110000, 2000), "]}");
  text = report(claims);
  CHECK(findings(text) == 100);
  free(text);
  free(claims);
  claims = repeated("{" GOOD ",\"a\":\"", "4", 1000000, "\"}");
  text = report(claims);
  CHECK(findings(text) == 1 && has_code(text, "large"));
  free(text);
  free(claims);
  {
    int members = rounds_of(60000, 2000), i;
    char *to = claims = need_(malloc((size_t)members * 16 + 256));
    to += sprintf(to, "{" GOOD);
    for (i = 0; i < members; i++) {
      to += sprintf(to, ",\"m%d\":[]", i);
    }
    strcpy(to, "}");
    text = report(claims);
    CHECK(findings(text) == 1 && has_code(text, "large"));
    free(text);
    free(claims);
  }
}

/* Numbers of cards in the places where identifiers stand, and the other way round. */
static void card_numbers(void) {
  int i, found = 0, count = rounds_of(2000, 50);
  for (i = 0; i < count; i++) {
    unsigned char bytes[32];
    char digits[17], *claims, *text;
    int k, sum = 0;
    random_block((unsigned long)i, bytes);
    digits[0] = '4';
    for (k = 1; k < 15; k++) {
      digits[k] = (char)('0' + bytes[k] % 10);
    }
    for (k = 0; k < 15; k++) {
      int value = (digits[k] - '0') * (k % 2 ? 1 : 2);
      sum += value > 9 ? value - 9 : value;
    }
    digits[15] = (char)('0' + (10 - sum % 10) % 10);
    digits[16] = '\0';
    claims =
        format("{\"iss\":\"i\",\"aud\":\"a\",\"jti\":\"%s\",\"sub\":\"%s\",\"sid\":\"%s\",\"exp\":1700000900,"
               "\"n\":%s,\"x\":\"%s\"}",
               digits, digits, digits, digits, digits);
    text = report(claims);
    found += findings(text) == 1 && has(text, "card_number", "warning", "x");
    free(text);
    free(claims);
  }
  CHECK(found == count);
}

int main(void) {
  group("of claims", of_claims);
  group("of tokens", of_tokens);
  group("sizes", sizes);
  group("arguments", arguments);
  group("refused", refused);
  group("hostile", hostile);
  group("card numbers", card_numbers);
  return finish();
}
