/*
 * Descriptors: what is no socket is native; O_NONBLOCK belongs to all numbers of a description;
 * numbers beyond what is remembered; numbers that change while a thread waits.
 */
#include "config.h"

#include "harness/harness.h"
#include "harness/waits.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Two ends of a raw pseudoterminal. */
static void terminal(int ends[2])
{
	char name[64];

	ends[0] = posix_openpt(O_RDWR | O_NOCTTY);
	ck_assert_int_ge(ends[0], 0);
	ck_assert_int_eq(grantpt(ends[0]), 0);
	ck_assert_int_eq(unlockpt(ends[0]), 0);
	ck_assert_int_eq(ptsname_r(ends[0], name, sizeof name), 0);
	ends[1] = open(name, O_RDWR | O_NOCTTY);
	ck_assert_int_ge(ends[1], 0);
}

BEHAVIOUR_TEST(no_sockets, ALL)
{
	const uint64_t three = 3;
	uint64_t count = 0;
	char buffer[16];
	int ends[2];
	const int event = eventfd(1, 0), directory = open("/", O_RDONLY);

	for (int i = 0; i < 2; i++) {
		errno = EXDEV;
		ck_assert_int_eq(write(event, &three, sizeof three), 8);
		ck_assert_int_eq(read(event, &count, sizeof count), 8);
		ck_assert_uint_eq(count, i == 0 ? 4 : 3);
		ck_assert_int_eq(errno, EXDEV);
		ck_failed(read(event, &count, 7), EINVAL);
		ck_failed(read(directory, buffer, sizeof buffer), EISDIR);
		ck_failed(write(directory, buffer, 1), EBADF);
		ck_failed(read(-1, buffer, 1), EBADF);
		ck_failed(write(999, buffer, 1), EBADF);
	}
	terminal(ends);
	for (int i = 0; i < 2; i++) {
		errno = EXDEV;
		ck_assert_int_eq(write(ends[0], "line\nmore", 9), 9);
		ck_assert_int_eq(read(ends[1], buffer, sizeof buffer), i == 0 ? 5 : 9);
		ck_assert_int_eq(errno, EXDEV);
		ck_assert_int_eq(write(ends[0], "\n", 1), 1);
		ck_assert_int_eq(read(ends[1], buffer, sizeof buffer), 5);
		ck_assert_int_eq(write(ends[0], "more", 4), 4);
	}
}

/* What is no socket waits for as long as it does, whatever the timeout. */
BEHAVIOUR_TEST(no_sockets_wait, ALL)
{
	const uint64_t one = 1;
	struct reading readings[3];
	int pipe_ends[2], terminal_ends[2];
	const int event = eventfd(0, 0);

	ck_assert_int_eq(pipe(pipe_ends), 0);
	terminal(terminal_ends);
	reading_begin(&readings[0], pipe_ends[0]);
	reading_begin(&readings[1], terminal_ends[1]);
	reading_begin(&readings[2], event);
	(void)poll(NULL, 0, SHORT_MS + SHORT_MS / 3);
	for (int i = 0; i < 3; i++)
		wait_until_blocked(readings[i].id, SYS_read);
	ck_assert_int_eq(write(pipe_ends[1], "x", 1), 1);
	ck_assert_int_eq(write(terminal_ends[0], "x\n", 2), 2);
	ck_assert_int_eq(write(event, &one, sizeof one), 8);
	for (int i = 0; i < 3; i++)
		reading_end(&readings[i]);
	ck_assert_int_eq(readings[0].result, 1);
	ck_assert_int_eq(readings[1].result, 2);
	ck_assert_int_eq(readings[2].result, 8);
}

/* O_NONBLOCK, set and cleared here or through another number, by fcntl or by ioctl. */
BEHAVIOUR_LOOP(nonblocking, ALL, 8)
{
	int pair[2], on = 1, off = 0;
	char letter;

	stream_pair(AF_UNIX, pair);
	const int other = dup(pair[0]);
	const int setter = (_i & 1) != 0 ? other : pair[0];

	for (int i = 0; i < 2; i++) {
		if ((_i & 2) != 0)
			ck_assert_int_eq(ioctl(setter, FIONBIO, &on), 0);
		else
			make_nonblocking(setter, true);
		for (int j = 0; j < 2; j++) {
			ck_failed(read(pair[0], &letter, 1), EAGAIN);
			ck_failed(recv(other, &letter, 1, 0), EAGAIN);
		}
		if ((_i & 4) != 0)
			ck_assert_int_eq(ioctl(setter, FIONBIO, &off), 0);
		else
			make_nonblocking(setter, false);
		socket_waits(pair[0], pair[1]);
		socket_waits(other, pair[1]);
	}
}

/* Known to be non-blocking, cleared through another number, and the same is done to another
 * socket very often. */
BEHAVIOUR_TEST(nonblocking_long_ago, ALL)
{
	int pair[2], busy[2];
	char letter;

	stream_pair(AF_UNIX, pair);
	stream_pair(AF_UNIX, busy);
	const int other = dup(pair[0]);

	for (int i = 0; i < 4; i++) {
		make_nonblocking(other, true);
		ck_failed(read(pair[0], &letter, 1), EAGAIN);
		make_nonblocking(other, false);
		/* As many as any counter of ours could be wide, give or take what other calls
		 * have counted. */
		for (int j = 0; j < (1024 << i) - 1; j++) {
			int off = 0;

			ck_assert_int_eq(ioctl(busy[0], FIONBIO, &off), 0);
		}
		socket_waits(pair[0], pair[1]);
	}
}

