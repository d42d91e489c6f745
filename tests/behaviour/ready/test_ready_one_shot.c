/*
 * EPOLLONESHOT: a member that was reported as failed is disabled, as after an event of the kernel. It stays
 * silent until EPOLL_CTL_MOD, although data comes.
 */
#include "config.h"

#include "harness/waiting.h"

static int control(int set, int operation, int fd)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.fd = fd};

	return epoll_ctl(set, operation, fd, &event);
}

/* The member is reported once: natively because data came, in MODE_SHORT because the socket failed. */
BEHAVIOUR_TEST(silent_after_report, ALL)
{
	const int set = epoll_create1(0);
	struct epoll_event event;
	char byte;
	int pair[2];

	tcp_pair(pair);
	ck_assert_int_ge(set, 0);
	ck_assert_int_eq(control(set, EPOLL_CTL_ADD, pair[0]), 0);
	if (mode() != MODE_SHORT)
		ck_assert_int_eq(send(pair[1], "a", 1, 0), 1);
	ck_assert_int_eq(epoll_wait(set, &event, 1, -1), 1);
	ck_assert_int_eq(event.data.fd, pair[0]);
	if (mode() == MODE_SHORT)
		ck_told(pair[0]);
	else
		ck_assert_int_eq(recv(pair[0], &byte, 1, 0), 1);

	ck_assert_int_eq(send(pair[1], "b", 1, 0), 1);
	ck_assert_int_eq(recv(pair[0], &byte, 1, MSG_PEEK), 1);
	ck_assert_int_eq(epoll_wait(set, &event, 1, 0), 0);
	ck_assert_int_eq(control(set, EPOLL_CTL_MOD, pair[0]), 0);
	ck_assert_int_eq(epoll_wait(set, &event, 1, -1), 1);
	ck_assert_uint_eq(event.events, EPOLLIN);
	ck_assert_int_eq(recv(pair[0], &byte, 1, 0), 1);
	ck_assert_int_eq(byte, 'b');
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "readiness: EPOLLONESHOT");
}
