/*
 * Epoll sets in a wait: their members are waited for too.
 */
#include "config.h"

#include "harness/waiting.h"

#define SLICE  50
#define LEVELS 3 /* nested sets below the wait */

/* One wait for an epoll set, that holds a set, … that holds one end of a pair. */
struct nest {
	struct wait outer;
	struct wait inner[LEVELS];
	int levels;
	int pair[2];
};

/* A case for each kind of wait, of pair, and number of levels. */
#define NESTS (WAITER_COUNT * PAIR_COUNT * LEVELS)

static void nest_open(struct nest *nest, int number)
{
	struct wait *above = &nest->outer;

	nest->levels = number / (WAITER_COUNT * PAIR_COUNT) + 1;
	open_pair((enum pair)(number % PAIR_COUNT), nest->pair);
	wait_open(above, (enum waiter)(number / PAIR_COUNT % WAITER_COUNT));
	for (int i = 0; i < nest->levels; i++) {
		wait_open(&nest->inner[i], WAITER_EPOLL_WAIT);
		wait_add(above, nest->inner[i].set, POLLIN);
		above = &nest->inner[i];
	}
	wait_add(above, nest->pair[0], POLLIN);
}

/* From the outside to the inside: something can be read in each set. */
static void ck_down_to_last(struct nest *nest, int n)
{
	struct wait *above = &nest->outer;

	for (int i = 0; i < nest->levels; i++) {
		ck_assert_int_eq(n, 1);
		ck_assert_int_eq(above->member[0].revents, POLLIN);
		above = &nest->inner[i];
		n = wait_for(above, 0);
	}
	ck_assert_int_eq(n, 1);
}

static void nest_close(struct nest *nest)
{
	wait_close(&nest->outer);
	for (int i = 0; i < nest->levels; i++)
		wait_close(&nest->inner[i]);
}

static void fails_inside(struct nest *nest, int slice)
{
	const double since = now_ms();
	int n;

	do {
		n = wait_for(&nest->outer, slice);
		ck_in_time(since, 0);
	} while (n == 0);
	ck_assert_double_ge(now_ms() - since, SHORT_MS);
	ck_in_time(since, SHORT_MS);
	ck_down_to_last(nest, n);
	ck_dead(&nest->inner[nest->levels - 1], 0);
	/* Reported until a call returns the error. */
	ck_down_to_last(nest, wait_for(&nest->outer, -1));
	ck_told(nest->pair[0]);
	ck_assert_int_eq(wait_for(&nest->outer, 0), 0);
}

EACH_TEST(silent, SHORT, NESTS)
{
	struct nest nest;

	nest_open(&nest, _i);
	fails_inside(&nest, -1);
	fails_inside(&nest, SLICE);
	nest_close(&nest);
}

/* Data is reported as natively, and a socket with data is not quiet. */
EACH_TEST(traffic, ALL, NESTS)
{
	struct nest nest;
	double last = now_ms();

	nest_open(&nest, _i);
	for (int i = 0; i < 9; i++) {
		const int n = wait_for(&nest.outer, SLICE);

		/* On a machine so busy that T has passed, the socket may fail. */
		if (n != 0 && now_ms() - last >= SHORT_MS - SLICE)
			return;
		ck_assert_int_eq(n, 0);
		last = now_ms();
		ck_assert_int_eq(send(nest.pair[1], "x", 1, 0), 1);
		ck_down_to_last(&nest, wait_for(&nest.outer, -1));
		ck_assert_int_eq(nest.inner[nest.levels - 1].member[0].revents, POLLIN);
		ck_assert_int_eq(recv(nest.pair[0], (char[1]){0}, 1, 0), 1);
	}
	ck_empty(nest.pair[0]);
	nest_close(&nest);
}

/* A listener in a set never fails either. */
EACH_TEST(listener, ALL, WAITER_COUNT)
{
	struct sockaddr_in address;
	struct wait outer, inner;
	const double since = now_ms();

	wait_open(&outer, (enum waiter)_i);
	wait_open(&inner, WAITER_EPOLL_WAIT);
	wait_add(&outer, inner.set, POLLIN);
	wait_add(&inner, tcp_listener(&address, 1), POLLIN);
	while (now_ms() - since < 2 * SHORT_MS)
		ck_assert_int_eq(wait_for(&outer, SLICE), 0);
	wait_close(&outer);
	wait_close(&inner);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "waits for sets of descriptors");
}
