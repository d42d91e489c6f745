/*
 * epoll_wait, epoll_pwait, epoll_pwait2; and epoll_ctl, to know that a set has grown. Hot: with
 * events there they are the real call with another timeout.
 */
#include "config.h"

#include <limits.h>
#include <string.h>

#include "base/duration.h"
#include "calls/calls.h"
#include "calls/real.h"
#include "shim/epollset.h"
#include "shim/failure.h"
#include "shim/kernel.h"
#include "shim/ready.h"

/* The bits of epoll_event.events that ask for nothing by themselves. */
#define MODES (EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE | EPOLLWAKEUP)

struct epoll_sets {
	struct epoll_event *events;
	int maximum;
	const sigset_t *mask;
	struct epollset_reader reader;
};

/* The number still is the file that was added by it. */
static bool same_file(const struct epollset_member *member)
{
	struct stat status;

	return kernel_status(member->fd, &status) == 0 && status.st_ino == member->inode;
}

/* Opens the listing at position 0, and closes it at its end: no loop leaves earlier. */
static bool epoll_next(struct ready *ready, size_t *position, struct ready_interest *interest)
{
	struct epoll_sets *sets = ready->sets;
	struct epollset_member member;

	if (*position == 0 && !epollset_open(&sets->reader, ready->set))
		return false;
	*position = 1;
	while (epollset_next(&sets->reader, &member)) {
		if ((member.events & ~MODES) == 0 || !same_file(&member))
			continue;
		interest->fd = member.fd;
		/* EPOLLIN and the others have the values of POLLIN … (epoll_ctl(2)). */
		interest->events = (short)(member.events & 0x7fffu);
		interest->mask = member.events;
		interest->data = member.data;
		return true;
	}
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
	/* epoll_pwait2 too: a millisecond is fine enough for what we cut. */
	return REAL(epoll_pwait)(ready->set, sets->events, sets->maximum, timeout, sets->mask);
}

/* Put the failure of a member among the first n events, or behind them. Returns their number. */
static int put_failure(struct epoll_sets *sets, int n, const struct ready_interest *interest)
{
	const uint32_t dead = (uint32_t)(uint16_t)ready_dead(interest->events);

	for (int i = 0; i < n; i++)
		if (sets->events[i].data.u64 == interest->data) {
			sets->events[i].events |= dead;
			return n;
		}
	if (n < sets->maximum) {
		sets->events[n].events = dead;
		sets->events[n].data.u64 = interest->data;
		n++;
	}
	return n;
}

static int epoll_report(struct ready *ready)
{
	struct epoll_sets *sets = ready->sets;
	struct ready_interest interest;
	size_t position = 0;
	int n = epoll_real(ready, 0);

	if (n < 0)
		return n;
	while (ready->next(ready, &position, &interest)) {
		if (!failure_is(interest.fd))
			continue;
		if ((interest.mask & EPOLLET) != 0 && !failure_edge(interest.fd))
			continue;
		if ((interest.mask & EPOLLONESHOT) != 0) {
			/* Disabled by its event, as by a real one (fs/eventpoll.c). */
			struct epoll_event disabled = {.events = interest.mask & MODES,
						       .data.u64 = interest.data};

			(void)REAL(epoll_ctl)(ready->set, EPOLL_CTL_MOD, interest.fd,
					      &disabled);
		}
		n = put_failure(sets, n, &interest);
	}
	return n;
}

int wrap_epoll_wait(int set, struct epoll_event *events, int maximum, int timeout)
{
	struct epoll_sets sets;
	struct ready ready = {.call = CALL_epoll_wait,
			      .set = set,
			      .own = timeout < 0 ? -1 : timeout * NANOSECONDS_PER_MILLISECOND,
			      .next = epoll_next,
			      .wait = epoll_real,
			      .report = epoll_report,
			      .sets = &sets};

	sets.events = events;
	sets.maximum = maximum;
	return ready_run(&ready);
}

int wrap_epoll_pwait(int set, struct epoll_event *events, int maximum, int timeout,
		     const sigset_t *mask)
{
	struct epoll_sets sets;
	struct ready ready = {.call = CALL_epoll_pwait,
			      .set = set,
			      .own = timeout < 0 ? -1 : timeout * NANOSECONDS_PER_MILLISECOND,
			      .next = epoll_next,
			      .wait = epoll_real,
			      .report = epoll_report,
			      .sets = &sets};

	sets.events = events;
	sets.maximum = maximum;
	sets.mask = mask;
	return ready_run(&ready);
}

#ifdef HAVE_EPOLL_PWAIT2
int wrap_epoll_pwait2(int set, struct epoll_event *events, int maximum,
		      const struct timespec *timeout, const sigset_t *mask)
{
	struct epoll_sets sets;
	struct ready ready = {.call = CALL_epoll_pwait2,
			      .set = set,
			      .own = -1,
			      .next = epoll_next,
			      .wait = epoll_real,
			      .report = epoll_report,
			      .sets = &sets};

	if (timeout != NULL) {
		if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 ||
		    timeout->tv_nsec >= NANOSECONDS_PER_SECOND ||
		    timeout->tv_sec >= INT64_MAX / NANOSECONDS_PER_SECOND)
			return REAL(epoll_pwait2)(set, events, maximum, timeout, mask);
		ready.own =
			(int64_t)timeout->tv_sec * NANOSECONDS_PER_SECOND + timeout->tv_nsec;
	}
	if (!ready_bounds(ready.own) && !failure_any())
		return REAL(epoll_pwait2)(set, events, maximum, timeout, mask);
	sets.events = events;
	sets.maximum = maximum;
	sets.mask = mask;
	return ready_run(&ready);
}
#endif

int wrap_epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
	const int result = REAL(epoll_ctl)(set, operation, fd, event);

	if (result == 0 && operation == EPOLL_CTL_ADD)
		ready_changed();
	return result;
}
