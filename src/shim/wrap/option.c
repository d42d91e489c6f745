/*
 * setsockopt, getsockopt and shutdown: native, but the program's own settings are noted, and a pending
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
#include "shim/system/kernel.h"
#include "shim/system/memory.h"

/* The numbers of asm-generic/socket.h, where libc's header has none. */
#ifndef SO_RCVTIMEO_OLD
#define SO_RCVTIMEO_OLD 20
#define SO_SNDTIMEO_OLD 21
#endif
#ifndef SO_RCVTIMEO_NEW
#define SO_RCVTIMEO_NEW 66
#define SO_SNDTIMEO_NEW 67
#endif

/* SO_RCVTIMEO or SO_SNDTIMEO under either number; the newer has 64-bit fields everywhere. */
static bool is_timer(int level, int option, enum fd_direction *direction)
{
	if (level != SOL_SOCKET)
		return false;
	*direction =
		option == SO_SNDTIMEO_OLD || option == SO_SNDTIMEO_NEW ? FD_SEND : FD_RECEIVE;
	return *direction == FD_SEND || option == SO_RCVTIMEO_OLD || option == SO_RCVTIMEO_NEW;
}

/* The option's value has 64-bit fields where the plain one has 32-bit ones. */
static bool is_wide(int option)
{
	return option == SO_RCVTIMEO_NEW || option == SO_SNDTIMEO_NEW;
}

static socklen_t timer_size(int option)
{
	return is_wide(option) ? sizeof(struct timeval64) : sizeof(struct timeval);
}

/* The program has set a timer: the kernel has read *value. */
static void timer_set(int fd, int option, enum fd_direction direction, const void *value,
		      socklen_t length)
{
	struct timeval own;

	fd_timer_set(fd);
	if (length < timer_size(option))
		return;
	if (is_wide(option))
		(void)timeval_narrow(value, &own);
	else
		own = *(const struct timeval *)value;
	/* With a negative time no call waits, but getsockopt(2) tells 0, as for no timer
	 * (net/core/sock.c: sock_set_timeout). Of one jiffy getsockopt(2) tells. */
	if (own.tv_sec < 0) {
		own = (struct timeval){.tv_usec = 1};
		(void)kernel_set_timeout(fd, direction == FD_SEND ? SO_SNDTIMEO : SO_RCVTIMEO,
					 &own);
	}
	timer_own_set(fd, direction, &own);
}

typedef call_setsockopt_function setsockopt_function;

static int set_option(int fd, int level, int option, const void *value, socklen_t length,
		      setsockopt_function *real)
{
	const struct traced traced =
		TRACED(setsockopt, ARGUMENT(fd), ARGUMENT(level), ARGUMENT(option),
		       ARGUMENT(value), ARGUMENT(length));
	const int result = real(fd, level, option, value, length);
	enum fd_direction direction;

	if (result == 0) {
		if (is_timer(level, option, &direction))
			timer_set(fd, option, direction, value, length);
		if (level == SOL_SOCKET && option == SO_RCVLOWAT)
			fd_lowat_set();
		tcp_option_set(fd, level, option);
	}
	traced_end(&traced, result);
	return result;
}

int wrap_shutdown(int fd, int how)
{
	const struct traced traced = TRACED(shutdown, ARGUMENT(fd), ARGUMENT(how));
	const int result = REAL(shutdown)(fd, how);

	if (result == 0)
		fd_shut_down(fd, how);
	traced_end(&traced, result);
	return result;
}

int wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
	return set_option(fd, level, option, value, length, REAL(setsockopt));
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
static void show_own_timer(int fd, int option, enum fd_direction direction, void *value,
			   socklen_t length)
{
	struct timeval own;

	if (length < timer_size(option) || !timer_own_get(fd, direction, &own))
		return;
	if (is_wide(option))
		*(struct timeval64 *)value = timeval_widen(&own);
	else
		*(struct timeval *)value = own;
}

typedef call_getsockopt_function getsockopt_function;

static int get_option(int fd, int level, int option, void *value, socklen_t *length,
		      getsockopt_function *real)
{
	const struct traced traced =
		TRACED(getsockopt, ARGUMENT(fd), ARGUMENT(level), ARGUMENT(option),
		       ARGUMENT(value), ARGUMENT(length));
	const int result = real(fd, level, option, value, length);
	enum fd_direction direction;

	if (result == 0 && is_timer(level, option, &direction))
		show_own_timer(fd, option, direction, value, *length);
	if (UNLIKELY(level == SOL_SOCKET && option == SO_ERROR) && result == 0)
		report_error(fd, value, *length);
	traced_end(&traced, result);
	return result;
}

int wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
	return get_option(fd, level, option, value, length, REAL(getsockopt));
}

#ifdef HAVE___SELECT64
int wrap___setsockopt64(int fd, int level, int option, const void *value, socklen_t length)
{
	return set_option(fd, level, option, value, length, REAL(__setsockopt64));
}

int wrap___getsockopt64(int fd, int level, int option, void *value, socklen_t *length)
{
	return get_option(fd, level, option, value, length, REAL(__getsockopt64));
}
#endif
