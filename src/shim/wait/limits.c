/*
 * Owns the limits. Cold: computed when the settings are read and when rules or faults change.
 */
#include "config.h"

#include "base/duration.h"
#include "shim/config/rules.h"
#include "shim/fd/fd.h"
#include "shim/wait/limits.h"

/* The longest real call where nothing is bounded yet, but a new policy file may bound waits: a wait
 * then begins with a look, and a wait that finds nothing tests the file for changes. */
#define WATCHED (3600 * NANOSECONDS_PER_SECOND)

_Atomic int64_t limits_min, limits_max;

/* The shortest timeout (0: none), the longest, the shortest `idle` (DURATION_NONE: none), and the
 * longest real call (0: as the timeouts say). */
static _Atomic int64_t min_timeout, max_timeout, min_idle, longest_call;
/* Every wait is examined, for `idle`. */
static atomic_bool idle_examined;
/* limits_stop was called. */
static atomic_bool stopped;

bool limits_are_stopped(void)
{
	return atomic_load_explicit(&stopped, memory_order_relaxed);
}

int64_t limits_timeout(void)
{
	return atomic_load_explicit(&min_timeout, memory_order_relaxed);
}

int64_t limits_idle(void)
{
	return atomic_load_explicit(&min_idle, memory_order_relaxed);
}

int64_t limits_longest_call(void)
{
	return atomic_load_explicit(&longest_call, memory_order_relaxed);
}

static void publish(void)
{
	const int64_t longest = limits_longest_call();
	int64_t min = limits_timeout();
	int64_t max = atomic_load_explicit(&max_timeout, memory_order_relaxed);

	if (longest != 0) {
		min = min == 0 || longest < min ? longest : min;
		max = INT64_MAX;
	}
	if (limits_are_stopped())
		min = max = 0;
	atomic_store_explicit(&limits_max, max, memory_order_relaxed);
	atomic_store_explicit(&limits_min, min, memory_order_relaxed);
}

void limits_stop(void)
{
	atomic_store_explicit(&stopped, true, memory_order_relaxed);
	publish();
}

void limits_find(void)
{
	struct rules_range range;
	int64_t longest, shortest;
	bool idle;

	rules_range(&range);
	idle = range.idle != DURATION_NONE;
	shortest = range.shortest;
	if (idle && (shortest == DURATION_NONE || range.idle < shortest))
		shortest = range.idle;
	/* `idle` and `enforce` count whatever timeout a wait has of its own. */
	longest = idle || range.enforced ? INT64_MAX : range.longest;
	if (shortest == DURATION_NONE &&
	    atomic_load_explicit(&rules_watched, memory_order_relaxed))
		shortest = WATCHED;
	if (atomic_exchange_explicit(&idle_examined, idle, memory_order_relaxed) != idle)
		fd_examine(idle);
	atomic_store_explicit(&min_idle, range.idle, memory_order_relaxed);
	atomic_store_explicit(&max_timeout, longest, memory_order_relaxed);
	atomic_store_explicit(&min_timeout, shortest, memory_order_relaxed);
	publish();
}

void limits_of_calls(int64_t longest)
{
	atomic_store_explicit(&longest_call, longest, memory_order_relaxed);
	publish();
}
