/*
 * Waits with a timeout of their own of T or more: the program's own bound once. The second wait for
 * the same sockets continues the first, unless something was sent or received meanwhile.
 */
#include "config.h"

#include "harness/waiting.h"

#include <sys/time.h>

/* Longer than T. */
#define OWN (SHORT_MS + 100)

#define WAITERS_AND_PAIRS (WAITER_COUNT * PAIR_COUNT)

static void open_wait(struct wait *wait, int number, int pair[2])
{
	open_pair((enum pair)(number % PAIR_COUNT), pair);
	wait_open(wait, (enum waiter)(number / PAIR_COUNT));
	wait_add(wait, pair[0], POLLIN);
}

/* A wait that is as long as the program asks for. */
static void runs_out(struct wait *wait)
{
	ck_assert_int_eq(wait_for(wait, OWN), 0);
	ck_assert_double_ge(wait->took, OWN);
}

/* The wait after one that ran out: not before T is over since that one began, and no longer than T. */
static void fails_second(struct wait *wait, double since)
{
	ck_assert_int_eq(wait_for(wait, 60000), 1);
	ck_assert_double_ge(now_ms() - since, OWN);
	ck_took_in_time(wait->took, SHORT_MS);
	ck_dead(wait, 0);
	ck_told(wait->member[0].fd);
}

EACH_TEST(second, SHORT, WAITERS_AND_PAIRS)
{
	struct wait wait;
	int pair[2];

	open_wait(&wait, _i, pair);
	for (int round = 0; round < 2; round++) {
		const double since = now_ms();

		runs_out(&wait);
		fails_second(&wait, since);
	}
	wait_close(&wait);
}

/* A wait that is exactly as long as T is the program's own bound too, once. */
EACH_TEST(exact, SHORT, WAITERS_AND_PAIRS)
{
	struct wait wait;
	int pair[2];

	open_wait(&wait, _i, pair);
	ck_assert_int_eq(wait_for(&wait, SHORT_MS), 0);
	ck_assert_double_ge(wait.took, SHORT_MS);
	ck_assert_int_eq(wait_for(&wait, 10 * SHORT_MS), 1);
	ck_dead(&wait, 0);
	ck_told(wait.member[0].fd);
	wait_close(&wait);
}

static void *be_there(void *argument)
{
	(void)poll(NULL, 0, 60000);
	return argument;
}

/* … in a process of two threads. */
EACH_TEST(second_threaded, SHORT, WAITERS_AND_PAIRS)
{
	struct wait wait;
	pid_t id;
	int pair[2];
	double since;

	(void)background(&id, be_there, NULL);
	open_wait(&wait, _i, pair);
	since = now_ms();
	runs_out(&wait);
	fails_second(&wait, since);
	wait_close(&wait);
}

/* A program that looks for data after each wait, without blocking, receives nothing. */
EACH_TEST(look, SHORT, WAITERS_AND_PAIRS)
{
	struct wait wait;
	int pair[2];
	double since;

	open_wait(&wait, _i, pair);
	since = now_ms();
	runs_out(&wait);
	ck_failed(recv(pair[0], (char[1]){0}, 1, MSG_DONTWAIT), EAGAIN);
	fails_second(&wait, since);
	wait_close(&wait);
}

/* Whatever a program sends after each wait, each wait is its own bound. */
EACH_TEST(heartbeat, ALL, WAITERS_AND_PAIRS)
{
	struct wait wait;
	int pair[2];

	open_wait(&wait, _i, pair);
	for (int i = 0; i < 3; i++) {
		runs_out(&wait);
		ck_assert_int_eq(send(pair[0], "x", 1, 0), 1);
	}
	runs_out(&wait);
	wait_close(&wait);
}

EACH_TEST(answered, ALL, WAITERS_AND_PAIRS)
{
	struct wait wait;
	int pair[2];

	open_wait(&wait, _i, pair);
	for (int i = 0; i < 2; i++) {
		runs_out(&wait);
		ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
		ck_assert_int_eq(wait_for(&wait, OWN), 1);
		ck_assert_int_eq(recv(pair[0], (char[1]){0}, 1, 0), 1);
	}
	runs_out(&wait);
	wait_close(&wait);
}

/* Single waits for sockets in turn. An epoll set of its own each. */
EACH_TEST(single, ALL, WAITERS_AND_PAIRS)
{
	for (int i = 0; i < 3; i++) {
		struct wait wait;
		int pair[2];

		open_wait(&wait, _i, pair);
		runs_out(&wait);
		ck_empty(pair[0]);
		wait_close(&wait);
	}
}

static void note(int number)
{
	(void)number;
}

/* A wait that a signal interrupts has not run out. */
EACH_TEST(interrupted, ALL, WAITERS_AND_PAIRS)
{
	const struct sigaction action = {.sa_handler = note};
	const struct itimerval once = {{0, 0}, {0, 50000}};
	struct wait wait;
	int pair[2];

	open_wait(&wait, _i, pair);
	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &once, NULL), 0);
	ck_failed(wait_for(&wait, OWN), EINTR);
	runs_out(&wait);
	ck_empty(pair[0]);
	wait_close(&wait);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "waits in long slices");
}
