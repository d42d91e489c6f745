/*
 * Owns the quiet periods of a thread. Cold.
 */
#include "config.h"

#include <stdbool.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "shim/wait/quiet.h"

/* Programs wait for one set of descriptors, or for two or three in turn. */
#define PERIODS 8

THREAD_LOCAL struct quiet periods[PERIODS];

static bool goes_on(const struct quiet *quiet, int64_t started, int64_t gap)
{
	const int64_t slice = quiet->slice.length;

	return quiet->since != 0 &&
	       started - quiet->until < (slice >= gap ? PERIODS * slice : gap);
}

struct quiet *quiet_continue(uint64_t key, int64_t started, int64_t now, int64_t gap)
{
	struct quiet *found = &periods[0];

	for (struct quiet *one = periods; one < periods + PERIODS; one++) {
		if (one->since != 0 && one->key == key) {
			found = one;
			break;
		}
		if (one->until < found->until)
			found = one;
	}
	if (found->key != key || !goes_on(found, started, gap))
		*found = (struct quiet){.key = key, .since = started};
	found->until = now;
	return found;
}

void quiet_ran_out(struct quiet *quiet, int64_t own, int64_t started, int64_t now)
{
	quiet->slice = (struct quiet_slice){.length = own, .since = started, .until = now};
}

int64_t quiet_next(const struct quiet *quiet)
{
	return quiet->mark != 0 ? quiet->mark : quiet->due;
}

int64_t quiet_next_of_all(int64_t started, int64_t gap)
{
	int64_t next = DEADLINE_NEVER;

	for (const struct quiet *one = periods; one < periods + PERIODS; one++)
		if (goes_on(one, started, gap) && quiet_next(one) < next)
			next = quiet_next(one);
	return next;
}

void quiet_end_all(void)
{
	for (struct quiet *one = periods; one < periods + PERIODS; one++)
		*one = (struct quiet){0};
}
