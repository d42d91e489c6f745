/*
 * setsockopt and getsockopt: native, but that timeouts of ours are not shown to the program
 * (shim/io/guard.h, shim/bound.h), and that the program's own settings are noticed. Cold.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "calls/calls.h"
#include "calls/direct.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/io/bound.h"
#include "shim/fd/failure.h"
#include "shim/io/guard.h"
#include "shim/fd/hint.h"
#include "shim/system/kernel.h"
#include "shim/system/memory.h"
#include "shim/io/receive.h"
#include "shim/io/tcp.h"

/* SO_RCVTIMEO under either number; the newer has 64-bit fields everywhere (time_t64). */
static bool is_receive_timeout(int level, int option)
{
	return level == SOL_SOCKET && (option == SO_RCVTIMEO_OLD || option == SO_RCVTIMEO_NEW);
}

static bool is_send_timeout(int level, int option)
{
	return level == SOL_SOCKET && (option == SO_SNDTIMEO_OLD || option == SO_SNDTIMEO_NEW);
}

/* Only listeners have the guard: on any other socket that value is the program's. */
static bool is_guard(int fd, const void *value)
{
	int listening;

	return guard_is(value) && kernel_socket_option(fd, SO_ACCEPTCONN, &listening) == 0 &&
	       listening != 0;
}

/* The program has set a timeout itself. One of 0 is none, and what it leaves unbounded is
 * bounded. */
static void timeout_set(int fd)
{
	const bool timed = (hint_get(fd) & HINT_BOUND) != 0;

	hint_timeout_set(fd);
	if (timed)
		bound_set(fd);
}

/* Set for the whole life of a socket: the guard of a listener, the timers for streams. */
static bool is_lasting(int fd, int option, const void *value, socklen_t length)
{
	const bool sends = is_send_timeout(SOL_SOCKET, option);

	return length == sizeof(struct timeval) &&
	       (bound_is(fd, sends ? SO_SNDTIMEO : SO_RCVTIMEO, value) ||
		(!sends && is_guard(fd, value)));
}

/* One of these, or the timer that a call in another thread has set for itself (shim/io/gate.h), or
 * that a handler left behind when it jumped out of one. */
static bool is_ours(int fd, int option, const void *value, socklen_t length)
{
	const uint32_t hint = hint_get(fd);

	return hint_without_timeouts(hint) ||
	       (is_send_timeout(SOL_SOCKET, option) && (hint & HINT_TIMED_SEND) != 0) ||
	       (is_receive_timeout(SOL_SOCKET, option) && (hint & HINT_TIMED_RECEIVE) != 0) ||
	       is_lasting(fd, option, value, length);
}

/* The program sets no timeout where calls of other threads may be about to wait by our timer: that
 * must not be gone then. */
static bool takes_ours_away(int fd, int option, const struct timeval *value, socklen_t length)
{
	const uint32_t bit = option == SO_SNDTIMEO ? HINT_TIMED_SEND : HINT_TIMED_RECEIVE;

	return (option == SO_RCVTIMEO || option == SO_SNDTIMEO) && value != NULL &&
	       length == sizeof *value && (hint_get(fd) & bit) != 0 &&
	       memory_readable(value, sizeof *value) && value->tv_sec == 0 &&
	       value->tv_usec == 0;
}

int wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
	ATTEND_TRACED(setsockopt, -1, wrap_setsockopt(fd, level, option, value, length),
		      ARGUMENT(fd), ARGUMENT(level), ARGUMENT(option), ARGUMENT(value),
		      ARGUMENT(length));

	int result;

	if (UNLIKELY(level == SOL_SOCKET && takes_ours_away(fd, option, value, length))) {
		const struct timeval kept = bound_value(fd, option);

		return REAL(setsockopt)(fd, level, option, &kept, sizeof kept);
	}
	result = REAL(setsockopt)(fd, level, option, value, length);
	if (result == 0 &&
	    (is_receive_timeout(level, option) || is_send_timeout(level, option)))
		timeout_set(fd);
	if (result == 0 && level == SOL_SOCKET && option == SO_RCVLOWAT) {
		atomic_store_explicit(&receive_low_water, true, memory_order_relaxed);
		direct_forbid();
	}
	if (result == 0)
		tcp_option_set(fd, level, option);
	return result;
}

static void tell_error(int fd, int *error, socklen_t length)
{
	const int saved_errno = errno;

	if (failure_due(fd, hint_get(fd)) && length >= sizeof *error && *error == 0)
		*error = errno;
	errno = saved_errno;
}

int wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
	ATTEND_TRACED(getsockopt, -1, wrap_getsockopt(fd, level, option, value, length),
		      ARGUMENT(fd), ARGUMENT(level), ARGUMENT(option), ARGUMENT(value),
		      ARGUMENT(length));

	const int result = REAL(getsockopt)(fd, level, option, value, length);

	if (UNLIKELY(is_receive_timeout(level, option) || is_send_timeout(level, option)) &&
	    result == 0 && is_ours(fd, option, value, *length))
		memset(value, 0, *length);
	/* The failure of a wait is told here too; where the socket has a real one, that counts. */
	if (UNLIKELY(level == SOL_SOCKET && option == SO_ERROR) && result == 0)
		tell_error(fd, value, *length);
	return result;
}
