/* base/duration: units, limits, offsets of errors, exact rounding, and the printed form. */
#include <errno.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "run.h"

#define S NANOSECONDS_PER_SECOND

static const struct good {
	const char *text;
	int64_t nanoseconds;
} goods[] = {
	{"0", 0},
	{"0s", 0},
	{"0.000d", 0},
	{".0", 0},
	{"0.", 0},
	{"off", DURATION_NONE},
	{"infinity", DURATION_NONE},
	{"5", 5 * S},
	{"5s", 5 * S},
	{"5.", 5 * S},
	{"5.s", 5 * S},
	{".5s", S / 2},
	{"0.5", S / 2},
	{"1us", 1000},
	{"1ms", 1000000},
	{"1s", S},
	{"1m", 60 * S},
	{"1h", 3600 * S},
	{"1d", 86400 * S},
	{"1.5h", 5400 * S},
	{"2.5m", 150 * S},
	{"0.25d", 21600 * S},
	{"1.5ms", 1500000},
	{"0.001ms", 1000},
	{"0.001us", 1},
	{"007", 7 * S},
	{"00000000000000000000000000000000000000001s", S},
	{"1.000000000", S},
	{"1.00000000000000000000000000000000000000", S},
	{"0.000000001", 1},
	{"1.000000001s", S + 1},
	/* Finer than a nanosecond: up. */
	{"0.0001us", 1},
	{"0.0000000001", 1},
	{"0.00000000000000000000000000000000000000000000000001d", 1},
	{"1.0000000001", S + 1},
	{"1.0000000010", S + 1},
	{"1.0000000011", S + 2},
	{"0.9999999999s", S},
	{"0.3333333333h", INT64_C(1199999999880)},
	{"0.33333333333333333333h", 1200 * S},
	{"0.333333333333h", 1200 * S - 1},
	/* The limit, 2^63 - 1 ns, in every unit. */
	{"9223372036.854775807", INT64_MAX},
	{"9223372036.8547758061s", INT64_MAX},
	{"9223372036854.775807ms", INT64_MAX},
	{"9223372036854775.807us", INT64_MAX},
	{"106751.991167300645d", INT64_MAX - 79},
	{"106751d", 106751 * S * 86400},
	{"2562047h", 2562047 * S * 3600},
	{"153722867m", 153722867 * S * 60},
	{"9223372036s", 9223372036 * S},
};

static const struct bad {
	const char *text;
	int code;
	size_t where;
} bads[] = {
	{"", -EINVAL, 0},
	{" ", -EINVAL, 0},
	{" 5", -EINVAL, 0},
	{"5 ", -EINVAL, 1},
	{"5 s", -EINVAL, 1},
	{"-5", -EINVAL, 0},
	{"+5", -EINVAL, 0},
	{".", -EINVAL, 1},
	{".s", -EINVAL, 1},
	{"s", -EINVAL, 0},
	{"1.2.3", -EINVAL, 3},
	{"1..", -EINVAL, 2},
	{"1,5", -EINVAL, 1},
	{"0x10", -EINVAL, 1},
	{"1e3", -EINVAL, 1},
	{"5S", -EINVAL, 1},
	{"5M", -EINVAL, 1},
	{"5u", -EINVAL, 2},
	{"5ns", -EINVAL, 1},
	{"5mx", -EINVAL, 2},
	{"5msx", -EINVAL, 3},
	{"5min", -EINVAL, 2},
	{"5ss", -EINVAL, 2},
	{"5s5", -EINVAL, 2},
	{"5s=", -EINVAL, 2},
	{"1.5x", -EINVAL, 3},
	{"o", -EINVAL, 1},
	{"of", -EINVAL, 2},
	{"ofx", -EINVAL, 2},
	{"offx", -EINVAL, 3},
	{"OFF", -EINVAL, 0},
	{"inf", -EINVAL, 3},
	{"infinit", -EINVAL, 7},
	{"infinity0", -EINVAL, 8},
	{"nan", -EINVAL, 0},
	{"\xd9\xa5", -EINVAL, 0}, /* ARABIC-INDIC DIGIT FIVE */
	{"9223372036.854775808", -ERANGE, 0},
	{"9223372036.8547758071", -ERANGE, 0},
	{"9223372036854775.8071us", -ERANGE, 0},
	{"9223372037s", -ERANGE, 0},
	{"106752d", -ERANGE, 0},
	{"106751.9911673007d", -ERANGE, 0},
	{"9223372036854775807", -ERANGE, 0},
	{"9223372036854775808us", -ERANGE, 0},
	{"18446744073709551616", -ERANGE, 0},
	{"18446744073709551617us", -ERANGE, 0},
	{"99999999999999999999999999999999999999999999999999d", -ERANGE, 0},
	{"99999999999999999999999999999999999999999999999999x", -EINVAL, 50},
};

