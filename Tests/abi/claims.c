/* Getters of verified claims. */
#include "tokens.h"

#define PAYLOAD                                                                                              \
  "{\"exp\":1700000900.75,\"s\":\"t\\u00e9xt \\ud83d\\ude00\\n\",\"nul\":\"a\\u0000b\",\"empty\":\"\","      \
  "\"list\":[\"one\",\"tw\\u006f\",\"\"],\"none\":[],\"mixed\":[\"a\",1],\"nested\":[[\"a\"],{\"b\":\"]\"}]" \
  ","                                                                                                        \
  "\"n\":-42,\"max\":9223372036854775807,\"min\":-9223372036854775808,\"over\":9223372036854775808,"         \
  "\"half\":1.5,\"e\":12e2,\"whole\":5.000,\"t\":true,\"f\":false,\"null\":null,\"o\": { \"a\" : [1] } ,"    \
  "\"\\u006eame\":\"x\",\"\":\"no name\",\"late\":253402300800,\"before\":-1}"

static pinjwt_claims *verified(void) {
  pinjwt_policy *policy = new_policy();
  pinjwt_key *key = hs256_key();
  pinjwt_verifier *verifier = new_verifier(policy, key);
  pinjwt_claims *claims = NULL;
  char *token = forge(HS256_HEADER, PAYLOAD);
  MUST(pinjwt_verify(verifier, token, PINJWT_STR, T0, &claims, &err));
  free(token);
  pinjwt_verifier_free(verifier);
  pinjwt_policy_free(policy);
  pinjwt_key_free(key);
  return claims;
}

static void strings(void) {
  static const struct {
    const char *name, *value;
    pinjwt_status status;
  } rows[] = {
      {"s", "t\xc3\xa9xt \xf0\x9f\x98\x80\n", PINJWT_OK},
      {"empty", "", PINJWT_OK},
      {"name", "x", PINJWT_OK},
      {"", "no name", PINJWT_OK},
      {"nul", NULL, PINJWT_E_CLAIM_INVALID},
      {"list", NULL, PINJWT_E_CLAIM_INVALID},
      {"n", NULL, PINJWT_E_CLAIM_INVALID},
      {"null", NULL, PINJWT_E_CLAIM_INVALID},
      {"absent", NULL, PINJWT_E_CLAIM_MISSING},
      {"a", NULL, PINJWT_E_CLAIM_MISSING},
      {"S", NULL, PINJWT_E_CLAIM_MISSING},
  };
  pinjwt_claims *claims = verified();
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    pinjwt_bytes found = {UNTOUCHED, 4711};
    check_row = rows[i].name;
    DENIED(rows[i].status, pinjwt_claims_get_string(claims, rows[i].name, PINJWT_STR, &found));
    if (rows[i].value != NULL) {
      LENT(found, rows[i].value);
      CHECK(found.data[found.len] == '\0');
    } else {
      CHECK((const void *)found.data == UNTOUCHED && found.len == 4711);
    }
  }
  pinjwt_claims_free(claims);
}

static void items(void) {
  static const struct {
    const char *name;
    size_t index;
    const char *value;
    pinjwt_status status;
  } rows[] = {
      {"list", 0, "one", PINJWT_OK},
      {"list", 1, "two", PINJWT_OK},
      {"list", 2, "", PINJWT_OK},
      {"list", 3, NULL, PINJWT_E_CLAIM_MISSING},
      {"list", PTRDIFF_MAX, NULL, PINJWT_E_CLAIM_MISSING},
      {"list", (size_t)-1, NULL, PINJWT_E_CLAIM_MISSING},
      {"empty", 0, "", PINJWT_OK},
      {"empty", 1, NULL, PINJWT_E_CLAIM_MISSING},
      {"nul", 0, NULL, PINJWT_E_CLAIM_INVALID},
      {"none", 0, NULL, PINJWT_E_CLAIM_MISSING},
      {"mixed", 0, NULL, PINJWT_E_CLAIM_INVALID},
      {"mixed", 1, NULL, PINJWT_E_CLAIM_INVALID},
      {"nested", 0, NULL, PINJWT_E_CLAIM_INVALID},
      {"n", 0, NULL, PINJWT_E_CLAIM_INVALID},
      {"absent", 0, NULL, PINJWT_E_CLAIM_MISSING},
  };
  pinjwt_claims *claims = verified();
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    pinjwt_bytes found = {NULL, 0};
    check_row = rows[i].name;
    DENIED(rows[i].status, pinjwt_claims_get_item(claims, rows[i].name, PINJWT_STR, rows[i].index, &found));
    if (rows[i].value != NULL) {
      LENT(found, rows[i].value);
      CHECK(found.data[found.len] == '\0');
    }
  }
  pinjwt_claims_free(claims);
}

