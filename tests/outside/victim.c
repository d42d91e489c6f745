/*
 * A program that waits on a socket as programs do, for the tests of what is bounded from outside. It is
 * compiled statically, for musl and for 32 bits. Usage: victim MODE PORT [MILLISECONDS]. Prints a line for
 * each wait: MODE RESULT ERRNO MILLISECONDS, where the time is that of the wait alone.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>

#include "victim.h"

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

/* Wait in the call that the mode begins with (poll, select, epoll), then make one call. */
static void wait_in_set(int fd, int writes, int timeout)
{
	const long since = milliseconds();
	struct pollfd descriptor = {.fd = fd, .events = writes ? POLLOUT : POLLIN};
	struct epoll_event event = {.events = writes ? EPOLLOUT : EPOLLIN};
	struct timeval value = {timeout / 1000, timeout % 1000 * 1000};
	fd_set set;
	int result, epoll;

	if (mode[0] == 'p') {
		result = poll(&descriptor, 1, timeout);
	} else if (mode[0] == 's') {
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

static void in_set(void)
{
	wait_in_set(asked(), 0, -1);
}

static void in_set_with_timeout(void)
{
	wait_in_set(asked(), 0, argument);
}

static void set_nonblocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static void connect_blocking(void)
{
	const struct sockaddr_in where = address();
	const int fd = made(SOCK_STREAM);
	const long since = milliseconds();

	report_wait(mode, connect(fd, (const struct sockaddr *)&where, sizeof where), since);
}

static void connect_in_poll(void)
{
	const struct sockaddr_in where = address();
	const int fd = made(SOCK_STREAM);
	const long since = milliseconds();
	struct pollfd descriptor = {.fd = fd, .events = POLLOUT};
	int result, error = 0;
	socklen_t size = sizeof error;

	set_nonblocking(fd);
	(void)connect(fd, (const struct sockaddr *)&where, sizeof where);
	result = poll(&descriptor, 1, -1);
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	report(mode, error != 0 ? -1 : result, error, since);
}

/* Wait until a connection whose buffers are full can be written to. */
static void in_set_to_write(void)
{
	const int fd = connected(SOCK_STREAM);

	set_nonblocking(fd);
	while (write(fd, buffer, sizeof buffer) > 0)
		continue;
	wait_in_set(fd, 1, -1);
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

/* A ping-pong for so long; the number of rounds, or how it ended. */
static void ping(void)
{
	const int fd = connected(SOCK_STREAM), one = 1;
	const long since = milliseconds();
	long rounds = 0;

	setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &one, sizeof one);
	while (milliseconds() - since < argument) {
		const long waits = milliseconds();

		if (write(fd, "p", 1) != 1 || read(fd, buffer, 1) != 1) {
			report_wait(mode, -1, waits);
			return;
		}
		rounds++;
	}
	report(mode, rounds, 0, since);
}

static void handle(int number)
{
	(void)number;
}

/* Signals interrupt the wait often; it is restarted. */
static void read_with_signals(void)
{
	const struct itimerval often = {{0, 50000}, {0, 50000}};
	const struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	read_all(asked());
}

static void read_tcp(void)
{
	read_all(asked());
}

static void read_udp(void)
{
	read_all(connected(SOCK_DGRAM));
}

static void read_with_timeout(void)
{
	const struct timeval value = {argument / 1000, argument % 1000 * 1000};
	const int fd = asked();

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value);
	read_all(fd);
}

static void receive(void)
{
	const int fd = asked();
	const long since = milliseconds();

	report_wait(mode, recv(fd, buffer, 1000, mode[0] == 'w' ? MSG_WAITALL : 0), since);
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

static void accept_one(void)
{
	const int fd = listening();
	struct pollfd descriptor = {.fd = fd, .events = POLLIN};
	const long since = milliseconds();

	if (strcmp(mode, "accept-poll") == 0)
		poll(&descriptor, 1, -1);
	report_wait(mode, accept(fd, NULL, NULL), since);
}

/* A server that has answered, and waits for the next request. */
static void serve(void)
{
	const int fd = accept(listening(), NULL, NULL);

	if (send(fd, "!", 1, 0) != 1)
		exit(2);
	read_all(fd);
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

static void *read_in_thread(void *unused)
{
	read_tcp();
	return unused;
}

/* A thread waits; after so long another one executes the program anew. */
static void execute(void)
{
	char *const arguments[] = {"victim", "executed", NULL};
	pthread_t thread;

	if (pthread_create(&thread, NULL, read_in_thread, NULL) != 0)
		exit(2);
	sleep_for(argument);
	execv("/proc/self/exe", arguments);
	exit(2);
}

static void executed(void)
{
	say("executed\n");
}

static void write_tcp(void)
{
	write_all(connected(SOCK_STREAM));
}

static const struct {
	const char *name;
	void (*run)(void);
} modes[] = {
	{"read", read_tcp},
	{"signals", read_with_signals},
	{"recv", receive},
	{"waitall", receive},
	{"udp", read_udp},
	{"own", read_with_timeout},
	{"poll", in_set},
	{"select", in_set},
	{"epoll", in_set},
	{"poll-own", in_set_with_timeout},
	{"select-own", in_set_with_timeout},
	{"poll-write", in_set_to_write},
	{"epoll-write", in_set_to_write},
	{"write", write_tcp},
	{"connect", connect_blocking},
	{"connect-poll", connect_in_poll},
	{"threads", many_threads},
	{"set", many_in_set},
	{"ping", ping},
	{"terminal", with_terminal},
	{"hold", hold},
	{"accept", accept_one},
	{"accept-poll", accept_one},
	{"serve", serve},
	{"channel", in_channel},
	{"exec", execute},
	{"executed", executed},
};

int main(int count, char *arguments[])
{
	mode = count > 1 ? arguments[1] : "";
	port = count > 2 ? atoi(arguments[2]) : 0;
	argument = count > 3 ? atoi(arguments[3]) : 0;
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (strcmp(mode, modes[i].name) == 0) {
			modes[i].run();
			return 0;
		}
	return 2;
}
