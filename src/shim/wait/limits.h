/*
 * How long waits may last, by SPEC, rules and faults. Nanoseconds. Hot: the inline functions, one or
 * two loads. The functions are async-signal-safe and lock-free; errno is unchanged.
 */
#ifndef SHIM_WAIT_LIMITS_H
#define SHIM_WAIT_LIMITS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

/* The longest that a real call may last (0: waits are not bounded), and the program's timeout from
 * which on a wait is bounded by the program itself. */
extern _Atomic int64_t limits_min, limits_max;

/* The longest that the real call of a wait with that timeout (-1: none) may last; -1: for ever. */
static inline int64_t limits_call(int64_t own)
{
	const int64_t min = atomic_load_explicit(&limits_min, memory_order_relaxed);

	if (LIKELY(own < 0))
		return min != 0 ? min : own;
	return own > min && own < atomic_load_explicit(&limits_max, memory_order_relaxed) ? min
											  : own;
}

/* A wait with that timeout is to be looked at when it has found nothing: it may be bounded, and the
 * program does not bound it. */
static inline bool limits_bound(int64_t own)
{
	return own != 0 && atomic_load_explicit(&limits_min, memory_order_relaxed) != 0 &&
	       (own < 0 || own < atomic_load_explicit(&limits_max, memory_order_relaxed));
}

/* A wait with that timeout is the program's own bound, unless an earlier wait for the same descriptors
 * has found nothing (quiet_ran_out). */
static inline bool limits_slice(int64_t own)
{
	const int64_t max = atomic_load_explicit(&limits_max, memory_order_relaxed);

	return own > 0 && max > 0 && own >= max &&
	       atomic_load_explicit(&limits_min, memory_order_relaxed) != 0;
}

/* limits_stop was called. */
bool limits_are_stopped(void);
/* The shortest timeout after which a quiet socket may fail; 0: none. */
int64_t limits_timeout(void);
/* The shortest `idle` or `reply`, by which each socket is judged alone; DURATION_NONE: none. */
int64_t limits_single(void);
/* A timeout of `reply` is set. */
bool limits_reply(void);
/* The longest real call (limits_of_calls); 0: as long as the timeouts say. */
int64_t limits_longest_call(void);

/* The limits are known, or have changed: find out how long waits may last. Async-signal-safe; goes
 * through all rules. errno is unchanged. */
void limits_find(void);

/* Every wait is the real call alone from now on, whatever rules change: the process restricted its system
 * calls. Async-signal-safe. */
void limits_stop(void);

/* No real call lasts longer than so many nanoseconds from now on; 0: each lasts as long as the
 * timeouts say. Async-signal-safe. */
void limits_of_calls(int64_t longest);

#endif
