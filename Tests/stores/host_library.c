/* The example of a store that a host writes, as a library like those of the other stores. */
#include "host_store.h"

PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_host_store(const char *url, size_t url_len, pinjwt_store *out,
                                                        pinjwt_error *err);

pinjwt_status pinjwt_host_store(const char *url, size_t url_len, pinjwt_store *out, pinjwt_error *err) {
  (void)url, (void)url_len;
  err->status = host_store(out) ? PINJWT_OK : PINJWT_E_MEMORY;
  return err->status;
}
