/*
 * epoll_wait, epoll_pwait, epoll_pwait2; and epoll_ctl, to know what a set was given. Hot: with
 * events there they are the real call with another timeout.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>

#include "base/duration.h"
#include "calls/calls.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/wait/epollset.h"
#include "shim/fd/failure.h"
#include "shim/wait/held.h"
#include "shim/wait/judge.h"
#include "shim/system/memory.h"
#include "shim/wait/nested.h"
#include "shim/wait/ready.h"

struct epoll_sets {
	struct epoll_event *events;
	int maximum;
	struct epollset_reader reader;
};

/* Opens the listing at position 0, and closes it at its end: no loop leaves earlier. */
static bool epoll_next(struct ready *ready, size_t *position, struct ready_interest *interest)
{
	struct epoll_sets *sets = ready->sets;

	if (*position == 0 && !epollset_open(&sets->reader, ready->set))
		return false;
	*position = 1;
	if (nested_member(&sets->reader, ready->set, interest))
		return true;
	epollset_close(&sets->reader);
	return false;
}

static int epoll_real(struct ready *ready, int64_t nanoseconds)
{
	const struct epoll_sets *sets = ready->sets;
	const int64_t left = nanoseconds < 0 ? -1
					     : (nanoseconds + NANOSECONDS_PER_MILLISECOND - 1) /
						       NANOSECONDS_PER_MILLISECOND;
	const int timeout = left > INT_MAX ? INT_MAX : (int)left;

	if (ready->call == CALL_epoll_wait)
		return REAL(epoll_wait)(ready->set, sets->events, sets->maximum, timeout);
	return REAL(epoll_pwait)(ready->set, sets->events, sets->maximum, timeout, ready->mask);
}

#ifdef HAVE_EPOLL_PWAIT2
static int epoll_real_precise(struct ready *ready, int64_t nanoseconds)
{
	const struct epoll_sets *sets = ready->sets;
	const struct timespec timeout = {
		.tv_sec = (time_t)(nanoseconds / NANOSECONDS_PER_SECOND),
		.tv_nsec = (long)(nanoseconds % NANOSECONDS_PER_SECOND),
	};

	return REAL(epoll_pwait2)(ready->set, sets->events, sets->maximum,
				  nanoseconds < 0 ? NULL : &timeout, ready->mask);
}
#endif

static int epoll_real_of(struct ready *ready, int64_t nanoseconds)
{
#ifdef HAVE_EPOLL_PWAIT2
	if (ready->call == CALL_epoll_pwait2)
		return epoll_real_precise(ready, nanoseconds);
#endif
	return epoll_real(ready, nanoseconds);
}

static int epoll_held(struct ready *ready, int64_t now, int64_t end)
{
	const struct epoll_sets *sets = ready->sets;

	return held_epoll(ready, now, end, sets->events, epoll_real_of);
}

static int epoll_wait_for(struct ready *ready, int64_t nanoseconds)
{
	return held_concerns(ready) ? held_wait(ready, nanoseconds, epoll_held)
				    : epoll_real_of(ready, nanoseconds);
}

/* Where the failure of a member is to be put: to an event of its own among the first n, or behind
 * them; NULL where there is no room. */
static struct epoll_event *place_of(const struct epoll_sets *sets, int n, uint64_t data)
{
	for (int i = 0; i < n; i++)
		if (sets->events[i].data.u64 == data)
			return &sets->events[i];
	return n < sets->maximum ? &sets->events[n] : NULL;
}

/* An event disables the member, as a real one does (fs/eventpoll.c: ep_send_events). */
static void disable(const struct ready *ready, const struct ready_interest *interest)
{
	const int saved_errno = errno;
	struct epoll_event disabled = {.events = interest->mask & EPOLLSET_MODES,
				       .data.u64 = interest->data};

	(void)REAL(epoll_ctl)(ready->set, EPOLL_CTL_MOD, interest->fd, &disabled);
	errno = saved_errno;
}

static int epoll_report(struct ready *ready)
{
	struct epoll_sets *sets = ready->sets;
	struct ready_interest interest;
	size_t position = 0;
	int n = ready->wait(ready, 0);
	bool fault = false;

	if (n < 0)
		return n;
	while (ready->next(ready, &position, &interest)) {
		struct epoll_event *place;
		short shown;

		if (held_is(interest.fd, interest.events))
			continue;
		shown = nested_shows(interest.fd, interest.inode, interest.events);
		if (shown == 0)
			continue;
		place = place_of(sets, n, interest.data);
		if (place == NULL)
			continue;
		/* What the kernel has not written to may not be there. */
		if (place == &sets->events[n] && !memory_writable(place, sizeof *place)) {
			fault = true;
			continue;
		}
		/* Of several threads only one gets what is reported once. */
		if ((interest.mask & (EPOLLET | EPOLLONESHOT)) != 0 &&
		    failure_is(interest.fd, interest.inode) && !failure_edge(interest.fd))
			continue;
		if ((interest.mask & EPOLLONESHOT) != 0)
			disable(ready, &interest);
		if (place == &sets->events[n]) {
			*place = (struct epoll_event){.data.u64 = interest.data};
			n++;
		}
		place->events |= (uint32_t)(uint16_t)shown;
	}
	if (n == 0 && fault) {
		errno = EFAULT;
		return -1;
	}
	return n;
}