/* Had to wait, became non-blocking through another number, and was shut down for receiving: a datagram
 * socket still gives EAGAIN. */
BEHAVIOUR_TEST(nonblocking_shut_down, ALL)
{
	int pair[2];
	char letter;

	unix_pair(SOCK_DGRAM, pair);
	const int other = dup(pair[0]);

	socket_waits(pair[0], pair[1]);
	make_nonblocking(other, true);
	ck_assert_int_eq(shutdown(pair[0], SHUT_RD), 0);
	for (int i = 0; i < 2; i++)
		ck_failed(recv(pair[0], &letter, 1, 0), EAGAIN);
}

/* Numbers over 65536 are not remembered. */
BEHAVIOUR_TEST(high, ALL)
{
	const struct rlimit many = {.rlim_cur = 80000, .rlim_max = 80000};
	int pair[2], ends[2];

	if (setrlimit(RLIMIT_NOFILE, &many) != 0)
		return; /* fs.nr_open or no privilege */
	for (int number = 65535; number <= 70000; number += number == 65535 ? 1 : 4464) {
		char buffer[4];

		stream_pair(AF_INET, pair);
		ck_assert_int_eq(dup2(pair[0], number), number);
		socket_works(number, pair[1]);
		socket_waits(number, pair[1]);
		make_nonblocking(number, true);
		ck_failed(read(number, buffer, 1), EAGAIN);
		make_nonblocking(number, false);
		ck_assert_int_eq(pipe(ends), 0);
		ck_assert_int_eq(dup2(ends[0], number), number);
		ck_assert_int_eq(write(ends[1], "pipe", 4), 4);
		ck_assert_int_eq(read(number, buffer, 4), 4);
	}
}

/* While a thread waits on a socket its number is given to another one, which has data. Natively
 * the wait goes on with the old one; here it may also find that the number is gone. */
BEHAVIOUR_LOOP(replaced, ALL, 4)
{
	int old[2], next[2];
	struct reading reading;
	char buffer[8];

	stream_pair(_i % 2 == 0 ? AF_INET : AF_UNIX, old);
	stream_pair(_i % 2 == 0 ? AF_INET : AF_UNIX, next);
	reading_begin(&reading, old[0]);
	ck_assert_int_eq(send(next[1], "stolen", 6, 0), 6);
	if (_i < 2) {
		ck_assert_int_eq(dup2(next[0], old[0]), old[0]);
	} else {
		ck_assert_int_eq(close(old[0]), 0);
		ck_assert_int_eq(fcntl(next[0], F_DUPFD, old[0]), old[0]);
	}
	/* Fails where the close was the end of it. */
	(void)send(old[1], "old", 3, MSG_NOSIGNAL);
	reading_end(&reading);
	ck_assert_msg(reading.result == 3 || (reading.result == -1 && reading.error == EBADF),
		      "%ld, %s", reading.result, strerror(reading.error));
	ck_assert_int_eq(recv(next[0], buffer, sizeof buffer, 0), 6);
	ck_assert_mem_eq(buffer, "stolen", 6);
}

/* Calls that leave the number what it is do not disturb who waits on it. */
BEHAVIOUR_TEST(not_replaced, ALL)
{
	struct reading reading;
	pid_t child;
	int pair[2], status;

	stream_pair(AF_INET, pair);
	reading_begin(&reading, pair[0]);
	ck_assert_int_eq(dup2(pair[0], pair[0]), pair[0]);
	ck_failed(dup3(pair[0], pair[0], 0), EINVAL);
	ck_failed(dup2(-1, pair[0]), EBADF);
	ck_failed(dup3(-1, pair[0], 0), EBADF);
	ck_failed(dup3(pair[1], pair[0], -1), EINVAL);
	ck_failed(close_range(0, ~0U, 1 << 16), EINVAL);
	ck_failed(close_range((unsigned int)pair[0] + 1, (unsigned int)pair[0], 0), EINVAL);
	child = fork();
	if (child == 0) {
		close(pair[0]);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(send(pair[1], "mine", 4, 0), 4);
	reading_end(&reading);
	ck_assert_msg(reading.result == 4, "%ld, %s", reading.result, strerror(reading.error));
}

static void *send_there(void *argument)
{
	struct reading *const sending = argument;

	sending->result = send(sending->fd, "more", 4, MSG_NOSIGNAL);
	sending->error = errno;
	return NULL;
}

/* The common way to stop another thread: the call ends by the shutdown, as natively, also where the close
 * comes before the thread runs again. */
BEHAVIOUR_LOOP(shut_down_and_closed, ALL, 3)
{
	struct reading call = {0};
	int pair[2];

	stream_pair(_i == 0 ? AF_INET : AF_UNIX, pair);
	if (_i < 2) {
		reading_begin(&call, pair[0]);
	} else {
		call.fd = pair[0];
		fill(pair[0]);
		call.thread = background(&call.id, send_there, &call);
		wait_until_waiting(call.id);
	}
	ck_assert_int_eq(shutdown(pair[0], SHUT_RDWR), 0);
	ck_assert_int_eq(close(pair[0]), 0);
	reading_end(&call);
	ck_assert_int_eq(call.result, _i < 2 ? 0 : -1);
	if (_i >= 2)
		ck_assert_int_eq(call.error, EPIPE);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "descriptors");
}
