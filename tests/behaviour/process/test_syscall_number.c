/*
 * syscall(2) with the numbers of calls that change descriptors and sockets: the library notices them as it
 * notices libc's functions. And with the numbers of calls that move data between two descriptors.
 */
#include "config.h"

#include "harness/harness.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/time.h>

/* No data comes to fd, and the socket has no timeout of its own. */
static void ck_bounded(int fd)
{
	char byte;

	if (mode() == MODE_SHORT) {
		const double started = now_ms();

		ck_timed_out(recv(fd, &byte, 1, 0), started);
	}
}

/* A number of which the library knows that it is no socket. */
static int known_pipe(void)
{
	char byte;
	int tube[2];

	ck_assert_int_eq(pipe(tube), 0);
	ck_assert_int_eq(write(tube[1], "ab", 2), 2);
	ck_assert_int_eq(read(tube[0], &byte, 1), 1);
	return tube[0];
}

/* The number of a pipe becomes the number of a socket. */
static int by_dup(int socket, int number)
{
	ck_assert_int_eq(syscall(SYS_close, number), 0);
	return (int)syscall(SYS_dup, socket);
}

static int by_dup3(int socket, int number)
{
	return (int)syscall(SYS_dup3, socket, number, O_CLOEXEC);
}

#ifdef SYS_dup2
static int by_dup2(int socket, int number)
{
	return (int)syscall(SYS_dup2, socket, number);
}
#endif

#ifdef SYS_close_range
static int by_close_range(int socket, int number)
{
	if (syscall(SYS_close_range, number, number, 0) != 0)
		return -1; /* before Linux 5.9 */
	return dup(socket);
}
#endif

#if defined SYS_pidfd_getfd && defined SYS_pidfd_open
static int by_pidfd_getfd(int socket, int number)
{
	const int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	int fd;

	ck_assert_int_eq(close(number), 0);
	fd = (int)syscall(SYS_pidfd_getfd, self, socket, 0);
	if (self >= 0)
		ck_assert_int_eq(close(self), 0);
	return fd == number ? fd : -1; /* before Linux 5.6, or in a container */
}
#endif

static int (*const copies[])(int socket, int number) = {
	by_dup,         by_dup3,
#ifdef SYS_dup2
	by_dup2,
#endif
#ifdef SYS_close_range
	by_close_range,
#endif
#if defined SYS_pidfd_getfd && defined SYS_pidfd_open
	by_pidfd_getfd,
#endif
};

BEHAVIOUR_LOOP(copied, ALL, COUNT(copies))
{
	int pair[2], number, fd;
	char byte;

	tcp_pair(pair);
	number = known_pipe();
	fd = copies[_i](pair[0], number);
	need(fd >= 0);
	ck_assert_int_eq(fd, number);
	ck_bounded(fd);
	ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
	ck_assert_int_eq(recv(fd, &byte, 1, 0), 1);
}

BEHAVIOUR_TEST(nonblocking, ALL)
{
	int pair[2], on = 1, off = 0;
	char byte;

	tcp_pair(pair);
	ck_bounded(pair[0]);
	ck_assert_int_eq(syscall(SYS_ioctl, pair[0], FIONBIO, &on), 0);
	ck_failed(recv(pair[0], &byte, 1, 0), EAGAIN);
	ck_assert_int_eq(syscall(SYS_ioctl, pair[0], FIONBIO, &off), 0);
	ck_bounded(pair[0]);
	ck_failed(syscall(SYS_ioctl, pair[0], FIONBIO, (int *)16), EFAULT);
	ck_failed(syscall(SYS_ioctl, -1, FIONBIO, &on), EBADF);
}

/* The program's own timeout holds, also if it is longer than the library's. */
BEHAVIOUR_TEST(own_timeout, ALL)
{
	const int own = mode() == MODE_SHORT ? 2 * SHORT_MS : SHORT_MS / 3;
	const struct timeval value = {.tv_usec = own * 1000};
	double started;
	int pair[2];
	char byte;

	tcp_pair(pair);
	ck_assert_int_eq(syscall(SYS_setsockopt, pair[0], SOL_SOCKET, SO_RCVTIMEO, &value,
				 (socklen_t)sizeof value),
			 0);
	started = now_ms();
	ck_failed(recv(pair[0], &byte, 1, 0), EAGAIN);
	ck_assert_double_ge(now_ms() - started, own);
	ck_in_time(started, own);
}

BEHAVIOUR_TEST(shut_down, ALL)
{
	int pair[2];
	char byte;

	tcp_pair(pair);
	ck_bounded(pair[0]);
	ck_assert_int_eq(syscall(SYS_shutdown, pair[0], SHUT_RD), 0);
	ck_assert_int_eq(recv(pair[0], &byte, 1, 0), 0);
	ck_failed(syscall(SYS_shutdown, pair[0], 99), EINVAL);
}

#ifdef SYS_accept
BEHAVIOUR_TEST(accepts, ALL)
{
	const struct opening one = tcp_opening(0);

	if (mode() == MODE_SHORT) {
		const double started = now_ms();

		ck_timed_out(syscall(SYS_accept, one.listener, NULL, NULL), started);
	}
	ck_assert_int_eq(opening_connect(&one), 0);
	ck_assert_int_ge((int)syscall(SYS_accept, one.listener, NULL, NULL), 0);
}
#endif

#if defined SYS_epoll_pwait2 && defined __LP64__
BEHAVIOUR_TEST(waits_in_set, ALL)
{
	struct epoll_event event = {.events = EPOLLIN};
	const long set = syscall(SYS_epoll_create1, 0);
	const uint64_t mask = 0;
	double started;
	int pair[2];
	char byte;

	tcp_pair(pair);
	ck_assert_int_eq(syscall(SYS_epoll_ctl, set, EPOLL_CTL_ADD, pair[0], &event), 0);
	if (mode() != MODE_SHORT)
		ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
	started = now_ms();
	ck_assert_int_eq(syscall(SYS_epoll_pwait2, set, &event, 1, NULL, &mask, sizeof mask),
			 1);
	if (mode() == MODE_SHORT)
		ck_timed_out(recv(pair[0], &byte, 1, 0), started);
	ck_failed(syscall(SYS_epoll_pwait2, set, &event, 1, NULL, &mask, 128L), EINVAL);
}
#endif

/* sendfile and splice: to a socket that takes data, and to a socket that is full. */
BEHAVIOUR_TEST(moves, ALL)
{
	const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int pair[2], tube[2];
	double started;
	char byte;

	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(pipe(tube), 0);
	ck_assert_int_eq(write(tube[1], "ab", 2), 2);
	tcp_pair(pair);
	ck_assert_int_eq(syscall(SYS_sendfile, pair[0], file, NULL, (size_t)1), 1);
	ck_assert_int_eq(syscall(SYS_splice, tube[0], NULL, pair[0], NULL, (size_t)1, 0), 1);
	ck_assert_int_eq(recv(pair[1], &byte, 1, 0), 1);
	ck_failed(syscall(SYS_sendfile, -1, file, NULL, (size_t)1), EBADF);
	ck_failed(syscall(SYS_splice, tube[0], NULL, -1, NULL, (size_t)1, 0), EBADF);
	if (mode() != MODE_SHORT)
		return;
	unix_pair(SOCK_STREAM, pair);
	(void)fill(pair[0]);
	started = now_ms();
	ck_timed_out(syscall(SYS_sendfile, pair[0], file, NULL, (size_t)1), started);
	started = now_ms();
	ck_timed_out(syscall(SYS_splice, tube[0], NULL, pair[0], NULL, (size_t)1, 0), started);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "syscall, numbers");
}
