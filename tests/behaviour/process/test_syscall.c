/*
 * syscall(2): the numbers of the wrapped calls are bounded as these are; everything else, and what
 * the kernel does differently from libc, is as natively.
 */
#include "config.h"

#include "harness/harness.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define MASK_SIZE ((size_t)(NSIG / 8))

/* On machines of 32 bits the plain names are those of calls that take a structure. */
#ifdef SYS__newselect
#define NUMBER_SELECT SYS__newselect
#else
#define NUMBER_SELECT SYS_select
#endif
#ifdef SYS_mmap2
#define NUMBER_MMAP SYS_mmap2
#else
#define NUMBER_MMAP SYS_mmap
#endif

/* Calls on a blocking socket that nobody writes to. */
static long by_read(int fd)
{
	char byte;

	return syscall(SYS_read, fd, &byte, sizeof byte);
}

static long by_readv(int fd)
{
	char byte;
	struct iovec vector = {&byte, 1};

	return syscall(SYS_readv, fd, &vector, 1);
}

static long by_recvfrom(int fd)
{
	char byte;

	return syscall(SYS_recvfrom, fd, &byte, sizeof byte, 0, NULL, NULL);
}

static long by_recvmsg(int fd)
{
	char byte;
	struct iovec vector = {&byte, 1};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};

	return syscall(SYS_recvmsg, fd, &message, 0);
}

static long by_recvmmsg(int fd)
{
	char byte;
	struct iovec vector = {&byte, 1};
	struct mmsghdr message = {.msg_hdr = {.msg_iov = &vector, .msg_iovlen = 1}};

	return syscall(SYS_recvmmsg, fd, &message, 1, 0, NULL);
}

static long (*const receivers[])(int fd) = {by_read, by_readv, by_recvfrom, by_recvmsg,
					    by_recvmmsg};

/* … on one that is full. */
static long by_write(int fd)
{
	return syscall(SYS_write, fd, "x", 1);
}

static long by_writev(int fd)
{
	struct iovec vector = {(char[]){'x'}, 1};

	return syscall(SYS_writev, fd, &vector, 1);
}

static long by_sendto(int fd)
{
	return syscall(SYS_sendto, fd, "x", 1, 0, NULL, 0);
}

static long by_sendmsg(int fd)
{
	struct iovec vector = {(char[]){'x'}, 1};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};

	return syscall(SYS_sendmsg, fd, &message, 0);
}

static long by_sendmmsg(int fd)
{
	struct iovec vector = {(char[]){'x'}, 1};
	struct mmsghdr message = {.msg_hdr = {.msg_iov = &vector, .msg_iovlen = 1}};

	return syscall(SYS_sendmmsg, fd, &message, 1, 0);
}

static long (*const senders[])(int fd) = {by_write, by_writev, by_sendto, by_sendmsg,
					  by_sendmmsg};

/* … that wait for a socket to be readable. */
static long by_ppoll(int fd)
{
	struct pollfd descriptor = {.fd = fd, .events = POLLIN};
	const uint64_t mask = 0;

	return syscall(SYS_ppoll, &descriptor, 1, NULL, &mask, MASK_SIZE);
}

static long by_pselect(int fd)
{
	const uint64_t mask = 0;
	const struct {
		const void *mask;
		size_t size;
	} pair = {&mask, MASK_SIZE};
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	return syscall(SYS_pselect6, fd + 1, &set, NULL, NULL, NULL, &pair);
}

static long by_epoll_pwait(int fd)
{
	struct epoll_event event = {.events = EPOLLIN};
	const uint64_t mask = 0;
	const long set = syscall(SYS_epoll_create1, 0);

	ck_assert_int_eq(syscall(SYS_epoll_ctl, set, EPOLL_CTL_ADD, fd, &event), 0);
	return syscall(SYS_epoll_pwait, set, &event, 1, -1, &mask, MASK_SIZE);
}

#ifdef SYS_poll
static long by_poll(int fd)
{
	struct pollfd descriptor = {.fd = fd, .events = POLLIN};

	return syscall(SYS_poll, &descriptor, 1, -1);
}

static long by_select(int fd)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	return syscall(NUMBER_SELECT, fd + 1, &set, NULL, NULL, NULL);
}

