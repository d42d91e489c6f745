/*
 * The victim's readiness waits. See victim.c.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include "victim.h"

/* After a wait that reports the socket as ready. */
static long after_wait(int ready)
{
	return ready == 1 ? recv(ends[0], buffer, length, 0) : ready;
}

/* After a wait whose own timeout, which is the shorter, has run out. */
static long after_own_timeout(int ready)
{
	expected = 0;
	earliest = OWN;
	return ready == 0 ? -1 : ready;
}

static long case_poll(void)
{
	struct pollfd descriptor = {.fd = ends[0], .events = POLLIN};

	return after_wait(poll(&descriptor, length / sizeof buffer, -1));
}

static long case_ppoll(void)
{
	struct pollfd descriptor = {.fd = ends[0], .events = POLLIN};

	return after_wait(ppoll(&descriptor, length / sizeof buffer, NULL, NULL));
}

static long case_ppoll_timeout(void)
{
	struct pollfd descriptor = {.fd = ends[0], .events = POLLIN};
	const struct timespec timeout = {0, OWN * 1000000};

	return after_own_timeout(ppoll(&descriptor, length / sizeof buffer, &timeout, NULL));
}

static int select_own(struct timeval *timeout)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	return select(ends[0] + 1, &set, NULL, NULL, timeout);
}

static long case_select(void)
{
	return after_wait(select_own(NULL));
}

static long case_select_timeout(void)
{
	struct timeval timeout = {0, OWN * 1000};
	const int ready = select_own(&timeout);

	/* Linux writes the time that is left. */
	if (timeout.tv_sec != 0 || timeout.tv_usec != 0)
		die("the time that is left");
	return after_own_timeout(ready);
}

static int pselect_own(const struct timespec *timeout)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	return pselect(ends[0] + 1, &set, NULL, NULL, timeout, NULL);
}

static long case_pselect(void)
{
	return after_wait(pselect_own(NULL));
}

static long case_pselect_timeout(void)
{
	const struct timespec timeout = {0, OWN * 1000000};

	return after_own_timeout(pselect_own(&timeout));
}

static int epoll_set(void)
{
	const int set = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN};

	if (epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event) != 0)
		die("epoll_ctl");
	return set;
}

static long case_epoll_wait(void)
{
	struct epoll_event event;

	return after_wait(epoll_wait(epoll_set(), &event, 1, -1));
}

static long case_epoll_pwait(void)
{
	struct epoll_event event;

	return after_wait(epoll_pwait(epoll_set(), &event, 1, -1, NULL));
}

#ifdef HAVE_EPOLL_PWAIT2
static long case_epoll_pwait2(void)
{
	struct epoll_event event;

	return after_wait(epoll_pwait2(epoll_set(), &event, 1, NULL, NULL));
}

static long case_epoll_pwait2_timeout(void)
{
	const struct timespec timeout = {0, OWN * 1000000};
	struct epoll_event event;

	return after_own_timeout(epoll_pwait2(epoll_set(), &event, 1, &timeout, NULL));
}
#endif

const struct victim_case wait_cases[] = {
	CASE(poll),
	CASE(ppoll),
	CASE(ppoll_timeout),
	CASE(select),
	CASE(select_timeout),
	CASE(pselect),
	CASE(pselect_timeout),
	CASE(epoll_wait),
	CASE(epoll_pwait),
#ifdef HAVE_EPOLL_PWAIT2
	CASE(epoll_pwait2),
	CASE(epoll_pwait2_timeout),
#endif
	{NULL, NULL},
};
