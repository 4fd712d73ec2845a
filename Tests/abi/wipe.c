/* pinjwt_wipe. */
#include "check.h"

static void wipe(void) {
  char bytes[64];
  size_t size, i, refused[] = {(size_t)PTRDIFF_MAX + 1, (size_t)-2, (size_t)-1};
  for (size = 0; size < sizeof bytes - 8; size++) {
    memset(bytes, '#', sizeof bytes);
    pinjwt_wipe(bytes + 4, size);
    CHECK(check_all_(bytes, 0, 4, '#'));
    CHECK(check_all_(bytes, 4, 4 + size, '\0'));
    CHECK(check_all_(bytes, 4 + size, sizeof bytes, '#'));
  }
  memset(bytes, '#', sizeof bytes);
  for (i = 0; i < COUNT(refused); i++) {
    pinjwt_wipe(bytes, refused[i]);
    pinjwt_wipe(NULL, refused[i]);
  }
  pinjwt_wipe(NULL, 0);
  pinjwt_wipe(NULL, sizeof bytes);
  CHECK(check_all_(bytes, 0, sizeof bytes, '#'));
}

int main(void) {
  group("wipe", wipe);
  return finish();
}
