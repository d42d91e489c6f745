/*
 * connect where nobody answers: it ends in time, and leaves the socket as the kernel's own
 * ETIMEDOUT leaves it.
 */
#include "config.h"

#include "harness.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/time.h>

extern int other_connect(int fd, const struct sockaddr *address,
			 socklen_t length) __asm__("__connect");

static struct timeval timer_of(int fd, int option)
{
	struct timeval timer = {-1, -1};
	socklen_t length = sizeof timer;

	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, option, &timer, &length), 0);
	return timer;
}

static void no_timer(int fd, int option)
{
	const struct timeval timer = timer_of(fd, option);

	ck_assert_int_eq(timer.tv_sec, 0);
	ck_assert_int_eq(timer.tv_usec, 0);
}

/* fd can be connected, and what it is connected to is what it should be. */
static void connects(int fd, int listener, const struct sockaddr *address, socklen_t length)
{
	char letter = 0;
	int peer;

	ck_assert_int_eq(connect(fd, address, length), 0);
	peer = accept(listener, NULL, NULL);
	ck_assert_int_ge(peer, 0);
	ck_assert_int_eq(send(fd, "x", 1, 0), 1);
	ck_assert_int_eq(recv(peer, &letter, 1, 0), 1);
	ck_assert_int_eq(letter, 'x');
	close(peer);
}

BEHAVIOUR_TEST(tcp, SHORT)
{
	struct sockaddr_in hole, good, local = loopback(0), after;
	socklen_t length = sizeof local;
	int keep[8], fd, flags;
	double started;

	tcp_black_hole(&hole, keep);
	const int listener = tcp_listener(&good, 4);

	fd = socket(AF_INET, SOCK_STREAM, 0);
	/* A port of our own choice stays (SOCK_BINDPORT_LOCK): one that was free just now. */
	const int finder = tcp_listener(&local, 1);

	close(finder);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&local, length), 0);
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_APPEND), 0);
	flags = fcntl(fd, F_GETFL);
	for (int i = 0; i < 2; i++) {
		started = now_ms();
		ck_timed_out(connect(fd, (struct sockaddr *)&hole, sizeof hole), started);
		ck_assert_int_eq(fcntl(fd, F_GETFL), flags);
		ck_assert_int_eq(socket_error(fd), 0);
		no_timer(fd, SO_SNDTIMEO);
		no_timer(fd, SO_RCVTIMEO);
		ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&after, &length), 0);
		ck_assert_int_eq(after.sin_port, local.sin_port);
		ck_assert_int_eq(after.sin_addr.s_addr, local.sin_addr.s_addr);
		ck_failed(getpeername(fd, (struct sockaddr *)&after, &length), ENOTCONN);
	}
	connects(fd, listener, (struct sockaddr *)&good, sizeof good);
}

BEHAVIOUR_TEST(tcp_unbound, SHORT)
{
	struct sockaddr_in hole, good;
	int keep[8];
	double started;

	tcp_black_hole(&hole, keep);
	const int listener = tcp_listener(&good, 4);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	started = now_ms();
	ck_timed_out(other_connect(fd, (struct sockaddr *)&hole, sizeof hole), started);
	connects(fd, listener, (struct sockaddr *)&good, sizeof good);
}

/* A number of which nothing is known, and a description that has two. */
BEHAVIOUR_TEST(tcp_duplicate, SHORT)
{
	struct sockaddr_in hole;
	int keep[8];
	double started;

	tcp_black_hole(&hole, keep);
	const int fd = dup(socket(AF_INET, SOCK_STREAM, 0));

	started = now_ms();
	ck_timed_out(connect(fd, (struct sockaddr *)&hole, sizeof hole), started);
	no_timer(fd, SO_SNDTIMEO);
}

