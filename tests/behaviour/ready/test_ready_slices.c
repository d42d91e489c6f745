/*
 * Waits in slices shorter than T: they count together while nothing happens.
 */
#include "config.h"

#include "harness/waiting.h"

#include <time.h>

#define SLICE 50

/* Wait in slices until something is reported. Returns the time since `since`, in ms. */
static double slices(struct wait *wait, double since)
{
	for (;;) {
		const int n = wait_for(wait, SLICE);

		ck_assert_int_ge(n, 0);
		if (n != 0)
			return now_ms() - since;
		ck_assert_double_ge(wait->took, SLICE);
		ck_in_time(since, 0);
	}
}

/* One slice, in which nothing is reported. False where the machine was so busy that T has passed. */
static bool nothing_yet(struct wait *wait)
{
	static double last;
	const double since = last == 0 ? now_ms() : last;
	const int n = wait_for(wait, SLICE);

	last = now_ms();
	ck_assert(n == 0 || last - since >= SHORT_MS - 3 * SLICE);
	return n == 0;
}

static void fails_after(struct wait *wait, double since)
{
	ck_assert_double_ge(slices(wait, since), SHORT_MS);
	for (int i = 0; i < wait->count; i++)
		ck_dead(wait, i);
}

/* TCP knows when something last happened: on an idle machine the failure is not late. */
static void fails_promptly(struct wait *wait)
{
	const double since = now_ms();
	double last = since, longest = 0;
	int n;

	do {
		n = wait_for(wait, SLICE);
		longest = now_ms() - last > longest ? now_ms() - last : longest;
		last = now_ms();
		ck_took_in_time(last - since, 0);
	} while (n == 0);
	ck_assert_int_eq(n, 1);
	ck_assert_double_ge(last - since, SHORT_MS);
	if (longest < SLICE + 40)
		ck_assert_double_lt(last - since, 2 * SHORT_MS - SLICE);
}

/* The thread does something else. */
static void be_away(int milliseconds)
{
	const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};

	ck_assert_int_eq(clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL), 0);
}

static void open_wait(struct wait *wait, int number, int pair[2])
{
	open_pair((enum pair)(number % PAIR_COUNT), pair);
	wait_open(wait, (enum waiter)(number / PAIR_COUNT));
	wait_add(wait, pair[0], POLLIN);
}

#define WAITERS_AND_PAIRS (WAITER_COUNT * PAIR_COUNT)

EACH_TEST(together_silent, SHORT, WAITERS_AND_PAIRS)
{
	struct wait wait;
	int pair[2];

	open_wait(&wait, _i, pair);
	fails_after(&wait, now_ms());
	ck_assert_int_eq(wait_for(&wait, SLICE), 1);
	ck_told(pair[0]);
	ck_assert_int_eq(wait_for(&wait, 0), 0);
	fails_after(&wait, now_ms());
	wait_close(&wait);
}

/* Something has happened just before. */
EACH_TEST(prompt, SHORT, 2 * WAITER_COUNT)
{
	struct wait wait;
	int pair[2];

	open_wait(&wait, _i % WAITER_COUNT * PAIR_COUNT + PAIR_TCP, pair);
	if (_i >= WAITER_COUNT)
		ck_assert_int_eq(send(pair[0], "request", 7, 0), 7);
	fails_promptly(&wait);
	ck_told(pair[0]);
	ck_assert_int_eq(send(pair[0], "request", 7, 0), 7);
	fails_promptly(&wait);
	wait_close(&wait);
}

/* One socket has data from time to time: neither fails. */
EACH_TEST(traffic, ALL, WAITERS_AND_PAIRS)
{
	struct wait wait;
	int pair[2], active[2];

	open_wait(&wait, _i, pair);
	open_pair(PAIR_UNIX, active);
	wait_add(&wait, active[0], POLLIN);
	for (int i = 0; i < 9; i++) {
		ck_assert_int_eq(send(active[1], "x", 1, 0), 1);
		ck_assert_int_eq(wait_for(&wait, SLICE), 1);
		ck_assert_int_eq(wait.member[1].revents, POLLIN);
		ck_assert_int_eq(recv(active[0], (char[1]){0}, 1, 0), 1);
		for (int k = 0; k < 2; k++)
			if (!nothing_yet(&wait))
				return;
	}
	ck_empty(pair[0]);
	wait_close(&wait);
}

static void *send_request(void *argument)
{
	const int *fd = argument;

	return (void *)(intptr_t)send(*fd, "request", 7, 0);
}

static void request_late(int number, bool by_thread)
{
	struct wait wait;
	int pair[2];
	double since;

	open_wait(&wait, number, pair);
	for (int i = 0; i < SHORT_MS / SLICE - 2; i++)
		if (wait_for(&wait, SLICE) != 0)
			return; /* a busy machine: T has passed */
	since = now_ms();
	if (by_thread) {
		void *sent;
		pthread_t thread;

		ck_assert_int_eq(pthread_create(&thread, NULL, send_request, &pair[0]), 0);
		ck_assert_int_eq(pthread_join(thread, &sent), 0);
		if ((intptr_t)sent < 0)
			return;
	} else if (send(pair[0], "request", 7, 0) < 0) {
		return;
	}
	if (mode() == MODE_SHORT) {
		fails_after(&wait, since);
		ck_told(pair[0]);
		return;
	}
	ck_assert_int_eq(wait_for(&wait, SLICE), 0);
	ck_empty(pair[0]);
}

