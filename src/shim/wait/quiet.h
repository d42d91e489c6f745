/*
 * The quiet periods of a thread: since when the thread has waited in vain for the same descriptors.
 * Several are remembered, so that waits in turn for different descriptors count each for itself. A
 * quiet period begins with the first wait that found nothing. It ends when the thread has not waited
 * so for a whole timeout; all end with a wait that found something.
 *
 * Cold. Async-signal-safe: a handler that waits can make a quiet period begin later, never earlier.
 */
#ifndef SHIM_WAIT_QUIET_H
#define SHIM_WAIT_QUIET_H

#include <stdint.h>

/* Times: CLOCK_MONOTONIC, nanoseconds. */
struct quiet_slice {
	int64_t length; /* the program's own timeout; 0: no wait ran out */
	int64_t since, until;
};

struct quiet {
	uint64_t key;  /* a hash of the descriptors */
	int64_t since; /* 0: unused */
	int64_t until; /* the end of the last wait */
	int64_t mark; /* when the descriptors are to be marked (exempt_mark_quiet); 0: they are */
	int64_t due; /* when the descriptors are to be examined; 0: not known yet */
	struct quiet_slice slice; /* the last wait that ran out of its own timeout */
};

/* A wait for the descriptors of key has found nothing from started to now. Returns the quiet period,
 * which goes on; or a new one, with since == started, mark == 0 and due == 0, where the thread has not
 * waited for key within `gap` nanoseconds before started. After a slice that may be as long as a slice of
 * each quiet period takes. The oldest one is forgotten where there are too many. Never NULL. */
struct quiet *quiet_continue(uint64_t key, int64_t started, int64_t now, int64_t gap);

/* A wait of the quiet period, which began at started, has found nothing for `own` nanoseconds, the
 * program's own timeout. The next wait for the same descriptors continues this wait. */
void quiet_ran_out(struct quiet *quiet, int64_t own, int64_t started, int64_t now);

/* When something is to be done for the quiet period. */
int64_t quiet_next(const struct quiet *quiet);

/* The earliest such time of all that a wait from started on may continue; DEADLINE_NEVER: none. */
int64_t quiet_next_of_all(int64_t started, int64_t gap);

/* A wait found something: all quiet periods of the thread end. */
void quiet_end_all(void);

#endif
