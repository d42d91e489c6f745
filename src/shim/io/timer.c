/*
 * Arms and restores the timers of timer.h. Cold.
 *
 * The number of users of a socket's timer and the program's own value are in the descriptor's entry.
 * A process of one thread changes them without a lock. With threads one lock keeps "count, then set"
 * in one piece; signals are blocked meanwhile, so no handler waits for its own thread. The lock
 * knows the process that holds it: a child of fork(2) finds its parent's lock, which nobody holds.
 */
#include "config.h"

#include <sys/socket.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/single_threaded.h"
#include "shim/io/timer.h"
#include "shim/system/kernel.h"
#include "shim/system/process.h"

static const struct timeval none = {0, 0};

/* The process that holds the lock; 0: nobody. */
static atomic_int holder;

/* The timer that this thread has armed. */
THREAD_LOCAL struct timer *armed_here;

static int option_of(enum fd_direction direction)
{
	return direction == FD_SEND ? SO_SNDTIMEO : SO_RCVTIMEO;
}

static bool is_none(const struct timeval *timer)
{
	return timer->tv_sec == 0 && timer->tv_usec == 0;
}

static bool is_shorter(const struct timeval *one, const struct timeval *other)
{
	return one->tv_sec < other->tv_sec ||
	       (one->tv_sec == other->tv_sec && one->tv_usec < other->tv_usec);
}

/* Returns whether the lock was taken: a process of one thread needs none. */
static bool lock(uint64_t *signals)
{
	int process, owner;

	if (__libc_single_threaded)
		return false;
	kernel_block_signals(signals);
	process = process_owner();
	owner = atomic_load(&holder);
	while (owner == process || !atomic_compare_exchange_weak(&holder, &owner, process)) {
		kernel_yield();
		owner = atomic_load(&holder);
	}
	return true;
}

static void unlock(bool locked, const uint64_t *signals)
{
	if (!locked)
		return;
	atomic_store(&holder, 0);
	kernel_restore_signals(signals);
}

/* The time until deadline as the kernel takes it, rounded up and two jiffies late; at least these. */
static struct timeval time_left(int64_t deadline)
{
	int64_t left = deadline - clock_now();

	if (left < 0)
		left = 0;
	if (left > INT64_MAX - 3 * TIMER_JIFFY)
		left = INT64_MAX - 3 * TIMER_JIFFY;
	left += 2 * TIMER_JIFFY + NANOSECONDS_PER_MICROSECOND - 1;
	return (struct timeval){
		.tv_sec = (time_t)(left / NANOSECONDS_PER_SECOND),
		.tv_usec = (suseconds_t)(left % NANOSECONDS_PER_SECOND /
					 NANOSECONDS_PER_MICROSECOND),
	};
}

static int64_t microseconds(const struct timeval *timer)
{
	int64_t result;

	if (__builtin_mul_overflow((int64_t)timer->tv_sec, INT64_C(1000000), &result) ||
	    __builtin_add_overflow(result, (int64_t)timer->tv_usec, &result))
		return INT64_MAX;
	return result;
}

static struct timeval of_microseconds(int64_t value)
{
	return (struct timeval){.tv_sec = (time_t)(value / 1000000),
				.tv_usec = (suseconds_t)(value % 1000000)};
}

/* The users of a timer: their number, and above it the process that counts: of a parent's users a
 * child of fork(2) has none. */
#define USERS_BITS 10
#define USERS_MASK ((UINT32_C(1) << USERS_BITS) - 1)

static _Atomic uint32_t *users_of(int fd, enum fd_direction direction)
{
	return &fd_entries[fd].timers[direction];
}

static uint32_t count_users(int fd, enum fd_direction direction)
{
	const uint32_t word =
		atomic_load_explicit(users_of(fd, direction), memory_order_relaxed);

	return (word & USERS_MASK) != 0 && word >> USERS_BITS == ((uint32_t)process_owner() &
								  (UINT32_MAX >> USERS_BITS))
		       ? word & USERS_MASK
		       : 0;
}

static void store_users(int fd, enum fd_direction direction, uint32_t count)
{
	atomic_store_explicit(users_of(fd, direction),
			      count == 0 ? 0 : (uint32_t)process_owner() << USERS_BITS | count,
			      memory_order_relaxed);
}

/* The program's own value. */
static struct timeval ask_own(const struct timer *timer)
{
	struct timeval own = none;