/* The answer to a request that is sent late may take the full T. */
EACH_TEST(request, ALL, WAITERS_AND_PAIRS)
{
	request_late(_i, false);
}

EACH_TEST(request_by_thread, ALL, WAITERS_AND_PAIRS)
{
	request_late(_i, true);
}

/* Many requests, each late. */
EACH_TEST(requests, ALL, WAITERS_AND_PAIRS)
{
	struct wait wait;
	int pair[2];

	open_wait(&wait, _i, pair);
	for (int i = 0; i < 12; i++) {
		ck_assert_int_eq(send(pair[0], "request", 7, 0), 7);
		for (int k = 0; k < 2; k++)
			if (!nothing_yet(&wait))
				return;
	}
	ck_empty(pair[0]);
	wait_close(&wait);
}

/* While the thread does something else, no quiet period goes on. */
EACH_TEST(away, ALL, WAITERS_AND_PAIRS)
{
	struct wait wait;
	int pair[2];
	double since;

	open_wait(&wait, _i, pair);
	ck_assert_int_eq(wait_for(&wait, SLICE), 0);
	be_away(SHORT_MS + 20);
	since = now_ms();
	if (mode() == MODE_SHORT) {
		fails_after(&wait, since);
		return;
	}
	ck_assert_int_eq(wait_for(&wait, SLICE), 0);
	ck_empty(pair[0]);
	wait_close(&wait);
}

/* poll and select of other descriptors begin another quiet period; an epoll set does not change. */
EACH_TEST(another, SHORT, WAITER_EPOLL_WAIT *PAIR_COUNT)
{
	struct wait wait, other;
	int pair[2], pair_of_other[2];

	open_wait(&wait, _i, pair);
	open_wait(&other, _i, pair_of_other);
	for (int i = 0; i < 4; i++)
		if (wait_for(&wait, SLICE) != 0)
			return;
	fails_after(&other, now_ms());
	ck_empty(pair[0]);
	wait_close(&wait);
	wait_close(&other);
}

/* Two waits in turn: each has a quiet period of its own. */
EACH_TEST(in_turn, SHORT, WAITERS_AND_PAIRS)
{
	struct wait wait, other;
	int pair[2], pair_of_other[2], n;
	const double since = now_ms();

	open_wait(&wait, _i, pair);
	open_wait(&other, _i, pair_of_other);
	do {
		n = wait_for(&wait, SLICE);
		if (n == 0)
			n = wait_for(&other, SLICE) != 0 ? -1 : 0;
		ck_in_time(since, 0);
	} while (n == 0);
	ck_assert_double_ge(now_ms() - since, SHORT_MS);
	ck_in_time(since, SHORT_MS);
	ck_told(n > 0 ? pair[0] : pair_of_other[0]);
	ck_empty(n > 0 ? pair_of_other[0] : pair[0]);
	wait_close(&wait);
	wait_close(&other);
}

/* … also where each wait is a slice that is longer than T. */
EACH_TEST(long_in_turn, SHORT, PAIR_COUNT)
{
	struct wait waits[2];
	int pairs[2][2], n = 0, i;

	open_wait(&waits[0], _i, pairs[0]);
	open_wait(&waits[1], _i, pairs[1]);
	for (i = 0; i < 8 && n == 0; i++)
		n = wait_for(&waits[i % 2], SHORT_MS + SLICE);
	ck_assert_int_eq(n, 1);
	ck_assert_int_gt(i, 2);
	i = (i - 1) % 2;
	ck_told(pairs[i][0]);
	ck_empty(pairs[1 - i][0]);
	wait_close(&waits[0]);
	wait_close(&waits[1]);
}

/* … one of which has data: the thread does not hang, and the other does not fail. */
EACH_TEST(busy_in_turn, ALL, WAITERS_AND_PAIRS)
{
	struct wait wait, other;
	int pair[2], pair_of_other[2];

	open_wait(&wait, _i, pair);
	open_wait(&other, _i, pair_of_other);
	for (int i = 0; i < 9; i++) {
		if (!nothing_yet(&wait))
			return;
		ck_assert_int_eq(send(pair_of_other[1], "x", 1, 0), 1);
		ck_assert_int_eq(wait_for(&other, SLICE), 1);
		ck_assert_int_eq(recv(pair_of_other[0], (char[1]){0}, 1, 0), 1);
	}
	ck_empty(pair[0]);
	wait_close(&wait);
	wait_close(&other);
}

/* After slices, a wait with a timeout of T. */
EACH_TEST(own_after_slices, ALL, WAITERS_AND_PAIRS)
{
	struct wait wait;
	int pair[2];

	open_wait(&wait, _i, pair);
	for (int i = 0; i < 4; i++)
		if (wait_for(&wait, SLICE) != 0)
			return;
	ck_assert_int_eq(wait_for(&wait, SHORT_MS), 0);
	ck_assert_double_ge(wait.took, SHORT_MS);
	ck_empty(pair[0]);
	wait_close(&wait);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "waits in slices");
}
