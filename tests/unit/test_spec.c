/*
 * policy/operation and policy/spec: what each SPEC says, and which error stands where. Cold.
 */
#include <errno.h>
#include <string.h>

#include "base/duration.h"
#include "policy/operation.h"
#include "policy/spec.h"
#include "run.h"

#define S       NANOSECONDS_PER_SECOND
#define FOLLOWS TIMEOUT_FOLLOWS

/* In the order of OPERATIONS: connect accept recv send resolve wait idle reply. */
static const struct good {
	const char *spec;
	int64_t of[OPERATION_COUNT];
} goods[] = {
	{"5s", {5 * S, 5 * S, 5 * S, 5 * S, 5 * S, FOLLOWS, 0}},
	{"5", {5 * S, 5 * S, 5 * S, 5 * S, 5 * S, FOLLOWS, 0}},
	{"off", {0, 0, 0, 0, 0, FOLLOWS, 0}},
	{"0", {0, 0, 0, 0, 0, FOLLOWS, 0}},
	{"infinity", {0, 0, 0, 0, 0, FOLLOWS, 0}},
	{"5s,connect=2s,accept=off", {2 * S, 0, 5 * S, 5 * S, 5 * S, FOLLOWS, 0}},
	{"connect=500ms,recv=1m", {S / 2, 0, 60 * S, 0, 0, FOLLOWS, 0}},
	{"connect=1,accept=2,recv=3,send=4,resolve=5,wait=6,idle=7,reply=8",
	 {S, 2 * S, 3 * S, 4 * S, 5 * S, 6 * S, 7 * S, 8 * S}},
	{"wait=off", {0, 0, 0, 0, 0, 0, 0}},
	{"5s,wait=off", {5 * S, 5 * S, 5 * S, 5 * S, 5 * S, 0, 0}},
	/* Later wins. */
	{"1s,2s", {2 * S, 2 * S, 2 * S, 2 * S, 2 * S, FOLLOWS, 0}},
	{"recv=1s,recv=2s", {0, 0, 2 * S, 0, 0, FOLLOWS, 0}},
	{"recv=1s,5s", {5 * S, 5 * S, 5 * S, 5 * S, 5 * S, FOLLOWS, 0}},
	{"wait=1s,5s", {5 * S, 5 * S, 5 * S, 5 * S, 5 * S, FOLLOWS, 0}},
	/* A DURATION alone leaves idle as it was. */
	{"idle=9s,5s", {5 * S, 5 * S, 5 * S, 5 * S, 5 * S, FOLLOWS, 9 * S}},
	{"recv=1.0000000001", {0, 0, S + 1, 0, 0, FOLLOWS, 0}},
};

#define DURATIONS       "a number with us, ms, s, m, h or d, or off"
#define UNITS           "us, ms, s, m, h or d"
#define ELEMENTS        "DURATION or OPERATION=DURATION"
#define OPERATIONS_LIST "connect, accept, recv, send, resolve, wait, idle, reply"

static const struct bad {
	const char *spec;
	int code;
	const char *error;
} bads[] = {
	{"", -EINVAL, "1: nothing here, expected " ELEMENTS},
	{",", -EINVAL, "1: nothing here, expected " ELEMENTS},
	{"5s,", -EINVAL, "4: nothing here, expected " ELEMENTS},
	{",5s", -EINVAL, "1: nothing here, expected " ELEMENTS},
	{"5s,,6s", -EINVAL, "4: nothing here, expected " ELEMENTS},
	{" 5s", -EINVAL, "1: not a duration, expected " DURATIONS},
	{"5s ", -EINVAL, "3: no such unit, expected " UNITS},
	{"5s, recv=1", -EINVAL, "4: no such operation, expected " OPERATIONS_LIST},
	{"5s, 6s", -EINVAL, "4: not a duration, expected " DURATIONS},
	{"5x", -EINVAL, "2: no such unit, expected " UNITS},
	{"5u", -EINVAL, "3: unfinished duration, expected " DURATIONS},
	{"1.2.3", -EINVAL, "4: not a duration, expected " DURATIONS},
	{".", -EINVAL, "2: unfinished duration, expected " DURATIONS},
	{".x", -EINVAL, "2: not a duration, expected " DURATIONS},
	{"-5", -EINVAL, "1: not a duration, expected " DURATIONS},
	{"of", -EINVAL, "3: unfinished duration, expected " DURATIONS},
	{"bananas", -EINVAL, "1: not a duration, expected " DURATIONS},
	{"bananas=5", -EINVAL, "1: no such operation, expected " OPERATIONS_LIST},
	{"=5", -EINVAL, "1: no such operation, expected " OPERATIONS_LIST},
	{"=", -EINVAL, "1: no such operation, expected " OPERATIONS_LIST},
	{"RECV=5", -EINVAL, "1: no such operation, expected " OPERATIONS_LIST},
	{"rec=5", -EINVAL, "1: no such operation, expected " OPERATIONS_LIST},
	{"recvx=5", -EINVAL, "1: no such operation, expected " OPERATIONS_LIST},
	{"5s,conect=2s", -EINVAL, "4: no such operation, expected " OPERATIONS_LIST},
	{"recv", -EINVAL, "5: no duration, expected =DURATION"},
	{"5s,recv,send=1", -EINVAL, "8: no duration, expected =DURATION"},
	{"recv=", -EINVAL, "6: no duration, expected " DURATIONS},
	{"recv=,send=1", -EINVAL, "6: no duration, expected " DURATIONS},
	{"recv==5", -EINVAL, "6: not a duration, expected " DURATIONS},
	{"recv=5=6", -EINVAL, "7: no such unit, expected " UNITS},
	{"5s,recv=7y", -EINVAL, "10: no such unit, expected " UNITS},
	{"106752d", -ERANGE, "1: too long a duration, expected at most 106751d (292 years)"},
	{"5s,recv=9223372037s", -ERANGE,
	 "9: too long a duration, expected at most 106751d (292 years)"},
};

