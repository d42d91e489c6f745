/*
 * Sets the timers of bound.h and tells them from others. Cold: once a stream.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/duration.h"
#include "shim/bound.h"
#include "shim/configuration.h"
#include "shim/hint.h"
#include "shim/kernel.h"

/* Whole jiffies at any of the kernel's HZ (100, 250, 300, 1000): what is set is read back as it is
 * (net/core/sock.c: sock_get_timeout). */
#define GRAIN (20 * NANOSECONDS_PER_MILLISECOND)
/* The something more; over the jiffy that the kernel's timers may fire too early. */
#define EXTRA (60 * NANOSECONDS_PER_MILLISECOND)

static int option_of(enum operation operation)
{
	return operation == OPERATION_SEND ? SO_SNDTIMEO : SO_RCVTIMEO;
}

/* The timer for a timeout, in nanoseconds; DURATION_NONE where there is none. */
static int64_t timer_for(int64_t timeout)
{
	if (timeout == DURATION_NONE || timeout > INT64_MAX - GRAIN - EXTRA)
		return DURATION_NONE;
	return (timeout + GRAIN - 1) / GRAIN * GRAIN + EXTRA;
}

int64_t bound_timer(enum operation operation)
{
	return timer_for(config_timeout(operation));
}

struct timeval bound_timeval(int64_t timer)
{
	return (struct timeval){
		.tv_sec = (time_t)(timer / NANOSECONDS_PER_SECOND),
		.tv_usec = (suseconds_t)(timer % NANOSECONDS_PER_SECOND /
					 NANOSECONDS_PER_MICROSECOND),
	};
}

struct timeval bound_kept(int64_t timeout)
{
	return bound_timeval(timer_for(timeout));
}

static enum operation operation_of(int option)
{
	return option == SO_SNDTIMEO ? OPERATION_SEND : OPERATION_RECV;
}

struct timeval bound_value(int option)
{
	return bound_timeval(bound_timer(operation_of(option)));
}

static bool is_for(enum operation operation, const struct timeval *timer)
{
	const struct timeval kept = bound_kept(config_timeout(operation));

	return (kept.tv_sec != 0 || kept.tv_usec != 0) && timer->tv_sec == kept.tv_sec &&
	       timer->tv_usec == kept.tv_usec;
}

bool bound_is(int option, const struct timeval *timer)
{
	if (option == SO_RCVTIMEO)
		return is_for(OPERATION_RECV, timer);
	/* SO_SNDTIMEO bounds connect(2) too. */
	return is_for(OPERATION_SEND, timer) || is_for(OPERATION_CONNECT, timer);
}

/* True where fd has our timer for operation now. */
static bool set_timer(int fd, enum operation operation)
{
	const int option = option_of(operation);
	const struct timeval ours = bound_value(option);
	struct timeval there;

	if (bound_timer(operation) == DURATION_NONE ||
	    kernel_get_timeout(fd, option, &there) != 0)
		return false;
	if ((there.tv_sec != 0 || there.tv_usec != 0) && !bound_is(option, &there))
		return false;
	return kernel_set_timeout(fd, option, &ours) == 0;
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

bool bound_holds(int fd, enum operation operation)
{
	const int option = option_of(operation);
	const int flags = kernel_flags(fd);
	struct timeval timer;

	return flags >= 0 && (flags & O_NONBLOCK) == 0 &&
	       kernel_get_timeout(fd, option, &timer) == 0 && is_for(operation, &timer);
}
