/* Claims that carry a secret are not signed; everything else is. */
#define _POSIX_C_SOURCE 200809L
#include "sets.h"

static pinjwt_status sign(const pinjwt_signer *signer, const char *claims, pinjwt_error *error) {
  static char token[65536];
  size_t length = 4711;
  pinjwt_status status;
  token[0] = '#';
  status = pinjwt_sign(signer, claims, PINJWT_STR, T0, token, sizeof token, &length, error);
  if (status != PINJWT_OK) {
    CHECK(length == 4711 && token[0] == '#');
  }
  return status;
}

static pinjwt_signer *plain_signer(void) {
  pinjwt_policy *policy = new_policy();
  pinjwt_key *key = hs256_key();
  pinjwt_signer *signer;
  MUST(pinjwt_policy_add_audience(policy, "orders", PINJWT_STR, &err));
  signer = new_signer(policy, key);
  pinjwt_policy_free(policy);
  pinjwt_key_free(key);
  return signer;
}

static const char *const names[] = {
    "password",   "passwd",      "passphrase", "client_secret",      "clientSecret",     "private_key",
    "privateKey", "secret_key",  "secretKey",  "api_secret",         "apiSecret",        "cvv",
    "cvc",        "card_number", "cardNumber", "credit_card_number", "creditCardNumber",
};

/* %s is the member; in each the name it is told by is the member's own. */
static const char *const places[] = {
    "{%s}",
    "{\"sub\":\"anna\",%s,\"n\":1}",
    "{\"user\":{%s}}",
    "{\"users\":[{},{%s}]}",
    "{\"a\":{\"b\":[[{\"c\":{%s}}]]}}",
    "{\"a\":[1,2,{\"x\":null},{\"y\":[],%s}],\"z\":{}}",
};

static char *placed(const char *place, const char *inner) {
  const char *hole = strstr(place, "%s");
  return format("%.*s%s%s", (int)(hole - place), place, inner, hole + 2);
}

static void by_name(void) {
  pinjwt_signer *signer = plain_signer();
  size_t n, p;
  for (n = 0; n < COUNT(names); n++) {
    for (p = 0; p < COUNT(places); p++) {
      char *member = format("\"%s\":\"x\"", names[n]), *claims = placed(places[p], member);
      check_row = claims;
      REFUSED_FOR(PINJWT_E_SENSITIVE, names[n], sign(signer, claims, ERR));
      /* Before the size of the buffer is looked at. */
      REFUSED(PINJWT_E_SENSITIVE, pinjwt_sign(signer, claims, PINJWT_STR, T0, NULL, 0, NULL, ERR));
      free(member);
      free(claims);
    }
  }
  check_row = "";
  REFUSED_FOR(PINJWT_E_SENSITIVE, "password", sign(signer, "{\"p\\u0061ssword\":\"x\"}", ERR));
  REFUSED_FOR(PINJWT_E_SENSITIVE, "password", sign(signer, "{\"password\":\"\\u0000\"}", ERR));
  REFUSED_FOR(PINJWT_E_SENSITIVE, "password", sign(signer, "{\"password\":\" \"}", ERR));
  pinjwt_signer_free(signer);
}

static void nested_at_most(void) {
  pinjwt_signer *signer = plain_signer();
  char claims[2048] = "";
  int levels;
  /* As deep as JSON is read. */
  for (levels = 1; levels < 64; levels++) {
    strcat(claims, "{\"a\":");
  }
  strcat(claims, "{\"cvv\":\"1\"}");
  for (levels = 1; levels < 64; levels++) {
    strcat(claims, "}");
  }
  REFUSED_FOR(PINJWT_E_SENSITIVE, "cvv", sign(signer, claims, ERR));
  pinjwt_signer_free(signer);
}

