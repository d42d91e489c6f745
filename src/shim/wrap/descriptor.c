/*
 * The calls that give a descriptor's number another meaning, or change whether the descriptor blocks:
 * native, and the table of descriptors (fd/fd.h) follows. Some are frequent (close, fcntl): a load and
 * a store more.
 */
#include "config.h"

#include <linux/close_range.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/fd/fd.h"
#include "shim/io/timer.h"
#include "shim/log/traced.h"
#include "shim/stdio/standard.h"

/* FD_NO_TIMER of a new socket: SO_RCVTIMEO and SO_SNDTIMEO are known to bound the calls on sockets of
 * these families; of others the kernel has to be asked. */
static uint64_t new_socket(int family, int type)
{
	switch (family) {
	case AF_UNIX:
	case AF_INET:
	case AF_INET6:
	case AF_NETLINK:
	case AF_PACKET:
	case AF_VSOCK:
		return fd_bits_of_type(type) | FD_NO_TIMER;
	default:
		return fd_bits_of_type(type);
	}
}

int wrap_socket(int family, int type, int protocol)
{
	const struct traced traced =
		TRACED(socket, ARGUMENT(family), ARGUMENT(type), ARGUMENT(protocol));
	const int fd = REAL(socket)(family, type, protocol);

	/* Whom socket(2)'s socket is connected to has a name. */
	fd_opened(fd, new_socket(family, type) | FD_NO_CHANNEL);
	traced_end(&traced, fd);
	return fd;
}

int wrap_socketpair(int family, int type, int protocol, int pair[2])
{
	const struct traced traced = TRACED(socketpair, ARGUMENT(family), ARGUMENT(type),
					    ARGUMENT(protocol), ARGUMENT(pair));
	const int result = REAL(socketpair)(family, type, protocol, pair);

	if (result == 0) {
		fd_opened(pair[0], new_socket(family, type));
		fd_opened(pair[1], new_socket(family, type));
	}
	traced_end(&traced, result);
	return result;
}

int wrap_dup(int fd)
{
	const struct traced traced = TRACED(dup, ARGUMENT(fd));
	const int copy = REAL(dup)(fd);

	fd_opened(copy, 0);
	fd_duplicated(fd, copy);
	standard_descriptor_changed(copy);
	traced_end(&traced, copy);
	return copy;
}

static void releasing(int fd)
{
	timer_release_range((unsigned int)fd, (unsigned int)fd);
}

/* fd is about to be replaced. */
static void replacing(int fd)
{
	releasing(fd);
	fd_replacing(fd);
}

/* fd became a duplicate of `of`, or is -1. */
static void replaced(int fd, int of)
{
	if (fd < 0)
		return;
	fd_replaced(fd);
	fd_duplicated(of, fd);
	standard_descriptor_changed(fd);
}

int wrap_dup2(int fd, int target)
{
	const struct traced traced = TRACED(dup2, ARGUMENT(fd), ARGUMENT(target));
	int copy;

	if (fd != target)
		replacing(target);
	copy = REAL(dup2)(fd, target);
	if (fd != target)
		replaced(copy, fd);
	traced_end(&traced, copy);
	return copy;
}
CALL_ALIAS(__dup2, dup2);

int wrap_dup3(int fd, int target, int flags)
{
	const struct traced traced =
		TRACED(dup3, ARGUMENT(fd), ARGUMENT(target), ARGUMENT(flags));
	int copy;

	replacing(target);
	copy = REAL(dup3)(fd, target, flags);
	replaced(copy, fd);
	traced_end(&traced, copy);
	return copy;
}

/* What was known of a number before a call that may change its O_NONBLOCK. */
struct before {
	uint64_t state, epoch;
};

static struct before before_of(int fd)
{
	return (struct before){fd_state(fd), fd_epoch_now()};
}

/* O_NONBLOCK of fd was set or cleared. */
static void nonblock_changed(int fd, const struct before *before, bool nonblock)
{
	if (nonblock) {
		fd_learn_nonblocking(fd, before->state, before->epoch);
	} else {
		fd_unlearn(fd, FD_NONBLOCK);
		fd_blocking_again();
	}
}

