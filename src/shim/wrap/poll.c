/*
 * poll, ppoll and their fortified names. Hot: a poll with something ready is the real call with another
 * timeout.
 */
#include "config.h"

#include <poll.h>

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/log/traced.h"
#include "shim/start.h"
#include "shim/wait/wait.h"

struct poll_sets {
	struct pollfd *descriptors;
	nfds_t count;
};

static bool poll_next(const struct wait *wait, size_t *position, struct wait_interest *interest)
{
	const struct poll_sets *const sets = wait->sets;

	for (; *position < sets->count; (*position)++) {
		const struct pollfd *const one = &sets->descriptors[*position];

		if (one->fd < 0)
			continue;
		*interest = (struct wait_interest){
			.fd = one->fd, .events = one->events, .position = (*position)++};
		return true;
	}
	return false;
}

/* The result of the interest becomes revents. Returns by how much poll's result increases. */
static int change(const struct wait *wait, const struct wait_interest *interest, int revents)
{
	const struct poll_sets *const sets = wait->sets;
	struct pollfd *const one = &sets->descriptors[interest->position];
	const int before = one->revents != 0;

	one->revents = (short)revents;
	return (revents != 0) - before;
}

static int revents_of(const struct wait *wait, const struct wait_interest *interest)
{
	const struct poll_sets *const sets = wait->sets;

	return sets->descriptors[interest->position].revents;
}

static int poll_hide(struct wait *wait, const struct wait_interest *interest, short left)
{
	const int revents = revents_of(wait, interest);

	return -change(wait, interest,
		       (revents & left) != 0 ? revents & ~(interest->events & ~left) : 0);
}

static int poll_show(struct wait *wait, const struct wait_interest *interest, short shown)
{
	return change(wait, interest, revents_of(wait, interest) | shown);
}

static int poll_make(struct wait *wait, int64_t nanoseconds)
{
	const struct poll_sets *const sets = wait->sets;

	return REAL(poll)(sets->descriptors, sets->count, wait_milliseconds(nanoseconds));
}

static int ppoll_make(struct wait *wait, int64_t nanoseconds)
{
	const struct poll_sets *const sets = wait->sets;
	const struct timespec timeout = wait_timespec(nanoseconds);

	return REAL(ppoll)(sets->descriptors, sets->count, nanoseconds < 0 ? NULL : &timeout,
			   wait->mask);
}

static const struct wait_kind poll_kind = {poll_next, poll_make, poll_hide, poll_show, NULL};
static const struct wait_kind ppoll_kind = {poll_next, ppoll_make, poll_hide, poll_show, NULL};

/* All but a look that finds something. n: the result of the look, where one was made; or 1. */
APART static int run_poll(struct pollfd *descriptors, nfds_t count, int timeout, int n)
{
	const struct traced traced =
		TRACED(poll, ARGUMENT(descriptors), ARGUMENT(count), ARGUMENT(timeout));
	struct poll_sets sets = {.descriptors = descriptors, .count = count};
	struct wait wait = {.call = CALL_poll,
			    .set = -1,
			    .own = wait_nanoseconds(timeout),
			    .kind = &poll_kind,
			    .sets = &sets};

	n = n > 0 ? wait_run(&wait) : wait_looked(&wait, n);
	traced_end(&traced, n);
	return n;
}

int wrap_poll(struct pollfd *descriptors, nfds_t count, int timeout)
{
	int n = 1;

	start_early();
	if (LIKELY(wait_looks(-1, timeout) && !traced_wanted())) {
		n = REAL(poll)(descriptors, count, 0);
		if (LIKELY(n > 0))
			return n;
	}
	return run_poll(descriptors, count, timeout, n);
}
CALL_ALIAS(__poll, poll);

#ifdef HAVE_GLIBC
int wrap___poll_chk(struct pollfd *descriptors, nfds_t count, int timeout, size_t size)
{
	if (UNLIKELY(size / sizeof *descriptors < count))
		return REAL(__poll_chk)(descriptors, count, timeout, size);
	return wrap_poll(descriptors, count, timeout);
}
#endif

int wrap_ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout,
	       const sigset_t *mask)
{
	start_early();

	const struct traced traced = TRACED(ppoll, ARGUMENT(descriptors), ARGUMENT(count),
					    ARGUMENT(timeout), ARGUMENT(mask));
	struct poll_sets sets = {.descriptors = descriptors, .count = count};
	struct wait wait = {.call = CALL_ppoll,
			    .set = -1,
			    .kind = &ppoll_kind,
			    .mask = mask,
			    .sets = &sets};
	const int n = wait_own(timeout, &wait.own)
			      ? wait_run(&wait)
			      : REAL(ppoll)(descriptors, count, timeout, mask);

	traced_end(&traced, n);
	return n;
}

#ifdef HAVE_GLIBC
int wrap___ppoll_chk(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout,
		     const sigset_t *mask, size_t size)
{
	if (UNLIKELY(size / sizeof *descriptors < count))
		return REAL(__ppoll_chk)(descriptors, count, timeout, mask, size);
	return wrap_ppoll(descriptors, count, timeout, mask);
}
#endif

#ifdef HAVE___SELECT64
/* A timeout that does not fit into the narrow type: the real call, which refuses a bad one. */
int wrap___ppoll64(struct pollfd *descriptors, nfds_t count, const struct timespec64 *timeout,
		   const sigset_t *mask)
{
	struct timespec narrow;

	if (timeout != NULL && !timespec_narrow(timeout, &narrow))
		return REAL(__ppoll64)(descriptors, count, timeout, mask);
	return wrap_ppoll(descriptors, count, timeout != NULL ? &narrow : NULL, mask);
}
#endif

#ifdef HAVE___PPOLL64_CHK
int wrap___ppoll64_chk(struct pollfd *descriptors, nfds_t count,
		       const struct timespec64 *timeout, const sigset_t *mask, size_t size)
{
	if (UNLIKELY(size / sizeof *descriptors < count))
		return REAL(__ppoll64_chk)(descriptors, count, timeout, mask, size);
	return wrap___ppoll64(descriptors, count, timeout, mask);
}
#endif
