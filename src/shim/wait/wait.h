/*
 * The engine of the readiness waits: poll, select, epoll_wait and their kind. One wait is one value, a
 * struct wait, and struct wait_kind says how the kind of call makes the wait:
 *
 *     wrap_poll ── wait_run ── a look finds something ──> poll(…, 0)
 *                     │
 *                     ├─ the real call, at most for the shortest timeout ──> poll(…, T)
 *                     │
 *                     └─ wait_slow: nothing came for that long; or a socket has a pending error, a
 *                        fault is to be injected, or the thread is in a quiet period
 *
 * When nothing has happened on any of the sockets for their timeout, wait_slow gives each of them the
 * pending error ETIMEDOUT (fd/pending.h), and the wait reports the sockets as ready.
 *
 * Hot: the inline functions. Async-signal-safe.
 */
#ifndef SHIM_WAIT_WAIT_H
#define SHIM_WAIT_WAIT_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attributes.h"
#include "base/duration.h"
#include "base/single_threaded.h"
#include "calls/calls.h"
#include "shim/config/rules.h"
#include "shim/fd/pending.h"
#include "shim/log/stats.h"
#include "shim/system/interruption.h"
#include "shim/wait/limits.h"

struct quiet;
struct wait;

/* One descriptor that a wait waits for. */
struct wait_interest {
	int fd;
	short events;    /* POLLIN, POLLOUT, … */
	size_t position; /* in the program's sets */
	/* Of a member of an epoll set, else 0: */
	uint32_t mask; /* the epoll events, with EPOLLET and the like */
	uint64_t data; /* the program's own */
	ino_t inode;   /* of the file that the member is, whatever fd means now */
};

/* How one kind of call waits. */
struct wait_kind {
	/* Get the next descriptor of the program's sets; *position is 0 at first. False at the end.
	 * Only after make has succeeded once. NULL: an epoll set, which the kernel lists. */
	bool (*next)(const struct wait *wait, size_t *position, struct wait_interest *interest);
	/* Make the real call for so many nanoseconds (-1: for ever), with the sets as the program
	 * gave them. Returns what the real call returns, with errno. */
	int (*make)(struct wait *wait, int64_t nanoseconds);
	/* After make: leave of the events that the interest asks for only `left` in the program's
	 * result, and nothing (no error, no hang-up either) where none of `left` is there. Returns
	 * by how much the call's result decreases. errno is unchanged. */
	int (*hide)(struct wait *wait, const struct wait_interest *interest, short left);
	/* After make: add the events `shown` to the program's result. Returns by how much the call's
	 * result increases, or -1 where the program's memory cannot be written. errno is
	 * unchanged. */
	int (*show)(struct wait *wait, const struct wait_interest *interest, short shown);
	/* Called after hide. Members of an epoll set may have the same data, so a hidden event may be the event
	 * of this interest. Shows a hidden event with that data if the interest is ready. Returns the increase
	 * of the call's result. errno is unchanged. NULL: the wait has no epoll set. */
	int (*unhide)(struct wait *wait, const struct wait_interest *interest);
};

/* One wait. A wrapper sets the first group; the rest begins as zeros. */
struct wait {
	enum call call;
	int set;     /* the epoll descriptor; -1: the sets are the program's memory */
	int64_t own; /* the program's timeout in nanoseconds; -1: none */
	const struct wait_kind *kind;
	const sigset_t *mask; /* of the calls that have one, or NULL */
	void *sets;           /* the wrapper's own */

	int64_t started; /* CLOCK_MONOTONIC, nanoseconds; 0: wait_slow was not called */
	int64_t blind;   /* a fault hides all events until then; 0: no fault */
	int counted_fd;  /* for stats_end: the only socket that is waited for, else -1 */
	int64_t waiting_since; /* for stats_end; 0: waits are not counted, or the wait is not made yet */
	struct quiet *quiet; /* the quiet period that the wait is a part of, or NULL */
};