/* fcntl or fcntl64, with the real function. The third argument is an int, a pointer or missing; a long holds
 * each of them, and libc takes the argument the same way (sysdeps/unix/sysv/linux/fcntl64.c). */
static int control(const struct traced *traced, call_fcntl_function *real, int fd, int command,
		   long argument)
{
	const struct before before = before_of(fd);
	const int result = real(fd, command, argument);

	if (result >= 0 && (command == F_DUPFD || command == F_DUPFD_CLOEXEC)) {
		fd_opened(result, 0);
		fd_duplicated(fd, result);
		standard_descriptor_changed(result);
	} else if (result >= 0 && command == F_SETFL) {
		nonblock_changed(fd, &before, (argument & O_NONBLOCK) != 0);
	}
	traced_end(traced, result);
	return result;
}

int wrap_fcntl(int fd, int command, ...)
{
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = va_arg(arguments, long);
	va_end(arguments);

	const struct traced traced =
		TRACED(fcntl, ARGUMENT(fd), ARGUMENT(command), ARGUMENT(argument));

	return control(&traced, REAL(fcntl), fd, command, argument);
}
CALL_ALIAS(__fcntl, fcntl);

int wrap_fcntl64(int fd, int command, ...)
{
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = va_arg(arguments, long);
	va_end(arguments);

	const struct traced traced =
		TRACED(fcntl64, ARGUMENT(fd), ARGUMENT(command), ARGUMENT(argument));

	return control(&traced, REAL(fcntl64), fd, command, argument);
}

#ifdef HAVE___SELECT64
CALL_ALIAS(__fcntl_time64, fcntl64);
#endif

int wrap_ioctl(int fd, unsigned long request, ...)
{
	const struct before before = before_of(fd);
	va_list arguments;
	void *argument;
	int result;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);

	const struct traced traced =
		TRACED(ioctl, ARGUMENT(fd), ARGUMENT(request), ARGUMENT(argument));

	result = REAL(ioctl)(fd, request, argument);
	if (request == FIONBIO && result == 0)
		nonblock_changed(fd, &before, *(const int *)argument != 0);
	traced_end(&traced, result);
	return result;
}

#ifdef HAVE___SELECT64
CALL_ALIAS(__ioctl_time64, ioctl);
#endif

/* The entry is reset before the call: afterwards the number may be another thread's. */
int wrap_close(int fd)
{
	const struct traced traced = TRACED(close, ARGUMENT(fd));
	int result;

	releasing(fd);
	fd_closed(fd);
	result = REAL(close)(fd);
	traced_end(&traced, result);
	return result;
}
CALL_ALIAS(__close, close);

#ifdef HAVE_CLOSE_RANGE
int wrap_close_range(unsigned int first, unsigned int last, int flags)
{
	const struct traced traced =
		TRACED(close_range, ARGUMENT(first), ARGUMENT(last), ARGUMENT(flags));
	int result;

	/* A refused call, and a call with CLOSE_RANGE_CLOEXEC, close nothing. */
	if (((unsigned int)flags & ~CLOSE_RANGE_UNSHARE) == 0 && first <= last) {
		timer_release_range(first, last);
		fd_closed_range(first, last);
	}
	result = REAL(close_range)(first, last, flags);
	traced_end(&traced, result);
	return result;
}
#endif

#ifdef HAVE_CLOSEFROM
void wrap_closefrom(int first)
{
	const struct traced traced = TRACED(closefrom, ARGUMENT(first));

	timer_release_range(first < 0 ? 0 : (unsigned int)first, FD_ENTRIES - 1);
	fd_closed_range(first < 0 ? 0 : (unsigned int)first, FD_ENTRIES - 1);
	REAL(closefrom)(first);
	traced_end(&traced, 0);
}
#endif

#ifdef HAVE_PIDFD_GETFD
int wrap_pidfd_getfd(int pidfd, int target, unsigned int flags)
{
	const struct traced traced =
		TRACED(pidfd_getfd, ARGUMENT(pidfd), ARGUMENT(target), ARGUMENT(flags));
	const int fd = REAL(pidfd_getfd)(pidfd, target, flags);

	fd_opened(fd, 0);
	traced_end(&traced, fd);
	return fd;
}
#endif
