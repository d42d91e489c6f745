/*
 * The resolver's state (struct __res_state of <resolv.h>), each thread's own _res or a program's
 * for the res_n functions: programs set options, name servers and search lists there. A worker
 * uses a copy, with nothing in common with the original but the values. Cold.
 */
#ifndef SHIM_LOOKUP_STATE_H
#define SHIM_LOOKUP_STATE_H

#include <netinet/in.h>
#include <resolv.h>
#include <stdbool.h>

struct lookup_state {
	struct __res_state resolver;
	char *own_search[MAXDNSRCH]; /* copies of search domains that lie outside of it */
};

/*
 * Bring this thread's _res to where a native lookup would have it now: initialised, and read anew
 * where resolv.conf has changed. `query`: as the functions of the res_query family do it, which
 * believe options that were set before. Leaves errno and h_errno alone.
 */
void lookup_state_refresh(bool query);

/* A copy of original, or NULL with no memory. */
struct lookup_state *lookup_state_copy(const struct __res_state *original);
/* Close what the resolver has opened in the copy, and free it. */
void lookup_state_free(struct lookup_state *state);

/* Let the copy be this thread's _res from here on; to be called in a new thread. */
void lookup_state_install(struct lookup_state *state);
/* Move it back into the copy before the thread ends. */
void lookup_state_withdraw(struct lookup_state *state);

#endif
