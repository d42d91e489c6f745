/*
 * How long waits may be, by SPEC, rules and faults. Cold: found out when these change.
 */
#include "config.h"

#include "base/duration.h"
#include "shim/fd/failure.h"
#include "shim/wait/ready.h"
#include "shim/wait/ready_limits.h"
#include "shim/config/rules.h"

_Atomic int64_t ready_shortest, ready_longest;

/* The shortest timeout that a silence may end by, 0: none; the longest; the longest real call, 0: as
 * the timeouts have it. */
static _Atomic int64_t timeout_shortest, timeout_longest, slice_longest;

int64_t ready_least(void)
{
	return atomic_load_explicit(&timeout_shortest, memory_order_relaxed);
}

static void ready_publish(void)
{
	const int64_t slice = atomic_load_explicit(&slice_longest, memory_order_relaxed);
	const int64_t longest = atomic_load_explicit(&timeout_longest, memory_order_relaxed);
	const bool sliced = slice != 0 && (ready_least() == 0 || slice < ready_least());

	atomic_store_explicit(&ready_longest, slice != 0 ? INT64_MAX : longest,
			      memory_order_relaxed);
	atomic_store_explicit(&ready_shortest, sliced ? slice : ready_least(),
			      memory_order_relaxed);
}

/* How long a wait may last at most where nothing is bounded yet and the file may come to say
 * something: it begins with a look then, and what finds nothing there looks after the file. */
#define WATCHED (3600 * NANOSECONDS_PER_SECOND)

/* The shortest idle that there may be, DURATION_NONE for none. */
static _Atomic int64_t shortest_idle;

/* Waits are looked at for idle. */
static atomic_bool idle_watched;

void ready_start(void)
{
	struct rules_range range;
	int64_t longest, least;

	rules_range(&range);
	least = range.shortest;
	longest = range.longest;
	if (range.idle != DURATION_NONE && (least == DURATION_NONE || range.idle < least))
		least = range.idle;
	/* Whatever the waits have of their own. */
	if (range.idle != DURATION_NONE || range.enforced)
		longest = INT64_MAX;
	if (least == DURATION_NONE &&
	    atomic_load_explicit(&rules_watched, memory_order_relaxed))
		least = WATCHED;
	if (atomic_exchange_explicit(&idle_watched, range.idle != DURATION_NONE,
				     memory_order_relaxed) != (range.idle != DURATION_NONE))
		failure_watch(range.idle != DURATION_NONE);
	atomic_store_explicit(&shortest_idle, range.idle, memory_order_relaxed);
	atomic_store_explicit(&timeout_longest, longest, memory_order_relaxed);
	atomic_store_explicit(&timeout_shortest, least, memory_order_relaxed);
	ready_publish();
}

int64_t ready_sliced(void)
{
	return atomic_load_explicit(&slice_longest, memory_order_relaxed);
}

void ready_slice(int64_t slice)
{
	atomic_store_explicit(&slice_longest, slice, memory_order_relaxed);
	ready_publish();
}

int64_t ready_idle(void)
{
	return atomic_load_explicit(&shortest_idle, memory_order_relaxed);
}
