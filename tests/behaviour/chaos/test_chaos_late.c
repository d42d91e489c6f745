/*
 * Faults of calls that do not block: their readiness is late, in every kind of wait, and nothing
 * spins meanwhile.
 */
#include "config.h"

#include "harness/ruled.h"
#include "harness/waiting.h"

#define DELAY 300

typedef int wait_function(int fd, int milliseconds);

static int by_poll(int fd, int milliseconds)
{
	return wait_once(WAITER_POLL, fd, milliseconds);
}

static int by_many(int fd, int milliseconds)
{
	struct pollfd descriptors[100];

	for (int i = 0; i < 100; i++)
		descriptors[i] = (struct pollfd){.fd = i == 99 ? fd : -1, .events = POLLIN};
	return poll(descriptors, 100, milliseconds);
}

static int by_select(int fd, int milliseconds)
{
	return wait_once(WAITER_SELECT, fd, milliseconds);
}

static int set_of(int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.u64 = UINT64_C(0x123456789abc)};
	const int set = epoll_create1(0);

	ck_assert_int_ge(set, 0);
	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
	return set;
}

static int in_set(int set, int milliseconds)
{
	struct epoll_event event = {0};
	const int n = epoll_wait(set, &event, 1, milliseconds);

	if (n == 1) {
		ck_assert_uint_eq(event.data.u64, UINT64_C(0x123456789abc));
		ck_assert_uint_ne(event.events & EPOLLIN, 0);
	}
	return n;
}

static int by_epoll(int fd, int milliseconds)
{
	return wait_once(WAITER_EPOLL_WAIT, fd, milliseconds);
}

/* The byte comes, and is late. */
static void wait_late(int family, wait_function *wait)
{
	int peer;
	const int fd = with_input(family, &peer);
	const double started = now_ms(), used = processor_ms();
	char byte;

	ck_failed(recv(fd, &byte, 1, 0), EAGAIN);
	ck_failed(read(fd, &byte, 1), EAGAIN);
	ck_assert_int_eq(wait(fd, 0), 0);
	ck_assert_int_eq(wait(fd, 50), 0);
	ck_assert_int_eq(wait(fd, HANG_MS), 1);
	ck_assert_double_ge(now_ms() - started, DELAY);
	ck_assert_int_eq(recv(fd, &byte, 1, 0), 1);
	ck_assert_double_lt(processor_ms() - used, DELAY / 2);
	/* Nothing is held any more, and nothing was where there is nothing. */
	ck_failed(recv(fd, &byte, 1, 0), EAGAIN);
	ck_assert_int_eq(faults_logged(), 1);
	ck_assert_int_eq(send(peer, "b", 1, 0), 1);
	ck_assert_int_eq(wait(fd, -1), 1);
}

START_TEST(late_poll)
{
	wait_late(AF_INET, by_poll);
}
END_TEST

START_TEST(late_poll_many)
{
	wait_late(AF_UNIX, by_many);
}
END_TEST

START_TEST(late_select)
{
	wait_late(AF_INET, by_select);
}
END_TEST

START_TEST(late_epoll)
{
	wait_late(AF_INET, by_epoll);
}
END_TEST

/* One set, waited for before and after; with EPOLLET and EPOLLONESHOT what was told before is told
 * again when it is due. */
static void epoll_late(uint32_t events)
{
	int peer;
	const int fd = with_input(AF_INET, &peer), set = set_of(fd, events);
	struct epoll_event again = {.events = events, .data.u64 = UINT64_C(0x123456789abc)};
	double started;
	char byte;

	ck_assert_int_eq(in_set(set, -1), 1);
	started = now_ms();
	ck_failed(recv(fd, &byte, 1, 0), EAGAIN);
	if ((events & EPOLLONESHOT) != 0)
		ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_MOD, fd, &again), 0);
	ck_assert_int_eq(in_set(set, 50), 0);
	ck_assert_int_eq(in_set(set, -1), 1);
	ck_assert_double_ge(now_ms() - started, DELAY);
	ck_assert_int_eq(recv(fd, &byte, 1, 0), 1);
}

