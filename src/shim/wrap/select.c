/*
 * select and pselect. Hot: with something ready they are the real call with another timeout and a
 * copy of the sets, which the kernel overwrites.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "calls/calls.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/fd/failure.h"
#include "shim/wait/held.h"
#include "shim/system/memory.h"
#include "shim/wait/nested.h"
#include "shim/wait/ready.h"

/* The largest sets of which a copy is kept. libc's fd_set ends at 1024; programs that make larger
 * ones have their own bound, or poll. */
#define SETS_DESCRIPTORS 4096
#define WORD_BITS        (8 * sizeof(unsigned long))
#define SETS_WORDS       (SETS_DESCRIPTORS / WORD_BITS)

enum { SET_READABLE, SET_WRITABLE, SET_EXCEPTIONAL, SET_COUNT };

struct select_sets {
	int count;
	unsigned long *user[SET_COUNT]; /* the program's, or NULL */
	bool with_mask;                 /* pselect */
	unsigned long before[SET_COUNT][SETS_WORDS];
};

static size_t words(int count)
{
	return ((size_t)count + WORD_BITS - 1) / WORD_BITS;
}

static bool is_in(const unsigned long *set, int fd)
{
	return (set[(size_t)fd / WORD_BITS] >> ((size_t)fd % WORD_BITS) & 1) != 0;
}

static void put_in(unsigned long *set, int fd)
{
	set[(size_t)fd / WORD_BITS] |= 1ul << ((size_t)fd % WORD_BITS);
}

/* Copy the program's sets; false where they are not there to be read, which the kernel has not found
 * out yet. Apart: a compiler that knows how small they are copies them by "rep movs", which is slow. */
APART static bool select_save(struct select_sets *sets)
{
	const size_t size = words(sets->count) * sizeof(unsigned long);

	for (int i = 0; i < SET_COUNT; i++) {
		if (sets->user[i] == NULL)
			continue;
		if (!memory_readable(sets->user[i], size))
			return false;
		memcpy(sets->before[i], sets->user[i], size);
	}
	return true;
}

/* Only what the kernel has changed: it looks at no more than the process has descriptors, and a
 * set that ends there may have other variables behind it. */
static void select_restore(const struct select_sets *sets)
{
	for (int i = 0; i < SET_COUNT; i++)
		for (size_t word = 0; sets->user[i] != NULL && word < words(sets->count);
		     word++)
			if (sets->user[i][word] != sets->before[i][word])
				sets->user[i][word] = sets->before[i][word];
}

static bool waited_for(const struct select_sets *sets, int which, int fd)
{
	return sets->user[which] != NULL && is_in(sets->before[which], fd);
}

static bool select_next(struct ready *ready, size_t *position, struct ready_interest *interest)
{
	const struct select_sets *sets = ready->sets;

	for (int fd = (int)*position; fd < sets->count; fd++) {
		*interest = (struct ready_interest){.fd = fd};
		if (waited_for(sets, SET_READABLE, fd))
			interest->events |= POLLIN;
		if (waited_for(sets, SET_WRITABLE, fd))
			interest->events |= POLLOUT;
		if (waited_for(sets, SET_EXCEPTIONAL, fd))
			interest->events |= POLLPRI;
		*position = (size_t)fd + 1;
		if (interest->events != 0)
			return true;
	}
	return false;
}

/* The real call with the sets as they are; *left gets what is left of nanoseconds. */
static int select_real(const struct ready *ready, int64_t nanoseconds, int64_t *left)
{
	const struct select_sets *sets = ready->sets;
	fd_set *const readable = (fd_set *)sets->user[SET_READABLE];
	fd_set *const writable = (fd_set *)sets->user[SET_WRITABLE];
	fd_set *const exceptional = (fd_set *)sets->user[SET_EXCEPTIONAL];
	/* Rounded up, as the kernel's own conversions are. */
	const int64_t microseconds =
		(nanoseconds + NANOSECONDS_PER_MICROSECOND - 1) / NANOSECONDS_PER_MICROSECOND;
	struct timeval timeout = {(time_t)(microseconds / 1000000),
				  (suseconds_t)(microseconds % 1000000)};
	const struct timespec precise = {(time_t)(nanoseconds / NANOSECONDS_PER_SECOND),
					 (long)(nanoseconds % NANOSECONDS_PER_SECOND)};
	int n;

	if (sets->with_mask)
		return REAL(pselect)(sets->count, readable, writable, exceptional,
				     nanoseconds < 0 ? NULL : &precise, ready->mask);
	n = REAL(select)(sets->count, readable, writable, exceptional,
			 nanoseconds < 0 ? NULL : &timeout);
	*left = (int64_t)timeout.tv_sec * NANOSECONDS_PER_SECOND +
		(int64_t)timeout.tv_usec * NANOSECONDS_PER_MICROSECOND;
	return n;
}