static void by_value(void) {
  static const struct {
    const char *value, *what;
  } rows[] = {
      {"\"note\":\"-----BEGIN PRIVATE KEY-----\\nMIGH\\n-----END PRIVATE KEY-----\\n\"", "note"},
      {"\"note\":\"-----BEGIN RSA PRIVATE KEY-----\\nMIGH\\n-----END RSA PRIVATE KEY-----\"", "note"},
      {"\"note\":\"-----BEGIN EC PRIVATE KEY-----\\r\\nMIGH\\r\\n-----END EC PRIVATE KEY-----\"", "note"},
      {"\"note\":\"-----BEGIN ENCRYPTED PRIVATE KEY-----\\nMIGH\\n-----END ENCRYPTED PRIVATE KEY-----\"",
       "note"},
      {"\"note\":\"-----BEGIN OPENSSH PRIVATE KEY-----\\nb3Bl\\n-----END OPENSSH PRIVATE KEY-----\"", "note"},
      {"\"note\":\"\\u002d----BEGIN PRIV\\u0041TE KEY-----\\nMIGH\\n-----END PRIVATE KEY-----\"", "note"},
      {"\"note\":\"see: -----BEGIN PRIVATE KEY-----\\nMIGH\\n-----END PRIVATE KEY-----\"", "note"},
      {"\"notes\":[1,\"-----BEGIN PRIVATE KEY-----\\nMIGH\\n-----END PRIVATE KEY-----\"]", "notes"},
      {"\"key\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\",\"d\":\"AA\"}", "key"},
      {"\"key\":{\"d\":\"AA\",\"kty\":\"OKP\",\"x\":\"AA\"}", "key"},
      {"\"key\":{\"kty\":\"RSA\",\"n\":\"AA\",\"e\":\"AQAB\",\"d\":\"AA\"}", "key"},
      {"\"key\":{\"kty\":\"oct\",\"k\":\"AA\"}", "key"},
      {"\"cnf\":{\"jwk\":{\"k\":\"AA\",\"x\":{},\"kt\\u0079\":\"oct\"}}", "jwk"},
      {"\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\"}]", "keys"},
      {"\"aws\":\"AKIAIOSFODNN7EXAMPLE\"", "aws"},
      {"\"t\":\"ghp_q3Zr8Lw1Xv6Tn0Ys5Kb9Hd2Mf7Gc4PjRuEaQ\"", "t"},
      {"\"t\":[\"ghp_q3Zr8Lw1Xv6Tn0Ys5Kb9Hd2Mf7Gc4PjRuEaQ\"]", "t"},
      {"\"stripe\":\"sk_live_"
       "q3Zr8Lw1Xv6Tn0Ys5Kb9Hd2M\"",
       "stripe"},
      {"\"sub\":\"AKIAIOSFODNN7EXAMPLE\"", "sub"},
  };
  pinjwt_signer *signer = plain_signer();
  size_t i, p;
  for (i = 0; i < COUNT(rows); i++) {
    for (p = 0; p < COUNT(places); p++) {
      char *claims = placed(places[p], rows[i].value);
      check_row = claims;
      if (p != 1 || strcmp(rows[i].what, "sub") != 0) {
        REFUSED_FOR(PINJWT_E_SENSITIVE, rows[i].what, sign(signer, claims, ERR));
      }
      free(claims);
    }
  }
  check_row = "";
  REFUSED(PINJWT_E_SENSITIVE, sign(signer, "{\"kty\":\"oct\",\"k\":\"AA\"}", ERR));
  pinjwt_signer_free(signer);
}

