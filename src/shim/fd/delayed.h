/*
 * Delayed readiness: a fault makes a descriptor ready later than the kernel does. Until then a
 * non-blocking call fails with EAGAIN, and no readiness wait reports the descriptor (wait/). One word
 * for a number and direction.
 *
 * Cold: reached from calls that are hooked, and from waits while something is delayed.
 * Async-signal-safe, lock-free; errno is unchanged.
 */
#ifndef SHIM_FD_DELAYED_H
#define SHIM_FD_DELAYED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "shim/fd/fd.h"

/* Something is delayed. Hot: one load. */
static inline bool delayed_any(void)
{
	return UNLIKELY(atomic_load_explicit(&fd_delayed_count, memory_order_relaxed) > 0);
}

/* A time in the past, of no delay: the next wait shows the edge (EPOLLET). */
#define DELAYED_EDGE 1

/* Delay fd, whose state was `seen`, until that time (CLOCK_MONOTONIC, nanoseconds; DEADLINE_NEVER: for
 * as long as the rules remain). connecting: the delay is of a connect. Nothing happens for a number
 * without an entry, or one that was closed since. */
void delayed_set(int fd, uint64_t seen, enum fd_direction direction, int64_t until,
		 bool connecting);
/* When fd becomes ready, which may be in the past; 0: fd is not delayed. */
int64_t delayed_until(int fd, enum fd_direction direction);
/* Whether the delay of fd is over at `now`, and no wait has shown the edge: then the caller shows the edge. True
 * only once for each delay. */
bool delayed_edge(int fd, enum fd_direction direction, int64_t now);
/* A late connect delays fd. */
bool delayed_connects(int fd);
/* fd is no longer delayed in that direction; or in none. */
void delayed_release(int fd, enum fd_direction direction);
void delayed_release_all(int fd);
/* The rules changed: end the delays that have no end of their own. */
void delayed_release_endless(void);

#endif
