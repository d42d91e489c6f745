/*
 * A program that waits on a socket as programs do, for the tests of what is bounded from outside. It is
 * compiled statically, for musl and for 32 bits. Usage: victim MODE PORT [MILLISECONDS]. Prints a line for
 * each wait: MODE RESULT ERRNO MILLISECONDS, where the time is that of the wait alone.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static const char *mode;
static int port, argument;
static char buffer[1 << 16];

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000L + now.tv_nsec / 1000000L;
}

/* One write, so that threads do not mix their lines. */
static void report(const char *what, long result, int error, long since)
{
	char line[128];
	const int length = snprintf(line, sizeof line, "%s %ld %d %ld\n", what, result,
				    result < 0 ? error : 0, milliseconds() - since);

	if (write(STDOUT_FILENO, line, (size_t)length) != length)
		exit(3);
}

static void report_wait(const char *what, long result, long since)
{
	report(what, result, errno, since);
}

static void say(const char *line)
{
	if (write(STDOUT_FILENO, line, strlen(line)) < 0)
		exit(3);
}

static struct sockaddr_in address(void)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((unsigned short)port),
				    .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static int made(int type)
{
	const int fd = socket(AF_INET, type, 0);

	if (fd < 0) {
		perror("socket");
		exit(2);
	}
	return fd;
}

static int connected(int type)
{
	const struct sockaddr_in where = address();
	const int fd = made(type);

	if (connect(fd, (const struct sockaddr *)&where, sizeof where) != 0) {
		perror("connect");
		exit(2);
	}
	return fd;
}

/* A connection on which a request was sent. */
static int asked(void)
{
	const int fd = connected(SOCK_STREAM);

	if (send(fd, "?", 1, 0) != 1)
		exit(2);
	return fd;
}

/* Read until that fails or ends; each read is reported. */
static void read_all(int fd)
{
	long result = 1;

	while (result > 0) {
		const long since = milliseconds();

		result = read(fd, buffer, sizeof buffer);
		report_wait(mode, result, since);
	}
}

/* Write until that fails. What goes out before takes no time. */
static void write_all(int fd)
{
	const long since = milliseconds();
	long result = 1;

	while (result > 0)
		result = write(fd, buffer, sizeof buffer);
	report_wait(mode, result, since);
}

/* Wait in poll, select or epoll_wait, then make one call. */
static void wait_in(const char *how, int fd, int writes, int timeout)
{
	const long since = milliseconds();
	struct pollfd descriptor = {.fd = fd, .events = writes ? POLLOUT : POLLIN};
	struct epoll_event event = {.events = writes ? EPOLLOUT : EPOLLIN};
	struct timeval value = {timeout / 1000, timeout % 1000 * 1000};
	fd_set set;
	int result, epoll;

	if (strcmp(how, "poll") == 0) {
		result = poll(&descriptor, 1, timeout);
	} else if (strcmp(how, "select") == 0) {
		FD_ZERO(&set);
		FD_SET(fd, &set);
		result = select(fd + 1, writes ? NULL : &set, writes ? &set : NULL, NULL,
				timeout < 0 ? NULL : &value);
	} else {
		epoll = epoll_create1(0);
		epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
		result = epoll_wait(epoll, &event, 1, timeout);
	}
	report_wait(mode, result, since);
	if (result <= 0)
		return;
	result = (int)(writes ? write(fd, buffer, 1) : read(fd, buffer, sizeof buffer));
	report_wait(mode, result, since);
}

static void set_nonblocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static void connect_only(int nonblocking)
{
	const struct sockaddr_in where = address();
	const int fd = made(SOCK_STREAM);
	const long since = milliseconds();
	struct pollfd descriptor = {.fd = fd, .events = POLLOUT};
	int result, error = 0;
	socklen_t size = sizeof error;

	if (nonblocking)
		set_nonblocking(fd);
	result = connect(fd, (const struct sockaddr *)&where, sizeof where);
	if (nonblocking) {
		result = poll(&descriptor, 1, -1);
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
		report(mode, error != 0 ? -1 : result, error, since);
	} else {
		report_wait(mode, result, since);
	}
}

static void fill(int fd)
{
	set_nonblocking(fd);
	while (write(fd, buffer, sizeof buffer) > 0)
		continue;
}

static int listening(void)
{
	struct sockaddr_in where = address();
	const int fd = made(SOCK_STREAM), one = 1;
	socklen_t size = sizeof where;
	char line[32];

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (const struct sockaddr *)&where, sizeof where) != 0 ||
	    listen(fd, 8) != 0 || getsockname(fd, (struct sockaddr *)&where, &size) != 0)
		exit(2);
	snprintf(line, sizeof line, "port %d\n", ntohs(where.sin_port));
	say(line);
	return fd;
}

static void own_timeout(int fd)
{
	const struct timeval value = {argument / 1000, argument % 1000 * 1000};

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value);
}

static void sleep_for(int time)
{
	struct timespec left = {time / 1000, time % 1000 * 1000000L};

	while (nanosleep(&left, &left) != 0)
		continue;
}

/* Many threads, each with a connection, a request, and a wait in read. A read that fails is made again:
 * the answer must not be lost. */
static void *one_of_many(void *unused)
{
	const int fd = asked();
	long since = milliseconds(), result;

	result = read(fd, buffer, 1);
	report_wait("first", result, since);
	if (result < 0) {
		since = milliseconds();
		while ((result = read(fd, buffer, 1)) < 0 && errno == ETIMEDOUT)
			continue;
		report_wait("again", result, since);
	}
	close(fd);
	return unused;
}