static void harmless(void) {
  static const char *const rows[] = {
      "\"has_password\":\"yes\"",
      "\"password_changed_at\":\"2024-01-01\"",
      "\"password_reset\":\"x\"",
      "\"passwords\":\"x\"",
      "\"PASSWORD\":\"x\"",
      "\"my_password\":\"x\"",
      "\"password \":\"x\"",
      "\"password\\u0000\":\"x\"",
      "\"password\":\"\"",
      "\"password\":true",
      "\"password\":false",
      "\"password\":null",
      "\"password\":1234",
      "\"password\":{\"changed\":\"2024\"}",
      "\"password\":{}",
      "\"password\":[]",
      "\"cvv\":123",
      "\"card_number\":4111111111111111",
      "\"card\":\"4111111111111111\"",
      "\"note\":\"4111 1111 1111 1111\"",
      "\"note\":\"password\"",
      "\"amr\":[\"pwd\",\"password\",\"client_secret\"]",
      "\"secret\":\"x\"",
      "\"token_endpoint_auth_method\":\"client_secret_basic\"",
      "\"note\":\"-----BEGIN PUBLIC KEY-----\\nMFkw\\n-----END PUBLIC KEY-----\"",
      "\"note\":\"-----BEGIN CERTIFICATE-----\\nMFkw\\n-----END CERTIFICATE-----\"",
      "\"note\":\"the private key\"",
      "\"cnf\":{\"jwk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}}",
      "\"jwks\":{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AA\",\"e\":\"AQAB\",\"kid\":\"d\"}]}",
      "\"k\":\"v\",\"d\":\"4\"",
      "\"key\":{\"k\":\"v\"}",
      "\"kty\":\"oct\",\"inner\":{\"k\":\"AA\"}",
      "\"key\":{\"kty\":\"oct\",\"inner\":{\"k\":\"AA\"}}",
      "\"key\":{\"inner\":{\"kty\":\"oct\"},\"k\":\"AA\"}",
      "\"name\":\"AKIA\"",
      "\"name\":\"ghp_\"",
      "\"name\":\"sk_live_\"",
      "\"name\":\"see AKIAIOSFODNN7EXAMPLE\"",
      "\"name\":\"AKIAKIKO Tanaka\"",
      "\"sid\":\"4111111111111111\"",
      "\"email\":\"anna@example.com\"",
      "\"\":\"\"",
  };
  pinjwt_signer *signer = plain_signer();
  size_t i, p;
  for (i = 0; i < COUNT(rows); i++) {
    for (p = 0; p < COUNT(places); p++) {
      char *claims = placed(places[p], rows[i]);
      check_row = claims;
      OK(sign(signer, claims, ERR));
      free(claims);
    }
  }
  pinjwt_signer_free(signer);
}