START_TEST(late_level)
{
	epoll_late(EPOLLIN);
}
END_TEST

START_TEST(late_edge)
{
	epoll_late(EPOLLIN | EPOLLET);
}
END_TEST

START_TEST(late_oneshot)
{
	epoll_late(EPOLLIN | EPOLLONESHOT);
}
END_TEST

/* The other side has gone: that shows, but only when it is due. */
START_TEST(late_hangup)
{
	int peer;
	const int fd = with_input(AF_INET, &peer), set = set_of(fd, EPOLLIN | EPOLLRDHUP);
	const double started = now_ms(), used = processor_ms();
	char byte;

	ck_failed(recv(fd, &byte, 1, 0), EAGAIN);
	ck_assert_int_eq(close(peer), 0);
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	ck_assert_int_eq(in_set(set, -1), 1);
	ck_assert_double_ge(now_ms() - started, DELAY);
	ck_assert_double_lt(processor_ms() - used, DELAY / 2);
	ck_assert_int_eq(recv(fd, &byte, 1, 0), 1);
	ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
}
END_TEST

/* Others are not late. */
START_TEST(late_alone)
{
	int peer, other_peer;
	const int fd = with_input(AF_INET, &peer), other = with_input(AF_UNIX, &other_peer);
	struct pollfd descriptors[] = {{.fd = fd, .events = POLLIN | POLLOUT},
				       {.fd = other, .events = POLLIN}};
	char byte;

	ck_failed(recv(fd, &byte, 1, 0), EAGAIN);
	ck_assert_int_eq(poll(descriptors, 2, -1), 2);
	ck_assert_int_eq(descriptors[0].revents, POLLOUT);
	ck_assert_int_eq(descriptors[1].revents, POLLIN);
	ck_assert_int_eq(recv(other, &byte, 1, 0), 1);
}
END_TEST

/* A number that is given up is another's. */
START_TEST(late_number)
{
	int peer, pair[2];
	const int fd = with_input(AF_INET, &peer);
	char byte;

	ck_failed(recv(fd, &byte, 1, 0), EAGAIN);
	stream_pair(AF_UNIX, pair);
	ck_assert_int_eq(send(pair[1], "a", 1, 0), 1);
	ck_assert_int_eq(dup2(pair[0], fd), fd);
	ck_assert_int_eq(by_poll(fd, 0), 1);
	ck_assert_int_eq(recv(fd, &byte, 1, MSG_DONTWAIT), 1);
}
END_TEST

START_TEST(late_accept)
{
	const struct opening one = tcp_opening(0);
	const double started = now_ms();

	make_nonblocking(one.listener, true);
	ck_assert_int_eq(opening_connect(&one), 0);
	ck_failed(accept(one.listener, NULL, NULL), EAGAIN);
	ck_assert_int_eq(by_poll(one.listener, -1), 1);
	ck_assert_double_ge(now_ms() - started, DELAY);
	ck_assert_int_ge(accept(one.listener, NULL, NULL), 0);
}
END_TEST

START_TEST(late_connect)
{
	const struct opening one = tcp_opening(SOCK_NONBLOCK);
	struct pollfd descriptor = {.fd = one.fd, .events = POLLOUT};
	const double started = now_ms();
	char byte;

	ck_failed(opening_connect(&one), EINPROGRESS);
	ck_failed(opening_connect(&one), EALREADY);
	ck_failed(send(one.fd, "a", 1, 0), EAGAIN);
	ck_failed(recv(one.fd, &byte, 1, 0), EAGAIN);
	ck_assert_int_ge(accept(one.listener, NULL, NULL), 0);
	ck_assert_int_eq(poll(&descriptor, 1, 50), 0);
	ck_assert_int_eq(poll(&descriptor, 1, -1), 1);
	ck_assert_double_ge(now_ms() - started, DELAY);
	ck_assert_int_eq(socket_error(one.fd), 0);
	ck_assert_int_eq(send(one.fd, "a", 1, 0), 1);
}
END_TEST

