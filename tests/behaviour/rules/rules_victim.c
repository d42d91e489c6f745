/*
 * A program to try rules on: does what its arguments say, one after the other, with sockets of all
 * kinds at addresses that they give, and tells of each wait how it ended, `OPERATION RESULT ERRNO
 * MILLISECONDS` a line. No test by itself. What an address is, is in placing.h.
 */
#include "rules/placing.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The timeout that the waits have of their own, in milliseconds. */
static long own_wait = -1;
/* How often the next wait is made. */
static int repeat = 1;

static double now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void report(const char *what, long result, double started)
{
	const int error = result < 0 ? errno : 0;

	(void)printf("%s %ld %s %d\n", what, result, error == 0 ? "0" : strerrorname_np(error),
		     (int)(now_ms() - started));
}

static void wait_in_recv(const char *what, const char *text)
{
	int other;
	const int fd = connected(text, &other);
	const double started = now_ms();
	char byte;

	report(what, recv(fd, &byte, 1, 0), started);
}

static void wait_in_send(const char *what, const char *text)
{
	static const char bulk[1 << 16];
	int other;
	const int fd = connected(text, &other);
	double started;

	while (send(fd, bulk, sizeof bulk, MSG_DONTWAIT) > 0)
		;
	started = now_ms();
	report(what, send(fd, bulk, 1, 0), started);
}

/* The same socket each time, by its descriptor or by a stream. */
static void wait_in_recv_again(const char *what, const char *text)
{
	static int fd = -1, other;
	double started;
	char byte;

	if (fd < 0)
		fd = connected(text, &other);
	started = now_ms();
	report(what, recv(fd, &byte, 1, 0), started);
}

static void wait_in_stream_again(const char *what, const char *text)
{
	static FILE *stream;
	static int other;
	double started;

	if (stream == NULL)
		stream = fdopen(connected(text, &other), "r+");
	must(stream != NULL, __LINE__);
	clearerr(stream);
	started = now_ms();
	report(what, fgetc(stream) == EOF ? -1 : 0, started);
}

static void wait_in_accept(const char *what, const char *text)
{
	struct place place = place_of(text);
	const int listener = bound_socket(&place);
	double started;

	must(listen(listener, 1) == 0, __LINE__);
	started = now_ms();
	report(what, accept(listener, NULL, NULL), started);
}

static void wait_in_connect(const char *what, const char *text)
{
	const struct place place = full_listener(text);
	const int fd = new_socket(&place);
	const double started = now_ms();

	report(what, connect(fd, (const struct sockaddr *)&place.address, place.length),
	       started);
}

static void wait_in_stream(const char *what, const char *text)
{
	int other;
	FILE *const stream = fdopen(connected(text, &other), "r+");
	double started;

	must(stream != NULL, __LINE__);
	started = now_ms();
	report(what, fgetc(stream) == EOF ? -1 : 0, started);
}

/* Wait with poll, select or epoll until fd is ready; what that gave. */
static int ready(const char *how, int fd, short events)
{
	struct pollfd descriptor = {.fd = fd, .events = events};
	struct epoll_event event = {.events = (uint32_t)events}, got;
	struct timeval timeout = {own_wait / 1000, own_wait % 1000 * 1000};
	fd_set set;
	int epoll;

	if (strncmp(how, "poll", 4) == 0)
		return poll(&descriptor, 1, (int)own_wait);
	if (strncmp(how, "select", 6) == 0) {
		FD_ZERO(&set);
		FD_SET(fd, &set);
		return select(fd + 1, events == POLLIN ? &set : NULL,
			      events == POLLOUT ? &set : NULL, NULL,
			      own_wait < 0 ? NULL : &timeout);
	}
	epoll = epoll_create1(0);
	must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, __LINE__);
	return epoll_wait(epoll, &got, 1, (int)own_wait);
}