/* The memory of a thread from wait to wait. */
struct wait_thread {
	int64_t quiet_since; /* the last wait was in a quiet period that began then; 0: it was not */
	unsigned int skip_looks; /* the number of next waits without a look before */
};
extern _Thread_local __attribute__((tls_model("initial-exec"))) struct wait_thread wait_thread;

/* After a look that found nothing, so many waits are made without a look. */
#define WAIT_SKIPPED_LOOKS 32

/* In a process of several threads the first real call takes at most this part of the shortest
 * timeout: what other threads do with the sockets is seen only once the sockets are marked
 * (exempt_mark_quiet). */
#define WAIT_MARK_PART 8

/* A fault may be injected into a wait: called where a wait begins; NULL: no faults. True: the wait is
 * to be made, and hides all events until wait->blind. False: the wait is over, with *result and errno.
 * The setter of the pointer calls fd_examine(true), so that every wait comes to wait_slow. */
extern _Atomic(bool (*)(struct wait *wait, int *result)) wait_fault;
/* With wait_fault: called after fd was added to an epoll set, or changed there. errno is unchanged. */
extern _Atomic(void (*)(int set, int fd)) wait_fault_member;

/* fd, whose state is `state`, is about to be connected to address (which the kernel has not read yet;
 * may be a bad pointer). A quiet period of fd begins; where rules ask for addresses, the timeout
 * of this connect is remembered until fd is closed or connected anew. Async-signal-safe. errno is
 * unchanged. */
void wait_connecting(int fd, uint64_t state, const struct sockaddr *address, socklen_t length);

/* *own becomes timeout in nanoseconds; -1: timeout is NULL. False: the kernel refuses the timeout, or
 * the timeout does not fit: make the real call. */
static inline bool wait_own(const struct timespec *timeout, int64_t *own)
{
	*own = -1;
	if (timeout == NULL)
		return true;
	return timeout->tv_sec >= 0 && timeout->tv_nsec >= 0 &&
	       timeout->tv_nsec < NANOSECONDS_PER_SECOND &&
	       !__builtin_mul_overflow((int64_t)timeout->tv_sec, NANOSECONDS_PER_SECOND, own) &&
	       !__builtin_add_overflow(*own, (int64_t)timeout->tv_nsec, own);
}

/* A poll(2) timeout in nanoseconds; -1 for ever. */
static inline int64_t wait_nanoseconds(int milliseconds)
{
	return milliseconds < 0 ? -1 : milliseconds * NANOSECONDS_PER_MILLISECOND;
}

/* nanoseconds, -1 for ever, as a poll(2) timeout: rounded up, at most INT_MAX. */
static inline int wait_milliseconds(int64_t nanoseconds)
{
	const int64_t left = nanoseconds < 0 ? -1
					     : (nanoseconds + NANOSECONDS_PER_MILLISECOND - 1) /
						       NANOSECONDS_PER_MILLISECOND;

	return left > INT32_MAX ? INT32_MAX : (int)left;
}

/* nanoseconds >= 0 as a timespec. */
static inline struct timespec wait_timespec(int64_t nanoseconds)
{
	return (struct timespec){.tv_sec = (time_t)(nanoseconds / NANOSECONDS_PER_SECOND),
				 .tv_nsec = (long)(nanoseconds % NANOSECONDS_PER_SECOND)};
}

/* A wait without a pending error, a fault or a quiet period. waited: nanoseconds for which the real
 * call has found nothing; -1: the real call was not made. Returns what the wrapper returns: errno is
 * set where that is negative, unchanged elsewhere. */
COLD int wait_slow(struct wait *wait, int64_t waited);
/* The real call has failed, with errno. Returns -1. errno is unchanged. */
COLD int wait_failed(struct wait *wait);
/* The real call has found nothing for the program's own timeout. Returns 0. errno is unchanged. */
COLD int wait_ran_out(struct wait *wait);
/* The real call for so many nanoseconds, while waits are counted: after a look that found nothing, which
 * is made here for a wait with a timeout of its own. */