static long by_epoll_wait(int fd)
{
	struct epoll_event event = {.events = EPOLLIN};
	const long set = syscall(SYS_epoll_create1, 0);

	ck_assert_int_eq(syscall(SYS_epoll_ctl, set, EPOLL_CTL_ADD, fd, &event), 0);
	return syscall(SYS_epoll_wait, set, &event, 1, -1);
}
#endif

static long (*const waiters[])(int fd) = {
	by_ppoll, by_pselect, by_epoll_pwait,
#ifdef SYS_poll
	by_poll,  by_select,  by_epoll_wait,
#endif
};

BEHAVIOUR_LOOP(receives, ALL, COUNT(receivers))
{
	int pair[2];

	stream_pair(AF_INET, pair);
	if (mode() == MODE_SHORT) {
		const double started = now_ms();

		ck_timed_out(receivers[_i](pair[0]), started);
	}
	ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
	errno = EXDEV;
	ck_assert_int_eq(receivers[_i](pair[0]), 1);
	ck_assert_int_eq(errno, EXDEV);
	ck_failed(receivers[_i](-1), EBADF);
}

BEHAVIOUR_LOOP(sends, ALL, COUNT(senders))
{
	int pair[2];

	stream_pair(AF_UNIX, pair);
	errno = EXDEV;
	ck_assert_int_eq(senders[_i](pair[0]), 1);
	ck_assert_int_eq(errno, EXDEV);
	ck_failed(senders[_i](-1), EBADF);
	if (mode() == MODE_SHORT) {
		double started;

		(void)fill(pair[0]);
		started = now_ms();
		ck_timed_out(senders[_i](pair[0]), started);
	}
}

BEHAVIOUR_LOOP(waits, ALL, COUNT(waiters))
{
	const double started = now_ms();
	char byte;
	int pair[2];

	stream_pair(AF_INET, pair);
	if (mode() != MODE_SHORT)
		ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
	ck_assert_int_eq(waiters[_i](pair[0]), 1);
	if (mode() == MODE_SHORT)
		ck_timed_out(recv(pair[0], &byte, 1, 0), started);
}

BEHAVIOUR_TEST(connects, ALL)
{
	struct sockaddr_in address;
	int keep[8];
	const int listener = tcp_listener(&address, 1);
	double started = now_ms();
	int fd;

	if (mode() == MODE_SHORT)
		ck_timed_out(syscall(SYS_accept4, listener, NULL, NULL, 0), started);
	fd = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(syscall(SYS_connect, fd, &address, sizeof address), 0);
	ck_assert_int_ge((int)syscall(SYS_accept4, listener, NULL, NULL, SOCK_CLOEXEC), 0);
	if (mode() != MODE_SHORT)
		return;
	(void)tcp_black_hole(&address, keep);
	fd = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
	started = now_ms();
	ck_timed_out(syscall(SYS_connect, fd, &address, sizeof address), started);
}