/* poll, select, epoll: then the error that the socket has. */
static void wait_ready(const char *what, const char *text)
{
	int other, fd, n;
	double started;
	char byte;

	fd = connected(text, &other);
	must(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, __LINE__);
	started = now_ms();
	n = ready(what, fd, POLLIN);
	report(what, n > 0 ? recv(fd, &byte, 1, 0) : n, started);
}

static void wait_connecting(const char *what, const char *text)
{
	const struct place place = full_listener(text);
	const int fd = new_socket(&place);
	double started;
	int n;
	int error = 0;
	socklen_t length = sizeof error;

	must(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, __LINE__);
	must(connect(fd, (const struct sockaddr *)&place.address, place.length) == -1 &&
		     errno == EINPROGRESS,
	     __LINE__);
	started = now_ms();
	n = ready(what, fd, POLLOUT);
	if (n > 0) {
		must(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0, __LINE__);
		errno = error;
		n = error != 0 ? -1 : 0;
	}
	report(what, n, started);
}

/* Waits that end by themselves all the time, until the socket has failed. */
static void wait_idle(const char *what, const char *text)
{
	const double started = now_ms();
	int other, n;
	const int fd = connected(text, &other);
	struct pollfd descriptor = {.fd = fd, .events = POLLIN};
	char byte;

	must(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, __LINE__);
	do
		n = poll(&descriptor, 1, 10);
	while (n == 0 && now_ms() - started < 20000);
	report(what, n > 0 ? recv(fd, &byte, 1, 0) : n, started);
}

static void wait_in_lookup(const char *what, const char *text)
{
	struct addrinfo *found;
	const double started = now_ms();

	report(what, getaddrinfo(text, "80", NULL, &found) == 0 ? 0 : -1, started);
}

/* A connection to somebody else, who says nothing. */
static int client;

static void become_client(const char *what, const char *text)
{
	const struct place place = place_of(text);

	(void)what;
	client = new_socket(&place);
	must(connect(client, (const struct sockaddr *)&place.address, place.length) == 0,
	     __LINE__);
}

/* Wait in it, first having sent a byte where there is a text. */
static void wait_as_client(const char *what, const char *text)
{
	const double started = now_ms();
	char byte = 0;

	must(text[0] == '\0' || send(client, &byte, 1, 0) == 1, __LINE__);
	report(what, recv(client, &byte, 1, 0), started);
}

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t length = sizeof value;

	must(getsockopt(fd, level, name, &value, &length) == 0, __LINE__);
	return value;
}

static void show_options(const char *what, int fd)
{
	(void)printf(
		"%s %d %d %d %d %d\n", what, option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT),
		option(fd, SOL_SOCKET, SO_KEEPALIVE), option(fd, IPPROTO_TCP, TCP_KEEPIDLE),
		option(fd, IPPROTO_TCP, TCP_KEEPINTVL), option(fd, IPPROTO_TCP, TCP_KEEPCNT));
}