COLD int wait_counted(struct wait *wait, int64_t nanoseconds);

/* A handler has run between two real calls: natively the handler would have interrupted the wait. Of a
 * wait with a mask that is not known: the mask may block the signal until the wait ends, and a program that
 * needs the signal unblocks the signal in the wait alone. */
static inline bool wait_was_interrupted(const struct wait *wait)
{
	return wait->mask == NULL && interruption_seen() != INTERRUPTION_NONE;
}

/* Waits are to be examined before the real call. Not a wait on an epoll set (set; -1: none) whose members
 * no rule concerns, where faults are the only reason. */
static inline bool wait_examines(int set)
{
	const int reasons = atomic_load_explicit(&fd_examined, memory_order_relaxed);

	return UNLIKELY(reasons > 0) &&
	       (reasons != FD_EXAMINE || set < 0 || (fd_state(set) & FD_NO_WAIT_FAULT) == 0);
}

/* A wait with that timeout (negative: none) begins with a look, because a real call with a timeout
 * makes the kernel read the clock twice, which costs a ready wait a fifth more (fs/select.c:
 * poll_select_set_timeout). A wait with the program's timeout has that cost natively. No look is made
 * where the last look found nothing: the thread has to wait. Counters and probes need the look, in
 * order to know that a wait begins. */
static inline bool wait_looks(int set, int64_t own)
{
	return own < 0 &&
	       LIKELY(limits_call(own) >= 0 && !wait_examines(set) &&
		      wait_thread.quiet_since == 0) &&
	       (wait_thread.skip_looks == 0 || stats_watched());
}

/* How long the first real call may take. */
static inline int64_t wait_first_call(int64_t own)
{
	const int64_t call = limits_call(own);
	int64_t mark;

	if (LIKELY(__libc_single_threaded) || !limits_bound(own))
		return call;
	mark = atomic_load_explicit(&limits_min, memory_order_relaxed) / WAIT_MARK_PART;
	return call > mark ? mark : call;
}

/* A wait in which a look has found n, or was not made (0). As wait_run. */
static inline int wait_block(struct wait *wait, int n)
{
	int64_t call;

	if (n < 0)
		return wait_failed(wait);
	if (wait->own < 0) {
		rules_refresh();
		if (wait_thread.skip_looks > 0)
			wait_thread.skip_looks--;
	}
	/* Each socket may have to be looked at, whatever becomes ready. */
	if (UNLIKELY(limits_single() != DURATION_NONE) && wait->own != 0)
		return wait_slow(wait, -1);
	call = wait_first_call(wait->own);
	interruption_begin();
	n = wait->own != 0 && stats_watched() ? wait_counted(wait, call)
					      : wait->kind->make(wait, call);
	if (LIKELY(n > 0))
		return n;
	if (n < 0)
		return wait_failed(wait);
	return limits_bound(wait->own) ? wait_slow(wait, call) : wait_ran_out(wait);
}

/* A wait that began with a look, which has found n <= 0. As wait_run. */
static inline int wait_looked(struct wait *wait, int n)
{
	wait_thread.skip_looks = WAIT_SKIPPED_LOOKS;
	return wait_block(wait, n);
}

/* A whole wait. Returns what the wrapper returns: errno is set where that is negative, unchanged
 * elsewhere. */
static inline int wait_run(struct wait *wait)
{
	if (wait_looks(wait->set, wait->own)) {
		const int n = wait->kind->make(wait, 0);

		return LIKELY(n > 0) ? n : wait_looked(wait, n);
	}
	if (UNLIKELY(wait_examines(wait->set) || wait_thread.quiet_since != 0))
		return wait_slow(wait, -1);
	return wait_block(wait, 0);
}

/* Make only the real call: the wait is not bounded, and nothing is to be examined. */
static inline bool wait_is_native(int64_t own)
{
	return !limits_bound(own) && !limits_slice(own) && !wait_examines(-1) &&
	       (own == 0 || !stats_watched());
}

#endif
