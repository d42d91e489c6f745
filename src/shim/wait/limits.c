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

/* The shortest timeout (0: none), the longest, the shortest `idle` or `reply`
 * (DURATION_NONE: none), and the longest real call (0: as the timeouts say). */
static _Atomic int64_t min_timeout, max_timeout, min_single, longest_call;
/* Every wait is examined, for `idle`. (Of type int: see fault/fault.c.) */
static atomic_int idle_examined;
/* A timeout of `reply` is set. */
static atomic_bool has_reply;
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

int64_t limits_single(void)
{
	return atomic_load_explicit(&min_single, memory_order_relaxed);
}

bool limits_reply(void)
{
	return atomic_load_explicit(&has_reply, memory_order_relaxed);
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

static int64_t shorter(int64_t one, int64_t other)
{
	if (one == DURATION_NONE || other == DURATION_NONE)
		return one == DURATION_NONE ? other : one;
	return one < other ? one : other;
}

void limits_find(void)
{
	struct rules_range range;
	int64_t longest, shortest, single;
	bool idle, reply;

	rules_range(&range);
	idle = range.idle != DURATION_NONE;
	reply = range.reply != DURATION_NONE;
	single = shorter(range.idle, range.reply);
	shortest = shorter(range.shortest, single);
	/* `idle`, `reply` and `enforce` count whatever timeout a wait has of its own. */
	longest = single != DURATION_NONE || range.enforced ? INT64_MAX : range.longest;
	if (shortest == DURATION_NONE &&
	    atomic_load_explicit(&rules_watched, memory_order_relaxed))
		shortest = WATCHED;
	if (atomic_exchange_explicit(&idle_examined, idle, memory_order_relaxed) != idle)
		fd_examine(idle);
	atomic_store_explicit(&has_reply, reply, memory_order_relaxed);
	atomic_store_explicit(&min_single, single, memory_order_relaxed);
	atomic_store_explicit(&max_timeout, longest, memory_order_relaxed);
	atomic_store_explicit(&min_timeout, shortest, memory_order_relaxed);
	publish();
}

void limits_of_calls(int64_t longest)
{
	atomic_store_explicit(&longest_call, longest, memory_order_relaxed);
	publish();
}
