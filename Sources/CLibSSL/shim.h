#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* Macros, which Swift does not see. */
static inline int tls_require_1_2(SSL_CTX *context) {
  return (int)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}

/* The name that the server is asked for (RFC 6066 section 3). */
static inline int tls_name_server(SSL *session, const char *name) {
  return (int)SSL_set_tlsext_host_name(session, name);
}

static inline size_t tls_pending(BIO *bio) {
  return BIO_ctrl_pending(bio);
}