static void take_out(const struct select_sets *sets, int which, int fd)
{
	if (sets->user[which] != NULL)
		sets->user[which][(size_t)fd / WORD_BITS] &= ~(1ul << ((size_t)fd % WORD_BITS));
}

/* The real call without what is held (shim/wait/held.h). */
static int select_held(struct ready *ready, int64_t now, int64_t end)
{
	const struct select_sets *sets = ready->sets;
	struct ready_interest interest;
	size_t position = 0;
	int64_t left;

	select_restore(sets);
	while (select_next(ready, &position, &interest)) {
		const int seen = held_wholly(ready, now)
					 ? 0
					 : held_events(interest.fd, interest.events, now, &end);

		if ((seen & POLLIN) == 0)
			take_out(sets, SET_READABLE, interest.fd);
		if ((seen & POLLOUT) == 0)
			take_out(sets, SET_WRITABLE, interest.fd);
		if ((seen & POLLPRI) == 0)
			take_out(sets, SET_EXCEPTIONAL, interest.fd);
	}
	return select_real(ready,
			   end == DEADLINE_NEVER ? -1
			   : end > now           ? end - now
						 : 0,
			   &left);
}

static int select_wait(struct ready *ready, int64_t nanoseconds)
{
	int64_t left;

	if (held_concerns(ready))
		return held_wait(ready, nanoseconds, select_held);
	select_restore(ready->sets);
	return select_real(ready, nanoseconds, &left);
}

/* Natively a descriptor counts once for each set it is in (select(2)). */
static int select_report(struct ready *ready)
{
	struct select_sets *sets = ready->sets;
	int n = select_wait(ready, 0);

	if (n < 0)
		return n;
	for (int fd = 0; fd < sets->count; fd++) {
		const short events =
			(short)((waited_for(sets, SET_READABLE, fd) ? POLLIN : 0) |
				(waited_for(sets, SET_WRITABLE, fd) ? POLLOUT : 0));
		short shown;

		if (events == 0 || held_is(fd, POLLIN | POLLOUT))
			continue;
		shown = nested_shows(fd, 0, events);
		for (int which = SET_READABLE; which <= SET_WRITABLE; which++)
			if ((shown & (which == SET_READABLE ? POLLIN : POLLOUT)) != 0 &&
			    !is_in(sets->user[which], fd)) {
				put_in(sets->user[which], fd);
				n++;
			}
	}
	return n;
}

/* select tells in *timeout what is left of it (Linux; select(2)). */
static void tell_left(struct timeval *timeout, int64_t left)
{
	if (timeout == NULL)
		return;
	if (left < 0)
		left = 0;
	timeout->tv_sec = (time_t)(left / NANOSECONDS_PER_SECOND);
	timeout->tv_usec =
		(suseconds_t)(left % NANOSECONDS_PER_SECOND / NANOSECONDS_PER_MICROSECOND);
}

static int select_bounded(struct ready *ready, struct timeval *timeout)
{
	struct select_sets *sets = ready->sets;
	const int64_t own = ready->own;
	int64_t piece = ready_piece(own), left = 0, started;
	int n;

	if (LIKELY(!failure_any() && ready_silent_since == 0)) {
		/* As in ready_run: first without a clock. */
		n = piece != own && own < 0 ? select_real(ready, 0, &left) : 0;
		if (n == 0) {
			select_restore(sets);
			if (own < 0)
				rules_refresh();
			piece = ready_first_piece(own);
			if (own < 0 && piece >= 0)
				ready->waiting_since =
					stats_begin(-1, OPERATION_WAIT, piece, 0);
			n = select_real(ready, piece, &left);
		}
		if (n != 0 || !ready_bounds(own)) {
			if (UNLIKELY(ready->waiting_since != 0))
				ready_watched(ready, n);
			tell_left(timeout, own - piece + left);
			if (n < 0 && errno == EINTR)
				ready_interrupted(ready);
			return n;
		}
		n = ready_slow(ready, piece);
		started = ready->started;
	} else {
		started = clock_now();
		n = ready_slow(ready, -1);
	}
	tell_left(timeout, n == 0 ? 0 : started + own - clock_now());
	return n;
}

