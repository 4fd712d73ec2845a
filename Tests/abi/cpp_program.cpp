// The header and the library from C++.
#include <pinjwt.h>

#include <cstdio>
#include <string>

int main() {
  pinjwt_error err;
  pinjwt_key *key = nullptr;
  pinjwt_policy *policy = nullptr;
  pinjwt_signer *signer = nullptr;
  pinjwt_verifier *verifier = nullptr;
  std::string token(1024, '\0'), json(1024, '\0');
  size_t length = 0;
  const bool good = pinjwt_key_generate(PINJWT_ES256, &key, &err) == PINJWT_OK &&
                    pinjwt_policy_new(&policy, &err) == PINJWT_OK &&
                    pinjwt_signer_new(policy, key, &signer, &err) == PINJWT_OK &&
                    pinjwt_verifier_new(policy, key, &verifier, &err) == PINJWT_OK &&
                    pinjwt_sign(signer, "{\"sub\":\"anna\"}", PINJWT_STR, PINJWT_NOW, &token[0], token.size(),
                                &length, &err) == PINJWT_OK &&
                    pinjwt_verify_json(verifier, token.data(), length, PINJWT_NOW, &json[0], json.size(),
                                       &length, &err) == PINJWT_OK &&
                    json.compare(0, 14, "{\"sub\":\"anna\",") == 0;
  pinjwt_verifier_free(verifier);
  pinjwt_signer_free(signer);
  pinjwt_policy_free(policy);
  pinjwt_key_free(key);
  std::printf("%d passed, %d failed\n", good ? 1 : 0, good ? 0 : 1);
  return good ? 0 : 1;
}