	if (!timer_own_get(timer->fd, timer->direction, &own) && timer->has_own)
		(void)kernel_get_timeout(timer->fd, option_of(timer->direction), &own);
	return own;
}

static bool arm_locked(struct timer *timer)
{
	const int option = option_of(timer->direction);
	const uint32_t users =
		fd_has_entry(timer->fd) ? count_users(timer->fd, timer->direction) : 0;
	const struct timeval left = time_left(timer->deadline);
	struct timeval there = none;

	if (users == 0) {
		timer->own = ask_own(timer);
		if (fd_has_entry(timer->fd))
			atomic_store_explicit(
				&fd_entries[timer->fd].timer_own[timer->direction],
				microseconds(&timer->own), memory_order_relaxed);
	} else {
		(void)kernel_get_timeout(timer->fd, option, &there);
	}
	/* Another thread may be about to wait by a shorter one. */
	if ((is_none(&there) || is_shorter(&left, &there)) &&
	    kernel_set_timeout(timer->fd, option, &left) != 0)
		return false;
	if (fd_has_entry(timer->fd))
		store_users(timer->fd, timer->direction, users + 1);
	return true;
}

static void arm(struct timer *timer)
{
	uint64_t signals;
	const bool locked = lock(&signals);

	timer->armed = arm_locked(timer);
	unlock(locked, &signals);
}

static void restore(struct timer *timer)
{
	uint64_t signals;
	const bool locked = lock(&signals);
	uint32_t users = 1;

	/* The number may mean another socket by now. */
	if (timer->armed && fd_is_current(timer->fd, timer->state)) {
		if (fd_has_entry(timer->fd)) {
			users = count_users(timer->fd, timer->direction);
			timer->own = of_microseconds(atomic_load_explicit(
				&fd_entries[timer->fd].timer_own[timer->direction],
				memory_order_relaxed));
			store_users(timer->fd, timer->direction, users > 0 ? users - 1 : 0);
		}
		if (users <= 1)
			(void)kernel_set_timeout(timer->fd, option_of(timer->direction),
						 &timer->own);
	}
	timer->armed = false;
	unlock(locked, &signals);
}

bool timer_arm(struct timer *timer, int fd, uint64_t state, enum fd_direction direction,
	       int64_t deadline, bool has_own)
{
	*timer = (struct timer){.fd = fd,
				.state = state,
				.direction = direction,
				.deadline = deadline,
				.has_own = has_own,
				.outer = armed_here};
	/* A handler that comes from now on finds a timer that is not armed, or restores it. */
	armed_here = timer;
	arm(timer);
	return timer->armed;
}

void timer_restore(void *argument)
{
	struct timer *const timer = argument;

	restore(timer);
	armed_here = timer->outer;
}

void *timer_suspend(void)
{
	struct timer *const timer = armed_here;

	if (timer != NULL)
		restore(timer);
	armed_here = NULL;
	return timer;
}

void timer_resume(void *argument)
{
	struct timer *const timer = argument;

	if (timer == NULL)
		return;
	armed_here = timer;
	arm(timer);
}

bool timer_own_get(int fd, enum fd_direction direction, struct timeval *value)
{
	/* Also of a parent that this process was forked from: its timer may be on the socket. */
	if (!fd_has_entry(fd) ||
	    atomic_load_explicit(users_of(fd, direction), memory_order_relaxed) == 0)
		return false;
	*value = of_microseconds(atomic_load_explicit(&fd_entries[fd].timer_own[direction],
						      memory_order_relaxed));
	return true;
}

void timer_own_set(int fd, enum fd_direction direction, const struct timeval *value)
{
	if (fd_has_entry(fd) &&
	    atomic_load_explicit(users_of(fd, direction), memory_order_relaxed) != 0)
		atomic_store_explicit(&fd_entries[fd].timer_own[direction], microseconds(value),
				      memory_order_relaxed);
}

bool timer_own(int fd, enum fd_direction direction, int64_t *own)
{
	struct timeval timer = none;

	*own = DURATION_NONE;
	if (!timer_own_get(fd, direction, &timer) &&
	    kernel_get_timeout(fd, option_of(direction), &timer) != 0)
		return false;
	if (__builtin_mul_overflow(microseconds(&timer), NANOSECONDS_PER_MICROSECOND, own))
		*own = INT64_MAX;
	return true;
}
