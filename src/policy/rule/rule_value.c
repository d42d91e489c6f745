/*
 * Parses the values of rules that are numbers, constants and durations. Cold; owns no state.
 */
#include "policy/rule/rule_value.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "base/duration.h"
#include "policy/mistake.h"

/* The limits of the keepalive options of tcp(7): MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL and
 * MAX_TCP_KEEPCNT in the kernel's include/net/tcp.h. */
#define KEEPALIVE_SECONDS_MAX 32767
#define KEEPALIVE_COUNT_MAX   127

/* The largest errno that a system call can return: MAX_ERRNO in include/linux/err.h. */
#define ERRNO_MAX 4095

#define PROBABILITY_DECIMALS 9

int rule_fail(struct rule_error *error, int code, size_t column, const char *what,
	      const char *expected)
{
	*error = (struct rule_error){.column = column, .what = what, .expected = expected};
	return code;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The part of value that begins at offset. */
static struct rule_value rest_of(struct rule_value value, size_t offset)
{
	return (struct rule_value){value.text + offset, value.length - offset,
				   value.column + offset};
}

/* The part of value before offset. */
static struct rule_value start_of(struct rule_value value, size_t offset)
{
	return (struct rule_value){value.text, offset, value.column};
}

/* The offset of the first `separator` in value, or its length. */
static size_t find(struct rule_value value, const char *separator)
{
	const char *found = memmem(value.text, value.length, separator, strlen(separator));

	return found == NULL ? value.length : (size_t)(found - value.text);
}

int rule_value_number(struct rule_value value, uint64_t low, uint64_t high,
		      const char *expected, uint64_t *number, struct rule_error *error)
{
	uint64_t sum = 0;
	bool fits = true;

	for (size_t i = 0; i < value.length; i++) {
		if (!is_digit(value.text[i]))
			return rule_fail(error, -EINVAL, value.column + i, "not a number",
					 expected);
		fits = fits && !__builtin_mul_overflow(sum, 10, &sum) &&
		       !__builtin_add_overflow(sum, (uint64_t)(value.text[i] - '0'), &sum);
	}
	if (value.length == 0)
		return rule_fail(error, -EINVAL, value.column, "no number", expected);
	if (!fits || sum < low || sum > high)
		return rule_fail(error, -ERANGE, value.column, "out of range", expected);
	*number = sum;
	return 0;
}

/* The units of bytes, the largest first. */
static const struct unit {
	char name[3];
	uint64_t bytes;
} units[] = {{"Gi", UINT64_C(1) << 30},
	     {"G", 1000000000},
	     {"Mi", UINT64_C(1) << 20},
	     {"M", 1000000},
	     {"Ki", 1024},
	     {"k", 1000}};

/* The unit at the end of value, or NULL. */
static const struct unit *unit_of(struct rule_value value)
{
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		const size_t length = strlen(units[i].name);

		if (value.length >= length &&
		    memcmp(value.text + value.length - length, units[i].name, length) == 0)
			return &units[i];
	}
	return NULL;
}

int rule_value_bytes(struct rule_value value, uint64_t *bytes, struct rule_error *error)
{
	static const char expected[] = "a number of bytes of at least 1, as in 500, 64Ki or 1M";
	const struct unit *const unit = unit_of(value);
	const size_t digits = value.length - (unit != NULL ? strlen(unit->name) : 0);
	const uint64_t factor = unit != NULL ? unit->bytes : 1;
	uint64_t number;
	const int code = rule_value_number(start_of(value, digits), 1, UINT64_MAX / factor,
					   expected, &number, error);

	if (code == 0)
		*bytes = number * factor;
	return code;
}

int rule_value_rate(struct rule_value value, uint64_t *bytes, struct rule_error *error)
{
	if (value.length >= 2 && memcmp(value.text + value.length - 2, "/s", 2) == 0)
		value.length -= 2;
	return rule_value_bytes(value, bytes, error);
}

void rule_value_put_bytes(struct text *text, uint64_t bytes)
{
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (bytes % units[i].bytes == 0) {
			text_put_unsigned(text, bytes / units[i].bytes);
			text_put_string(text, units[i].name);
			return;
		}
	text_put_unsigned(text, bytes);
}

