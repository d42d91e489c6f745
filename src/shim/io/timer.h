/*
 * The kernel's timers (SO_RCVTIMEO, SO_SNDTIMEO), for the calls that cannot be tried without
 * blocking: connect, accept, sendfile, splice; and for the rest of a peek with MSG_WAITALL. A timer is
 * armed for one call, and the program's own value is back before that call returns, also when the thread
 * is cancelled, and while a signal handler runs, which may leave by siglongjmp(3).
 *
 * Several threads may arm timers on one socket: the first saves the program's value, the last
 * restores the value, and the shortest timer is in force. A call that
 * a shorter timer ends early waits again.
 *
 * Cold. Async-signal-safe; errno is unchanged.
 */
#ifndef SHIM_IO_TIMER_H
#define SHIM_IO_TIMER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

#include "base/attributes.h"
#include "shim/fd/fd.h"

/* A jiffy at HZ=100: no timer of the kernel is finer. A timer that is armed here runs out two jiffies
 * late, never early (kernel/time/timer.c: schedule_timeout counts from the last tick). */
#define TIMER_JIFFY (10 * INT64_C(1000000))

/* The shortest timer, which runs out when its deadline has passed; nanoseconds, with room for the kernel's rounding.
 * accept arms no longer timer. */
#define TIMER_SHORTEST (3 * TIMER_JIFFY)

/* One armed timer; on the stack of the call. */
struct timer {
	int fd;
	uint64_t state; /* of fd, at entry */
	enum fd_direction direction;
	int64_t deadline;
	bool has_own;       /* the program set a timer on fd */
	struct timeval own; /* the program's, where fd has no entry */
	bool armed;
	bool over;           /* the call is over: not to be armed again */
	struct timer *outer; /* of the call that a handler interrupted */
};

/* Arm a timer for the call that begins now, until deadline (CLOCK_MONOTONIC, nanoseconds). has_own: the
 * program set a timer on fd, which is to be saved. False where the kernel refuses. 1 system call in a
 * process of one thread, 2 with has_own. */
bool timer_arm(struct timer *timer, int fd, uint64_t state, enum fd_direction direction,
	       int64_t deadline, bool has_own);

/* The call is over: put the program's value back. A cleanup handler of pthread_cleanup_push(3). */
void timer_restore(void *argument);

/* The number of timers that are armed, or more. */
extern atomic_int timer_count;
/* See timer_release_range. Looks at every number of the range. */
COLD void timer_release(unsigned int first, unsigned int last);
/* The numbers first to last are about to be closed or replaced, or a filter of system calls is about to be
 * installed: the sockets, which may have other numbers, get the program's values back now. Calls that wait go
 * on. One load where no timer is armed. */
static inline void timer_release_range(unsigned int first, unsigned int last)
{
	if (UNLIKELY(atomic_load_explicit(&timer_count, memory_order_relaxed) > 0))
		timer_release(first, last);
}

/* A signal handler begins: takes the armed timer of this thread off the socket. Returns the timer, or
 * NULL. */
void *timer_suspend(void);
/* The handler has returned: arms the timer again, unless that is NULL. */
void timer_resume(void *argument);

/* The program's own timer of fd in nanoseconds; DURATION_NONE for none, INT64_MAX for more than can be
 * counted. False where fd is no socket. At most 1 system call. */
bool timer_own(int fd, enum fd_direction direction, int64_t *own);

/* While a timer is armed: get the program's own value, for getsockopt(2); set the value to restore,
 * after setsockopt(2). timer_own_get returns false where no timer is armed. */
bool timer_own_get(int fd, enum fd_direction direction, struct timeval *value);
void timer_own_set(int fd, enum fd_direction direction, const struct timeval *value);

#endif
