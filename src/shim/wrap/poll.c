/*
 * poll, ppoll and their fortified entry points. Hot: a poll with something ready is the real call
 * with another number of milliseconds.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>

#include "base/duration.h"
#include "calls/calls.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/fd/failure.h"
#include "shim/wait/held.h"
#include "shim/system/kernel.h"
#include "shim/wait/nested.h"
#include "shim/wait/ready.h"

/* So many are copied on the stack, which may be a handler's. */
#define FEW 64

struct poll_sets {
	struct pollfd *descriptors;
	nfds_t count;
};

static int poll_held(struct ready *ready, int64_t now, int64_t end);

static bool poll_next(struct ready *ready, size_t *position, struct ready_interest *interest)
{
	const struct poll_sets *sets = ready->sets;

	while (*position < sets->count && sets->descriptors[*position].fd < 0)
		(*position)++;
	if (*position >= sets->count)
		return false;
	*interest = (struct ready_interest){.fd = sets->descriptors[*position].fd,
					    .events = sets->descriptors[*position].events};
	(*position)++;
	return true;
}

static int64_t milliseconds(int64_t nanoseconds)
{
	return (nanoseconds + NANOSECONDS_PER_MILLISECOND - 1) / NANOSECONDS_PER_MILLISECOND;
}

static int poll_wait(struct ready *ready, int64_t nanoseconds)
{
	const struct poll_sets *sets = ready->sets;
	const int64_t left = nanoseconds < 0 ? -1 : milliseconds(nanoseconds);

	if (held_concerns(ready))
		return held_wait(ready, nanoseconds, poll_held);
	return REAL(poll)(sets->descriptors, sets->count, left > INT_MAX ? INT_MAX : (int)left);
}

static int ppoll_wait(struct ready *ready, int64_t nanoseconds)
{
	const struct poll_sets *sets = ready->sets;
	const struct timespec timeout = {
		.tv_sec = (time_t)(nanoseconds / NANOSECONDS_PER_SECOND),
		.tv_nsec = (long)(nanoseconds % NANOSECONDS_PER_SECOND),
	};

	if (held_concerns(ready))
		return held_wait(ready, nanoseconds, poll_held);
	return REAL(ppoll)(sets->descriptors, sets->count, nanoseconds < 0 ? NULL : &timeout,
			   ready->mask);
}

/* Into `without` what is waited for, but for what is held at now. Returns the first end of it. */
static int64_t poll_leave_out(const struct ready *ready, struct pollfd *without, int64_t now,
			      int64_t end)
{
	const struct poll_sets *sets = ready->sets;

	for (nfds_t i = 0; i < sets->count; i++) {
		const struct pollfd *const asked = &sets->descriptors[i];

		without[i] = *asked;
		if (asked->fd < 0)
			continue;
		without[i].events = held_events(asked->fd, asked->events, now, &end);
		if (held_wholly(ready, now) ||
		    (without[i].events != asked->events && without[i].events == 0))
			without[i].fd = -1;
	}
	return end;
}

/* What came, to the program; without what an error or a hang-up alone shows of something held. */
static int poll_hand_over(const struct ready *ready, const struct pollfd *without)
{
	const struct poll_sets *sets = ready->sets;
	int n = 0;

	for (nfds_t i = 0; i < sets->count; i++) {
		struct pollfd *const asked = &sets->descriptors[i];

		asked->revents = without[i].revents;
		if (without[i].events != asked->events &&
		    (asked->revents & without[i].events) == 0)
			asked->revents = 0;
		n += asked->revents != 0;
	}
	return n;
}

static int poll_without(const struct ready *ready, struct pollfd *without, int64_t now,
			int64_t end)
{
	const struct poll_sets *sets = ready->sets;
	const int64_t until = poll_leave_out(ready, without, now, end);
	const int64_t left = until > now ? until - now : 0;
	const struct timespec timeout = {.tv_sec = (time_t)(left / NANOSECONDS_PER_SECOND),
					 .tv_nsec = (long)(left % NANOSECONDS_PER_SECOND)};
	const int came = REAL(ppoll)(without, sets->count,
				     until == DEADLINE_NEVER ? NULL : &timeout, ready->mask);
	int n;

	if (came < 0)
		return came;
	n = poll_hand_over(ready, without);
	return n == 0 && came > 0 && now < end ? held_nap(ready, until) : n;
}

