/*
 * base/clock: deadlines saturate, and what is left of them is never rounded down. Cold.
 */
#include <limits.h>
#include <stdint.h>
#include <time.h>

#include "base/clock.h"
#include "base/duration.h"
#include "run.h"

static const struct deadline {
	int64_t now, duration, expected;
} deadlines[] = {
	{0, 0, 0},
	{5, 7, 12},
	{-5, 7, 2},
	{1, INT64_MAX - 1, INT64_MAX},
	{2, INT64_MAX - 1, DEADLINE_NEVER},
	{INT64_MAX, INT64_MAX, DEADLINE_NEVER},
	{0, INT64_MAX, DEADLINE_NEVER},
};

static const struct left {
	int64_t deadline, now;
	int expected;
} lefts[] = {
	{DEADLINE_NEVER, 0, -1},
	{DEADLINE_NEVER, INT64_MAX, -1},
	{0, 0, 0},
	{1000000, 1000000, 0},
	{1000000, 1000001, 0},
	{0, INT64_MAX - 1, 0},
	{INT64_MIN, INT64_MAX, 0},
	{1, 0, 1},
	{999999, 0, 1},
	{1000000, 0, 1},
	{1000001, 0, 2},
	{5000000000, 0, 5000},
	{5000000000, 1, 5000},
	{5000000001, 0, 5001},
	{(INT_MAX - 1) * INT64_C(1000000), 0, INT_MAX - 1},
	{INT_MAX * INT64_C(1000000), 0, INT_MAX},
	{INT_MAX * INT64_C(1000000) + 1, 0, INT_MAX},
	{INT64_MAX - 1, 0, INT_MAX},
	{INT64_MAX - 1, INT64_MIN, INT_MAX},
};

START_TEST(deadline_saturates)
{
	ck_assert_int_eq(clock_deadline(deadlines[_i].now, deadlines[_i].duration),
			 deadlines[_i].expected);
}
END_TEST

START_TEST(left_is_rounded_up)
{
	ck_assert_int_eq(clock_poll_timeout(lefts[_i].deadline, lefts[_i].now),
			 lefts[_i].expected);
}
END_TEST

static int64_t read_monotonic(void)
{
	struct timespec now;

	ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return now.tv_sec * NANOSECONDS_PER_SECOND + now.tv_nsec;
}

START_TEST(now_is_the_monotonic_clock)
{
	for (int i = 0; i < 1000; i++) {
		int64_t before = read_monotonic();
		int64_t now = clock_now();

		ck_assert_int_ge(now, before);
		ck_assert_int_le(now, read_monotonic());
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("clock");
	TCase *test = tcase_create("clock");

	tcase_add_loop_test(test, deadline_saturates, 0, COUNT(deadlines));
	tcase_add_loop_test(test, left_is_rounded_up, 0, COUNT(lefts));
	tcase_add_test(test, now_is_the_monotonic_clock);
	suite_add_tcase(suite, test);
	return unit_run(suite);
}
