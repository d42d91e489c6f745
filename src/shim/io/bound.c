/*
 * Sets the timers of bound.h and tells them from others. Cold: once a stream.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "base/duration.h"
#include "shim/io/bound.h"
#include "shim/config/configuration.h"
#include "shim/fd/hint.h"
#include "shim/system/kernel.h"
#include "shim/io/slice.h"

/* Whole jiffies at any of the kernel's HZ (100, 250, 300, 1000): what is set is read back as it is
 * (net/core/sock.c: sock_get_timeout). */
#define GRAIN (20 * NANOSECONDS_PER_MILLISECOND)
/* The something more; over the jiffy that the kernel's timers may fire too early. */
#define EXTRA (60 * NANOSECONDS_PER_MILLISECOND)

static int option_of(enum operation operation)
{
	return operation == OPERATION_SEND ? SO_SNDTIMEO : SO_RCVTIMEO;
}

/* The timers that this process has set: rules change, and timeouts with them, and a timer of
 * before is still ours. Of so many timeouts the oldest is forgotten. */
#define REMEMBERED 64
static _Atomic int64_t remembered[REMEMBERED];
static atomic_uint remembered_next;

static bool is_remembered(int64_t timer)
{
	for (size_t i = 0; i < REMEMBERED; i++) {
		const int64_t one = atomic_load_explicit(&remembered[i], memory_order_relaxed);

		if (one == timer || one == DURATION_NONE)
			return one == timer;
	}
	return false;
}

static void remember(int64_t timer)
{
	unsigned int place;

	if (timer == DURATION_NONE || is_remembered(timer))
		return;
	place = atomic_fetch_add_explicit(&remembered_next, 1, memory_order_relaxed);
	atomic_store_explicit(&remembered[place % REMEMBERED], timer, memory_order_relaxed);
}

struct rules_limit bound_limit(int fd, enum operation operation)
{
	struct rules_subject subject = {.fd = fd, .hint = hint_get(fd)};

	return rules_timeout(&subject, operation, POLICY_UNCOUNTED);
}

/* The timer for a timeout, in nanoseconds; DURATION_NONE where there is none. */
static int64_t timer_for(int64_t timeout)
{
	if (timeout == DURATION_NONE || timeout > INT64_MAX - GRAIN - EXTRA)
		return DURATION_NONE;
	return (timeout + GRAIN - 1) / GRAIN * GRAIN + EXTRA;
}

int64_t bound_timer(int fd, enum operation operation)
{
	return timer_for(bound_limit(fd, operation).timeout);
}

struct timeval bound_timeval(int64_t nanoseconds)
{
	return (struct timeval){
		.tv_sec = (time_t)(nanoseconds / NANOSECONDS_PER_SECOND),
		.tv_usec = (suseconds_t)(nanoseconds % NANOSECONDS_PER_SECOND /
					 NANOSECONDS_PER_MICROSECOND),
	};
}

struct timeval bound_kept(enum operation operation, int64_t timeout)
{
	const int64_t timer =
		timer_for(operation == OPERATION_SEND ? timeout / 2 + timeout % 2 : timeout);

	remember(timer);
	return bound_timeval(timer);
}

/* In nanoseconds; INT64_MAX for what is more. */
static int64_t timer_nanoseconds(const struct timeval *timer)
{
	int64_t nanoseconds;

	if (__builtin_mul_overflow(timer->tv_sec, NANOSECONDS_PER_SECOND, &nanoseconds) ||
	    __builtin_add_overflow(nanoseconds, timer->tv_usec * NANOSECONDS_PER_MICROSECOND,
				   &nanoseconds))
		return INT64_MAX;
	return nanoseconds;
}

static enum operation operation_of(int option)
{
	return option == SO_SNDTIMEO ? OPERATION_SEND : OPERATION_RECV;
}

struct timeval bound_value(int fd, int option)
{
	const uint32_t hint = hint_get(fd);

	if (option == SO_SNDTIMEO && (hint & HINT_BOUND) == 0 && slice_stays(hint))
		return bound_timeval(BOUND_SLICE);
	return bound_timeval(bound_timer(fd, operation_of(option)));
}

static bool is_for(int fd, enum operation operation, int64_t timer)
{
	return timer != DURATION_NONE &&
	       (is_remembered(timer) || timer == bound_timer(fd, operation));
}

bool bound_is(int fd, int option, const struct timeval *timer)
{
	const int64_t nanoseconds = timer_nanoseconds(timer);

	/* SO_SNDTIMEO bounds connect(2) too. */
	return is_for(fd, operation_of(option), nanoseconds) ||
	       (option == SO_SNDTIMEO &&
		(nanoseconds == BOUND_SLICE || is_for(fd, OPERATION_CONNECT, nanoseconds)));
}

/* True where fd has our timer for operation now. */
static bool set_timer(int fd, enum operation operation)
{
	const int option = option_of(operation);
	const struct rules_limit limit = bound_limit(fd, operation);
	const int64_t timer = timer_for(limit.timeout);
	const struct timeval ours = bound_timeval(timer);
	struct timeval there;
	int64_t nanoseconds;

	if (kernel_get_timeout(fd, option, &there) != 0)
		return false;
	nanoseconds = timer_nanoseconds(&there);
	if (nanoseconds == timer)
		return timer != DURATION_NONE;
	/* The program's own, but where a rule cuts it short. */
	if (nanoseconds != DURATION_NONE && !bound_is(fd, option, &there) &&
	    !(limit.enforced && timer != DURATION_NONE && nanoseconds > timer))
		return false;
	remember(timer);
	return kernel_set_timeout(fd, option, &ours) == 0 && timer != DURATION_NONE;
}

void bound_set(int fd)
{
	const uint32_t hint = hint_get(fd);
	bool receives, sends;
	int listens, flags;

	if ((hint & HINT_NO_SOCKET) != 0 || !config_active() ||
	    kernel_socket_option(fd, SO_ACCEPTCONN, &listens) != 0 || listens != 0)
		return;
	flags = kernel_flags(fd);
	if (flags < 0 || (flags & O_NONBLOCK) != 0)
		return;
	receives = set_timer(fd, OPERATION_RECV);
	sends = set_timer(fd, OPERATION_SEND);
	if (receives || sends) {
		/* Nobody may take the socket for one without timers, nor take ours away. */
		hint_timeout_set(fd);
		hint_learn(fd, hint, HINT_BOUND);
	}
}

void bound_renew(void)
{
	for (int fd = 0; fd < HINT_DESCRIPTORS; fd++)
		if ((hint_get(fd) & HINT_BOUND) != 0)
			bound_set(fd);
}

bool bound_holds(int fd, enum operation operation)
{
	const int option = option_of(operation);
	const int flags = kernel_flags(fd);
	struct timeval timer;

	return flags >= 0 && (flags & O_NONBLOCK) == 0 &&
	       kernel_get_timeout(fd, option, &timer) == 0 &&
	       is_for(fd, operation, timer_nanoseconds(&timer));
}
