/*
 * Descriptors that never fail, however long they are quiet.
 */
#include "config.h"

#include "harness/waiting.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <pty.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/timerfd.h>

#define LONG_MS (3 * SHORT_MS)

/* Becomes readable after LONG_MS. */
static int end_of_test(void)
{
	const struct itimerspec time = {.it_value = {0, LONG_MS * 1000000}};
	const int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(timerfd_settime(fd, 0, &time, NULL), 0);
	return fd;
}

/* Only the last one, the end of the test, becomes ready. */
static void ends(struct wait *wait)
{
	wait_add(wait, end_of_test(), POLLIN);
	ck_assert_int_eq(wait_for(wait, -1), 1);
	ck_assert_double_ge(wait->took, LONG_MS - 20);
	ck_assert_int_eq(wait->member[wait->count - 1].revents, POLLIN);
}

static void add_lonely(struct wait *wait)
{
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	struct sockaddr_in address = loopback(0);
	int pair[2];
	int fd;

	wait_add(wait, tcp_listener(&(struct sockaddr_in){0}, 5), POLLIN);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&local, sizeof(sa_family_t)), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	wait_add(wait, fd, POLLIN);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	wait_add(wait, pair[0], POLLIN);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	wait_add(wait, pair[0], POLLIN);
	ck_assert_int_eq(pipe(pair), 0);
	wait_add(wait, pair[0], POLLIN);
	wait_add(wait, eventfd(0, 0), POLLIN);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	wait_add(wait, fd, POLLIN);
	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	if (fd >= 0)
		wait_add(wait, fd, POLLIN);
}

EACH_TEST(lonely, ALL, WAITER_COUNT)
{
	struct wait wait;

	wait_open(&wait, (enum waiter)_i);
	add_lonely(&wait);
	ends(&wait);
	wait_close(&wait);
}

/* … and a socket in the same wait fails. */
EACH_TEST(lonely_and_silent, SHORT, WAITER_COUNT)
{
	struct wait wait;
	int pair[2];

	wait_open(&wait, (enum waiter)_i);
	add_lonely(&wait);
	open_pair(PAIR_TCP, pair);
	wait_add(&wait, pair[0], POLLIN);
	ck_assert_int_eq(wait_for(&wait, -1), 1);
	ck_assert_double_ge(wait.took, SHORT_MS);
	ck_took_in_time(wait.took, SHORT_MS);
	ck_dead(&wait, wait.count - 1);
	ck_told(pair[0]);
	wait_close(&wait);
}

/* A wait with either end of a terminal in it: an idle user is no fault. */
EACH_TEST(terminal, ALL, 2 * WAITER_COUNT)
{
	struct wait wait;
	int pair[2], ends_of_pty[2];

	ck_assert_int_eq(openpty(&ends_of_pty[0], &ends_of_pty[1], NULL, NULL, NULL), 0);
	wait_open(&wait, (enum waiter)(_i / 2));
	open_pair(PAIR_TCP, pair);
	wait_add(&wait, pair[0], POLLIN);
	wait_add(&wait, ends_of_pty[_i % 2], POLLIN);
	ends(&wait);
	ck_empty(pair[0]);
	wait_close(&wait);
}

/* A wait for no event of a socket, or for urgent data only. */
EACH_TEST(not_asked, ALL, WAITER_COUNT)
{
	struct wait wait;
	int pair[2];

	wait_open(&wait, (enum waiter)_i);
	open_pair(PAIR_TCP, pair);
	wait_add(&wait, pair[0], 0);
	if (!waiter_is_select(wait.waiter))
		wait_add(&wait, pair[1], POLLPRI);
	ends(&wait);
	ck_empty(pair[0]);
	wait_close(&wait);
}

/* Numbers without an entry in the table of descriptors. */
EACH_TEST(large_number, ALL, WAITER_COUNT)
{
	struct wait wait;
	int pair[2];

	if (waiter_is_select((enum waiter)_i))
		return;
	open_pair(PAIR_TCP, pair);
	pair[0] = fcntl(pair[0], F_DUPFD, 65536);
	if (pair[0] < 0) {
		ck_assert_int_eq(errno, EINVAL);
		return;
	}
	wait_open(&wait, (enum waiter)_i);
	wait_add(&wait, pair[0], POLLIN);
	ends(&wait);
	ck_empty(pair[0]);
	wait_close(&wait);
}

int main(int argc, char **argv)
{
	/* Descriptors of 65536 and more. */
	const struct rlimit limit = {70000, 70000};

	(void)setrlimit(RLIMIT_NOFILE, &limit);
	return behaviour_main(argc, argv, "waits that are left alone");
}
