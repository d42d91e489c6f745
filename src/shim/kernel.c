/*
 * System calls without their wrappers. Cold.
 *
 * syscall(2) sets errno, which is the program's: every function here puts it back.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "shim/kernel.h"

static long kernel_result(long result, int saved_errno)
{
	const int error = errno;

	errno = saved_errno;
	return result < 0 ? -error : result;
}

#define KERNEL(...)                                                                            \
	__extension__({                                                                        \
		const int saved_errno = errno;                                                 \
		kernel_result(syscall(__VA_ARGS__), saved_errno);                              \
	})

int kernel_flags(int fd)
{
	return (int)KERNEL(SYS_fcntl, fd, F_GETFL, 0);
}

int kernel_socket_option(int fd, int option, int *value)
{
	socklen_t length = sizeof *value;

	return (int)KERNEL(SYS_getsockopt, fd, SOL_SOCKET, option, value, &length);
}

int kernel_get_timeout(int fd, int option, struct timeval *timeout)
{
	socklen_t length = sizeof *timeout;

	return (int)KERNEL(SYS_getsockopt, fd, SOL_SOCKET, option, timeout, &length);
}

int kernel_set_timeout(int fd, int option, const struct timeval *timeout)
{
	return (int)KERNEL(SYS_setsockopt, fd, SOL_SOCKET, option, timeout, sizeof *timeout);
}

int kernel_address(int fd, bool peer, struct sockaddr_storage *address, socklen_t *length)
{
	*length = sizeof *address;
	return (int)KERNEL(peer ? SYS_getpeername : SYS_getsockname, fd, address, length);
}

int kernel_tcp(int fd, struct tcp_info *information)
{
	socklen_t length = sizeof *information;

	return (int)KERNEL(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, information, &length);
}

bool kernel_is_terminal(int fd)
{
	/* Larger than the kernel's struct termios, which is not libc's. */
	char settings[256];

	return KERNEL(SYS_ioctl, fd, TCGETS, settings) == 0;
}

int kernel_readable(int fd)
{
	int count = 0;
	const int result = (int)KERNEL(SYS_ioctl, fd, FIONREAD, &count);

	return result < 0 ? result : count;
}

bool kernel_at_mark(int fd)
{
	int mark = 0;

	return KERNEL(SYS_ioctl, fd, SIOCATMARK, &mark) == 0 && mark != 0;
}

int kernel_disconnect(int fd)
{
	const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};

	return kernel_connect(fd, &nowhere, sizeof nowhere);
}

void kernel_abandon(int fd)
{
	int error;

	if (kernel_disconnect(fd) == 0)
		(void)kernel_socket_option(fd, SO_ERROR, &error);
}

int kernel_socket(int family, int type)
{
	return (int)KERNEL(SYS_socket, family, type, 0);
}

int kernel_connect(int fd, const struct sockaddr *address, socklen_t length)
{
	return (int)KERNEL(SYS_connect, fd, address, length);
}

ssize_t kernel_send(int fd, const void *buffer, size_t length, int flags)
{
	return KERNEL(SYS_sendto, fd, buffer, length, flags, NULL, 0);
}

int kernel_open_append(const char *path)
{
	/* O_NONBLOCK: a FIFO without a reader must not hold the program up. */
	return (int)KERNEL(SYS_openat, AT_FDCWD, path,
			   O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
			   0644);
}

int kernel_open_mark(const char *path)
{
	return (int)KERNEL(SYS_openat, AT_FDCWD, path,
			   O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
}

int kernel_open_read(const char *path)
{
	return (int)KERNEL(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
}

ssize_t kernel_read(int fd, void *buffer, size_t length)
{
	return KERNEL(SYS_read, fd, buffer, length);
}

/* A set of signals as the kernel has it. */
static uint64_t signal_bit(int number)
{
	return UINT64_C(1) << (number - 1);
}

static int change_mask(int how, const uint64_t *set, uint64_t *old)
{
	return (int)KERNEL(SYS_rt_sigprocmask, how, set, old, sizeof *set);
}

static bool writable(int fd)
{
	struct pollfd descriptor = {.fd = fd, .events = POLLOUT};
	struct timespec now = {0, 0};

	return KERNEL(SYS_ppoll, &descriptor, 1, &now, NULL, sizeof(uint64_t)) == 1 &&
	       (descriptor.revents & (POLLOUT | POLLERR)) == POLLOUT;
}

int kernel_write_line(int fd, const void *line, size_t length)
{
	const struct timespec now = {0, 0};
	uint64_t unwanted = signal_bit(SIGPIPE) | signal_bit(SIGXFSZ) | signal_bit(SIGTTOU);
	uint64_t mask, pending = 0;
	ssize_t written;

	if (!writable(fd))
		return -EAGAIN;
	if (change_mask(SIG_BLOCK, &unwanted, &mask) < 0)
		return -EPERM;
	(void)KERNEL(SYS_rt_sigpending, &pending, sizeof pending);
	written = KERNEL(SYS_write, fd, line, length);
	/* Those that were pending before are the program's. */
	unwanted &= ~pending;
	if (written == -EPIPE || written == -EFBIG)
		(void)KERNEL(SYS_rt_sigtimedwait, &unwanted, NULL, &now, sizeof unwanted);
	(void)change_mask(SIG_SETMASK, &mask, NULL);
	if (written < 0)
		return (int)written;
	return (size_t)written < length ? -ENOSPC : 0;
}

bool kernel_can_read(const void *address)
{
	/* No way to change the mask, but the set is read first (kernel/signal.c: rt_sigprocmask). */
	return KERNEL(SYS_rt_sigprocmask, -1, address, NULL, sizeof(uint64_t)) == -EINVAL;
}

void kernel_close(int fd)
{
	(void)KERNEL(SYS_close, fd);
}

int kernel_status(int fd, struct stat *status)
{
	const int saved_errno = errno;

	return (int)kernel_result(fstat(fd, status), saved_errno);
}

int kernel_process(void)
{
	return (int)KERNEL(SYS_getpid);
}

int kernel_thread(void)
{
	return (int)KERNEL(SYS_gettid);
}

bool kernel_memory_is_borrowed(void)
{
	clockid_t clock;

	/* The clock of a thread has its id in it, as libc knows it
	 * (include/linux/posix-timers_types.h: CPUCLOCK_PID); the kernel knows better. */
	return pthread_getcpuclockid(pthread_self(), &clock) != 0 ||
	       ~(clock >> 3) != (int)KERNEL(SYS_gettid);
}
