/*
 * A store as a host would write one, and an example of how to: arrays in this process's memory, one mutex,
 * and pinjwt_session_judge. It ends with the process and is not shared with others.
 */
#ifndef HOST_STORE_H
#define HOST_STORE_H

#include <pinjwt_sessions.h>

/** Fills `out`; 0 where there is no memory. */
int host_store(pinjwt_store *out);

#endif