static void numbers(void) {
  static const struct {
    const char *name;
    pinjwt_status integer_status, time_status;
    int64_t integer, time;
  } rows[] = {
      {"n", PINJWT_OK, PINJWT_E_CLAIM_INVALID, -42, 0},
      {"max", PINJWT_OK, PINJWT_E_CLAIM_INVALID, INT64_MAX, 0},
      {"min", PINJWT_OK, PINJWT_E_CLAIM_INVALID, INT64_MIN, 0},
      {"over", PINJWT_E_CLAIM_INVALID, PINJWT_E_CLAIM_INVALID, 0, 0},
      {"half", PINJWT_E_CLAIM_INVALID, PINJWT_OK, 0, 1},
      {"e", PINJWT_OK, PINJWT_OK, 1200, 1200},
      {"whole", PINJWT_OK, PINJWT_OK, 5, 5},
      {"exp", PINJWT_E_CLAIM_INVALID, PINJWT_OK, 0, 1700000900},
      {"late", PINJWT_OK, PINJWT_E_CLAIM_INVALID, 253402300800, 0},
      {"before", PINJWT_OK, PINJWT_E_CLAIM_INVALID, -1, 0},
      {"s", PINJWT_E_CLAIM_INVALID, PINJWT_E_CLAIM_INVALID, 0, 0},
      {"t", PINJWT_E_CLAIM_INVALID, PINJWT_E_CLAIM_INVALID, 0, 0},
      {"absent", PINJWT_E_CLAIM_MISSING, PINJWT_E_CLAIM_MISSING, 0, 0},
  };
  pinjwt_claims *claims = verified();
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    int64_t integer = 4711, time = 4711;
    check_row = rows[i].name;
    DENIED(rows[i].integer_status, pinjwt_claims_get_int(claims, rows[i].name, PINJWT_STR, &integer));
    CHECK(integer == (rows[i].integer_status == PINJWT_OK ? rows[i].integer : 4711));
    DENIED(rows[i].time_status, pinjwt_claims_get_time(claims, rows[i].name, PINJWT_STR, &time));
    CHECK(time == (rows[i].time_status == PINJWT_OK ? rows[i].time : 4711));
  }
  pinjwt_claims_free(claims);
}

static void other_values(void) {
  static const struct {
    const char *name, *json;
  } rows[] = {
      {"t", "true"},
      {"null", "null"},
      {"n", "-42"},
      {"s", "\"t\\u00e9xt \\ud83d\\ude00\\n\""},
      {"e", "12e2"},
      {"none", "[]"},
      {"o", "{ \"a\" : [1] }"},
      {"nested", "[[\"a\"],{\"b\":\"]\"}]"},
  };
  pinjwt_claims *claims = verified();
  pinjwt_bytes found;
  int truth = 4711;
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    check_row = rows[i].name;
    GETS(pinjwt_claims_get_json(claims, rows[i].name, PINJWT_STR, &found));
    LENT(found, rows[i].json);
  }
  check_row = "";
  DENIED(PINJWT_E_CLAIM_MISSING, pinjwt_claims_get_json(claims, "absent", PINJWT_STR, &found));
  DENIED(PINJWT_E_CLAIM_INVALID, pinjwt_claims_get_bool(claims, "n", PINJWT_STR, &truth));
  DENIED(PINJWT_E_CLAIM_INVALID, pinjwt_claims_get_bool(claims, "null", PINJWT_STR, &truth));
  DENIED(PINJWT_E_CLAIM_MISSING, pinjwt_claims_get_bool(claims, "absent", PINJWT_STR, &truth));
  CHECK(truth == 4711);
  GETS(pinjwt_claims_get_bool(claims, "t", PINJWT_STR, &truth));
  CHECK(truth == 1);
  GETS(pinjwt_claims_get_bool(claims, "f", PINJWT_STR, &truth));
  CHECK(truth == 0);
  GETS(pinjwt_claims_json(claims, &found));
  LENT(found, PAYLOAD);
  CHECK(found.data[found.len] == '\0');
  GETS(pinjwt_claims_header(claims, &found));
  LENT(found, HS256_HEADER);
  pinjwt_claims_free(claims);
}

static void arguments(void) {
  pinjwt_claims *claims = verified();
  pinjwt_bytes bytes;
  int64_t number;
  int truth;
  size_t i;
  for (i = 0; i < COUNT(bad_texts); i++) {
    const char *text = bad_texts[i].text;
    size_t length = bad_texts[i].length;
    DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_get_string(claims, text, length, &bytes));
    DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_get_item(claims, text, length, 0, &bytes));
    DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_get_int(claims, text, length, &number));
    DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_get_time(claims, text, length, &number));
    DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_get_bool(claims, text, length, &truth));
    DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_get_json(claims, text, length, &bytes));
  }
  DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_get_string(NULL, "s", 1, &bytes));
  DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_get_string(claims, "s", 1, NULL));
  DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_get_item(NULL, "s", 1, 0, &bytes));
  DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_get_item(claims, "s", 1, 0, NULL));
  DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_get_int(NULL, "n", 1, &number));
  DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_get_int(claims, "n", 1, NULL));
  DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_get_time(NULL, "e", 1, &number));
  DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_get_time(claims, "e", 1, NULL));
  DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_get_bool(NULL, "t", 1, &truth));
  DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_get_bool(claims, "t", 1, NULL));
  DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_get_json(NULL, "t", 1, &bytes));
  DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_get_json(claims, "t", 1, NULL));
  DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_json(NULL, &bytes));
  DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_json(claims, NULL));
  DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_header(NULL, &bytes));
  DENIED(PINJWT_E_ARGUMENT, pinjwt_claims_header(claims, NULL));
  pinjwt_claims_free(NULL);
  pinjwt_claims_free(claims);
}

int main(void) {
  group("strings", strings);
  group("items", items);
  group("numbers and times", numbers);
  group("other values", other_values);
  group("arguments", arguments);
  return finish();
}