/* A blocking call after a connect that fails late gets the error, without SIGPIPE. */
START_TEST(late_refusal)
{
	for (int i = 0; i < 2; i++) {
		const struct opening one = tcp_opening(SOCK_NONBLOCK);
		const double started = now_ms();
		char byte;

		ck_failed(opening_connect(&one), EINPROGRESS);
		make_nonblocking(one.fd, false);
		ck_failed(i == 0 ? send(one.fd, "a", 1, 0) : recv(one.fd, &byte, 1, 0),
			  ECONNREFUSED);
		ck_assert_double_ge(now_ms() - started, DELAY);
		ck_in_time(started, DELAY);
	}
}
END_TEST

static void *receive_soon(void *argument)
{
	char byte;

	/* Not before the other waits. */
	wait_until_waiting(((pid_t *)argument)[1]);
	ck_failed(recv(((int *)argument)[0], &byte, 1, 0), EAGAIN);
	return NULL;
}

/* A thread waits already when another's call makes the descriptor late: it is told in the end. */
START_TEST(late_for_another)
{
	int peer, state[2];
	const int fd = with_input(AF_INET, &peer);
	const int set = set_of(fd, EPOLLIN | EPOLLET);
	const double started = now_ms();
	pthread_t thread;

	state[0] = fd;
	state[1] = thread_id();
	ck_assert_int_eq(in_set(set, -1), 1);
	ck_assert_int_eq(pthread_create(&thread, NULL, receive_soon, state), 0);
	ck_assert_int_eq(in_set(set, -1), 1);
	ck_assert_double_ge(now_ms() - started, DELAY);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

#define INPUT_LATE "op=recv,family=AF_INET,when=1 delay=300ms"
#define UNIX_LATE  "op=recv,family=AF_UNIX,when=1 delay=300ms"

static const struct ruled cases[] = {
	{.name = "poll", .rules = INPUT_LATE, .test = &late_poll},
	{.name = "poll, bounded", .rules = INPUT_LATE, .spec = "60s", .test = &late_poll},
	{.name = "poll of many", .rules = UNIX_LATE, .test = &late_poll_many},
	{.name = "select", .rules = INPUT_LATE, .test = &late_select},
	{.name = "select, bounded", .rules = INPUT_LATE, .spec = "60s", .test = &late_select},
	{.name = "epoll", .rules = INPUT_LATE, .test = &late_epoll},
	{.name = "epoll, level", .rules = INPUT_LATE, .test = &late_level},
	{.name = "epoll, edge", .rules = INPUT_LATE, .test = &late_edge},
	{.name = "epoll, edge, bounded",
	 .rules = INPUT_LATE,
	 .spec = "60s",
	 .test = &late_edge},
	{.name = "epoll, one shot", .rules = INPUT_LATE, .test = &late_oneshot},
	{.name = "hang-up", .rules = INPUT_LATE, .test = &late_hangup},
	{.name = "others", .rules = INPUT_LATE, .test = &late_alone},
	{.name = "number", .rules = INPUT_LATE, .test = &late_number},
	{.name = "accept", .rules = "op=accept,when=1 delay=300ms", .test = &late_accept},
	{.name = "connect", .rules = "op=connect delay=300ms", .test = &late_connect},
	{.name = "connect, bounded",
	 .rules = "op=connect delay=300ms",
	 .spec = "60s",
	 .test = &late_connect},
	{.name = "refusal",
	 .rules = "op=connect error=ECONNREFUSED,delay=300ms",
	 .test = &late_refusal},
	{.name = "another thread", .rules = INPUT_LATE, .test = &late_for_another},
	{.name = "another thread, bounded",
	 .rules = INPUT_LATE,
	 .spec = "60s",
	 .test = &late_for_another},
};

int main(int argc, char **argv)
{
	return ruled_main(argc, argv, "chaos, late", cases, sizeof cases / sizeof *cases);
}
