/*
 * epoll_wait, epoll_pwait, epoll_pwait2; and epoll_ctl, because a quiet period begins where a set gets
 * a member. Hot: with events there the waits are the real call with another timeout.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/log/traced.h"
#include "shim/start.h"
#include "shim/system/memory.h"
#include "shim/wait/epollset.h"
#include "shim/wait/wait.h"

struct epoll_sets {
	struct epoll_event *events;
	int maximum;
	int count;  /* of the events there */
	int hidden; /* the number of events behind these, which were hidden */
};

/* The event of the interest among so many events, or NULL: events are known by the program's data only. */
static struct epoll_event *find(struct epoll_event *events, int count,
				const struct wait_interest *interest)
{
	for (int i = 0; i < count; i++)
		if (events[i].data.u64 == interest->data)
			return &events[i];
	return NULL;
}

static int epoll_hide(struct wait *wait, const struct wait_interest *interest, short left)
{
	struct epoll_sets *const sets = wait->sets;
	struct epoll_event *const event = find(sets->events, sets->count, interest);
	struct epoll_event copy;
	uint32_t asked;

	if (event == NULL)
		return 0;
	asked = event->events & ~(uint32_t)(EPOLLERR | EPOLLHUP);
	if ((asked & (uint16_t)left) != 0) {
		event->events &= (uint16_t)left | (uint32_t)(EPOLLERR | EPOLLHUP);
		return 0;
	}
	/* The event has disabled the member. */
	if ((interest->mask & EPOLLONESHOT) != 0)
		epollset_change(wait->set, interest->fd,
				epollset_asked(wait->set, interest->fd, interest->mask | asked),
				interest->data);
	copy = *event;
	sets->count--;
	memmove(event, event + 1, (size_t)(sets->events + sets->count - event) * sizeof *event);
	sets->events[sets->count] = copy;
	sets->hidden++;
	return 1;
}

static int epoll_unhide(struct wait *wait, const struct wait_interest *interest)
{
	struct epoll_sets *const sets = wait->sets;
	struct epoll_event *const first = &sets->events[sets->count];
	struct epoll_event *const event = find(first, sets->hidden, interest);
	struct pollfd descriptor = {.fd = interest->fd, .events = interest->events};
	const int saved_errno = errno;
	bool ready;

	if (event == NULL)
		return 0;
	ready = REAL(poll)(&descriptor, 1, 0) > 0 && (descriptor.revents & POLLNVAL) == 0;
	errno = saved_errno;
	if (!ready)
		return 0;
	*event = *first;
	*first = (struct epoll_event){.events = (uint16_t)descriptor.revents,
				      .data.u64 = interest->data};
	sets->count++;
	sets->hidden--;
	return 1;
}

static int epoll_show(struct wait *wait, const struct wait_interest *interest, short shown)
{
	struct epoll_sets *const sets = wait->sets;
	struct epoll_event *event = find(sets->events, sets->count, interest);
	const bool more = event == NULL;

	if (more) {
		if (sets->count == sets->maximum)
			return 0;
		event = &sets->events[sets->count];
		/* The kernel has not written there. */
		if (!memory_writable(event, sizeof *event))
			return -1;
	}
	/* Of several threads, one gets an event that is reported once. */
	if ((interest->mask & (EPOLLET | EPOLLONESHOT)) != 0 &&
	    pending_is(interest->fd, interest->inode) && !pending_edge(interest->fd))
		return 0;
	/* An event disables the member, as a real one does. */
	if ((interest->mask & EPOLLONESHOT) != 0)
		epollset_change(wait->set, interest->fd, interest->mask & EPOLLSET_MODES,
				interest->data);
	if (more) {
		*event = (struct epoll_event){.data.u64 = interest->data};
		sets->count++;
	}
	event->events |= (uint16_t)shown;
	return more ? 1 : 0;
}

static int epoll_make(struct wait *wait, int64_t nanoseconds)
{
	struct epoll_sets *const sets = wait->sets;

	sets->hidden = 0;
	return sets->count = REAL(epoll_wait)(wait->set, sets->events, sets->maximum,
					      wait_milliseconds(nanoseconds));
}

static int epoll_pwait_make(struct wait *wait, int64_t nanoseconds)
{
	struct epoll_sets *const sets = wait->sets;

	sets->hidden = 0;
	return sets->count = REAL(epoll_pwait)(wait->set, sets->events, sets->maximum,
					       wait_milliseconds(nanoseconds), wait->mask);
}

static const struct wait_kind epoll_kind = {
	.make = epoll_make, .hide = epoll_hide, .unhide = epoll_unhide, .show = epoll_show};
static const struct wait_kind epoll_pwait_kind = {.make = epoll_pwait_make,
						  .hide = epoll_hide,
						  .unhide = epoll_unhide,
						  .show = epoll_show};