START_TEST(good_is_parsed)
{
	struct timeouts timeouts;
	struct spec_error error;

	errno = 4711;
	ck_assert_int_eq(spec_parse(goods[_i].spec, &timeouts, &error), 0);
	for (int i = 0; i < OPERATION_COUNT; i++)
		ck_assert_msg(timeouts.of[i] == goods[_i].of[i], "%s: %s is %lld",
			      goods[_i].spec, operation_name((enum operation)i),
			      (long long)timeouts.of[i]);
	ck_assert_int_eq(errno, 4711);
}
END_TEST

START_TEST(printed_reads_back)
{
	struct timeouts timeouts;
	struct timeouts again;
	struct spec_error error;
	struct text text;
	char buffer[512];

	ck_assert_int_eq(spec_parse(goods[_i].spec, &timeouts, &error), 0);
	text_begin(&text, buffer, sizeof(buffer));
	spec_put(&text, &timeouts);
	ck_assert(!text.truncated);
	ck_assert_int_eq(spec_parse(buffer, &again, &error), 0);
	ck_assert_mem_eq(&again, &timeouts, sizeof(again));
}
END_TEST

START_TEST(bad_is_refused_at_its_place)
{
	struct timeouts timeouts;
	struct timeouts before;
	struct spec_error error;
	struct text text;
	char buffer[256];

	memset(&timeouts, 0x5a, sizeof(timeouts));
	before = timeouts;
	errno = 4711;
	ck_assert_int_eq(spec_parse(bads[_i].spec, &timeouts, &error), bads[_i].code);
	ck_assert_mem_eq(&timeouts, &before, sizeof(before));
	text_begin(&text, buffer, sizeof(buffer));
	spec_put_error(&text, &error);
	ck_assert_str_eq(buffer, bads[_i].error);
	ck_assert_int_eq(errno, 4711);
}
END_TEST

START_TEST(initial_bounds_nothing)
{
	static const struct timeouts initial = TIMEOUTS_INITIAL;

	for (int i = 0; i < OPERATION_COUNT; i++)
		ck_assert_int_eq(initial.of[i],
				 i == OPERATION_WAIT ? TIMEOUT_FOLLOWS : DURATION_NONE);
}
END_TEST

START_TEST(operations_have_names)
{
	for (unsigned i = 0; i < OPERATION_COUNT; i++) {
		const char *name = operation_name((enum operation)i);

		ck_assert_uint_eq(operation_find(name, strlen(name)), i);
		ck_assert_uint_eq(operation_find(name, strlen(name) - 1), OPERATION_COUNT);
		ck_assert_uint_eq(operation_find(name, strlen(name) + 1), OPERATION_COUNT);
	}
	ck_assert_uint_eq(operation_find("recv,send", 4), OPERATION_RECV);
	ck_assert_uint_eq(operation_find("", 0), OPERATION_COUNT);
	ck_assert_str_eq(operation_name(OPERATION_COUNT), "?");
	ck_assert_str_eq(operation_name((enum operation) - 1), "?");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("spec");
	TCase *test = tcase_create("spec");

	tcase_add_loop_test(test, good_is_parsed, 0, COUNT(goods));
	tcase_add_loop_test(test, printed_reads_back, 0, COUNT(goods));
	tcase_add_loop_test(test, bad_is_refused_at_its_place, 0, COUNT(bads));
	tcase_add_test(test, initial_bounds_nothing);
	tcase_add_test(test, operations_have_names);
	suite_add_tcase(suite, test);
	return unit_run(suite);
}
