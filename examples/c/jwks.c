/* Verify tokens with the keys that an identity provider publishes, fetched with libcurl.
 *
 *   cc jwks.c $(pkg-config --cflags --libs pinjwt libcurl) -o jwks
 *   ./jwks https://login.example/jwks RS256 https://login.example my-audience <token.txt
 *
 * http:// is taken for 127.0.0.1 only, to try it out.
 */
#include <curl/curl.h>
#include <pinjwt.h>

#include <stdio.h>
#include <string.h>

#define CHECK(call)                                                                                          \
  do {                                                                                                       \
    if ((call) != PINJWT_OK)                                                                                 \
      goto done;                                                                                             \
  } while (0)

typedef struct {
  uint8_t *body;
  size_t cap, len;
} document;

/* Takes as much as there is room for; anything else than `size * count` ends the transfer. */
static size_t append(char *data, size_t size, size_t count, void *context) {
  document *into = context;
  size_t length = size * count;
  if (length > into->cap - into->len)
    return 0;
  memcpy(into->body + into->len, data, length);
  into->len += length;
  return length;
}

/* What the library calls when it needs the keys. One handle for each fetch: they are minutes apart. */
static pinjwt_fetched fetch(void *context, const char *url, uint8_t *body, size_t cap, size_t *len) {
  document into = {body, cap, 0};
  long status = 0;
  CURLcode code = CURLE_FAILED_INIT;
  CURL *curl = curl_easy_init();
  (void)context;
  if (curl != NULL) {
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http"); /* the library has judged the URL */
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 5000L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "pinjwt-example");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &into);
    code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
  }
  if (code != CURLE_OK || status != 200) {
    fprintf(stderr, "fetching the keys: %s, HTTP status %ld\n", curl_easy_strerror(code), status);
    return (pinjwt_fetched)0;
  }
  *len = into.len;
  return PINJWT_FETCHED;
}

static pinjwt_alg alg_of(const char *name) {
  int alg;
  for (alg = PINJWT_RS256; alg <= PINJWT_ED448; alg++)
    if (strcmp(name, pinjwt_alg_name((pinjwt_alg)alg)) == 0)
      return (pinjwt_alg)alg;
  return (pinjwt_alg)0;
}

int main(int argc, char **argv) {
  static const char local[] = "http://127.0.0.1:";
  static char token[16384];
  pinjwt_error err;
  pinjwt_policy *policy = NULL;
  pinjwt_jwks_source *source = NULL;
  pinjwt_verifier *verifier = NULL;
  pinjwt_claims *claims = NULL;
  pinjwt_bytes json;
  pinjwt_alg allowed;
  pinjwt_transport transport;
  int result = 1;
  if (argc != 5) {
    fprintf(stderr, "usage: %s URL ALG ISSUER AUDIENCE <TOKENS\n", argv[0]);
    return 2;
  }
  allowed = alg_of(argv[2]);
  transport = strncmp(argv[1], local, sizeof local - 1) == 0 ? PINJWT_HTTP_ALLOWED : PINJWT_HTTPS_ONLY;
  curl_global_init(CURL_GLOBAL_DEFAULT);

  CHECK(
      pinjwt_jwks_source_new(argv[1], PINJWT_STR, transport, &allowed, 1, fetch, NULL, NULL, &source, &err));
  CHECK(pinjwt_policy_new(&policy, &err));
  CHECK(pinjwt_policy_set_issuer(policy, argv[3], PINJWT_STR, &err));
  CHECK(pinjwt_policy_add_audience(policy, argv[4], PINJWT_STR, &err));
  CHECK(pinjwt_policy_set_max_lifetime(policy, 86400, &err)); /* as identity providers issue them */
  CHECK(pinjwt_verifier_new_with_source(policy, source, &verifier, &err));

  /* One token a line. The keys are fetched for the first, and again only when that is needed. */
  result = 0;
  while (fgets(token, sizeof token, stdin) != NULL) {
    if (pinjwt_verify(verifier, token, strcspn(token, "\r\n"), PINJWT_NOW, &claims, &err) == PINJWT_OK &&
        pinjwt_claims_json(claims, &json) == PINJWT_OK) {
      printf("verified: %s\n", (const char *)json.data);
    } else {
      printf("refused:  %s: %s\n", pinjwt_status_name(err.status), err.message);
      result = 1;
    }
    pinjwt_claims_free(claims);
    claims = NULL;
  }
  err.status = PINJWT_OK;

done:
  if (err.status != PINJWT_OK)
    fprintf(stderr, "%s: %s\n", pinjwt_status_name(err.status), err.message);
  pinjwt_verifier_free(verifier);
  pinjwt_policy_free(policy);
  pinjwt_jwks_source_free(source);
  curl_global_cleanup();
  return result;
}