/* All but a look that finds something. n: the result of the look, where one was made; or 1. */
APART static int run_epoll_wait(int set, struct epoll_event *events, int maximum, int timeout,
				int n)
{
	const struct traced traced = TRACED(epoll_wait, ARGUMENT(set), ARGUMENT(events),
					    ARGUMENT(maximum), ARGUMENT(timeout));
	struct epoll_sets sets = {.events = events, .maximum = maximum};
	struct wait wait = {.call = CALL_epoll_wait,
			    .set = set,
			    .own = wait_nanoseconds(timeout),
			    .kind = &epoll_kind,
			    .sets = &sets};

	n = n > 0 ? wait_run(&wait) : wait_looked(&wait, n);
	traced_end(&traced, n);
	return n;
}

int wrap_epoll_wait(int set, struct epoll_event *events, int maximum, int timeout)
{
	int n = 1;

	start_early();
	if (LIKELY(wait_looks(set, timeout) && !traced_wanted())) {
		n = REAL(epoll_wait)(set, events, maximum, 0);
		if (LIKELY(n > 0))
			return n;
	}
	return run_epoll_wait(set, events, maximum, timeout, n);
}

int wrap_epoll_pwait(int set, struct epoll_event *events, int maximum, int timeout,
		     const sigset_t *mask)
{
	start_early();

	const struct traced traced =
		TRACED(epoll_pwait, ARGUMENT(set), ARGUMENT(events), ARGUMENT(maximum),
		       ARGUMENT(timeout), ARGUMENT(mask));
	struct epoll_sets sets = {.events = events, .maximum = maximum};
	struct wait wait = {.call = CALL_epoll_pwait,
			    .set = set,
			    .own = wait_nanoseconds(timeout),
			    .kind = &epoll_pwait_kind,
			    .mask = mask,
			    .sets = &sets};
	const int n = wait_run(&wait);

	traced_end(&traced, n);
	return n;
}

#ifdef HAVE_EPOLL_PWAIT2
static int epoll_pwait2_make(struct wait *wait, int64_t nanoseconds)
{
	struct epoll_sets *const sets = wait->sets;
	const struct timespec timeout = wait_timespec(nanoseconds);

	sets->hidden = 0;
	return sets->count = REAL(epoll_pwait2)(wait->set, sets->events, sets->maximum,
						nanoseconds < 0 ? NULL : &timeout, wait->mask);
}

static const struct wait_kind epoll_pwait2_kind = {.make = epoll_pwait2_make,
						   .hide = epoll_hide,
						   .unhide = epoll_unhide,
						   .show = epoll_show};

int wrap_epoll_pwait2(int set, struct epoll_event *events, int maximum,
		      const struct timespec *timeout, const sigset_t *mask)
{
	start_early();

	const struct traced traced =
		TRACED(epoll_pwait2, ARGUMENT(set), ARGUMENT(events), ARGUMENT(maximum),
		       ARGUMENT(timeout), ARGUMENT(mask));
	struct epoll_sets sets = {.events = events, .maximum = maximum};
	struct wait wait = {.call = CALL_epoll_pwait2,
			    .set = set,
			    .kind = &epoll_pwait2_kind,
			    .mask = mask,
			    .sets = &sets};
	int n;

	/* The real call refuses a bad pointer. */
	if (wait_is_native(-1) ||
	    (timeout != NULL && !memory_readable(timeout, sizeof *timeout)) ||
	    !wait_own(timeout, &wait.own))
		n = REAL(epoll_pwait2)(set, events, maximum, timeout, mask);
	else
		n = wait_run(&wait);
	traced_end(&traced, n);
	return n;
}
#endif

#ifdef HAVE___EPOLL_PWAIT2_TIME64
int wrap___epoll_pwait2_time64(int set, struct epoll_event *events, int maximum,
			       const struct timespec64 *timeout, const sigset_t *mask)
{
	struct timespec narrow;

	/* The real call refuses a bad pointer and a bad timeout. */
	if (timeout != NULL &&
	    (!memory_readable(timeout, sizeof *timeout) || !timespec_narrow(timeout, &narrow)))
		return REAL(__epoll_pwait2_time64)(set, events, maximum, timeout, mask);
	return wrap_epoll_pwait2(set, events, maximum, timeout != NULL ? &narrow : NULL, mask);
}
#endif

/* The events, for faults that may delay fd; 0: no fault does, or the real call refuses the pointer. */
static uint32_t events_of(int fd, const struct epoll_event *event)
{
	return (fd_state(fd) & FD_HOOKED) != 0 && memory_readable(event, sizeof *event)
		       ? event->events
		       : 0;
}

int wrap_epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
	start_early();

	const struct traced traced = TRACED(epoll_ctl, ARGUMENT(set), ARGUMENT(operation),
					    ARGUMENT(fd), ARGUMENT(event));
	void (*const member)(int, int) =
		atomic_load_explicit(&wait_fault_member, memory_order_relaxed);
	int result;

	/* Before the call: a thread that waits already must not see the member without these. */
	if (operation != EPOLL_CTL_DEL) {
		fd_quiet_begin(fd);
		pending_edge_again(fd);
		epollset_remember(set, fd, events_of(fd, event));
	}
	result = REAL(epoll_ctl)(set, operation, fd, event);
	if (UNLIKELY(member != NULL) && operation != EPOLL_CTL_DEL && result == 0)
		member(set, fd);
	traced_end(&traced, result);
	return result;
}