static const struct printed {
	int64_t nanoseconds;
	const char *text;
} printeds[] = {
	{0, "off"},
	{1, "0.001us"},
	{999, "0.999us"},
	{1000, "1us"},
	{1001, "1.001us"},
	{999999, "999.999us"},
	{1000000, "1ms"},
	{500000000, "500ms"},
	{1500000000, "1.5s"},
	{1010000, "1.01ms"}, /* not 1010us, which is as long */
	{5 * S, "5s"},
	{59 * S, "59s"},
	{60 * S, "1m"},
	{90 * S, "90s"},
	{3600 * S, "1h"},
	{5400 * S, "90m"},
	{86400 * S, "1d"},
	{86400 * S + 1, "86400.000000001s"},
	{INT64_MAX, "9223372036.854775807s"},
};

static const struct printed seconds[] = {
	{0, "0.000 s"},          {1, "0.000 s"},
	{499999, "0.000 s"},     {500000, "0.001 s"},
	{5 * S, "5.000 s"},      {S - 1, "1.000 s"},
	{1234499999, "1.234 s"}, {1234500000, "1.235 s"},
	{61 * S, "61.000 s"},    {INT64_MAX, "9223372036.855 s"},
};

static void check_good(const struct good *good)
{
	int64_t nanoseconds = -1;
	size_t where = 4711;

	errno = 4711;
	ck_assert_int_eq(duration_parse(good->text, strlen(good->text), &nanoseconds, &where),
			 0);
	ck_assert_int_eq(nanoseconds, good->nanoseconds);
	ck_assert_int_eq(errno, 4711);
}

START_TEST(good_is_parsed)
{
	check_good(&goods[_i]);
}
END_TEST

START_TEST(bad_is_refused_at_its_place)
{
	const struct bad *bad = &bads[_i];
	int64_t nanoseconds = 4711;
	size_t where = 4711;
	int code = duration_parse(bad->text, strlen(bad->text), &nanoseconds, &where);

	ck_assert_int_eq(code, bad->code);
	ck_assert_uint_eq(where, bad->where);
	ck_assert_int_eq(nanoseconds, 4711);
	ck_assert_int_eq(duration_parse(bad->text, strlen(bad->text), &nanoseconds, NULL),
			 code);
	ck_assert_int_eq(nanoseconds, 4711);
}
END_TEST

/* The parser reads length bytes: the text is in a block of this size, so ASan reports a longer read. */
START_TEST(length_is_the_end)
{
	const char *whole = "infinity5.25ms,x";

	for (size_t from = 0; whole[from] != '\0'; from++)
		for (size_t length = 1; from + length <= strlen(whole); length++) {
			char terminated[32] = "";
			char *exact = malloc(length);
			int64_t expected = 0;
			int64_t nanoseconds = 0;
			size_t expected_where = 0;
			size_t where = 0;
			int code;

			ck_assert_ptr_nonnull(exact);
			memcpy(exact, whole + from, length);
			memcpy(terminated, whole + from, length);
			code = duration_parse(terminated, length, &expected, &expected_where);
			ck_assert_int_eq(duration_parse(exact, length, &nanoseconds, &where),
					 code);
			ck_assert_int_eq(nanoseconds, expected);
			ck_assert_uint_eq(where, expected_where);
			free(exact);
		}
}
END_TEST

START_TEST(text_after_the_length_is_ignored)
{
	int64_t nanoseconds;

	ck_assert_int_eq(duration_parse("5ms", 2, &nanoseconds, NULL), 0);
	ck_assert_int_eq(nanoseconds, 300 * S);
	ck_assert_int_eq(duration_parse("5\0", 2, &nanoseconds, NULL), -EINVAL);
}
END_TEST

/* Makes a locale with a decimal comma: few machines have one. localedef(1) warns (and exits with 1) because the
 * other categories are missing. The locale has the byte order of the program's machine. */
