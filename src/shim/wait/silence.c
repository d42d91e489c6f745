/*
 * Remembers a thread's silences. Cold.
 */
#include "config.h"

#include "base/attributes.h"
#include "base/clock.h"
#include "shim/wait/silence.h"

/* Programs wait in one place, or in two or three in turn. */
#define SILENCES 8

THREAD_LOCAL struct silence silences[SILENCES];

static bool goes_on(const struct silence *silence, int64_t started, int64_t away)
{
	return silence->since != 0 && started - silence->until < away;
}

struct silence *silence_continue(uint64_t key, int64_t started, int64_t now, int64_t away)
{
	struct silence *found = &silences[0];

	for (struct silence *one = silences; one < silences + SILENCES; one++) {
		if (one->since != 0 && one->key == key) {
			found = one;
			break;
		}
		if (one->until < found->until)
			found = one;
	}
	if (found->key != key || !goes_on(found, started, away))
		*found = (struct silence){.key = key, .since = started};
	found->until = now;
	return found;
}

int64_t silence_next(const struct silence *silence)
{
	return silence->mark != 0 ? silence->mark : silence->due;
}

int64_t silence_next_of_all(int64_t started, int64_t away)
{
	int64_t next = DEADLINE_NEVER;

	for (const struct silence *one = silences; one < silences + SILENCES; one++)
		if (goes_on(one, started, away) && silence_next(one) < next)
			next = silence_next(one);
	return next;
}

void silence_end(void)
{
	for (struct silence *one = silences; one < silences + SILENCES; one++)
		*one = (struct silence){0};
}
