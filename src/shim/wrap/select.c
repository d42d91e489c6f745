/*
 * select and pselect. Hot: with something ready they are the real call with another timeout and a copy
 * of the sets, which the kernel overwrites.
 */
#include "config.h"

#include <poll.h>
#include <string.h>
#include <sys/select.h>

#include "base/clock.h"
#include "calls/calls.h"
#include "calls/real.h"
#include "shim/log/traced.h"
#include "shim/start.h"
#include "shim/system/memory.h"
#include "shim/wait/wait.h"

/* The largest sets that are copied; larger ones are left to the real call. libc's fd_set has 1024
 * descriptors. */
#define SETS_DESCRIPTORS 4096
#define WORD_BITS        (8 * sizeof(unsigned long))
#define SETS_WORDS       (SETS_DESCRIPTORS / WORD_BITS)

#define SETS 3

/* The event that each of the three sets asks for. */
static const short event_of[SETS] = {POLLIN, POLLOUT, POLLPRI};

struct select_sets {
	int count;
	unsigned long *user[SETS]; /* the program's, or NULL */
	int64_t spent;             /* in the last real call, nanoseconds */
	unsigned long before[SETS][SETS_WORDS];
};

static size_t words(int count)
{
	return ((size_t)count + WORD_BITS - 1) / WORD_BITS;
}

static unsigned long bit(int fd)
{
	return 1ul << ((size_t)fd % WORD_BITS);
}

static unsigned long *word(unsigned long *set, int fd)
{
	return &set[(size_t)fd / WORD_BITS];
}

/* Copy the program's sets; false where the memory cannot be read. APART: a compiler that knows how
 * small the sets are copies them by "rep movs", which is slow. */
APART static bool save(struct select_sets *sets)
{
	const size_t size = words(sets->count) * sizeof(unsigned long);

	for (int i = 0; i < SETS; i++) {
		if (sets->user[i] == NULL)
			continue;
		if (!memory_readable(sets->user[i], size))
			return false;
		memcpy(sets->before[i], sets->user[i], size);
	}
	return true;
}

/* Put back only what the kernel or a fault has changed: the kernel looks at no more descriptors than the process
 * has, and behind a set that ends there may be other variables. */
static void restore(const struct select_sets *sets)
{
	for (int i = 0; i < SETS; i++)
		for (size_t at = 0; sets->user[i] != NULL && at < words(sets->count); at++)
			if (sets->user[i][at] != sets->before[i][at])
				sets->user[i][at] = sets->before[i][at];
}

static bool select_next(const struct wait *wait, size_t *position,
			struct wait_interest *interest)
{
	const struct select_sets *const sets = wait->sets;
	const size_t end = (size_t)sets->count;
	size_t at = *position;

	while (at < end) {
		unsigned long any = 0;

		for (int i = 0; i < SETS; i++)
			if (sets->user[i] != NULL)
				any |= sets->before[i][at / WORD_BITS];
		any >>= at % WORD_BITS;
		if (any != 0) {
			at += (size_t)__builtin_ctzl(any);
			break;
		}
		at += WORD_BITS - at % WORD_BITS;
	}
	if (at >= end)
		return false;
	*interest = (struct wait_interest){.fd = (int)at};
	for (int i = 0; i < SETS; i++)
		if (sets->user[i] != NULL &&
		    (sets->before[i][at / WORD_BITS] & bit((int)at)) != 0)
			interest->events = (short)(interest->events | event_of[i]);
	*position = at + 1;
	return true;
}

/* Set or clear the descriptor's bits of those events. Returns how many bits change, each of which
 * counts (select(2)). */
static int change(const struct wait *wait, int fd, int events, bool set)
{
	const struct select_sets *const sets = wait->sets;
	int changed = 0;

	for (int i = 0; i < SETS; i++) {
		if ((events & event_of[i]) == 0 || sets->user[i] == NULL ||
		    ((*word(sets->user[i], fd) & bit(fd)) != 0) == set)
			continue;
		*word(sets->user[i], fd) ^= bit(fd);
		changed++;
	}
	return changed;
}

static int select_hide(struct wait *wait, const struct wait_interest *interest, short left)
{
	return change(wait, interest->fd, interest->events & ~left, false);
}

static int select_show(struct wait *wait, const struct wait_interest *interest, short shown)
{
	return change(wait, interest->fd, interest->events & shown, true);
}

static int select_make(struct wait *wait, int64_t nanoseconds)
{
	struct select_sets *const sets = wait->sets;
	/* Rounded up, as the kernel's own conversions are. */
	const int64_t microseconds =
		(nanoseconds + NANOSECONDS_PER_MICROSECOND - 1) / NANOSECONDS_PER_MICROSECOND;
	struct timeval left = {.tv_sec = (time_t)(microseconds / 1000000),
			       .tv_usec = (suseconds_t)(microseconds % 1000000)};
	int n;

	restore(sets);
	n = REAL(select)(sets->count, (fd_set *)sets->user[0], (fd_set *)sets->user[1],
			 (fd_set *)sets->user[2], nanoseconds < 0 ? NULL : &left);
	sets->spent = nanoseconds - (int64_t)left.tv_sec * NANOSECONDS_PER_SECOND -
		      (int64_t)left.tv_usec * NANOSECONDS_PER_MICROSECOND;
	return n;
}

static int pselect_make(struct wait *wait, int64_t nanoseconds)
{
	const struct select_sets *const sets = wait->sets;
	const struct timespec timeout = wait_timespec(nanoseconds);

	restore(sets);
	return REAL(pselect)(sets->count, (fd_set *)sets->user[0], (fd_set *)sets->user[1],
			     (fd_set *)sets->user[2], nanoseconds < 0 ? NULL : &timeout,
			     wait->mask);
}

