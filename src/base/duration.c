/*
 * Parses and prints durations exactly, in integers. Cold; owns the list of units.
 */
#include "base/duration.h"

#include <errno.h>
#include <stdbool.h>

#include "base/attributes.h"

struct unit {
	const char *name;
	int64_t nanoseconds;
};

/* Longest first. Only the last unit is printed with a number below 1. */
static const struct unit units[] = {
	{"d", 24 * 60 * 60 * NANOSECONDS_PER_SECOND}, {"h", 60 * 60 * NANOSECONDS_PER_SECOND},
	{"m", 60 * NANOSECONDS_PER_SECOND},           {"s", NANOSECONDS_PER_SECOND},
	{"ms", NANOSECONDS_PER_MILLISECOND},          {"us", NANOSECONDS_PER_MICROSECOND},
};

static const char *const words_for_none[] = {"off", "infinity"};

/* A value that needs more decimals has no exact form in a unit: the nanoseconds of a day, 8.64e13,
 * have 11 factors of 5 and 16 factors of 2, so 16 decimals are enough. */
#define DECIMALS_MAX 16

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The number of bytes at the start of text (length bytes) that are equal to those of word. */
static size_t common_prefix(const char *text, size_t length, const char *word)
{
	size_t i = 0;

	while (i < length && word[i] != '\0' && text[i] == word[i])
		i++;
	return i;
}

/* text is equal to word. Raises *fits to the number of bytes of text that word begins with. */
static bool matches(const char *text, size_t length, const char *word, size_t *fits)
{
	size_t common = common_prefix(text, length, word);

	if (common > *fits)
		*fits = common;
	return common == length && word[common] == '\0';
}

/* The value of the digits, at most INT64_MAX. */
static int64_t parse_whole(const char *digits, size_t count)
{
	int64_t value = 0;

	for (size_t i = 0; i < count; i++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, digits[i] - '0', &value))
			return INT64_MAX;
	return value;
}

/*
 * The decimals times unit, rounded up. The result is exact for any number of decimals: for a whole
 * number a, ceil((a + t) / 10) = ceil((a + ceil(t)) / 10), so rounding at each digit, beginning with
 * the last, is the same as rounding once.
 */
static int64_t parse_fraction(const char *digits, size_t count, int64_t unit)
{
	int64_t fraction = 0;

	while (count > 0)
		fraction = ((digits[--count] - '0') * unit + fraction + 9) / 10;
	return fraction;
}

/* The unit with the name text, in nanoseconds: 1 s for an empty text, 0 for an unknown unit. */
static int64_t parse_unit(const char *text, size_t length, size_t *fits)
{
	*fits = 0;
	if (length == 0)
		return NANOSECONDS_PER_SECOND;
	for (size_t i = 0; i < COUNT_OF(units); i++)
		if (matches(text, length, units[i].name, fits))
			return units[i].nanoseconds;
	return 0;
}

static int parse_number(const char *text, size_t length, int64_t *nanoseconds, size_t *where)
{
	size_t whole = 0;
	size_t decimals = 0;
	size_t number;
	size_t fits;
	int64_t unit;
	int64_t value;

	while (whole < length && is_digit(text[whole]))
		whole++;
	number = whole;
	if (number < length && text[number] == '.') {
		number++;
		while (number + decimals < length && is_digit(text[number + decimals]))
			decimals++;
	}
	if (whole + decimals == 0) {
		*where = number;
		return -EINVAL;
	}
	unit = parse_unit(text + number + decimals, length - number - decimals, &fits);
	if (unit == 0) {
		*where = number + decimals + fits;
		return -EINVAL;
	}
	if (__builtin_mul_overflow(parse_whole(text, whole), unit, &value) ||
	    __builtin_add_overflow(value, parse_fraction(text + number, decimals, unit),
				   &value)) {
		*where = 0;
		return -ERANGE;
	}
	*nanoseconds = value;
	return 0;
}

int duration_parse(const char *text, size_t length, int64_t *nanoseconds, size_t *where)
{
	size_t unused;
	size_t fits = 0;

	if (where == NULL)
		where = &unused;
	if (length > 0 && (is_digit(text[0]) || text[0] == '.'))
		return parse_number(text, length, nanoseconds, where);
	for (size_t i = 0; i < COUNT_OF(words_for_none); i++)
		if (matches(text, length, words_for_none[i], &fits)) {
			*nanoseconds = DURATION_NONE;
			return 0;
		}
	*where = fits;
	return -EINVAL;
}

void duration_put_seconds(struct text *text, int64_t nanoseconds)
{
	int64_t milliseconds = nanoseconds / NANOSECONDS_PER_MILLISECOND;

	if (nanoseconds % NANOSECONDS_PER_MILLISECOND >= NANOSECONDS_PER_MILLISECOND / 2)
		milliseconds++;
	text_put_unsigned(text, (uint64_t)(milliseconds / 1000));
	text_put_char(text, '.');
	text_put_padded(text, (uint64_t)(milliseconds % 1000), 3);
	text_put_string(text, " s");
}

/* Put nanoseconds in unit; returns false if there is no exact decimal form. */
static bool put_in_unit(struct text *text, int64_t nanoseconds, const struct unit *unit)
{
	int64_t rest = nanoseconds % unit->nanoseconds;

	text_put_unsigned(text, (uint64_t)(nanoseconds / unit->nanoseconds));
	if (rest > 0)
		text_put_char(text, '.');
	for (int decimal = 0; rest > 0 && decimal < DECIMALS_MAX; decimal++) {
		rest *= 10;
		text_put_unsigned(text, (uint64_t)(rest / unit->nanoseconds));
		rest %= unit->nanoseconds;
	}
	text_put_string(text, unit->name);
	return rest == 0;
}

void duration_put(struct text *text, int64_t nanoseconds)
{
	const struct unit *shortest = &units[COUNT_OF(units) - 1];
	size_t shortest_length = SIZE_MAX;

	if (nanoseconds <= DURATION_NONE) {
		text_put_string(text, words_for_none[0]);
		return;
	}
	for (size_t i = 0; i < COUNT_OF(units); i++) {
		char buffer[48];
		struct text form;

		text_begin(&form, buffer, sizeof(buffer));
		if (nanoseconds >= units[i].nanoseconds &&
		    put_in_unit(&form, nanoseconds, &units[i]) &&
		    form.length < shortest_length) {
			shortest = &units[i];
			shortest_length = form.length;
		}
	}
	put_in_unit(text, nanoseconds, shortest);
}
