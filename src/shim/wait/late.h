/*
 * Waits while a fault delays the readiness of a descriptor (fd/delayed.h), or hides all events
 * from a wait for some time (wait->blind): events that the kernel reports too early are hidden from the
 * program, and the wait goes on.
 *
 * Cold: only under rules with faults. Async-signal-safe.
 */
#ifndef SHIM_WAIT_LATE_H
#define SHIM_WAIT_LATE_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/fd/delayed.h"
#include "shim/wait/wait.h"

/* Wait for so many nanoseconds (-1: for ever). Returns what wait->kind->make returns, without the
 * descriptors that are delayed, with errno. */
int late_wait(struct wait *wait, int64_t nanoseconds);

/* Make the real call for so many nanoseconds (-1: for ever), without the descriptors that are delayed.
 * Returns what the real call returns, with errno. */
static inline int late_make(struct wait *wait, int64_t nanoseconds)
{
	return UNLIKELY(delayed_any() || wait->blind != 0)
		       ? late_wait(wait, nanoseconds)
		       : wait->kind->make(wait, nanoseconds);
}

/* fd is delayed for some of events; where these are neither input nor output, for either. errno is
 * unchanged. */
bool late_is(int fd, short events);

#endif
