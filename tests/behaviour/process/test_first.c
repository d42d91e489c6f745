/*
 * The promise itself: a call that waits for ever natively ends in time, and one that is answered
 * does not notice.
 */
#include "config.h"

#include "harness/harness.h"

BEHAVIOUR_TEST(recv_answered, ALL)
{
	int pair[2];
	char buffer[8];

	tcp_pair(pair);
	ck_assert_int_eq(send(pair[1], "hello", 5, 0), 5);
	errno = EXDEV;
	ck_assert_int_eq(recv(pair[0], buffer, sizeof buffer, 0), 5);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_mem_eq(buffer, "hello", 5);
}

BEHAVIOUR_TEST(recv_silent, SHORT)
{
	int pair[2];
	char buffer[8];
	double started;

	tcp_pair(pair);
	started = now_ms();
	ck_timed_out(recv(pair[0], buffer, sizeof buffer, 0), started);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "the promise");
}