BEHAVIOUR_TEST(tcp6, SHORT)
{
	struct sockaddr_in6 hole = {.sin6_family = AF_INET6,
				    .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	const int listener = socket(AF_INET6, SOCK_STREAM, 0);
	socklen_t length = sizeof hole;
	double started;
	int fd, last = 0;

	if (listener < 0 || bind(listener, (struct sockaddr *)&hole, sizeof hole) != 0)
		return; /* no IPv6 here */
	ck_assert_int_eq(listen(listener, 0), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&hole, &length), 0);
	for (int i = 0; i < 8 && last == 0; i++) {
		struct pollfd ready = {.events = POLLOUT};

		ready.fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
		last = connect(ready.fd, (struct sockaddr *)&hole, length);
		if (last < 0 && poll(&ready, 1, 200) > 0)
			last = 0;
	}
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	started = now_ms();
	ck_timed_out(connect(fd, (struct sockaddr *)&hole, length), started);
	ck_assert_int_eq(socket_error(fd), 0);
}

/* A full listener of AF_UNIX; poll calls a connect to it ready. */
static void unix_full(int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t length = sizeof address;
	const int listener = socket(AF_UNIX, type, 0);
	double started, used;
	int fd, filler, peer;

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t)), 0);
	ck_assert_int_eq(listen(listener, 0), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &length), 0);
	filler = socket(AF_UNIX, type, 0);
	ck_assert_int_eq(connect(filler, (struct sockaddr *)&address, length), 0);
	fd = socket(AF_UNIX, type, 0);
	used = processor_ms();
	started = now_ms();
	ck_timed_out(connect(fd, (struct sockaddr *)&address, length), started);
	ck_assert_double_le(processor_ms() - used, SHORT_MS / 3.0);
	no_timer(fd, SO_SNDTIMEO);
	ck_assert_int_eq(socket_error(fd), 0);
	peer = accept(listener, NULL, NULL);
	ck_assert_int_ge(peer, 0);
	connects(fd, listener, (struct sockaddr *)&address, length);
}

BEHAVIOUR_TEST(unix_stream, SHORT)
{
	unix_full(SOCK_STREAM);
}

BEHAVIOUR_TEST(unix_seqpacket, SHORT)
{
	unix_full(SOCK_SEQPACKET);
}

static void ignore(int number)
{
	(void)number;
}

/* SIGALRM every interval ms, with a handler of that kind. */
static void alarms(int flags, int interval)
{
	const struct sigaction action = {.sa_handler = ignore, .sa_flags = flags};
	const struct itimerval timer = {.it_interval = {0, interval * 1000},
					.it_value = {0, interval * 1000}};

	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

BEHAVIOUR_TEST(tcp_among_signals, SHORT)
{
	struct sockaddr_in hole;
	int keep[8];
	double started;

	tcp_black_hole(&hole, keep);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	alarms(SA_RESTART, 20);
	started = now_ms();
	ck_timed_out(connect(fd, (struct sockaddr *)&hole, sizeof hole), started);
	ck_assert_int_eq(socket_error(fd), 0);
}

BEHAVIOUR_TEST(unix_among_signals, SHORT)
{
	struct sockaddr_un hole;
	socklen_t length;
	int keep[8];
	double started;

	unix_black_hole(&hole, &length, keep);
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	alarms(SA_RESTART, 20);
	started = now_ms();
	ck_timed_out(connect(fd, (struct sockaddr *)&hole, length), started);
}

/* A connect that a signal ended goes on in the kernel; called again it waits for that one. */
BEHAVIOUR_TEST(again_after_interruption, SHORT)
{
	const struct itimerval none = {.it_interval = {0, 0}};
	struct sockaddr_in hole, good;
	int keep[8];
	double started;

	tcp_black_hole(&hole, keep);
	const int listener = tcp_listener(&good, 4);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	alarms(0, 20);
	ck_failed(connect(fd, (struct sockaddr *)&hole, sizeof hole), EINTR);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &none, NULL), 0);
	no_timer(fd, SO_SNDTIMEO);
	started = now_ms();
	ck_timed_out(connect(fd, (struct sockaddr *)&hole, sizeof hole), started);
	ck_assert_int_eq(socket_error(fd), 0);
	connects(fd, listener, (struct sockaddr *)&good, sizeof good);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "connect, unanswered");
}
