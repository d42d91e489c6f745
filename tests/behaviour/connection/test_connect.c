/*
 * connect where nobody answers: it ends in time, and leaves the socket as the kernel's own
 * ETIMEDOUT leaves it.
 */
#include "config.h"

#include "harness/harness.h"

#include <fcntl.h>
#include <sys/time.h>

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
