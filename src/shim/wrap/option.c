/*
 * setsockopt and getsockopt: native, but the program's own settings are noted, and a pending
 * error is reported by SO_ERROR. Cold.
 */
#include "config.h"

#include <errno.h>

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/fd/pending.h"
#include "shim/io/tcp.h"
#include "shim/io/timer.h"
#include "shim/log/traced.h"
#include "shim/system/memory.h"

/* SO_RCVTIMEO or SO_SNDTIMEO under either number; the newer has 64-bit fields everywhere. */
static bool is_timer(int level, int option, enum fd_direction *direction)
{
	if (level != SOL_SOCKET)
		return false;
	*direction =
		option == SO_SNDTIMEO_OLD || option == SO_SNDTIMEO_NEW ? FD_SEND : FD_RECEIVE;
	return *direction == FD_SEND || option == SO_RCVTIMEO_OLD || option == SO_RCVTIMEO_NEW;
}

/* The program has set a timer: the kernel has read *value. */
static void timer_set(int fd, enum fd_direction direction, const void *value, socklen_t length)
{
	fd_timer_set(fd);
	if (length >= sizeof(struct timeval))
		timer_own_set(fd, direction, value);
}

int wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
	const struct traced traced =
		TRACED(setsockopt, ARGUMENT(fd), ARGUMENT(level), ARGUMENT(option),
		       ARGUMENT(value), ARGUMENT(length));
	const int result = REAL(setsockopt)(fd, level, option, value, length);
	enum fd_direction direction;

	if (result == 0) {
		if (is_timer(level, option, &direction))
			timer_set(fd, direction, value, length);
		if (level == SOL_SOCKET && option == SO_RCVLOWAT)
			fd_lowat_set();
		tcp_option_set(fd, level, option);
	}
	traced_end(&traced, result);
	return result;
}

/* The pending error of a wait is reported here too; a real error of the socket comes first. */
static void report_error(int fd, int *error, socklen_t length)
{
	const uint64_t state = fd_state(fd);
	int pending;

	if ((state & (FD_PENDING | FD_QUIET)) == 0)
		return;
	pending = pending_take(fd, state);
	if (pending != 0 && length >= sizeof *error && *error == 0)
		*error = pending;
}

/* While a timer is armed for a call of another thread, the program sees its own. */
static void show_own_timer(int fd, enum fd_direction direction, void *value, socklen_t length)
{
	struct timeval own;

	if (length >= sizeof own && timer_own_get(fd, direction, &own))
		*(struct timeval *)value = own;
}

int wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
	const struct traced traced =
		TRACED(getsockopt, ARGUMENT(fd), ARGUMENT(level), ARGUMENT(option),
		       ARGUMENT(value), ARGUMENT(length));
	const int result = REAL(getsockopt)(fd, level, option, value, length);
	enum fd_direction direction;

	if (result == 0 && is_timer(level, option, &direction))
		show_own_timer(fd, direction, value, *length);
	if (UNLIKELY(level == SOL_SOCKET && option == SO_ERROR) && result == 0)
		report_error(fd, value, *length);
	traced_end(&traced, result);
	return result;
}
