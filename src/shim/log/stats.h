/*
 * What happens to the waits, for those who look on: the counters (SOCKTIMEOUT_STATS) and the static
 * probes (shim/log/probe.h). Called where a wait begins and ends, where one has timed out, and where a
 * fault is injected. Cold; while nobody looks on, a few loads. Async-signal-safe, leaves errno
 * alone.
 *
 *     since = stats_begin(fd, operation, timeout, now);
 *     (the wait)
 *     stats_end(fd, operation, since, error);
 *
 * Times are in nanoseconds. fd is -1 where there is none: a lookup, or a poll of many.
 */
#ifndef SHIM_STATS_H
#define SHIM_STATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "policy/operation.h"
#include "shim/log/probe.h"

/* There are counters. Set once. */
extern atomic_bool stats_counted;

/* From our constructor, where SOCKTIMEOUT_STATS is set. */
void stats_start(void);

/* Somebody wants to know of waits. */
static inline bool stats_watched(void)
{
	return UNLIKELY(atomic_load_explicit(&stats_counted, memory_order_relaxed) ||
			PROBE_TRACED(wait__begin) || PROBE_TRACED(wait__end));
}

/* What stats_begin and stats_end do where stats_watched. */
COLD int64_t stats_note_begin(int fd, enum operation operation, int64_t timeout, int64_t now);
COLD void stats_note_end(int fd, enum operation operation, int64_t since, int error);

/* A wait begins, bounded by timeout (DURATION_NONE: not by us), now on the monotonic clock, or 0 to
 * look. Returns what is to be given to stats_end: 0 where nobody wants to know. */
static inline int64_t stats_begin(int fd, enum operation operation, int64_t timeout,
				  int64_t now)
{
	return stats_watched() ? stats_note_begin(fd, operation, timeout, now) : 0;
}

/* It is over, with that errno or 0. */
static inline void stats_end(int fd, enum operation operation, int64_t since, int error)
{
	if (since != 0)
		stats_note_end(fd, operation, since, error);
}

/* A wait is ended by its timeout: what is told to the program. */
COLD void stats_timeout(int fd, enum operation operation, int64_t timeout);

/* A fault of the rule in that place of the policy is injected, the count-th of this rule. */
COLD void stats_fault(int fd, enum operation operation, unsigned int rule, uint64_t count);

#endif
