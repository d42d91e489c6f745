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

#define INPUT_LATE "op=recv,family=AF_INET,when=1 delay=300ms"

static const struct ruled cases[] = {
	{.name = "edge, once", .rules = INPUT_LATE, .test = &edge_once},
	{.name = "edge, once, bounded", .rules = INPUT_LATE, .spec = "60s", .test = &edge_once},
};

int main(int argc, char **argv)
{
	return ruled_main(argc, argv, "chaos, epoll", cases, sizeof cases / sizeof *cases);
}