/* What a number means is known after it was closed, copied or made non-blocking by number. */
BEHAVIOUR_TEST(descriptors, ALL)
{
	const struct sockaddr_un any = {.sun_family = AF_UNIX};
	const double started = now_ms();
	char byte;
	int pair[2], tube[2];

	ck_assert_int_eq(pipe(tube), 0);
	ck_assert_int_eq(write(tube[1], "ab", 2), 2);
	ck_assert_int_eq(read(tube[0], &byte, 1), 1);
	ck_assert_int_eq(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(bind(pair[0], (struct sockaddr *)&any, sizeof(sa_family_t)), 0);
	ck_assert_int_eq(syscall(SYS_dup3, pair[0], tube[0], O_CLOEXEC), tube[0]);
	ck_assert_int_eq(syscall(SYS_close, pair[0]), 0);
	ck_failed(syscall(SYS_close, pair[0]), EBADF);
	if (mode() == MODE_SHORT)
		ck_timed_out(recv(tube[0], &byte, 1, 0), started);
	ck_assert_int_eq(syscall(SYS_fcntl, tube[0], F_SETFL, O_NONBLOCK), 0);
	ck_failed(recv(tube[0], &byte, 1, 0), EAGAIN);
	ck_assert_int_eq(syscall(SYS_fcntl, tube[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	ck_failed(syscall(SYS_fcntl, -1, F_DUPFD, 0), EBADF);
}

/* Numbers that no wrapper has, six arguments, and errors. */
BEHAVIOUR_TEST(others, ALL)
{
	char from[4] = "abc", to[4] = "";
	const struct iovec here = {to, 3}, there = {from, 3};

	ck_failed(syscall(-1), ENOSYS);
	ck_failed(syscall(99999, 1, 2, 3, 4, 5, 6), ENOSYS);
	errno = EXDEV;
	ck_assert_int_eq(syscall(SYS_getpid), getpid());
	ck_assert_int_eq(syscall(SYS_process_vm_readv, getpid(), &here, 1L, &there, 1L, 0L), 3);
	ck_assert_str_eq(to, "abc");
#ifdef SYS_mmap
	const long page = syscall(NUMBER_MMAP, NULL, 4096L, (long)PROT_READ,
				  (long)(MAP_PRIVATE | MAP_ANONYMOUS), -1L, 0L);
	ck_assert_int_ne(page, -1);
	ck_assert_int_eq(syscall(SYS_munmap, page, 4096L), 0);
#endif
	ck_assert_int_eq(errno, EXDEV);
	ck_failed(syscall(SYS_prctl, -1, 0L, 0L, 0L, 0L), EINVAL);
	ck_failed(syscall(SYS_seccomp, 1234L, 0L, NULL), EINVAL);
}

/* What the kernel does, and libc's functions do not. */
BEHAVIOUR_TEST(kernel_only, ALL)
{
	struct pollfd descriptor = {.events = POLLIN};
	struct timespec timeout = {1000, 5};
	struct iovec vector = {NULL, 0};
	struct epoll_event event;
	const uint64_t mask = 0;
	const long set = syscall(SYS_epoll_create1, 0);
	const void *const nowhere = (const void *)16;
	int pair[2];

	stream_pair(AF_UNIX, pair);
	descriptor.fd = pair[0];
	ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
	/* The time that is left. */
	ck_assert_int_eq(syscall(SYS_ppoll, &descriptor, 1L, &timeout, NULL, 0L), 1);
	ck_assert_int_eq(timeout.tv_sec, 999);
	/* The size of the mask counts, where there is one. */
	ck_failed(syscall(SYS_ppoll, &descriptor, 1L, NULL, &mask, 128L), EINVAL);
	ck_assert_int_eq(syscall(SYS_ppoll, &descriptor, 1L, NULL, NULL, 128L), 1);
	ck_failed(syscall(SYS_ppoll, &descriptor, 1L, NULL, nowhere, MASK_SIZE), EFAULT);
	ck_failed(syscall(SYS_epoll_pwait, set, &event, 1L, 0L, &mask, 128L), EINVAL);
	ck_assert_int_eq(syscall(SYS_epoll_pwait, set, &event, 1L, 0L, NULL, 128L), 0);
	ck_failed(syscall(SYS_epoll_pwait, set, &event, 1L, 0L, nowhere, MASK_SIZE), EFAULT);
	ck_failed(syscall(SYS_pselect6, 0L, NULL, NULL, NULL, NULL, nowhere), EFAULT);
	/* 32 bits count (lib/iov_iter.c: import_iovec). */
	ck_assert_int_eq(syscall(SYS_readv, pair[0], &vector, 0x100000001L), 0);
	ck_failed(syscall(SYS_readv, pair[0], &vector, -1L), EINVAL);
	/* A process group as an owner is a negative number. */
	ck_assert_int_eq(syscall(SYS_fcntl, pair[0], F_SETOWN, -getpgrp()), 0);
	errno = 0;
	ck_assert(syscall(SYS_fcntl, pair[0], F_GETOWN) == -getpgrp() || errno == getpgrp());
}

static atomic_bool waiting;

static void *wait_for_byte(void *argument)
{
	const int *const pair = argument;
	struct pollfd descriptor = {.fd = pair[0], .events = POLLIN};
	long result;

	atomic_store(&waiting, true);
	do
		result = syscall(SYS_ppoll, &descriptor, 1L, NULL, NULL, 0L);
	/* Since glibc 2.41 pthread_cancel(3) sends a signal in any case. */
	while (result == 0 || (result < 0 && errno == EINTR));
	return (void *)result;
}

/* syscall(2) is no cancellation point. */
BEHAVIOUR_TEST(not_cancelled, ALL)
{
	pthread_t thread;
	pid_t id;
	void *result;
	int pair[2];

	stream_pair(AF_INET, pair);
	thread = background(&id, wait_for_byte, pair);
	wait_until_blocked(id, -1);
	ck_assert_int_eq(pthread_cancel(thread), 0);
	if (mode() != MODE_SHORT)
		ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_eq(result, (void *)1);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "syscall");
}
