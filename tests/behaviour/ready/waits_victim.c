/*
 * Waits in vain, for tests/behaviour/ready/idle: prints after how many milliseconds the wait ended by a
 * failure, or that the wait went on for a second and a half.
 */
#include "config.h"

#include "harness/harness.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#define LONG_MS 1500

/* Readable after so many milliseconds, and again as often. */
static int timer(int milliseconds)
{
	const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
	const struct itimerspec both = {time, time};
	const int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	ck_assert_int_eq(timerfd_settime(fd, 0, &both, NULL), 0);
	return fd;
}

/* A non-blocking socket that waits for events in vain. */
static int silent_socket(const char *what, short *events)
{
	struct sockaddr_in address;
	int pair[2], keep[8], fd;

	*events = strcmp(what, "in") == 0 ? POLLIN : POLLOUT;
	if (strcmp(what, "connect") == 0) {
		(void)tcp_black_hole(&address, keep);
		fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		ck_failed(connect(fd, (struct sockaddr *)&address, sizeof address),
			  EINPROGRESS);
		return fd;
	}
	tcp_pair(pair);
	make_nonblocking(pair[0], true);
	if (*events != POLLIN) {
		small_buffers(pair[0]);
		(void)fill(pair[0]);
	}
	if (strcmp(what, "both") == 0)
		*events = POLLIN | POLLOUT;
	return pair[0];
}

static void set_add(int set, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
}

/* timeout: of the wait. */
static int once(const char *what, int timeout)
{
	struct pollfd members[2] = {{.fd = timer(LONG_MS), .events = POLLIN}};
	double started;
	int n;

	members[1].fd = silent_socket(what, &members[1].events);
	started = now_ms();
	n = poll(members, 2, timeout);
	if (n == 1 && members[1].revents != 0)
		printf("%s failed after %.0f\n", what, now_ms() - started);
	else
		printf("%s left alone\n", what);
	return n >= 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* A program that is busy with other descriptors all the time, and waits for an idle socket as well; or
 * uses that socket. */
static int busy(bool unix_domain, bool uses)
{
	const int set = epoll_create1(0), tick = timer(20), end = timer(LONG_MS);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t length = sizeof address;
	double started;
	int pair[2];

	if (unix_domain) {
		stream_pair(AF_UNIX, pair);
		ck_assert_int_eq(
			bind(pair[1], (struct sockaddr *)&address, sizeof(sa_family_t)), 0);
		ck_assert_int_eq(getsockname(pair[1], (struct sockaddr *)&address, &length), 0);
	} else {
		tcp_pair(pair);
	}
	make_nonblocking(pair[0], true);
	set_add(set, tick);
	set_add(set, end);
	set_add(set, pair[0]);
	started = now_ms();
	for (;;) {
		struct epoll_event event;
		uint64_t count;
		char byte;

		if (epoll_wait(set, &event, 1, 1000) != 1)
			return EXIT_FAILURE;
		if (event.data.fd == end)
			break;
		if (event.data.fd == tick) {
			(void)!read(tick, &count, sizeof count);
			if (uses)
				ck_assert_int_eq(send(pair[0], "x", 1, 0), 1);
		} else if (recv(pair[0], &byte, 1, 0) < 0 && errno == ETIMEDOUT) {
			printf("busy failed after %.0f\n", now_ms() - started);
			return EXIT_SUCCESS;
		}
	}
	printf("busy left alone\n");
	return EXIT_SUCCESS;
}

/* Three quiet sockets, waited for until each has returned the error; twice. */
static int several(void)
{
	struct pollfd members[3];

	for (int i = 0; i < 3; i++)
		members[i].fd = silent_socket("in", &members[i].events);
	for (int i = 0; i < 2; i++)
		if (poll(members, 3, -1) != 3 || poll(members, 3, -1) != 3)
			return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

/* An event loop like libuv's, which aborts when epoll_wait fails: with a wake-up, a timer, a listener
 * and clients, one of which sends nothing. */
static int loop(int milliseconds)
{
	const int set = epoll_create1(EPOLL_CLOEXEC), wake = eventfd(0, EFD_NONBLOCK);
	const int end = timer(LONG_MS);
	struct sockaddr_in address;
	const int listener = tcp_listener(&address, 8);
	const int client = socket(AF_INET, SOCK_STREAM, 0);
	int told = 0;

	make_nonblocking(listener, true);
	set_add(set, wake);
	set_add(set, end);
	set_add(set, listener);
	ck_assert_int_eq(connect(client, (struct sockaddr *)&address, sizeof address), 0);
	for (;;) {
		struct epoll_event events[8];
		const int n = epoll_wait(set, events, 8, milliseconds);

		if (n < 0)
			return EXIT_FAILURE;
		for (int i = 0; i < n; i++) {
			const int fd = events[i].data.fd;
			char byte;

			if (fd == end) {
				printf("loop: %d told\n", told);
				return EXIT_SUCCESS;
			} else if (fd == listener) {
				set_add(set, accept4(listener, NULL, NULL, SOCK_NONBLOCK));
			} else if (fd == wake) {
				return EXIT_FAILURE;
			} else if (recv(fd, &byte, 1, 0) < 0) {
				told += errno == ETIMEDOUT;
				ck_assert_int_eq(close(fd), 0);
			}
		}
	}
}

static const char *what;
static int result = EXIT_FAILURE;

START_TEST(victim)
{
	if (strcmp(what, "several") == 0)
		result = several();
	else if (strcmp(what, "loop") == 0)
		result = loop(-1) == EXIT_SUCCESS ? loop(40) : EXIT_FAILURE;
	else if (strncmp(what, "busy", 4) == 0)
		result = busy(strcmp(what, "busy-unix") == 0, strcmp(what, "busy-use") == 0);
	else if (strcmp(what, "own") == 0)
		result = once("in", LONG_MS - 300);
	else
		result = once(what, -1);
}
END_TEST

/* The harness is for tests only; so this is one, in this process. */
int main(int argc, char **argv)
{
	Suite *const suite = suite_create("waits");

	if (argc != 2)
		return EXIT_FAILURE;
	what = argv[1];
	add(suite, "victim", victim);
	(void)run_suite(suite, CK_NOFORK, CK_SILENT);
	return result;
}