int rule_value_constant(struct rule_value value, enum constant_family family, const char *what,
			const char *expected, int *number, struct rule_error *error)
{
	int64_t found;
	uint64_t given;
	int code;

	if (value.length > 0 && is_digit(value.text[0])) {
		code = rule_value_number(value, 0, INT_MAX, expected, &given, error);
		if (code == 0)
			*number = (int)given;
		return code;
	}
	if (!constants_value(family, value.text, value.length, &found))
		return rule_fail(error, -EINVAL, value.column, what, expected);
	*number = (int)found;
	return 0;
}

int rule_value_ports(struct rule_value value, uint16_t *low, uint16_t *high,
		     struct rule_error *error)
{
	static const char expected[] = "0..65535: a port, or LOW..HIGH";
	const size_t dots = find(value, "..");
	uint64_t first, last;
	int code = rule_value_number(start_of(value, dots), 0, UINT16_MAX, expected, &first,
				     error);

	last = first;
	if (code == 0 && dots < value.length)
		code = rule_value_number(rest_of(value, dots + 2), 0, UINT16_MAX, expected,
					 &last, error);
	if (code < 0)
		return code;
	if (last < first)
		return rule_fail(error, -EINVAL, value.column + dots + 2, "the range is empty",
				 "LOW..HIGH with LOW <= HIGH");
	*low = (uint16_t)first;
	*high = (uint16_t)last;
	return 0;
}

int rule_value_when(struct rule_value value, struct rule_when *when, struct rule_error *error)
{
	static const char expected[] = "FIRST[..LAST][+STEP], each a number of at least 1";
	/* UINT64_MAX means that there is no last. */
	const uint64_t most = UINT64_MAX - 1;
	const size_t plus = find(value, "+");
	const struct rule_value range = start_of(value, plus);
	const size_t dots = find(range, "..");
	struct rule_when parsed = {.last = UINT64_MAX};
	int code = rule_value_number(start_of(range, dots), 1, most, expected, &parsed.first,
				     error);

	if (code == 0 && dots < range.length)
		code = rule_value_number(rest_of(range, dots + 2), 1, most, expected,
					 &parsed.last, error);
	if (code == 0 && plus < value.length)
		code = rule_value_number(rest_of(value, plus + 1), 1, most, expected,
					 &parsed.step, error);
	if (code < 0)
		return code;
	if (parsed.last < parsed.first)
		return rule_fail(error, -EINVAL, value.column + dots + 2, "the range is empty",
				 "FIRST..LAST with FIRST <= LAST");
	/* Normalise 2..4+1 to 2..4. */
	if (parsed.step == 1 && parsed.last != UINT64_MAX)
		parsed.step = 0;
	*when = parsed;
	return 0;
}

int rule_value_duration(struct rule_value value, int64_t limit, const char *too_long,
			int64_t *nanoseconds, struct rule_error *error)
{
	size_t where;
	const int code = duration_parse(value.text, value.length, nanoseconds, &where);

	if (code < 0) {
		const struct mistake mistake =
			mistake_of_duration(value.text, value.length, code, &where);

		return rule_fail(error, code, value.column + where, mistake.what,
				 code == -ERANGE && too_long != NULL ? too_long
								     : mistake.expected);
	}
	if (*nanoseconds > limit)
		return rule_fail(error, -ERANGE, value.column, "too long a duration", too_long);
	return 0;
}

int rule_value_pause(struct rule_value value, int64_t *nanoseconds, struct rule_error *error)
{
	const int code = rule_value_duration(value, INT64_MAX / 2, "at most 53375d (146 years)",
					     nanoseconds, error);

	if (code == 0 && *nanoseconds == DURATION_NONE)
		return rule_fail(error, -EINVAL, value.column, "no time at all",
				 "a number over 0 with us, ms, s, m, h or d");
	return code;
}

