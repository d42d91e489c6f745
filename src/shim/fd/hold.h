/*
 * Descriptors whose readiness is late, because a chaos rule says so: until then a call that does not
 * block says EAGAIN, and no wait reports the descriptor (shim/wait/held.h). One word a number and
 * direction; it goes with the number (shim/fd/hint.h), and with the rules.
 *
 * Cold: nobody comes here but from calls that are examined, and from waits while something is held.
 * Async-signal-safe, lock-free, leaves errno alone.
 */
#ifndef SHIM_HOLD_H
#define SHIM_HOLD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/clock.h"

enum hold_direction { HOLD_RECEIVE, HOLD_SEND, HOLD_DIRECTIONS };

/* The numbers and directions that are held, and the epoll sets that are changed for that. */
extern atomic_int hold_count;

/* Some are. Hot: one load. */
static inline bool hold_any(void)
{
	return UNLIKELY(atomic_load_explicit(&hold_count, memory_order_relaxed) > 0);
}

/* Count one more or one less; what counts makes every wait be looked at. */
void hold_counted(int change);

/* fd can be held: its number is remembered. */
bool hold_can(int fd);
/* fd, of which seen was known, is held until then on the monotonic clock; DEADLINE_NEVER: as long as
 * the rules remain. Not later than to the microsecond. connecting: it is, for who asks. */
void hold_set(int fd, uint32_t seen, enum hold_direction direction, int64_t until,
	      bool connecting);
/* When fd's time comes, which may have passed; 0: it is not held. */
int64_t hold_until(int fd, enum hold_direction direction);
/* fd is held, and in a connect that is. */
bool hold_connects(int fd);
/* It is not held any more. */
void hold_release(int fd, enum hold_direction direction);
/* … in no direction: the number has been forgotten, or the socket has failed. */
void hold_forgotten(int fd);
/* The rules have changed: nothing is held for ever any more. */
void hold_release_endless(void);

#endif
