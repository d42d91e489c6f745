/*
 * The engine of the readiness waits: poll, select, epoll_wait and their kin. A wrapper makes the
 * real call, for no longer than the shortest timeout that may apply; only when that has passed
 * with nothing ready does it come to ready_slow. Here the sockets fail, if nothing has happened on
 * any of them for their timeout: they are reported ready, as a dead connection is
 * (shim/fd/failure.h), until the program has been told.
 *
 * Waits in slices count together (shim/wait/silence.h).
 *
 * Hot in the wrappers: two loads before the real call. Cold here. Async-signal-safe.
 */
#ifndef SHIM_READY_H
#define SHIM_READY_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/single_threaded.h>
#include <sys/types.h>

#include "base/attributes.h"
#include "base/duration.h"
#include "calls/calls.h"
#include "shim/fd/failure.h"
#include "shim/config/rules.h"
#include "shim/wait/silence.h"
#include "shim/log/stats.h"

/* The shortest and the longest timeout of a wait in nanoseconds; 0: waits are not bounded. Set
 * when the settings have been read, and when rules change. With ready_slice
 * the first is no longer than that, and all waits are looked at. */
extern _Atomic int64_t ready_shortest, ready_longest;

/* Since when this thread has waited in vain, last; 0: it has not. */
extern _Thread_local __attribute__((tls_model("initial-exec"))) int64_t ready_silent_since;

struct ready_interest {
	int fd;
	short events; /* POLLIN, POLLOUT, … */
	/* of a member of an epoll set, else 0: */
	uint32_t mask; /* the epoll events */
	uint64_t data; /* the program's own */
	ino_t inode;   /* of the file that is waited for, whatever fd means now */
};

/* One wait; the functions know what its sets look like. */
struct ready {
	enum call call;
	int set;         /* the epoll descriptor; -1 where the sets are the program's memory */
	int64_t own;     /* its own timeout in nanoseconds, -1 for none */
	int64_t started; /* when it began */
	int64_t blind;   /* until then nothing is seen (shim/wait/held.h); 0: all is */
	const sigset_t *mask; /* of the calls that have one, or NULL */
	/* What it waits for, one after the other; *position is 0 at first. False at the end. */
	bool (*next)(struct ready *ready, size_t *position, struct ready_interest *interest);
	/* The real call for so many nanoseconds (-1: for ever), with the sets as the program gave
	 * them. Returns what the real call does, with errno. */
	int (*wait)(struct ready *ready, int64_t nanoseconds);
	/* What is ready now, and what has failed, into the program's sets. Returns the number. */
	int (*report)(struct ready *ready);
	void *sets;              /* the wrapper's own */
	struct silence *silence; /* that the wait is a part of; NULL: that is not known yet */
	int64_t since;           /* … and when it began */
	int64_t waiting_since; /* for stats_end; 0: nobody looks on, or it has not waited yet */
};

/*
 * What the real call may wait at most before ready_slow is to be called: own (nanoseconds, -1
 * for ever) itself where it is the program's bound, or nothing is bounded.
 */
static inline int64_t ready_piece(int64_t own)
{
	const int64_t shortest = atomic_load_explicit(&ready_shortest, memory_order_relaxed);

	if (LIKELY(own < 0))
		return shortest != 0 ? shortest : own;
	return own > shortest &&
			       own < atomic_load_explicit(&ready_longest, memory_order_relaxed)
		       ? shortest
		       : own;
}

/* Whether a wait of that length is ours to look at when it has found nothing: it may be bounded,
 * and is not the program's own bound. */
static inline bool ready_bounds(int64_t own)
{
	return own != 0 && atomic_load_explicit(&ready_shortest, memory_order_relaxed) != 0 &&
	       (own < 0 || own < atomic_load_explicit(&ready_longest, memory_order_relaxed));
}

/* *own becomes timeout in nanoseconds, -1 without one. False: it is the kernel's to refuse, or longer
 * than can be counted: the real call is to be made. */
