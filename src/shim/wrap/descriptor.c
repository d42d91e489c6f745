/*
 * The calls that give a descriptor's number another meaning, or change whether it blocks: native,
 * and what was known of the number is forgotten. Some are frequent (close, fcntl): a load and a
 * store more.
 *
 * Hints are forgotten before a number is given up, and again when it has come back: a number must
 * never be known as what it was (shim/fd/hint.h).
 */
#include "config.h"

#include <linux/close_range.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/io/bound.h"
#include "shim/fd/hint.h"

/* fd is new: bits is all that is known of it. */
static void made(int fd, uint32_t bits)
{
	if (fd >= 0) {
		hint_forget(fd);
		if (bits != 0)
			hint_learn(fd, hint_get(fd), bits);
	}
}

/* fd may become new: what was known of it is believed no more, but who waits on it is disturbed
 * only when it does (hint_current). */
static void unmade(int fd)
{
	hint_doubt(fd);
}

/* The same for a copy of another descriptor. One that becomes standard input, output or error may
 * be used by a stream from now on (a server that puts its client there). */
static void copied(int fd)
{
	made(fd, 0);
	if (fd >= STDIN_FILENO && fd <= STDERR_FILENO)
		bound_set(fd);
}

/* SO_RCVTIMEO and SO_SNDTIMEO are known to bound what waits on sockets of that family: HINT_NEW says
 * of others no more than that the kernel has to be asked. */
static uint32_t new_socket(int family, int type)
{
	switch (family) {
	case AF_UNIX:
	case AF_INET:
	case AF_INET6:
	case AF_NETLINK:
	case AF_PACKET:
	case AF_VSOCK:
		return hint_of_type(type) | HINT_NEW;
	default:
		return hint_of_type(type);
	}
}

int wrap_socket(int family, int type, int protocol)
{
	ATTEND_TRACED(socket, -1, wrap_socket(family, type, protocol), ARGUMENT(family),
		      ARGUMENT(type), ARGUMENT(protocol));

	const int fd = REAL(socket)(family, type, protocol);

	made(fd, new_socket(family, type));
	return fd;
}

int wrap_socketpair(int family, int type, int protocol, int pair[2])
{
	ATTEND_TRACED(socketpair, -1, wrap_socketpair(family, type, protocol, pair),
		      ARGUMENT(family), ARGUMENT(type), ARGUMENT(protocol), ARGUMENT(pair));

	const int result = REAL(socketpair)(family, type, protocol, pair);

	if (result == 0) {
		made(pair[0], new_socket(family, type));
		made(pair[1], new_socket(family, type));
	}
	return result;
}

int wrap_listen(int fd, int backlog)
{
	ATTEND_TRACED(listen, -1, wrap_listen(fd, backlog), ARGUMENT(fd), ARGUMENT(backlog));

	const int result = REAL(listen)(fd, backlog);

	if (result == 0)
		hint_learn(fd, hint_get(fd), HINT_LISTENING);
	return result;
}

int wrap_dup(int fd)
{
	ATTEND_TRACED(dup, -1, wrap_dup(fd), ARGUMENT(fd));

	const int copy = REAL(dup)(fd);

	copied(copy);
	return copy;
}

int wrap_dup2(int fd, int target)
{
	ATTEND_TRACED(dup2, -1, wrap_dup2(fd, target), ARGUMENT(fd), ARGUMENT(target));

	int copy;

	if (fd == target)
		return REAL(dup2)(fd, target);
	unmade(target);
	copy = REAL(dup2)(fd, target);
	copied(copy);
	return copy;
}
CALL_ALIAS(__dup2, dup2);

int wrap_dup3(int fd, int target, int flags)
{
	ATTEND_TRACED(dup3, -1, wrap_dup3(fd, target, flags), ARGUMENT(fd), ARGUMENT(target),
		      ARGUMENT(flags));

	int copy;

	unmade(target);
	copy = REAL(dup3)(fd, target, flags);
	copied(copy);
	return copy;
}

static void fcntl_done(int fd, int command, long argument, int result)
{
	if (result < 0)
		return;
	switch (command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		copied(result);
		break;
	case F_SETFL:
		if ((argument & O_NONBLOCK) != 0) {
			hint_learn(fd, hint_get(fd), HINT_NONBLOCKING);
		} else {
			hint_unlearn(fd, HINT_NONBLOCKING);
			hint_blocking_again();
		}
		break;
	default:
		break;
	}
}

/* The third argument is an int, a pointer or not there; a long holds each of them, and libc takes
 * it the same way (sysdeps/unix/sysv/linux/fcntl64.c). */
#define FCNTL(name)                                                                            \
	int wrap_##name(int fd, int command, ...)                                              \
	{                                                                                      \
		va_list arguments;                                                             \
		long argument;                                                                 \
		int result;                                                                    \
                                                                                               \
		va_start(arguments, command);                                                  \
		argument = va_arg(arguments, long);                                            \
		va_end(arguments);                                                             \
		ATTEND_TRACED(name, -1, wrap_##name(fd, command, argument), ARGUMENT(fd),      \
			      ARGUMENT(command), ARGUMENT(argument));                          \
		result = REAL(name)(fd, command, argument);                                    \
		fcntl_done(fd, command, argument, result);                                     \
		return result;                                                                 \
	}

FCNTL(fcntl)
CALL_ALIAS(__fcntl, fcntl);
FCNTL(fcntl64)

int wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;
	int result;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	ATTEND_TRACED(ioctl, -1, wrap_ioctl(fd, request, argument), ARGUMENT(fd),
		      ARGUMENT(request), ARGUMENT(argument));
	result = REAL(ioctl)(fd, request, argument);
	if (request == FIONBIO && result == 0)
		fcntl_done(fd, F_SETFL, *(const int *)argument != 0 ? O_NONBLOCK : 0, result);
	return result;
}

int wrap_close(int fd)
{
	ATTEND_TRACED(close, -1, wrap_close(fd), ARGUMENT(fd));

	hint_forget(fd);
	return REAL(close)(fd);
}
CALL_ALIAS(__close, close);

#ifdef HAVE_CLOSE_RANGE
int wrap_close_range(unsigned int first, unsigned int last, int flags)
{
	ATTEND_TRACED(close_range, -1, wrap_close_range(first, last, flags), ARGUMENT(first),
		      ARGUMENT(last), ARGUMENT(flags));

	/* Nothing is closed by a call that is refused, nor with CLOSE_RANGE_CLOEXEC. */
	if (((unsigned int)flags & ~CLOSE_RANGE_UNSHARE) == 0 && first <= last)
		hint_forget_range(first, last);
	return REAL(close_range)(first, last, flags);
}
#endif

#ifdef HAVE_CLOSEFROM
static int close_from(int first)
{
	ATTEND_TRACED(closefrom, 0, close_from(first), ARGUMENT(first));

	hint_forget_range(first < 0 ? 0 : (unsigned int)first, HINT_DESCRIPTORS);
	REAL(closefrom)(first);
	return 0;
}

void wrap_closefrom(int first)
{
	(void)close_from(first);
}
#endif

#ifdef HAVE_PIDFD_GETFD
int wrap_pidfd_getfd(int pidfd, int target, unsigned int flags)
{
	ATTEND_TRACED(pidfd_getfd, -1, wrap_pidfd_getfd(pidfd, target, flags), ARGUMENT(pidfd),
		      ARGUMENT(target), ARGUMENT(flags));

	const int fd = REAL(pidfd_getfd)(pidfd, target, flags);

	made(fd, 0);
	return fd;
}
#endif