/* A wait by that function on its set, for its own timeout in nanoseconds. */
#define EPOLL_READY(function, its_set, its_own, its_sets)                                      \
	{                                                                                      \
		.call = CALL_##function, .set = (its_set), .own = (its_own),                   \
		.next = epoll_next, .wait = epoll_wait_for, .report = epoll_report,            \
		.sets = (its_sets)                                                             \
	}

static inline int64_t in_nanoseconds(int timeout)
{
	return timeout < 0 ? -1 : timeout * NANOSECONDS_PER_MILLISECOND;
}

/* looked: a look has found n, which is not positive. */
APART static int epoll_wait_rest(int set, struct epoll_event *events, int maximum, int timeout,
				 bool looked, int n)
{
	struct epoll_sets sets;
	struct ready ready = EPOLL_READY(epoll_wait, set, in_nanoseconds(timeout), &sets);

	sets.events = events;
	sets.maximum = maximum;
	return looked ? ready_after_look(&ready, n) : ready_run(&ready);
}

int wrap_epoll_wait(int set, struct epoll_event *events, int maximum, int timeout)
{
	ATTEND_TRACED(epoll_wait, -1, wrap_epoll_wait(set, events, maximum, timeout),
		      ARGUMENT(set), ARGUMENT(events), ARGUMENT(maximum), ARGUMENT(timeout));

	int n = 0;

	if (!ready_looks_first(timeout))
		return epoll_wait_rest(set, events, maximum, timeout, false, n);
	n = REAL(epoll_wait)(set, events, maximum, 0);
	return LIKELY(n > 0) ? n : epoll_wait_rest(set, events, maximum, timeout, true, n);
}

int wrap_epoll_pwait(int set, struct epoll_event *events, int maximum, int timeout,
		     const sigset_t *mask)
{
	ATTEND_TRACED(epoll_pwait, -1, wrap_epoll_pwait(set, events, maximum, timeout, mask),
		      ARGUMENT(set), ARGUMENT(events), ARGUMENT(maximum), ARGUMENT(timeout),
		      ARGUMENT(mask));

	struct epoll_sets sets;
	struct ready ready = EPOLL_READY(epoll_pwait, set, in_nanoseconds(timeout), &sets);

	sets.events = events;
	sets.maximum = maximum;
	ready.mask = mask;
	return ready_run(&ready);
}

#ifdef HAVE_EPOLL_PWAIT2
int wrap_epoll_pwait2(int set, struct epoll_event *events, int maximum,
		      const struct timespec *timeout, const sigset_t *mask)
{
	ATTEND_TRACED(epoll_pwait2, -1, wrap_epoll_pwait2(set, events, maximum, timeout, mask),
		      ARGUMENT(set), ARGUMENT(events), ARGUMENT(maximum), ARGUMENT(timeout),
		      ARGUMENT(mask));

	struct epoll_sets sets;
	struct ready ready = EPOLL_READY(epoll_pwait2, set, -1, &sets);

	/* A bad pointer is for the real call to refuse. */
	if ((timeout != NULL && !memory_readable(timeout, sizeof *timeout)) ||
	    !ready_own(timeout, &ready.own))
		return REAL(epoll_pwait2)(set, events, maximum, timeout, mask);
	if (!ready_bounds(ready.own) && !failure_any())
		return ready_found_nothing(
			REAL(epoll_pwait2)(set, events, maximum, timeout, mask));
	sets.events = events;
	sets.maximum = maximum;
	ready.mask = mask;
	return ready_run(&ready);
}
#endif

int wrap_epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
	ATTEND_TRACED(epoll_ctl, -1, wrap_epoll_ctl(set, operation, fd, event), ARGUMENT(set),
		      ARGUMENT(operation), ARGUMENT(fd), ARGUMENT(event));

	/* Before, so that no thread that is waiting sees the member without it. */
	if (operation != EPOLL_CTL_DEL) {
		judge_begin(fd);
		failure_edge_again(fd);
	}
	if (UNLIKELY(hold_any()))
		held_epoll_forget(set, fd);
	return REAL(epoll_ctl)(set, operation, fd, event);
}
