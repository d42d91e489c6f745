/*
 * Readiness waits without a timeout of their own, for a socket that stays ready.
 */
#include "config.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "bench.h"

static int ready, set;

void bench_prepare_waits(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || send(pair[1], "", 1, 0) != 1)
		bench_die("socketpair");
	ready = pair[0];
	set = epoll_create1(EPOLL_CLOEXEC);
	if (set < 0 || epoll_ctl(set, EPOLL_CTL_ADD, ready, &event) != 0)
		bench_die("epoll_ctl");
}

double bench_measure_poll(void)
{
	struct pollfd descriptor = {.fd = ready, .events = POLLIN};
	double start = bench_now();

	for (int i = 0; i < BENCH_WAITS; i++)
		if (poll(&descriptor, 1, -1) != 1)
			bench_die("poll");
	return bench_now() - start;
}

double bench_measure_select(void)
{
	double start = bench_now();

	for (int i = 0; i < BENCH_WAITS; i++) {
		fd_set readable;

		FD_ZERO(&readable);
		FD_SET(ready, &readable);
		if (select(ready + 1, &readable, NULL, NULL, NULL) != 1)
			bench_die("select");
	}
	return bench_now() - start;
}

double bench_measure_epoll(void)
{
	struct epoll_event event;
	double start = bench_now();

	for (int i = 0; i < BENCH_WAITS; i++)
		if (epoll_wait(set, &event, 1, -1) != 1)
			bench_die("epoll_wait");
	return bench_now() - start;
}
