/*
 * Faults of readiness waits themselves, and waits for what a rule has swallowed: told when they end,
 * and nothing spins meanwhile.
 */
#include "config.h"

#include "harness/ruled.h"
#include "harness/waiting.h"

#include <sys/time.h>

#define DELAY 300

/* The kernel has not heard of it; the wait is bounded as a connect is. */
START_TEST(swallowed_connect)
{
	const struct opening one = tcp_opening(SOCK_NONBLOCK);
	struct pollfd descriptor = {.fd = one.fd, .events = POLLOUT};
	const double started = now_ms();

	make_nonblocking(one.listener, true);
	ck_failed(opening_connect(&one), EINPROGRESS);
	ck_assert_int_eq(wait_once(WAITER_POLL, one.listener, 50), 0);
	ck_assert_int_eq(poll(&descriptor, 1, -1), 1);
	ck_assert_double_ge(now_ms() - started, SHORT_MS);
	ck_in_time(started, SHORT_MS);
	ck_assert_int_eq(socket_error(one.fd), ETIMEDOUT);
}
END_TEST

START_TEST(swallowed_input)
{
	int peer;
	const int fd = with_input(AF_INET, &peer);
	const double used = processor_ms();
	char byte;

	ck_failed(recv(fd, &byte, 1, 0), EAGAIN);
	ck_assert_int_eq(wait_once(WAITER_POLL, fd, 200), 0);
	ck_assert_int_eq(wait_once(WAITER_EPOLL_WAIT, fd, 200), 0);
	ck_assert_int_eq(wait_once(WAITER_SELECT, fd, 200), 0);
	ck_failed(recv(fd, &byte, 1, 0), EAGAIN);
	ck_assert_double_lt(processor_ms() - used, 300);
}
END_TEST

START_TEST(swallowed_input_bounded)
{
	int peer;
	const int fd = with_input(AF_INET, &peer);
	const double started = now_ms();
	char byte;

	ck_failed(recv(fd, &byte, 1, 0), EAGAIN);
	ck_assert_int_eq(wait_once(WAITER_POLL, fd, -1), 1);
	ck_assert_double_ge(now_ms() - started, SHORT_MS);
	ck_in_time(started, SHORT_MS);
	ck_failed(recv(fd, &byte, 1, 0), ETIMEDOUT);
}
END_TEST

START_TEST(wait_error)
{
	int peer;
	const int fd = with_input(AF_INET, &peer);

	ck_failed(wait_once(WAITER_POLL, fd, -1), ENOMEM);
	ck_assert_int_eq(wait_once(WAITER_POLL, fd, -1), 1);
	ck_failed(wait_once(WAITER_EPOLL_WAIT, fd, 100), ENOMEM);
	ck_assert_int_eq(wait_once(WAITER_EPOLL_WAIT, fd, -1), 1);
	/* A look does not wait. */
	ck_assert_int_eq(wait_once(WAITER_POLL, fd, 0), 1);
}
END_TEST

/* The error comes when the delay is over, although something is ready before. */
START_TEST(wait_error_late)
{
	int peer;
	const int fd = with_input(AF_INET, &peer);
	const enum waiter waits[] = {WAITER_POLL, WAITER_SELECT, WAITER_EPOLL_WAIT};

	for (size_t i = 0; i < 3; i++) {
		const double started = now_ms();

		ck_failed(wait_once(waits[i], fd, -1), ENOMEM);
		ck_assert_double_ge(now_ms() - started, DELAY);
	}
	ck_assert_int_eq(wait_once(WAITER_POLL, fd, -1), 1);
}
END_TEST

START_TEST(wait_delay)
{
	int peer;
	const int fd = with_input(AF_INET, &peer);
	const enum waiter waits[] = {WAITER_POLL, WAITER_SELECT, WAITER_EPOLL_WAIT};

	for (size_t i = 0; i < 3; i++) {
		double started = now_ms();

		ck_assert_int_eq(wait_once(waits[i], fd, -1), 1);
		ck_assert_double_ge(now_ms() - started, DELAY);
		started = now_ms();
		/* Its own timeout is shorter. */
		ck_assert_int_eq(wait_once(waits[i], fd, 100), 0);
		ck_assert_double_ge(now_ms() - started, 100);
		ck_in_time(started, 100);
	}
}
END_TEST

static void do_nothing(int number)
{
	(void)number;
}