/* set: what the program sets before it connects, LEVEL:OPTION:VALUE. */
static void options(const char *text, const char *set)
{
	struct place place = place_of(text);
	const int listener = bound_socket(&place);
	const int fd = socket(place.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int level, name, value, other;

	if (set != NULL) {
		must(sscanf(set, "%d:%d:%d", &level, &name, &value) == 3, __LINE__);
		must(setsockopt(fd, level, name, &value, sizeof value) == 0, __LINE__);
		must(setsockopt(listener, level, name, &value, sizeof value) == 0, __LINE__);
	}
	must(listen(listener, 1) == 0, __LINE__);
	(void)connect(fd, (const struct sockaddr *)&place.address, place.length);
	other = accept(listener, NULL, NULL);
	must(other >= 0, __LINE__);
	show_options("connected", fd);
	show_options("accepted", other);
}

/* Say that this far is done, and wait to be told to go on. */
static void synchronise(void)
{
	char byte;

	(void)puts("ready");
	must(read(STDIN_FILENO, &byte, 1) == 1, __LINE__);
}

/* A receive that does not block, a synchronisation; then waits of 50 ms until its socket is ready. */
static void wait_while_swallowed(const char *what, const char *text)
{
	int other;
	const int fd = connected(text, &other);
	struct pollfd descriptor = {.fd = fd, .events = POLLIN};
	double started;
	char byte = 'x';

	must(send(other, &byte, 1, 0) == 1, __LINE__);
	must(poll(&descriptor, 1, -1) == 1, __LINE__);
	started = now_ms();
	report(what, recv(fd, &byte, 1, MSG_DONTWAIT), started);
	report(what, poll(&descriptor, 1, 50), started);
	synchronise();
	started = now_ms();
	while (poll(&descriptor, 1, 50) == 0)
		continue;
	report(what, recv(fd, &byte, 1, MSG_DONTWAIT), started);
}

static void limit(int resource, const char *value)
{
	const struct rlimit both = {strtoul(value, NULL, 10), strtoul(value, NULL, 10)};

	must(setrlimit((__rlimit_resource_t)resource, &both) == 0, __LINE__);
}

/* The rest is the child's. */
static void go_on_in_child(void)
{
	int status = -1;
	pid_t child;

	(void)fflush(stdout);
	child = fork();
	must(child >= 0, __LINE__);
	if (child == 0)
		return;
	must(waitpid(child, &status, 0) == child && status == 0, __LINE__);
	exit(EXIT_SUCCESS);
}

static bool prepare(const char *what, const char *of)
{
	if (strcmp(what, "own") == 0)
		own_timer = atol(of);
	else if (strcmp(what, "wait") == 0)
		own_wait = atol(of);
	else if (strcmp(what, "type") == 0)
		kind = atoi(of);
	else if (strcmp(what, "repeat") == 0)
		repeat = atoi(of);
	else if (strcmp(what, "RLIMIT_AS") == 0)
		limit(RLIMIT_AS, of);
	else if (strcmp(what, "chroot") == 0)
		must(chroot(of) == 0 && chdir("/") == 0, __LINE__);
	else if (strcmp(what, "fork") == 0)
		go_on_in_child();
	else if (strcmp(what, "sync") == 0)
		synchronise();
	else
		return false;
	return true;
}

static const struct {
	const char *name;
	void (*function)(const char *what, const char *text);
} waits[] = {
	{"recv", wait_in_recv},
	{"send", wait_in_send},
	{"accept", wait_in_accept},
	{"connect", wait_in_connect},
	{"stream", wait_in_stream},
	{"poll", wait_ready},
	{"select", wait_ready},
	{"epoll", wait_ready},
	{"poll-connect", wait_connecting},
	{"epoll-connect", wait_connecting},
	{"idle", wait_idle},
	{"resolve", wait_in_lookup},
	{"recv-again", wait_in_recv_again},
	{"stream-again", wait_in_stream_again},
	{"swallowed", wait_while_swallowed},
	{"client", become_client},
	{"client-recv", wait_as_client},
};

int main(int argc, char **argv)
{
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		char *const equals = strchr(argv[i], '=');
		const char *const of = equals != NULL ? equals + 1 : "";
		size_t which = 0;

		if (equals != NULL)
			*equals = '\0';
		/* A path is that of the script whose interpreter this is. */
		if (argv[i][0] == '/' || prepare(argv[i], of))
			continue;
		if (strcmp(argv[i], "options") == 0) {
			options(of, argv[i + 1]);
			return EXIT_SUCCESS;
		}
		while (which < sizeof waits / sizeof *waits &&
		       strcmp(waits[which].name, argv[i]) != 0)
			which++;
		must(which < sizeof waits / sizeof *waits, __LINE__);
		for (; repeat > 0; repeat--)
			waits[which].function(argv[i], of);
		repeat = 1;
	}
	return EXIT_SUCCESS;
}