static int poll_held(struct ready *ready, int64_t now, int64_t end)
{
	const struct poll_sets *sets = ready->sets;
	struct pollfd few[FEW], *without = few;
	const size_t size = sets->count * sizeof *without;
	int n;

	/* A bad pointer, or too many: it is for the real call to say. */
	n = REAL(poll)(sets->descriptors, sets->count, 0);
	if (n < 0)
		return n;
	if (sets->count > FEW) {
		without = kernel_allocate(size);
		if (without == NULL) {
			errno = ENOMEM;
			return -1;
		}
	}
	n = poll_without(ready, without, now, end);
	if (without != few)
		kernel_free(without, size);
	return n;
}

/* The failed ones, over what is really ready. */
static int poll_report(struct ready *ready)
{
	const struct poll_sets *sets = ready->sets;
	int n = poll_wait(ready, 0);

	if (n < 0)
		return n;
	for (nfds_t i = 0; i < sets->count; i++) {
		struct pollfd *const descriptor = &sets->descriptors[i];
		short shown;

		if (descriptor->fd < 0 || held_is(descriptor->fd, descriptor->events))
			continue;
		shown = nested_shows(descriptor->fd, 0, descriptor->events);
		if (shown == 0)
			continue;
		n += descriptor->revents == 0;
		descriptor->revents = (short)(descriptor->revents | shown);
	}
	return n;
}

int wrap_poll(struct pollfd *descriptors, nfds_t count, int timeout)
{
	ATTEND_TRACED(poll, -1, wrap_poll(descriptors, count, timeout), ARGUMENT(descriptors),
		      ARGUMENT(count), ARGUMENT(timeout));

	const int64_t own = timeout < 0 ? -1 : timeout * NANOSECONDS_PER_MILLISECOND;
	struct poll_sets sets = {.descriptors = descriptors, .count = count};
	struct ready ready = {.call = CALL_poll,
			      .set = -1,
			      .own = own,
			      .next = poll_next,
			      .wait = poll_wait,
			      .report = poll_report,
			      .sets = &sets};

	return ready_run(&ready);
}
CALL_ALIAS(__poll, poll);

int wrap___poll_chk(struct pollfd *descriptors, nfds_t count, int timeout, size_t size)
{
	if (UNLIKELY(size / sizeof *descriptors < count))
		return REAL(__poll_chk)(descriptors, count, timeout, size);
	return wrap_poll(descriptors, count, timeout);
}

int wrap_ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout,
	       const sigset_t *mask)
{
	ATTEND_TRACED(ppoll, -1, wrap_ppoll(descriptors, count, timeout, mask),
		      ARGUMENT(descriptors), ARGUMENT(count), ARGUMENT(timeout),
		      ARGUMENT(mask));

	struct poll_sets sets = {.descriptors = descriptors, .count = count};
	struct ready ready = {.call = CALL_ppoll,
			      .set = -1,
			      .own = -1,
			      .mask = mask,
			      .next = poll_next,
			      .wait = ppoll_wait,
			      .report = poll_report,
			      .sets = &sets};

	if (!ready_own(timeout, &ready.own))
		return REAL(ppoll)(descriptors, count, timeout, mask);
	if (!ready_bounds(ready.own) && !failure_any())
		return ready_found_nothing(REAL(ppoll)(descriptors, count, timeout, mask));
	return ready_run(&ready);
}

int wrap___ppoll_chk(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout,
		     const sigset_t *mask, size_t size)
{
	if (UNLIKELY(size / sizeof *descriptors < count))
		return REAL(__ppoll_chk)(descriptors, count, timeout, mask, size);
	return wrap_ppoll(descriptors, count, timeout, mask);
}
