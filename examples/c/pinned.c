/* A server that holds an RS256 key, and the forger who knows its public half.
 *
 * The forger takes the public key's PEM text for an HMAC secret and writes "HS256" into the header. A library
 * that lets the token choose verifies the HMAC with the server's public key, and believes it
 * (CVE-2016-10555).
 *
 *   cc pinned.c $(pkg-config --cflags --libs pinjwt) -lcrypto -o pinned
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pinjwt.h>

#include <stdio.h>
#include <string.h>

static void base64url(const unsigned char *bytes, size_t count, char *text) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  unsigned bits = 0;
  int held = 0;
  while (count-- > 0) {
    bits = bits << 8 | *bytes++;
    for (held += 8; held >= 6; held -= 6)
      *text++ = alphabet[bits >> (held - 6) & 63];
  }
  if (held > 0)
    *text++ = alphabet[bits << (6 - held) & 63];
  *text = 0;
}

/* What the forger does by hand: {"alg":"HS256"} and HMAC-SHA256 under the PEM text. */
static void forge(const char *pem, size_t pem_len, char *token) {
  static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
  static const char payload[] = "{\"sub\":\"admin\",\"exp\":1700000600}";
  unsigned char mac[32];
  unsigned int mac_len = sizeof mac;
  base64url((const unsigned char *)header, strlen(header), token);
  strcat(token, ".");
  base64url((const unsigned char *)payload, strlen(payload), token + strlen(token));
  HMAC(EVP_sha256(), pem, (int)pem_len, (const unsigned char *)token, strlen(token), mac, &mac_len);
  strcat(token, ".");
  base64url(mac, mac_len, token + strlen(token));
}

int main(void) {
  const int64_t now = 1700000000;
  pinjwt_error err;
  pinjwt_key *key = NULL, *public_key = NULL, *confused = NULL;
  pinjwt_policy *policy = NULL;
  pinjwt_signer *signer = NULL;
  pinjwt_verifier *verifier = NULL;
  pinjwt_claims *claims = NULL, *none = NULL;
  char pem[2048], token[2048], forged[1024];
  size_t pem_len, length;
  int result = 1;

  if (pinjwt_key_generate(PINJWT_RS256, &key, &err) ||
      pinjwt_key_to_pem(key, PINJWT_PART_PUBLIC, pem, sizeof pem, &pem_len, &err) ||
      pinjwt_key_from_pem(PINJWT_RS256, pem, pem_len, NULL, 0, &public_key, &err) ||
      pinjwt_policy_new(&policy, &err) || pinjwt_verifier_new(policy, public_key, &verifier, &err) ||
      pinjwt_signer_new(policy, key, &signer, &err) ||
      pinjwt_sign(signer, "{\"sub\":\"alice\"}", PINJWT_STR, now, token, sizeof token, &length, &err) ||
      pinjwt_verify(verifier, token, length, now, &claims, &err)) {
    fprintf(stderr, "%s: %s\n", pinjwt_status_name(err.status), err.message);
    goto done;
  }
  printf("The honest token, RS256:    accepted\n");

  forge(pem, pem_len, forged);
  if (pinjwt_verify(verifier, forged, PINJWT_STR, now, &none, &err) != PINJWT_E_ALGORITHM || none != NULL)
    goto done;
  printf("The forged token, HS256:    %s: %s\n", pinjwt_status_name(err.status), err.message);

  /* Nor can a server make the mistake by itself. */
  if (pinjwt_key_from_secret(PINJWT_HS256, pem, pem_len, &confused, &err) != PINJWT_E_KEY_FORMAT)
    goto done;
  printf("The PEM as an HS256 secret: %s: %s\n", pinjwt_status_name(err.status), err.message);
  result = 0;

done:
  pinjwt_claims_free(claims);
  pinjwt_claims_free(none);
  pinjwt_verifier_free(verifier);
  pinjwt_signer_free(signer);
  pinjwt_policy_free(policy);
  pinjwt_key_free(confused);
  pinjwt_key_free(public_key);
  pinjwt_key_free(key);
  return result;
}
