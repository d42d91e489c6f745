/*
 * A failure belongs to a socket, not to its number.
 */
#include "config.h"

#include "harness/waiting.h"

#include <fcntl.h>
#include <sys/syscall.h>

static struct wait failed;

/* The number of a socket with a pending error. */
static int failed_socket(void)
{
	int pair[2];

	open_pair(PAIR_TCP, pair);
	wait_open(&failed, WAITER_POLL);
	wait_add(&failed, pair[0], POLLIN);
	wait_fails(&failed);
	return pair[0];
}

/* fd is a healthy, empty socket. */
static void healthy(int fd)
{
	struct wait wait;

	for (int waiter = 0; waiter < WAITER_COUNT; waiter++) {
		wait_open(&wait, (enum waiter)waiter);
		wait_add(&wait, fd, POLLIN);
		ck_assert_int_eq(wait_for(&wait, 0), 0);
		ck_assert_int_eq(wait_for(&wait, 1), 0);
		wait_close(&wait);
	}
	ck_empty(fd);
}

/* The ways in which a number becomes another socket. */
static void by_socket(int fd)
{
	int pair[2];

	ck_assert_int_eq(close(fd), 0);
	open_pair(PAIR_TCP, pair);
	ck_assert(pair[0] == fd || pair[1] == fd);
}

static void by_dup2(int fd)
{
	int pair[2];

	open_pair(PAIR_TCP, pair);
	ck_assert_int_eq(dup2(pair[0], fd), fd);
}

static void by_dup3(int fd)
{
	int pair[2];

	open_pair(PAIR_TCP, pair);
	ck_assert_int_eq(dup3(pair[0], fd, O_CLOEXEC), fd);
}

static void by_fcntl(int fd)
{
	int pair[2];

	open_pair(PAIR_TCP, pair);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(fcntl(pair[0], F_DUPFD, fd), fd);
}

static void by_close_range(int fd)
{
	int pair[2];

	open_pair(PAIR_TCP, pair);
	ck_assert_int_eq(close_range((unsigned int)fd, (unsigned int)fd, 0), 0);
	ck_assert_int_eq(fcntl(pair[0], F_DUPFD_CLOEXEC, fd), fd);
}

/* By a raw system call: the library compares the inode. */
static void by_system_call(int fd)
{
	int pair[2];

	open_pair(PAIR_TCP, pair);
	ck_assert_int_eq(syscall(SYS_dup3, pair[0], fd, 0), fd);
}

EACH_TEST(another_socket, SHORT, 6)
{
	static void (*const ways[])(int) = {by_socket, by_dup2,        by_dup3,
					    by_fcntl,  by_close_range, by_system_call};
	const int fd = failed_socket();

	ways[_i](fd);
	healthy(fd);
}

/* The number becomes a file, which never fails. */
BEHAVIOUR_TEST(a_file, SHORT)
{
	const int fd = failed_socket(), file = open("/proc/self/exe", O_RDONLY);
	char byte;

	ck_assert_int_eq(dup2(file, fd), fd);
	ck_assert_int_eq(read(fd, &byte, 1), 1);
	ck_assert_int_eq(byte, 0x7f);
	ck_assert_int_eq(poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0), 1);
}

/* By a raw system call. */
BEHAVIOUR_TEST(a_pipe, SHORT)
{
	struct pollfd member = {.fd = failed_socket(), .events = POLLIN};
	int ends[2];
	char byte;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(syscall(SYS_dup3, ends[0], member.fd, 0), member.fd);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	ck_assert_int_eq(read(member.fd, &byte, 1), 1);
	ck_assert_int_eq(poll(&member, 1, 0), 0);
}

/* A duplicate is the same socket, but not the number in the wait. */
BEHAVIOUR_TEST(a_copy, SHORT)
{
	const int fd = failed_socket(), copy = dup(fd);

	healthy(copy);
	ck_assert_int_eq(wait_for(&failed, 0), 1);
	ck_told(fd);
}

/* Neither the failure nor the quiet period passes to the next socket with that number. */
BEHAVIOUR_TEST(silence, SHORT)
{
	struct wait wait;
	int pair[2], next[2], first;
	double started;

	open_pair(PAIR_UNIX, pair);
	first = pair[0];
	wait_open(&wait, WAITER_POLL);
	wait_add(&wait, first, POLLIN);
	for (int i = 0; i < 4; i++)
		if (wait_for(&wait, 50) != 0)
			return;
	ck_assert_int_eq(close(first), 0);
	ck_assert_int_eq(close(pair[1]), 0);
	open_pair(PAIR_UNIX, next);
	ck_assert(next[0] == first || next[1] == first);
	started = now_ms();
	while (wait_for(&wait, 50) == 0)
		;
	ck_assert_double_ge(now_ms() - started, SHORT_MS);
	ck_in_time(started, SHORT_MS);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "waits for numbers");
}
