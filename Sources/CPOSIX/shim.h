/* What Embedded Swift, which has no Glibc module, needs of the system. */
#include <string.h>
#include <time.h>
