/*
 * Waits while something is held (shim/fd/hold.h): the real call is made without what is held, and no
 * longer than to the end of the first hold; so nothing spins, and readiness comes when it is due. A
 * whole wait may be held too (a chaos rule for op=wait).
 *
 * Cold. Async-signal-safe.
 */
#ifndef SHIM_HELD_H
#define SHIM_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/fd/hold.h"
#include "shim/wait/ready.h"

/* This wait is not just the real call. */
static inline bool held_concerns(const struct ready *ready)
{
	return UNLIKELY(hold_any() || ready->blind != 0);
}

/* Nothing is to be seen at all at that time. */
static inline bool held_wholly(const struct ready *ready, int64_t now)
{
	return ready->blind > now;
}

/* The real call without what is held at now, at most until end (DEADLINE_NEVER for ever); may come
 * back earlier with 0. */
typedef int held_part(struct ready *ready, int64_t now, int64_t end);

/* Wait for so many nanoseconds (-1: for ever) in parts. Returns what the real call does. */
int held_wait(struct ready *ready, int64_t nanoseconds, held_part *part);

/* What is left of events (POLLIN, …, without POLLERR and POLLHUP) of fd at now; *until gets the end
 * of what is held where that is earlier. */
short held_events(int fd, short events, int64_t now, int64_t *until);
/* fd is held for some of events; where they are neither input nor output, for either. */
bool held_is(int fd, short events);
/* What is held shows an error or a hang-up, which cannot be left out: look again in a while, or at
 * until. Returns 0, or -1 with EINTR. */
int held_nap(const struct ready *ready, int64_t until);

/* The same for an epoll set, of which members are changed for that; real makes the real call. */
int held_epoll(struct ready *ready, int64_t now, int64_t end, struct epoll_event *events,
	       int (*real)(struct ready *ready, int64_t nanoseconds));
/* The member is changed; then *mask gets what the program wants of it. */
bool held_epoll_asked(int set, int fd, uint32_t *mask);
/* The program changes the member itself, or takes it out. */
void held_epoll_forget(int set, int fd);

#endif