/* Parse whole seconds of 1..KEEPALIVE_SECONDS_MAX. */
static int parse_seconds(struct rule_value value, unsigned int *seconds,
			 struct rule_error *error)
{
	static const char expected[] = "whole seconds, 1s to 32767s";
	int64_t nanoseconds;
	const int code =
		rule_value_duration(value, KEEPALIVE_SECONDS_MAX * NANOSECONDS_PER_SECOND,
				    expected, &nanoseconds, error);

	if (code < 0)
		return code;
	if (nanoseconds == DURATION_NONE || nanoseconds % NANOSECONDS_PER_SECOND != 0)
		return rule_fail(error, -EINVAL, value.column, "not whole seconds", expected);
	*seconds = (unsigned int)(nanoseconds / NANOSECONDS_PER_SECOND);
	return 0;
}

int rule_value_keepalive(struct rule_value value, struct rule_keepalive *keepalive,
			 struct rule_error *error)
{
	static const char expected[] = "IDLE/INTERVAL/COUNT, as in 60s/10s/6, or off";
	const size_t first = find(value, "/");
	struct rule_keepalive parsed = {0, 0, 0};
	struct rule_value rest;
	uint64_t count;
	size_t second;
	int code;

	if (value.length == 3 && memcmp(value.text, "off", 3) == 0) {
		*keepalive = parsed;
		return 0;
	}
	if (first == value.length)
		return rule_fail(error, -EINVAL, value.column + first, "unfinished keepalive",
				 expected);
	rest = rest_of(value, first + 1);
	second = find(rest, "/");
	if (second == rest.length)
		return rule_fail(error, -EINVAL, rest.column + second, "unfinished keepalive",
				 expected);
	code = parse_seconds(start_of(value, first), &parsed.idle, error);
	if (code == 0)
		code = parse_seconds(start_of(rest, second), &parsed.interval, error);
	if (code == 0)
		code = rule_value_number(rest_of(rest, second + 1), 1, KEEPALIVE_COUNT_MAX,
					 "1..127 probes", &count, error);
	if (code < 0)
		return code;
	parsed.count = (unsigned int)count;
	*keepalive = parsed;
	return 0;
}

int rule_value_error(struct rule_value value, int *number, struct rule_error *error)
{
	static const char expected[] =
		"an errno, as in ECONNREFUSED, or with op=resolve an EAI_ name";
	int64_t found;
	uint64_t given;
	int code;

	if (value.length > 0 && is_digit(value.text[0])) {
		code = rule_value_number(value, 1, ERRNO_MAX, "1..4095 or the errno's name",
					 &given, error);
		if (code == 0)
			*number = (int)given;
		return code;
	}
	if (!constants_value(CONSTANTS_ERRNO, value.text, value.length, &found) &&
	    (!constants_value(CONSTANTS_EAI, value.text, value.length, &found) || found >= 0))
		return rule_fail(error, -EINVAL, value.column, "no such error", expected);
	*number = (int)found;
	return 0;
}

int rule_value_probability(struct rule_value value, uint32_t *parts, struct rule_error *error)
{
	static const char expected[] = "0 to 1, with at most 9 decimals";
	const size_t point = find(value, ".");
	uint64_t whole = 0, fraction = 0;
	size_t decimals = 0;
	int code = 0;

	if (point > 0 || value.length < 2)
		code = rule_value_number(start_of(value, point), 0, 1, expected, &whole, error);
	if (code == 0 && point + 1 < value.length) {
		decimals = value.length - point - 1;
		if (decimals > PROBABILITY_DECIMALS)
			return rule_fail(error, -EINVAL,
					 value.column + point + 1 + PROBABILITY_DECIMALS,
					 "too many decimals", expected);
		code = rule_value_number(rest_of(value, point + 1), 0, UINT64_MAX, expected,
					 &fraction, error);
	}
	if (code < 0)
		return code;
	while (decimals++ < PROBABILITY_DECIMALS)
		fraction *= 10;
	if (whole * RULE_CERTAIN + fraction > RULE_CERTAIN)
		return rule_fail(error, -ERANGE, value.column, "more than certain", expected);
	*parts = (uint32_t)(whole * RULE_CERTAIN + fraction);
	return 0;
}