static const struct wait_kind select_kind = {select_next, select_make, select_hide, select_show,
					     NULL};
static const struct wait_kind pselect_kind = {select_next, pselect_make, select_hide,
					      select_show, NULL};

/* Copy the sets. True: the library makes the wait. */
static bool begin(struct wait *wait, struct select_sets *sets, int count, fd_set *readable,
		  fd_set *writable, fd_set *exceptional)
{
	if (count <= 0 || count > SETS_DESCRIPTORS || wait_is_native(wait->own))
		return false;
	sets->count = count;
	sets->user[0] = (unsigned long *)readable;
	sets->user[1] = (unsigned long *)writable;
	sets->user[2] = (unsigned long *)exceptional;
	return save(sets);
}

/* As wait_own, for a timeout of microseconds. */
static bool own_of(const struct timeval *timeout, int64_t *own)
{
	const struct timespec precise = {.tv_sec = timeout != NULL ? timeout->tv_sec : 0,
					 .tv_nsec = timeout != NULL ? timeout->tv_usec : 0};

	if (precise.tv_nsec < 0 || precise.tv_nsec >= 1000000 || !wait_own(&precise, own))
		return false;
	if (timeout == NULL)
		*own = -1;
	else
		*own += precise.tv_nsec * (NANOSECONDS_PER_MICROSECOND - 1);
	return true;
}

/* Store the time that is left in the program's timeout, as Linux does (select(2)). */
static void put_left(const struct wait *wait, int n, struct timeval *timeout)
{
	const struct select_sets *const sets = wait->sets;
	int64_t left = 0;

	if (n != 0)
		left = wait->own -
		       (wait->started != 0 ? clock_now() - wait->started : sets->spent);
	if (left < 0)
		left = 0;
	timeout->tv_sec = (time_t)(left / NANOSECONDS_PER_SECOND);
	timeout->tv_usec =
		(suseconds_t)(left % NANOSECONDS_PER_SECOND / NANOSECONDS_PER_MICROSECOND);
}

/* The whole wait. A wait that fails leaves the program's sets as they were (fs/select.c: core_sys_select),
 * although an earlier real call has found nothing. */
static int run_wait(struct wait *wait)
{
	const int n = wait_run(wait);

	if (n < 0)
		restore(wait->sets);
	return n;
}

/* APART: the copies are not on the stack while the call is logged. */
APART static int run_select(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
			    struct timeval *timeout)
{
	struct select_sets sets;
	struct wait wait = {
		.call = CALL_select, .set = -1, .kind = &select_kind, .sets = &sets};
	int n;

	if (!own_of(timeout, &wait.own) ||
	    !begin(&wait, &sets, count, readable, writable, exceptional)) {
		n = REAL(select)(count, readable, writable, exceptional, timeout);
		if (n == 0)
			rules_refresh();
		return n;
	}
	n = run_wait(&wait);
	if (timeout != NULL)
		put_left(&wait, n, timeout);
	return n;
}

int wrap_select(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
		struct timeval *timeout)
{
	start_early();

	const struct traced traced =
		TRACED(select, ARGUMENT(count), ARGUMENT(readable), ARGUMENT(writable),
		       ARGUMENT(exceptional), ARGUMENT(timeout));
	const int n = run_select(count, readable, writable, exceptional, timeout);

	traced_end(&traced, n);
	return n;
}
CALL_ALIAS(__select, select);

APART static int run_pselect(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
			     const struct timespec *timeout, const sigset_t *mask)
{
	struct select_sets sets;
	struct wait wait = {.call = CALL_pselect,
			    .set = -1,
			    .kind = &pselect_kind,
			    .mask = mask,
			    .sets = &sets};
	int n;

	if (wait_own(timeout, &wait.own) &&
	    begin(&wait, &sets, count, readable, writable, exceptional))
		return run_wait(&wait);
	n = REAL(pselect)(count, readable, writable, exceptional, timeout, mask);
	if (n == 0)
		rules_refresh();
	return n;
}

int wrap_pselect(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
		 const struct timespec *timeout, const sigset_t *mask)
{
	start_early();

	const struct traced traced =
		TRACED(pselect, ARGUMENT(count), ARGUMENT(readable), ARGUMENT(writable),
		       ARGUMENT(exceptional), ARGUMENT(timeout), ARGUMENT(mask));
	const int n = run_pselect(count, readable, writable, exceptional, timeout, mask);

	traced_end(&traced, n);
	return n;
}

#ifdef HAVE___SELECT64
/* A timeout that does not fit into the narrow type: the real call, which refuses a bad one. */
int wrap___select64(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
		    struct timeval64 *timeout)
{
	struct timeval narrow;
	int n;

	if (timeout == NULL)
		return wrap_select(count, readable, writable, exceptional, NULL);
	if (!timeval_narrow(timeout, &narrow))
		return REAL(__select64)(count, readable, writable, exceptional, timeout);
	n = wrap_select(count, readable, writable, exceptional, &narrow);
	*timeout = timeval_widen(&narrow);
	return n;
}

int wrap___pselect64(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
		     const struct timespec64 *timeout, const sigset_t *mask)
{
	struct timespec narrow;

	if (timeout != NULL && !timespec_narrow(timeout, &narrow))
		return REAL(__pselect64)(count, readable, writable, exceptional, timeout, mask);
	return wrap_pselect(count, readable, writable, exceptional,
			    timeout != NULL ? &narrow : NULL, mask);
}
#endif
