/*
 * Copies the resolver's state (struct __res_state of <resolv.h>): a thread's _res, or the argument of
 * a res_n function. Programs set options, name servers and search lists in the state. A worker uses a
 * deep copy. Cold. Not async-signal-safe.
 */
#ifndef SHIM_LOOKUP_STATE_H
#define SHIM_LOOKUP_STATE_H

#include <netinet/in.h>
#include <resolv.h>
#include <stdbool.h>

struct lookup_state {
	struct __res_state resolver;
	char *own_search[MAXDNSRCH]; /* copies of search domains outside the original */
};

/*
 * Bring the thread's _res up to date as a native lookup would: initialise it, and read resolv.conf
 * again after a change. query: do it as the functions of the res_query family, which keep options
 * that were set before the initialisation. Keeps errno and h_errno.
 */
void lookup_state_refresh(bool query);

/* A copy of original, or NULL without memory. */
struct lookup_state *lookup_state_copy(const struct __res_state *original);
/* Close the copy's sockets, and free the copy. NULL is allowed. */
void lookup_state_free(struct lookup_state *state);

/* Make the copy the _res of this thread, a new one. */
void lookup_state_install(struct lookup_state *state);
/* Move the thread's _res back into the copy, before the thread ends. */
void lookup_state_withdraw(struct lookup_state *state);

#endif