/* A wait by that function, with its sets. */
#define SELECT_READY(function, its_sets)                                                       \
	{                                                                                      \
		.call = CALL_##function, .set = -1, .own = -1, .next = select_next,            \
		.wait = select_wait, .report = select_report, .sets = (its_sets)               \
	}

/* Whether the sets can be looked at: otherwise they are for the real call alone. */
static inline bool sets_begin(struct select_sets *sets, int count, fd_set *readable,
			      fd_set *writable, fd_set *exceptional, bool with_mask)
{
	if (count <= 0 || count > SETS_DESCRIPTORS)
		return false;
	sets->count = count;
	sets->user[SET_READABLE] = (unsigned long *)readable;
	sets->user[SET_WRITABLE] = (unsigned long *)writable;
	sets->user[SET_EXCEPTIONAL] = (unsigned long *)exceptional;
	sets->with_mask = with_mask;
	return select_save(sets);
}

/* Apart from what prints the call: its sets are not to be on the stack twice. */
APART static int select_with(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
			     struct timeval *timeout)
{
	struct select_sets sets;
	struct ready ready = SELECT_READY(select, &sets);

	if (timeout != NULL) {
		/* What is refused, or normalised, is the kernel's business. */
		if (timeout->tv_sec < 0 || timeout->tv_usec < 0 ||
		    timeout->tv_usec >= 1000000 ||
		    timeout->tv_sec >= INT64_MAX / NANOSECONDS_PER_SECOND)
			return REAL(select)(count, readable, writable, exceptional, timeout);
		ready.own = (int64_t)timeout->tv_sec * NANOSECONDS_PER_SECOND +
			    (int64_t)timeout->tv_usec * NANOSECONDS_PER_MICROSECOND;
	}
	if ((!ready_bounds(ready.own) && !failure_any()) ||
	    !sets_begin(&sets, count, readable, writable, exceptional, false))
		return ready_found_nothing(
			REAL(select)(count, readable, writable, exceptional, timeout));
	return select_bounded(&ready, timeout);
}

COLD static int select_attended(int count, fd_set *readable, fd_set *writable,
				fd_set *exceptional, struct timeval *timeout)
{
	struct attention attention = ATTENTION_FOR(
		select, OPERATION_COUNT, -1, -1, 0, ARGUMENT(count), ARGUMENT(readable),
		ARGUMENT(writable), ARGUMENT(exceptional), ARGUMENT(timeout));
	int n;

	ATTEND(n, &attention, select_with(count, readable, writable, exceptional, timeout));
	return n;
}

int wrap_select(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
		struct timeval *timeout)
{
	if (attention_due(CALL_select))
		return select_attended(count, readable, writable, exceptional, timeout);
	return select_with(count, readable, writable, exceptional, timeout);
}
CALL_ALIAS(__select, select);

APART static int pselect_with(int count, fd_set *readable, fd_set *writable,
			      fd_set *exceptional, const struct timespec *timeout,
			      const sigset_t *mask)
{
	struct select_sets sets;
	struct ready ready = SELECT_READY(pselect, &sets);

	if (!ready_own(timeout, &ready.own))
		return REAL(pselect)(count, readable, writable, exceptional, timeout, mask);
	if ((!ready_bounds(ready.own) && !failure_any()) ||
	    !sets_begin(&sets, count, readable, writable, exceptional, true))
		return ready_found_nothing(
			REAL(pselect)(count, readable, writable, exceptional, timeout, mask));
	ready.mask = mask;
	return select_bounded(&ready, NULL);
}

COLD static int pselect_attended(int count, fd_set *readable, fd_set *writable,
				 fd_set *exceptional, const struct timespec *timeout,
				 const sigset_t *mask)
{
	struct attention attention = ATTENTION_FOR(
		pselect, OPERATION_COUNT, -1, -1, 0, ARGUMENT(count), ARGUMENT(readable),
		ARGUMENT(writable), ARGUMENT(exceptional), ARGUMENT(timeout), ARGUMENT(mask));
	int n;

	ATTEND(n, &attention,
	       pselect_with(count, readable, writable, exceptional, timeout, mask));
	return n;
}

int wrap_pselect(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
		 const struct timespec *timeout, const sigset_t *mask)
{
	if (attention_due(CALL_pselect))
		return pselect_attended(count, readable, writable, exceptional, timeout, mask);
	return pselect_with(count, readable, writable, exceptional, timeout, mask);
}