/* A signal interrupts the wait while the fault hides the input. */
START_TEST(wait_interrupted)
{
	int peer;
	const int fd = with_input(AF_INET, &peer);
	const enum waiter waits[] = {WAITER_POLL, WAITER_SELECT, WAITER_PSELECT,
				     WAITER_EPOLL_WAIT};
	const struct itimerval every = {{0, 50000}, {0, 50000}}, never = {{0, 0}, {0, 0}};

	ck_assert(signal(SIGALRM, do_nothing) != SIG_ERR);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &every, NULL), 0);
	for (size_t i = 0; i < COUNT(waits); i++)
		ck_failed(wait_once(waits[i], fd, -1), EINTR);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
}
END_TEST

/* An edge that a fault has hidden is reported after the fault: by the same wait, or by the next. */
START_TEST(wait_edge)
{
	int peer;
	const int fd = with_input(AF_INET, &peer), set = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	const double started = now_ms();

	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
	ck_assert_int_eq(epoll_wait(set, &event, 1, -1), 1);
	ck_assert_double_ge(now_ms() - started, DELAY);
	ck_in_time(started, DELAY);
	ck_assert_int_eq(write(peer, "b", 1), 1);
	ck_assert_int_eq(epoll_wait(set, &event, 1, 100), 0);
	ck_assert_int_eq(epoll_wait(set, &event, 1, -1), 1);
	ck_assert_int_eq(epoll_wait(set, &event, 1, 0), 0);
}
END_TEST

START_TEST(wait_edge_error)
{
	int peer;
	const int fd = with_input(AF_INET, &peer), set = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};

	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
	ck_failed(epoll_wait(set, &event, 1, -1), ENOMEM);
	ck_assert_int_eq(epoll_wait(set, &event, 1, 1000), 1);
	ck_assert_int_eq(epoll_wait(set, &event, 1, 0), 0);
}
END_TEST

/* The sockets fail as silent ones do. */
START_TEST(wait_swallowed)
{
	int peer;
	const int fd = with_input(AF_INET, &peer);
	const double started = now_ms();
	char byte;

	ck_assert_int_eq(wait_once(WAITER_POLL, fd, -1), 1);
	ck_assert_double_ge(now_ms() - started, SHORT_MS);
	ck_in_time(started, SHORT_MS);
	ck_failed(recv(fd, &byte, 1, 0), ETIMEDOUT);
	ck_assert_int_eq(recv(fd, &byte, 1, 0), 1);
}
END_TEST

static const struct ruled cases[] = {
	{.name = "connect swallowed",
	 .rules = "op=connect blackhole",
	 .spec = "300ms",
	 .test = &swallowed_connect},
	{.name = "input swallowed", .rules = "op=recv blackhole", .test = &swallowed_input},
	{.name = "input swallowed, bounded",
	 .rules = "op=recv blackhole",
	 .spec = "300ms",
	 .test = &swallowed_input_bounded},
	{.name = "wait error", .rules = "op=wait,when=1+2 error=ENOMEM", .test = &wait_error},
	{.name = "wait error, late",
	 .rules = "op=wait,when=1..3 error=ENOMEM,delay=300ms",
	 .test = &wait_error_late},
	{.name = "wait delay", .rules = "op=wait delay=300ms", .test = &wait_delay},
	{.name = "wait delay of one socket",
	 .rules = "op=wait,to=127.0.0.0/8 delay=300ms",
	 .test = &wait_delay},
	{.name = "wait delay, interrupted",
	 .rules = "op=wait delay=30s",
	 .test = &wait_interrupted},
	{.name = "wait delay, edge",
	 .rules = "op=wait,when=1..2 delay=300ms",
	 .test = &wait_edge},
	{.name = "wait delay of one socket, edge",
	 .rules = "op=wait,to=127.0.0.0/8,when=1..2 delay=300ms",
	 .test = &wait_edge},
	{.name = "wait error, late, edge",
	 .rules = "op=wait,when=1 error=ENOMEM,delay=300ms",
	 .test = &wait_edge_error},
	{.name = "wait swallowed",
	 .rules = "op=wait,when=1 blackhole",
	 .spec = "300ms",
	 .test = &wait_swallowed},
};

int main(int argc, char **argv)
{
	return ruled_main(argc, argv, "chaos, waits", cases, sizeof cases / sizeof *cases);
}
