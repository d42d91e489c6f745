/*
 * A member of an epoll set is a file. The member stays in the set while another descriptor of the file is
 * open, although its number means another socket by now (epoll(7), Q6).
 */
#include "config.h"

#include "harness/waiting.h"

/* The failure of the socket that has the number now is not reported for the member. */
BEHAVIOUR_TEST(number_of_another, ALL)
{
	const int set = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 7};
	struct wait wait;
	int member[2], other[2], copy, number;

	tcp_pair(member);
	number = member[0];
	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_ADD, number, &event), 0);
	copy = dup(number);
	ck_assert_int_ge(copy, 0);
	ck_assert_int_eq(close(number), 0);
	tcp_pair(other);
	if (other[0] != number)
		ck_assert_int_eq(dup2(other[0], number), number);
	make_nonblocking(number, true);
	if (mode() == MODE_SHORT) {
		wait_open(&wait, WAITER_POLL);
		wait_add(&wait, number, POLLIN);
		wait_fails(&wait);
		ck_dead(&wait, 0);
	}
	ck_assert_int_eq(epoll_wait(set, &event, 1, 0), 0);
	if (mode() == MODE_SHORT)
		ck_told(number);
	/* The member itself is reported. */
	ck_assert_int_eq(send(member[1], "a", 1, 0), 1);
	ck_assert_int_eq(epoll_wait(set, &event, 1, -1), 1);
	ck_assert_uint_eq(event.events, EPOLLIN);
	ck_assert_uint_eq(event.data.u64, 7);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "readiness: members of sets");
}
