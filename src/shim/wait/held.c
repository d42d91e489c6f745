/*
 * The parts of a wait. Cold.
 */
#include "config.h"

#include <poll.h>

#include "base/clock.h"
#include "base/duration.h"
#include "calls/real.h"
#include "shim/wait/held.h"
#include "shim/system/interruption.h"

#define INPUT  (POLLIN | POLLRDNORM | POLLRDHUP)
#define OUTPUT (POLLOUT | POLLWRNORM)

#define NAP (10 * NANOSECONDS_PER_MILLISECOND)

static short held_direction(int fd, enum hold_direction direction, short events, short mask,
			    int64_t now, int64_t *until)
{
	int64_t end;

	if ((events & mask) == 0)
		return events;
	end = hold_until(fd, direction);
	if (end <= now)
		return events;
	if (end < *until)
		*until = end;
	return (short)(events & ~mask);
}

short held_events(int fd, short events, int64_t now, int64_t *until)
{
	events = held_direction(fd, HOLD_RECEIVE, events, INPUT, now, until);
	return held_direction(fd, HOLD_SEND, events, OUTPUT, now, until);
}

bool held_is(int fd, short events)
{
	int64_t until = DEADLINE_NEVER;

	if (!hold_any())
		return false;
	events &= INPUT | OUTPUT;
	if (events == 0)
		events = INPUT | OUTPUT;
	return (held_events(fd, events, clock_now(), &until) & events) != events;
}

int held_nap(const struct ready *ready, int64_t until)
{
	const int64_t now = clock_now(), end = until < now + NAP ? until : now + NAP;
	const struct timespec timeout = {
		.tv_sec = (time_t)(end > now ? (end - now) / NANOSECONDS_PER_SECOND : 0),
		.tv_nsec = (long)(end > now ? (end - now) % NANOSECONDS_PER_SECOND : 0)};

	return REAL(ppoll)(NULL, 0, &timeout, ready->mask);
}

int held_wait(struct ready *ready, int64_t nanoseconds, held_part *part)
{
	int64_t now = clock_now();
	const int64_t end = nanoseconds < 0 ? DEADLINE_NEVER : clock_deadline(now, nanoseconds);

	for (;;) {
		const int64_t seen_again =
			held_wholly(ready, now) && ready->blind < end ? ready->blind : end;
		const int n = part(ready, now, seen_again);

		if (n != 0)
			return n;
		now = clock_now();
		if (now >= end)
			return 0;
		/* A handler that ran since the real call has interrupted us as well. */
		if (interruption_seen() != INTERRUPTION_NONE) {
			errno = EINTR;
			return -1;
		}
	}
}
