/*
 * Faults of sockets in epoll sets, where each event is reported once (EPOLLET, EPOLLONESHOT): no event is lost,
 * and none is repeated.
 */
#include "config.h"

#include "harness/ruled.h"
#include "harness/waiting.h"

#define DELAY 300

static int set_of(int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};
	const int set = epoll_create1(0);

	ck_assert_int_ge(set, 0);
	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
	return set;
}

/* The events of the only member; 0: the wait found nothing. */
static uint32_t wait_in(int set, int milliseconds)
{
	struct epoll_event event = {0};
	const int n = epoll_wait(set, &event, 1, milliseconds);

	ck_assert_int_ge(n, 0);
	return n > 0 ? event.events : 0;
}

/* A program that does not receive gets the late edge once. */
START_TEST(edge_once)
{
	int peer;
	const int fd = with_input(AF_INET, &peer), set = set_of(fd, EPOLLIN | EPOLLET);
	const double started = now_ms();
	char byte;

	ck_assert_uint_eq(wait_in(set, -1), EPOLLIN);
	ck_failed(recv(fd, &byte, 1, 0), EAGAIN);
	ck_assert_uint_eq(wait_in(set, HANG_MS), EPOLLIN);
	ck_assert_double_ge(now_ms() - started, DELAY);
	ck_assert_uint_eq(wait_in(set, 100), 0);
	ck_assert_int_eq(send(peer, "b", 1, 0), 1);
	ck_assert_uint_eq(wait_in(set, HANG_MS), EPOLLIN);
	ck_assert_uint_eq(wait_in(set, 0), 0);
	ck_assert_int_eq(recv(fd, &byte, 1, 0), 1);
	ck_assert_int_eq(faults_logged(), 1);
}
END_TEST

#define BYTES 1000

/* Move 1000 bytes. A count below the length that was asked for ends the use of an edge (epoll(7)). */
static void move_by_edges(int fd, bool sends)
{
	const int set = set_of(fd, (sends ? EPOLLOUT : EPOLLIN) | EPOLLET);
	static char buffer[2 * BYTES];
	size_t moved = 0;

	while (moved < BYTES) {
		const size_t asked = sends ? BYTES - moved : sizeof buffer;
		ssize_t n;

		ck_assert_uint_ne(wait_in(set, HANG_MS), 0);
		do {
			n = sends ? send(fd, buffer, asked, 0) : recv(fd, buffer, asked, 0);
			if (n < 0)
				ck_failed(n, EAGAIN);
			else
				moved += (size_t)n;
		} while (moved < BYTES && n == (ssize_t)asked);
	}
	ck_assert_uint_eq(moved, BYTES);
}

START_TEST(short_edges_in)
{
	static const char bytes[BYTES];
	int pair[2];

	open_pair(PAIR_TCP, pair);
	ck_assert_int_eq(send(pair[1], bytes, BYTES, 0), BYTES);
	ck_assert_int_eq(wait_once(WAITER_POLL, pair[0], HANG_MS), 1);
	move_by_edges(pair[0], false);
}
END_TEST

START_TEST(short_edges_out)
{
	int pair[2];

	open_pair(PAIR_TCP, pair);
	move_by_edges(pair[0], true);
}
END_TEST

/* No edge comes where a short count has left nothing. */
START_TEST(short_edges_end)
{
	int peer;
	const int fd = with_input(AF_INET, &peer), set = set_of(fd, EPOLLIN | EPOLLET);
	char buffer[BYTES];

	ck_assert_uint_eq(wait_in(set, HANG_MS), EPOLLIN);
	ck_assert_int_eq(recv(fd, buffer, sizeof buffer, 0), 1);
	ck_assert_uint_eq(wait_in(set, 100), 0);
}
END_TEST

static void *receive_short(void *argument)
{
	const int *const state = argument;
	char buffer[BYTES];

	wait_until_waiting(state[1]);
	ck_assert_int_eq(recv(state[0], buffer, sizeof buffer, 0), 100);
	return NULL;
}

