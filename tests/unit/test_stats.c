/*
 * stats/layout and stats/name: what the numbers mean, where a wait is counted, and that a file's
 * name is read back as it was put, and no other is. Cold.
 */
#include <limits.h>
#include <string.h>

#include "base/duration.h"
#include "run.h"
#include "stats/layout.h"
#include "stats/name.h"

START_TEST(bounds)
{
	for (size_t i = 0; i < STATS_BOUND_COUNT; i++) {
		const int64_t bound = stats_bounds[i] * (int64_t)1000;

		ck_assert_uint_eq(stats_bucket(bound), i);
		ck_assert_uint_eq(stats_bucket(bound + 1), i + 1);
		if (i > 0)
			ck_assert_uint_gt(stats_bounds[i], stats_bounds[i - 1]);
	}
	ck_assert_uint_eq(stats_bucket(0), 0);
	ck_assert_uint_eq(stats_bucket(INT64_MAX), STATS_BUCKETS - 1);
	ck_assert_uint_eq(stats_bounds[0], 250);
	ck_assert_uint_eq(stats_bounds[1], 297);
	ck_assert_uint_eq(stats_bounds[STATS_BOUND_COUNT - 4], 262144000);
}
END_TEST

START_TEST(totals)
{
	const struct stats_counter small = {.low = 7};
	const struct stats_counter large = {.low = STATS_CARRY + 1, .high = UINT32_MAX};
	struct stats_operation operation = {
		.time = {{.low = 1}, {.low = 3}, {.low = 2, .high = 1}}};

	ck_assert_uint_eq(stats_total(&small), 7);
	ck_assert_uint_eq(stats_total(&large),
			  ((uint64_t)UINT32_MAX << 31) + (UINT64_C(1) << 31) + 1);
	ck_assert_uint_eq(stats_milliseconds(&operation),
			  1 + (3 << 11) + ((UINT64_C(2) + STATS_CARRY) << 22));
}
END_TEST

START_TEST(headers)
{
	struct stats_header header = stats_header;

	ck_assert_int_eq(stats_examine(&header), STATS_READY);
	header.version++;
	ck_assert_int_eq(stats_examine(&header), STATS_FOREIGN);
	header = stats_header;
	header.operations++;
	ck_assert_int_eq(stats_examine(&header), STATS_FOREIGN);
	header = stats_header;
	header.magic[0]++;
	ck_assert_int_eq(stats_examine(&header), STATS_FOREIGN);
	memset(&header, 0, sizeof header);
	ck_assert_int_eq(stats_examine(&header), STATS_EMPTY);
}
END_TEST

static const struct {
	const char *program;
	uint32_t user;
	const char *name;
} names[] = {
	{"curl", 0, "curl.0.stats"},
	{"python3.11", 1000, "python3.11.1000.stats"},
	{"a-b_c+d", UINT32_MAX, "a-b_c+d.4294967295.stats"},
	{"", 1, ".1.stats"},
	{".hidden.", 1, "%2Ehidden..1.stats"},
	{"a b", 1, "a%20b.1.stats"},
	{"100%", 1, "100%25.1.stats"},
	{"\n\x7f\xff/", 1, "%0A%7F%FF%2F.1.stats"},
};

START_TEST(name)
{
	char buffer[STATS_FILE_NAME_SIZE], program[STATS_NAME_LIMIT + 1];
	struct text text;
	uint32_t user;

	text_begin(&text, buffer, sizeof buffer);
	stats_name_put(&text, names[_i].program, strlen(names[_i].program), names[_i].user);
	ck_assert_str_eq(buffer, names[_i].name);
	ck_assert(stats_name_user(buffer, &user));
	ck_assert_uint_eq(user, names[_i].user);
	ck_assert(stats_name_program(buffer, program));
	ck_assert_str_eq(program, names[_i].program);
}
END_TEST

/* The longest name fits, and what is longer is cut. */
START_TEST(longest)
{
	char buffer[STATS_FILE_NAME_SIZE], program[STATS_NAME_LIMIT + 1];
	char full[STATS_NAME_LIMIT + 10];
	struct text text;

	memset(full, ' ', sizeof full);
	text_begin(&text, buffer, sizeof buffer);
	stats_name_put(&text, full, sizeof full, UINT32_MAX);
	ck_assert(!text.truncated);
	ck_assert_uint_eq(strlen(buffer), sizeof buffer - 1);
	ck_assert_uint_le(sizeof buffer - 1, NAME_MAX);
	ck_assert(stats_name_program(buffer, program));
	ck_assert_uint_eq(strlen(program), STATS_NAME_LIMIT);
}
END_TEST

static const char *const strange[] = {
	"",
	".",
	"..",
	".stats",
	"0.stats",
	"curl.stats",
	"curl..stats",
	"curl.0",
	"curl.0.stats~",
	"curl.0.stats.stats",
	"curl.-1.stats",
	"curl.00.stats",
	"curl.01.stats",
	"curl.4294967296.stats",
	"curl.99999999999999999999999.stats",
	"cu rl.0.stats",
	".curl.0.stats",
	"c\xfcrl.0.stats",
	"%.0.stats",
	"%2.0.stats",
	"%2e.0.stats",
	"a%2E.0.stats",
	"%61.0.stats",
	"%00.0.stats",
	"%GG.0.stats",
	"curl%2",
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.0.stats",
};

START_TEST(strangers)
{
	char program[STATS_NAME_LIMIT + 1];
	uint32_t user;

	ck_assert_msg(!stats_name_user(strange[_i], &user) ||
			      !stats_name_program(strange[_i], program),
		      "'%s' is taken for ours", strange[_i]);
}
END_TEST

START_TEST(directories)
{
	char path[PATH_MAX + 1];

	ck_assert(stats_directory_is_good("/run/socktimeout"));
	ck_assert(!stats_directory_is_good(""));
	ck_assert(!stats_directory_is_good("run"));
	memset(path, '/', sizeof path);
	path[PATH_MAX] = '\0';
	ck_assert(!stats_directory_is_good(path));
	path[PATH_MAX - 1] = '\0';
	ck_assert(stats_directory_is_good(path));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stats");
	TCase *tests = tcase_create("layout and names");

	tcase_add_test(tests, bounds);
	tcase_add_test(tests, totals);
	tcase_add_test(tests, headers);
	tcase_add_loop_test(tests, name, 0, COUNT(names));
	tcase_add_test(tests, longest);
	tcase_add_loop_test(tests, strangers, 0, COUNT(strange));
	tcase_add_test(tests, directories);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
