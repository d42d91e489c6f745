/*
 * Hides delayed events from the result of a wait. Cold.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "calls/real.h"
#include "shim/wait/late.h"
#include "shim/wait/walk.h"

#define INPUT  (POLLIN | POLLRDNORM | POLLRDHUP)
#define OUTPUT (POLLOUT | POLLWRNORM)
#define ANY    (INPUT | OUTPUT | POLLPRI)

/* The interval at which the kernel is asked while something is ready and hidden. */
#define NAP (10 * NANOSECONDS_PER_MILLISECOND)

/* The events of fd, and the events that are not delayed. */
struct late {
	int64_t now;   /* CLOCK_MONOTONIC, nanoseconds */
	int64_t until; /* the earliest end of a delay after now */
	short left;
};

static void apply_delay(struct late *late, int fd, enum fd_direction direction, short mask)
{
	int64_t until;

	if ((late->left & mask) == 0)
		return;
	until = delayed_until(fd, direction);
	if (until > late->now) {
		late->left = (short)(late->left & ~mask);
		late->until = until < late->until ? until : late->until;
	}
}

static void apply_delays(struct late *late, int fd, short events)
{
	late->left = events;
	apply_delay(late, fd, FD_RECEIVE, INPUT);
	apply_delay(late, fd, FD_SEND, OUTPUT);
}

bool late_is(int fd, short events)
{
	struct late late = {.until = DEADLINE_NEVER};

	if (!delayed_any())
		return false;
	events &= INPUT | OUTPUT;
	if (events == 0)
		events = INPUT | OUTPUT;
	late.now = clock_now();
	apply_delays(&late, fd, events);
	return late.left != events;
}

/* Whether an edge (EPOLLET) of the member must be shown: the wait reported the edge before the delay began, or hid
 * the report. */
static bool takes_edge(const struct wait_interest *interest, int64_t now)
{
	const bool input =
		(interest->events & INPUT) != 0 && delayed_edge(interest->fd, FD_RECEIVE, now);
	const bool output =
		(interest->events & OUTPUT) != 0 && delayed_edge(interest->fd, FD_SEND, now);

	return input || output;
}

/* Shows the hidden events that may belong to members without a delay. Returns the number of shown events. Members
 * with EPOLLONESHOT are left out: a shown event would not disable such a member. */
static int unhide(struct wait *wait)
{
	struct walk walk = WALK_TOP(wait);
	struct wait_interest interest;
	int shown = 0;

	while (walk_next(&walk, &interest))
		if ((interest.mask & EPOLLONESHOT) == 0 &&
		    !late_is(interest.fd, interest.events))
			shown += wait->kind->unhide(wait, &interest);
	return shown;
}

/* The real call has returned n. Hide from the result the events that are delayed at now. Returns n
 * without them; *next gets the time when a delay ends, where that is earlier. */
static int hide_delayed(struct wait *wait, int n, int64_t now, int64_t *next)
{
	struct late late = {.now = now, .until = *next};
	struct walk walk = {.wait = wait, .disabled = true};
	struct wait_interest interest;
	const bool blind = wait->blind > now;
	const int found = n;

	while (walk_next(&walk, &interest)) {
		/* An event may just have disabled the member (EPOLLONESHOT). */
		const short events =
			(short)(interest.events != 0 || interest.mask == 0 ? interest.events
									   : ANY);
		int hidden = 0;

		apply_delays(&late, interest.fd, events);
		if (blind)
			late.left = 0;
		if (n > 0 && (blind || late.left != events))
			hidden = wait->kind->hide(wait, &interest, late.left);
		n -= hidden;
		if ((interest.mask & EPOLLET) != 0 && interest.events != 0 &&
		    (takes_edge(&interest, now) || (blind && hidden > 0)))
			epollset_change(wait->set, interest.fd, interest.mask, interest.data);
	}
	if (n < found && !blind && wait->kind->unhide != NULL)
		n += unhide(wait);
	if (blind && wait->blind < late.until)
		late.until = wait->blind;
	*next = late.until;
	return n;
}

/* Something is ready and hidden. Returns 0, or -1 with errno EINTR. */
static int nap(const struct wait *wait, int64_t now, int64_t until)
{
	const struct timespec timeout = wait_timespec(until - now < NAP ? until - now : NAP);

	return REAL(ppoll)(NULL, 0, &timeout, wait->mask);
}

int late_wait(struct wait *wait, int64_t nanoseconds)
{
	int64_t now = clock_now(), next = now;
	const int64_t end = nanoseconds < 0 ? DEADLINE_NEVER : clock_deadline(now, nanoseconds);

	/* The first real call is a look, after which the program's sets may be read. */
	for (;;) {
		int n, left;

		n = wait->kind->make(wait, next == DEADLINE_NEVER ? -1
					   : next > now           ? next - now
								  : 0);
		if (n < 0)
			return n;
		now = clock_now();
		next = end;
		left = hide_delayed(wait, n, now, &next);
		if (left > 0 || now >= end)
			return left;
		if (n > 0) {
			if (nap(wait, now, next) < 0)
				return -1;
			now = clock_now();
		}
		if (wait_was_interrupted(wait)) {
			errno = EINTR;
			return -1;
		}
	}
}
