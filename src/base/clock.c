/*
 * Reads the clocks, and computes deadlines and timeouts for poll(2). Cold; owns no state.
 */
#include "base/clock.h"

#include <limits.h>
#include <time.h>

#include "base/duration.h"

static int64_t clock_of(clockid_t clock)
{
	struct timespec now;

	/* Cannot fail: both clocks exist (Linux 2.6.32, glibc 2.12) and the pointer is valid. */
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * NANOSECONDS_PER_SECOND + now.tv_nsec;
}

int64_t clock_now(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

int64_t clock_coarse(void)
{
	return clock_of(CLOCK_MONOTONIC_COARSE);
}

int64_t clock_deadline(int64_t now, int64_t duration)
{
	int64_t deadline;

	if (__builtin_add_overflow(now, duration, &deadline))
		return DEADLINE_NEVER;
	return deadline;
}

int clock_poll_timeout(int64_t deadline, int64_t now)
{
	int64_t left;
	int64_t milliseconds;

	if (deadline == DEADLINE_NEVER)
		return -1;
	if (deadline <= now)
		return 0;
	if (__builtin_sub_overflow(deadline, now, &left))
		return INT_MAX;
	/* Rounded up, so that poll never returns before the deadline, and the caller does not spin. */
	milliseconds =
		left / NANOSECONDS_PER_MILLISECOND + (left % NANOSECONDS_PER_MILLISECOND > 0);
	return milliseconds > INT_MAX ? INT_MAX : (int)milliseconds;
}