static inline bool ready_own(const struct timespec *timeout, int64_t *own)
{
	*own = -1;
	if (timeout == NULL)
		return true;
	if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 ||
	    timeout->tv_nsec >= NANOSECONDS_PER_SECOND ||
	    timeout->tv_sec >= INT64_MAX / NANOSECONDS_PER_SECOND)
		return false;
	*own = (int64_t)timeout->tv_sec * NANOSECONDS_PER_SECOND + timeout->tv_nsec;
	return true;
}

/* What is silent is marked after that part of the shortest timeout, where it is not known before
 * (judge_silent). */
#define READY_MARK 8

/* The same, of a first real call that blocks: in a process of several threads it is short, since what
 * other threads do with the sockets is seen only once these are marked. */
static inline int64_t ready_first_piece(int64_t own)
{
	const int64_t piece = ready_piece(own);
	int64_t mark;

	if (LIKELY(__libc_single_threaded) || !ready_bounds(own))
		return piece;
	mark = atomic_load_explicit(&ready_shortest, memory_order_relaxed) / READY_MARK;
	return piece > mark ? mark : piece;
}

/*
 * A wait that is not just the real call. piece >= 0: the real call has found nothing for so many
 * nanoseconds; -1: it has not been made yet (the thread is in the middle of a silence, or some
 * socket has failed). Returns what the wrapper is to return, with errno where it is negative.
 */
COLD int ready_slow(struct ready *ready, int64_t piece);

/* The real call for piece nanoseconds after a look that has found nothing, while somebody looks on
 * (shim/log/stats.h); only a wait of which that is the beginning is known to be one. */
COLD int ready_wait_watched(struct ready *ready, int64_t piece);
/* That wait has come to n, with errno where it is negative. */
void ready_watched(struct ready *ready, int n);

/* The wait, of which the real call was the first, was interrupted: silence begins. Keeps errno. */
COLD void ready_interrupted(struct ready *ready);

/* Nothing is to be seen to, and a wait without a timeout of its own is bounded: it begins with a
 * look. With a timeout the kernel reads the clock twice, which costs a ready wait a fifth more;
 * without one, or with 0, it does not (fs/select.c: poll_select_set_timeout). */
static inline bool ready_looks_first(int64_t own)
{
	return own < 0 &&
	       LIKELY(ready_piece(own) >= 0 && !failure_any() && ready_silent_since == 0);
}

/* A wait that is not bounded gave n: where it was nothing, the file is looked after. */
static inline int ready_found_nothing(int n)
{
	if (UNLIKELY(n == 0))
		rules_refresh();
	return n;
}

/* The rest of a wait in which a look has found n: nothing, or an error. */
static inline int ready_after_look(struct ready *ready, int n)
{
	int64_t piece;

	if (n == 0 && ready->own < 0)
		rules_refresh();
	piece = ready_first_piece(ready->own);
	if (n == 0)
		n = ready->own < 0 && stats_watched() ? ready_wait_watched(ready, piece)
						      : ready->wait(ready, piece);
	if (LIKELY(n > 0))
		return n;
	if (!ready_bounds(ready->own))
		return ready_found_nothing(n);
	if (n == 0)
		return ready_slow(ready, piece);
	if (errno == EINTR)
		ready_interrupted(ready);
	return n;
}

/* A whole wait, in its fast form. */
static inline int ready_run(struct ready *ready)
{
	int n = 0;

	if (UNLIKELY(failure_any() || ready_silent_since != 0))
		return ready_slow(ready, -1);
	if (ready_looks_first(ready->own))
		n = ready->wait(ready, 0);
	return n > 0 ? n : ready_after_look(ready, n);
}

/* Called once the settings are known, and when rules have changed. */
void ready_start(void);

/* From now on no real call is longer than slice nanoseconds; 0: as long as it may be. */
void ready_slice(int64_t slice);

/* What a dead connection shows to a wait for events. */
short ready_dead(short events);

#endif
