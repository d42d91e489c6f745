/*
 * Arms and restores the timers of timer.h. Cold.
 *
 * The number of users of a socket's timer and the program's own value are in the descriptor's entry.
 * A process of one thread changes them without a lock. With threads one lock keeps "count, then set"
 * in one piece; signals are blocked meanwhile, so no handler waits for its own thread. The lock knows
 * the process that holds it: a child of fork(2) may find its parent's lock, which no thread of the
 * child holds.
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
#include "shim/system/sandbox.h"

static const struct timeval none = {0, 0};

/* The process that holds the lock; 0: nobody. */
static atomic_int holder;

/* The timer that this thread has armed. */
THREAD_LOCAL struct timer *armed_here;

atomic_int timer_count;

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

/* The program's own value. A handler may arm the timer anew between the two questions, in a process of
 * one thread: then the kernel's answer is ours. */
static struct timeval ask_own(const struct timer *timer)
{
	struct timeval own = none;

	if (!timer_own_get(timer->fd, timer->direction, &own) && timer->has_own) {
		(void)kernel_get_timeout(timer->fd, option_of(timer->direction), &own);
		(void)timer_own_get(timer->fd, timer->direction, &own);
	}
	return own;
}

/* Another thread has a timer armed, and may be about to wait by that one: the shorter stays. */
static bool shorter_is_there(const struct timer *timer, const struct timeval *left)
{
	struct timeval there = none;

	(void)kernel_get_timeout(timer->fd, option_of(timer->direction), &there);
	return !is_none(&there) && !is_shorter(left, &there);
}

/*
 * A process of one thread holds no lock, and a handler may run between any two instructions here and in
 * restore_locked. The handler's stub restores the timer and arms the timer again, so each step can be
 * made twice: the one timer is counted as 1, not as one more; and the count is stored before the
 * kernel's timer is changed.
 */
static bool arm_locked(struct timer *timer, bool locked)
{
	const int option = option_of(timer->direction);
	const bool has_entry = fd_has_entry(timer->fd);
	const uint32_t others =
		locked && has_entry ? count_users(timer->fd, timer->direction) : 0;
	const struct timeval left = time_left(timer->deadline);
	bool set;

	if (others == 0) {
		timer->own = ask_own(timer);
		if (has_entry)
			atomic_store_explicit(
				&fd_entries[timer->fd].timer_own[timer->direction],
				microseconds(&timer->own), memory_order_relaxed);
	}
	if (has_entry)
		store_users(timer->fd, timer->direction, others + 1);
	set = (others != 0 && shorter_is_there(timer, &left)) ||
	      kernel_set_timeout(timer->fd, option, &left) == 0;
	/* Meanwhile the number may have got another meaning. */
	if (set && fd_is_current(timer->fd, timer->state))
		return true;
	if (set && others == 0)
		(void)kernel_set_timeout(timer->fd, option, &timer->own);
	if (has_entry)
		store_users(timer->fd, timer->direction, others);
	return false;
}

static void arm(struct timer *timer)
{
	uint64_t signals;
	bool locked;

	/* A filter may forbid setsockopt(2). */
	if (sandbox_entered())
		return;
	locked = lock(&signals);
	if (!timer->over && (!locked || !timer->armed)) {
		timer->armed = true;
		atomic_signal_fence(memory_order_seq_cst);
		timer->armed = arm_locked(timer, locked);
	}
	unlock(locked, &signals);
}

/* The number is current: the last user restores the program's value. */
static void restore_locked(struct timer *timer, bool locked)
{
	uint32_t users = 1;

	if (fd_has_entry(timer->fd)) {
		users = count_users(timer->fd, timer->direction);
		timer->own = of_microseconds(
			atomic_load_explicit(&fd_entries[timer->fd].timer_own[timer->direction],
					     memory_order_relaxed));
	}
	/* Nothing was armed yet, or the number was closed meanwhile. */
	if (users == 0)
		return;
	if (users == 1 || !locked)
		(void)kernel_set_timeout(timer->fd, option_of(timer->direction), &timer->own);
	if (fd_has_entry(timer->fd))
		store_users(timer->fd, timer->direction, locked ? users - 1 : 0);
}

static void restore(struct timer *timer)
{
	uint64_t signals;
	bool locked;

	/* The timers were restored before the filter was installed. */
	if (sandbox_entered()) {
		timer->armed = false;
		return;
	}
	locked = lock(&signals);
	/* The number may mean another socket by now. */
	if (timer->armed && fd_is_current(timer->fd, timer->state))
		restore_locked(timer, locked);
	timer->armed = false;
	unlock(locked, &signals);
}

static void release(int fd, enum fd_direction direction)
{
	struct timeval own;

	if (count_users(fd, direction) == 0)
		return;
	own = of_microseconds(atomic_load_explicit(&fd_entries[fd].timer_own[direction],
						   memory_order_relaxed));
	(void)kernel_set_timeout(fd, option_of(direction), &own);
	store_users(fd, direction, 0);
}

static bool is_armed(int fd)
{
	return (atomic_load_explicit(users_of(fd, FD_RECEIVE), memory_order_relaxed) |
		atomic_load_explicit(users_of(fd, FD_SEND), memory_order_relaxed)) != 0;
}

/* A child of vfork(2) closes its own descriptors: the parent's calls keep their timers. */
void timer_release(unsigned int first, unsigned int last)
{
	for (unsigned int fd = first; fd <= last && fd_has_entry((int)fd); fd++) {
		uint64_t signals;
		bool locked;

		if (!is_armed((int)fd))
			continue;
		if (process_memory_is_borrowed())
			return;
		locked = lock(&signals);
		for (enum fd_direction direction = 0; direction < FD_DIRECTIONS; direction++)
			release((int)fd, direction);
		unlock(locked, &signals);
	}
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
	atomic_fetch_add_explicit(&timer_count, 1, memory_order_relaxed);
	/* A handler that comes from now on finds a timer that is not armed, or restores it. */
	armed_here = timer;
	atomic_signal_fence(memory_order_seq_cst);
	arm(timer);
	return timer->armed;
}

void timer_restore(void *argument)
{
	struct timer *const timer = argument;

	/* A handler that comes from now on does not arm the timer again. */
	timer->over = true;
	atomic_signal_fence(memory_order_seq_cst);
	restore(timer);
	armed_here = timer->outer;
	atomic_fetch_sub_explicit(&timer_count, 1, memory_order_relaxed);
}

void *timer_suspend(void)
{
	struct timer *const timer = armed_here;

	if (timer == NULL)
		return NULL;
	restore(timer);
	/* From now on no other handler arms the timer again. */
	armed_here = NULL;
	atomic_signal_fence(memory_order_seq_cst);
	if (timer->armed)
		restore(timer);
	atomic_fetch_sub_explicit(&timer_count, 1, memory_order_relaxed);
	return timer;
}

void timer_resume(void *argument)
{
	struct timer *const timer = argument;

	if (timer == NULL)
		return;
	atomic_fetch_add_explicit(&timer_count, 1, memory_order_relaxed);
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