static void many_threads(void)
{
	pthread_t *const threads = calloc((size_t)argument, sizeof *threads);
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 64 * 1024);
	for (int i = 0; i < argument; i++)
		if (pthread_create(&threads[i], &attributes, one_of_many, NULL) != 0)
			exit(2);
	for (int i = 0; i < argument; i++)
		pthread_join(threads[i], NULL);
}

/* Many connections in one epoll set, each with a request. Each ends with its answer or an error. */
static void many_in_set(void)
{
	const int epoll = epoll_create1(0);
	long *const since = calloc((size_t)argument + 64, sizeof *since);

	for (int i = 0; i < argument; i++) {
		const int fd = asked();
		struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

		since[fd] = milliseconds();
		epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
	}
	for (int left = argument; left > 0; left--) {
		struct epoll_event event;

		if (epoll_wait(epoll, &event, 1, -1) != 1)
			exit(2);
		report_wait("first", read(event.data.fd, buffer, 1), since[event.data.fd]);
		close(event.data.fd);
	}
}

/* A ping-pong for so long; the number of rounds. */
static void ping(void)
{
	const int fd = connected(SOCK_STREAM), one = 1;
	const long since = milliseconds();
	long rounds = 0;

	setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &one, sizeof one);
	while (milliseconds() - since < argument) {
		if (write(fd, "p", 1) != 1 || read(fd, buffer, 1) != 1)
			exit(2);
		rounds++;
	}
	report(mode, rounds, 0, since);
}

static void handle(int number)
{
	(void)number;
}

/* Signals interrupt the wait often; it is restarted. */
static void with_signals(void)
{
	const struct itimerval often = {{0, 50000}, {0, 50000}};
	const struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static int run_read(void)
{
	if (strcmp(mode, "read") == 0)
		read_all(asked());
	else if (strcmp(mode, "signals") == 0)
		with_signals(), read_all(asked());
	else if (strcmp(mode, "recv") == 0 || strcmp(mode, "waitall") == 0) {
		const int fd = asked();
		const long since = milliseconds();

		report_wait(mode, recv(fd, buffer, 1000, mode[0] == 'w' ? MSG_WAITALL : 0),
			    since);
	} else if (strcmp(mode, "udp") == 0)
		read_all(connected(SOCK_DGRAM));
	else if (strcmp(mode, "own") == 0) {
		const int fd = asked();

		own_timeout(fd);
		read_all(fd);
	} else
		return 0;
	return 1;
}

static int run_set(void)
{
	static const char *const ways[] = {"poll", "select", "epoll"};

	for (size_t i = 0; i < 3; i++) {
		char name[32];

		if (strcmp(mode, ways[i]) == 0) {
			wait_in(ways[i], asked(), 0, -1);
			return 1;
		}
		snprintf(name, sizeof name, "%s-own", ways[i]);
		if (strcmp(mode, name) == 0) {
			wait_in(ways[i], asked(), 0, argument);
			return 1;
		}
		snprintf(name, sizeof name, "%s-write", ways[i]);
		if (strcmp(mode, name) == 0) {
			const int fd = connected(SOCK_STREAM);

			fill(fd);
			wait_in(ways[i], fd, 1, -1);
			return 1;
		}
	}
	return 0;
}

/* A wait for a socket together with a terminal. */
static void with_terminal(void)
{
	struct pollfd descriptors[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
					{.fd = asked(), .events = POLLIN}};
	const long since = milliseconds();

	say("waiting\n");
	report_wait(mode, poll(descriptors, 2, -1), since);
}

/* The connection stays for so long, and nobody waits for it; then it is used. */
static void hold(void)
{
	const int fd = connected(SOCK_STREAM);
	const long since = milliseconds();
	long result;

	sleep_for(argument);
	result = send(fd, "?", 1, MSG_NOSIGNAL) == 1 ? read(fd, buffer, 1) : -1;
	report_wait(mode, result, since);
}

static void accept_one(int polled)
{
	const int fd = listening();
	struct pollfd descriptor = {.fd = fd, .events = POLLIN};
	const long since = milliseconds();

	if (polled)
		poll(&descriptor, 1, -1);
	report_wait(mode, accept(fd, NULL, NULL), since);
}

static void in_channel(void)
{
	int pair[2];
	long since;

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	if (fork() == 0) {
		sleep_for(argument);
		_exit(write(pair[0], "x", 1) != 1);
	}
	since = milliseconds();
	report_wait(mode, read(pair[1], buffer, 1), since);
}

int main(int count, char *arguments[])
{
	mode = count > 1 ? arguments[1] : "";
	port = count > 2 ? atoi(arguments[2]) : 0;
	argument = count > 3 ? atoi(arguments[3]) : 0;
	if (run_read() || run_set())
		return 0;
	if (strcmp(mode, "write") == 0)
		write_all(connected(SOCK_STREAM));
	else if (strcmp(mode, "connect") == 0)
		connect_only(0);
	else if (strcmp(mode, "connect-poll") == 0)
		connect_only(1);
	else if (strcmp(mode, "threads") == 0)
		many_threads();
	else if (strcmp(mode, "set") == 0)
		many_in_set();
	else if (strcmp(mode, "ping") == 0)
		ping();
	else if (strcmp(mode, "terminal") == 0)
		with_terminal();
	else if (strcmp(mode, "hold") == 0)
		hold();
	else if (strcmp(mode, "accept") == 0)
		accept_one(0);
	else if (strcmp(mode, "accept-poll") == 0)
		accept_one(1);
	else if (strcmp(mode, "channel") == 0)
		in_channel();
	else
		return 2;
	return 0;
}