/* A thread waits already when another thread receives a part. */
START_TEST(short_edges_thread)
{
	static const char bytes[BYTES];
	int pair[2], set, state[2];
	pthread_t thread;

	open_pair(PAIR_TCP, pair);
	ck_assert_int_eq(send(pair[1], bytes, BYTES, 0), BYTES);
	set = set_of(pair[0], EPOLLIN | EPOLLET);
	ck_assert_uint_eq(wait_in(set, HANG_MS), EPOLLIN);
	state[0] = pair[0];
	state[1] = thread_id();
	ck_assert_int_eq(pthread_create(&thread, NULL, receive_short, state), 0);
	ck_assert_uint_eq(wait_in(set, -1), EPOLLIN);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

/* The late edge of a member with EPOLLEXCLUSIVE. */
START_TEST(edge_exclusive)
{
	const struct opening one = tcp_opening(0);
	const double started = now_ms();
	int set;

	make_nonblocking(one.listener, true);
	ck_assert_int_eq(opening_connect(&one), 0);
	set = set_of(one.listener, EPOLLIN | EPOLLET | EPOLLEXCLUSIVE);
	ck_assert_uint_eq(wait_in(set, HANG_MS), EPOLLIN);
	ck_failed(accept(one.listener, NULL, NULL), EAGAIN);
	ck_assert_uint_eq(wait_in(set, HANG_MS), EPOLLIN);
	ck_assert_double_ge(now_ms() - started, DELAY);
	ck_assert_uint_eq(wait_in(set, 100), 0);
	ck_assert_int_ge(accept(one.listener, NULL, NULL), 0);
}
END_TEST

/* A peer that receives so many bytes once this thread waits. */
struct reader {
	int fd;
	pid_t waiter;
	size_t bytes;
};

static void *receive_all(void *argument)
{
	const struct reader *const reader = argument;
	static char buffer[65536];
	size_t received = 0;

	wait_until_waiting(reader->waiter);
	while (received < reader->bytes) {
		const ssize_t n = recv(reader->fd, buffer, sizeof buffer, 0);

		ck_assert_int_gt(n, 0);
		received += (size_t)n;
	}
	return NULL;
}

/* Input is hidden; room, which comes later, is not. */
START_TEST(one_shot_both)
{
	static const char bytes[65536];
	struct reader reader = {.waiter = thread_id()};
	const int fd = with_input(AF_INET, &reader.fd);
	pthread_t thread;
	char byte;
	ssize_t n;
	int set;

	ck_fault(recv(fd, &byte, 1, 0), EAGAIN);
	while ((n = send(fd, bytes, sizeof bytes, 0)) > 0)
		reader.bytes += (size_t)n;
	ck_failed(n, EAGAIN);
	make_nonblocking(reader.fd, false);
	set = set_of(fd, EPOLLIN | EPOLLOUT | EPOLLONESHOT);
	ck_assert_int_eq(pthread_create(&thread, NULL, receive_all, &reader), 0);
	ck_assert_uint_eq(wait_in(set, HANG_MS), EPOLLOUT);
	ck_assert_uint_eq(wait_in(set, 100), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

/* Members with the same data: one is late, and the other is not. */
START_TEST(same_data)
{
	static const uint32_t modes[] = {0, EPOLLET};

	for (int i = 0; i < COUNT(modes); i++) {
		struct epoll_event event = {.events = EPOLLIN | modes[i]};
		int peer, pair[2];
		const int fd = with_input(AF_INET, &peer), set = epoll_create1(0);
		char byte;

		open_pair(PAIR_UNIX, pair);
		ck_failed(recv(fd, &byte, 1, 0), EAGAIN);
		ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
		ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_ADD, pair[0], &event), 0);
		ck_assert_uint_eq(wait_in(set, 100), 0);
		ck_assert_int_eq(send(pair[1], "a", 1, 0), 1);
		ck_assert_uint_eq(wait_in(set, HANG_MS), EPOLLIN);
		ck_assert_int_eq(recv(pair[0], &byte, 1, 0), 1);
		ck_assert_uint_eq(wait_in(set, 100), 0);
	}
}
END_TEST

#define INPUT_LATE "op=recv,family=AF_INET,when=1 delay=300ms"

static const struct ruled cases[] = {
	{.name = "edge, once", .rules = INPUT_LATE, .test = &edge_once},
	{.name = "edge, once, bounded", .rules = INPUT_LATE, .spec = "60s", .test = &edge_once},
	{.name = "edge, exclusive",
	 .rules = "op=accept,when=1 delay=300ms",
	 .test = &edge_exclusive},
	{.name = "one shot, in and out",
	 .rules = "op=recv,when=1 blackhole",
	 .native = true,
	 .test = &one_shot_both},
	{.name = "same data", .rules = "op=recv,family=AF_INET blackhole", .test = &same_data},
	{.name = "short, in",
	 .rules = "op=recv short=100",
	 .native = true,
	 .test = &short_edges_in},
	{.name = "short, in, bounded",
	 .rules = "op=recv short=100",
	 .spec = "60s",
	 .test = &short_edges_in},
	{.name = "short, out",
	 .rules = "op=send short=100",
	 .native = true,
	 .test = &short_edges_out},
	{.name = "rate, in", .rules = "op=recv rate=5000", .test = &short_edges_in},
	{.name = "rate, out", .rules = "op=send rate=5000", .test = &short_edges_out},
	{.name = "after, in", .rules = "op=recv,after=500 delay=1ms", .test = &short_edges_in},
	{.name = "after, out",
	 .rules = "op=send,after=500 delay=1ms",
	 .test = &short_edges_out},
	{.name = "short, at the end", .rules = "op=recv short=1", .test = &short_edges_end},
	{.name = "short, another thread",
	 .rules = "op=recv short=100",
	 .test = &short_edges_thread},
};

int main(int argc, char **argv)
{
	return ruled_main(argc, argv, "chaos, epoll", cases, sizeof cases / sizeof *cases);
}