static int luhn(const char *digits) {
  int sum = 0, second = 0;
  size_t i;
  for (i = strlen(digits); i-- > 0; second = !second) {
    int value = (digits[i] - '0') * (second ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 == 0;
}

/* One in ten numbers passes Luhn's test: no subject is taken for a card. */
static void numeric_subjects(void) {
  int count = rounds_of(100000, 500), i, refused = 0, cards = 0;
  pinjwt_signer *signer = plain_signer();
  for (i = 0; i < count; i++) {
    unsigned char bytes[32];
    char digits[20], claims[128], token[1024];
    int length = 16 + i % 4, k;
    random_block((unsigned long)i, bytes);
    for (k = 0; k < length; k++) {
      digits[k] = (char)('0' + bytes[k] % 10);
    }
    digits[0] = (char)('1' + bytes[0] % 9);
    digits[length] = '\0';
    cards += luhn(digits);
    sprintf(claims, i % 2 ? "{\"sub\":\"%s\"}" : "{\"sub\":\"%s\",\"user\":{\"id\":\"%s\"}}", digits, digits);
    refused += pinjwt_sign(signer, claims, PINJWT_STR, T0, token, sizeof token, NULL, NULL) != PINJWT_OK;
  }
  CHECK(refused == 0);
  CHECK(cards > count / 20);
  OK(sign(signer, "{\"sub\":\"4111111111111111\"}", ERR));
  pinjwt_signer_free(signer);
}

static void allowed(void) {
  static const struct {
    const char *allow, *claims, *what;
  } rows[] = {
      {"password", "{\"password\":\"x\"}", NULL},
      {"password", "{\"a\":[{\"password\":\"x\"}]}", NULL},
      {"user", "{\"user\":{\"password\":\"x\",\"cvv\":\"1\"}}", NULL},
      {"user", "{\"user\":[{\"a\":{\"b\":[[{\"password\":\"x\"}]]}}]}", NULL},
      {"keys", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\"}]}", NULL},
      {"aws", "{\"aws\":\"AKIAIOSFODNN7EXAMPLE\"}", NULL},
      {"note", "{\"note\":[\"-----BEGIN PRIVATE KEY-----\\nMIGH\\n-----END PRIVATE KEY-----\"]}", NULL},
      {"password", "{\"p\\u0061ssword\":\"x\"}", NULL},
      {"password", "{\"password\":\"x\",\"cvv\":\"1\"}", "cvv"},
      {"password", "{\"cvv\":\"1\",\"password\":\"x\"}", "cvv"},
      {"user", "{\"user\":{\"cvv\":\"1\"},\"password\":\"x\"}", "password"},
      {"user", "{\"user\":{\"a\":[{}]},\"b\":[{\"password\":\"x\"}]}", "password"},
      {"user", "{\"user\":{},\"password\":\"x\"}", "password"},
      {"user", "{\"user\":1,\"password\":\"x\"}", "password"},
      {"user", "{\"users\":{\"password\":\"x\"}}", "password"},
      {"user", "{\"a\":{\"user\":[]},\"b\":\"AKIAIOSFODNN7EXAMPLE\"}", "b"},
      {"a", "{\"b\":[{\"a\":[]},\"AKIAIOSFODNN7EXAMPLE\"]}", "b"},
      {"Password", "{\"password\":\"x\"}", "password"},
      {"kty", "{\"key\":{\"kty\":\"oct\",\"k\":\"AA\"}}", "key"},
  };
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    pinjwt_policy *policy = new_policy();
    pinjwt_key *key = hs256_key();
    pinjwt_signer *signer;
    check_row = rows[i].claims;
    OK(pinjwt_policy_allow_sensitive(policy, rows[i].allow, PINJWT_STR, ERR));
    signer = new_signer(policy, key);
    if (rows[i].what == NULL) {
      OK(sign(signer, rows[i].claims, ERR));
    } else {
      REFUSED_FOR(PINJWT_E_SENSITIVE, rows[i].what, sign(signer, rows[i].claims, ERR));
    }
    pinjwt_signer_free(signer);
    pinjwt_policy_free(policy);
    pinjwt_key_free(key);
  }
}

static void arguments(void) {
  pinjwt_policy *policy = new_policy();
  pinjwt_key *key = hs256_key();
  pinjwt_signer *signer;
  char name[1026];
  int i;
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_policy_allow_sensitive(NULL, "x", 1, ERR));
  BAD_TEXT(pinjwt_policy_allow_sensitive(policy, text, length, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_policy_allow_sensitive(policy, "", 0, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_policy_allow_sensitive(policy, NULL, 0, ERR));
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_policy_allow_sensitive(policy, "\xff", 1, ERR));
  memset(name, 'n', sizeof name);
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_policy_allow_sensitive(policy, name, 1025, ERR));
  OK(pinjwt_policy_allow_sensitive(policy, name, 1024, ERR));
  for (i = 1; i < 64; i++) {
    sprintf(name, "n%d", i);
    OK(pinjwt_policy_allow_sensitive(policy, name, PINJWT_STR, ERR));
  }
  REFUSED(PINJWT_E_ARGUMENT, pinjwt_policy_allow_sensitive(policy, "password", PINJWT_STR, ERR));
  signer = new_signer(policy, key);
  OK(sign(signer, "{\"n63\":{\"password\":\"x\"}}", ERR));
  REFUSED(PINJWT_E_SENSITIVE, sign(signer, "{\"password\":\"x\"}", ERR));
  pinjwt_signer_free(signer);
  pinjwt_policy_free(policy);
  pinjwt_key_free(key);
}

/* Verifying judges none of it: the token is there already. */
static void verifying(void) {
  pinjwt_policy *policy = usual_policy();
  pinjwt_key *key = hs256_key();
  pinjwt_verifier *verifier = new_verifier(policy, key);
  char *token =
      forge(HS256_HEADER, "{\"iss\":\"https://issuer.example\",\"aud\":\"orders\",\"exp\":1700000900,"
                          "\"password\":\"x\",\"aws\":\"AKIAIOSFODNN7EXAMPLE\"}");
  ACCEPTED(verifier, token, T0);
  free(token);
  pinjwt_verifier_free(verifier);
  pinjwt_policy_free(policy);
  pinjwt_key_free(key);
}

int main(void) {
  group("by name", by_name);
  group("nested at most", nested_at_most);
  group("by value", by_value);
  group("harmless", harmless);
  group("numeric subjects", numeric_subjects);
  group("allowed", allowed);
  group("arguments", arguments);
  group("verifying", verifying);
  return finish();
}