static void enter_locale_with_comma(void)
{
	char directory[] = "/tmp/test_duration.XXXXXX";
	char command[256];

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(command, sizeof(command),
		 "cd %s && printf 'LC_NUMERIC\ndecimal_point \",\"\nthousands_sep \"\"\n"
		 "grouping -1\nEND LC_NUMERIC\n' >source && "
		 "{ PATH=$PATH:/usr/sbin localedef --%s-endian -c -i source ./comma >log 2>&1; "
		 "test -f comma/LC_NUMERIC || cat log; }",
		 directory, __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? "big" : "little");
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(setenv("LOCPATH", directory, 1), 0);
	ck_assert_ptr_nonnull(setlocale(LC_NUMERIC, "comma"));
	ck_assert_str_eq(localeconv()->decimal_point, ",");
	snprintf(command, sizeof(command), "rm -r %s", directory);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(locale_does_not_matter)
{
	int64_t nanoseconds;
	struct text text;
	char buffer[32];

	enter_locale_with_comma();
	for (int i = 0; i < COUNT(goods); i++)
		check_good(&goods[i]);
	ck_assert_int_eq(duration_parse("1,5", 3, &nanoseconds, NULL), -EINVAL);
	text_begin(&text, buffer, sizeof(buffer));
	duration_put(&text, 1500000000);
	ck_assert_str_eq(buffer, "1.5s");
}
END_TEST

START_TEST(printed_shortest)
{
	struct text text;
	char buffer[32];

	text_begin(&text, buffer, sizeof(buffer));
	duration_put(&text, printeds[_i].nanoseconds);
	ck_assert_str_eq(buffer, printeds[_i].text);
}
END_TEST

START_TEST(printed_in_seconds)
{
	struct text text;
	char buffer[32];

	text_begin(&text, buffer, sizeof(buffer));
	duration_put_seconds(&text, seconds[_i].nanoseconds);
	ck_assert_str_eq(buffer, seconds[_i].text);
}
END_TEST

/* Marsaglia's xorshift64: the same numbers at every run. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

START_TEST(printed_reads_back)
{
	static const int64_t grains[] = {1, 1000, 1000000, S, 60 * S, 1800 * S, 43200 * S};
	uint64_t state = 88172645463325252;

	for (int i = 0; i < 200000; i++) {
		int64_t grain = grains[i % COUNT(grains)];
		uint64_t magnitude = next_random(&state) >> (1 + next_random(&state) % 63);
		int64_t value = (int64_t)magnitude / grain * grain, again = -1;
		struct text text;
		char buffer[32];

		text_begin(&text, buffer, sizeof(buffer));
		duration_put(&text, value);
		ck_assert(!text.truncated);
		ck_assert_int_eq(duration_parse(buffer, text.length, &again, NULL), 0);
		ck_assert_msg(again == value, "%lld was printed as %s", (long long)value,
			      buffer);
	}
}
END_TEST

static const struct unit {
	const char *name;
	int64_t nanoseconds;
} units[] = {
	{"us", 1000},  {"ms", 1000000}, {"s", S},         {"", S},
	{"m", 60 * S}, {"h", 3600 * S}, {"d", 86400 * S},
};

/*
 * whole.decimals in unit, rounded up; decimals has up to 18 digits. The multiplication is done as on paper,
 * one decimal digit after the other from the last, in 64 bits: sum is less than unit after each step.
 */
static int64_t expect(uint64_t whole, uint64_t decimals, int count, int64_t unit)
{
	uint64_t sum = 0;
	bool more = false;

	for (int i = 0; i < count; i++) {
		sum += decimals % 10 * (uint64_t)unit;
		decimals /= 10;
		more = more || sum % 10 != 0;
		sum /= 10;
	}
	sum += more;
	if (whole > ((uint64_t)INT64_MAX - sum) / (uint64_t)unit)
		return -1;
	return (int64_t)(whole * (uint64_t)unit + sum);
}

START_TEST(rounding_is_exact)
{
	const struct unit *unit = &units[_i];
	uint64_t state = 88172645463325252 + (uint64_t)_i;
	int refused = 0;

	for (int i = 0; i < 50000; i++) {
		int count = 1 + (int)(next_random(&state) % 18);
		uint64_t whole = next_random(&state) >> next_random(&state) % 64;
		uint64_t decimals = next_random(&state), modulus = 1;
		int64_t expected, value = -1;
		char text[64];
		int length, code;

		for (int digit = 0; digit < count; digit++)
			modulus *= 10;
		decimals %= modulus;
		expected = expect(whole, decimals, count, unit->nanoseconds);
		length =
			snprintf(text, sizeof(text), "%llu.%0*llu%s", (unsigned long long)whole,
				 count, (unsigned long long)decimals, unit->name);
		code = duration_parse(text, (size_t)length, &value, NULL);
		if (code != (expected < 0 ? -ERANGE : 0) || value != expected)
			ck_abort_msg("%s: %d, %lld", text, code, (long long)value);
		refused += code < 0;
	}
	ck_assert_int_gt(refused, 100);
	ck_assert_int_lt(refused, 49000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("duration");
	TCase *test = tcase_create("duration");

	tcase_add_loop_test(test, good_is_parsed, 0, COUNT(goods));
	tcase_add_loop_test(test, bad_is_refused_at_its_place, 0, COUNT(bads));
	tcase_add_test(test, length_is_the_end);
	tcase_add_test(test, text_after_the_length_is_ignored);
	tcase_add_test(test, locale_does_not_matter);
	tcase_add_loop_test(test, printed_shortest, 0, COUNT(printeds));
	tcase_add_loop_test(test, printed_in_seconds, 0, COUNT(seconds));
	tcase_add_test(test, printed_reads_back);
	tcase_add_loop_test(test, rounding_is_exact, 0, COUNT(units));
	tcase_set_timeout(test, 60);
	suite_add_tcase(suite, test);
	return unit_run(suite);
}
