/*
 * Makes and parses the names of the counters' files. Cold; owns no state.
 */
#include "stats/name.h"

#include <limits.h>
#include <string.h>

#define SUFFIX ".stats"

static const char hexadecimal[] = "0123456789ABCDEF";

bool stats_directory_is_good(const char *directory)
{
	return directory[0] == '/' && strlen(directory) < PATH_MAX;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' ||
	       c == '_' || c == '+' || c == '.';
}

void stats_name_put(struct text *text, const char *program, size_t count, uint32_t user)
{
	if (count > STATS_NAME_LIMIT)
		count = STATS_NAME_LIMIT;
	for (size_t i = 0; i < count; i++) {
		const char c = program[i];

		if (is_plain(c) && (i != 0 || c != '.')) {
			text_put_char(text, c);
		} else {
			text_put_char(text, '%');
			text_put_char(text, hexadecimal[(unsigned char)c >> 4]);
			text_put_char(text, hexadecimal[(unsigned char)c & 0xf]);
		}
	}
	text_put_char(text, '.');
	text_put_unsigned(text, user);
	text_put_string(text, SUFFIX);
}

/* Find the ends of the program and of the user in name; false if name has another form. */
static bool find_parts(const char *name, const char **program_end, const char **user_end)
{
	const size_t length = strlen(name), suffix = sizeof SUFFIX - 1;
	const char *p;

	if (length < suffix || strcmp(name + length - suffix, SUFFIX) != 0)
		return false;
	p = *user_end = name + length - suffix;
	while (p > name && is_digit(p[-1]))
		p--;
	if (p == *user_end || p == name || p[-1] != '.')
		return false;
	*program_end = p - 1;
	return true;
}

bool stats_name_user(const char *name, uint32_t *user)
{
	const char *program_end, *user_end;
	uint64_t value = 0;

	if (!find_parts(name, &program_end, &user_end))
		return false;
	/* stats_name_put writes no leading zeros. */
	if (program_end[1] == '0' && user_end != program_end + 2)
		return false;
	for (const char *p = program_end + 1; p < user_end; p++) {
		value = value * 10 + (uint64_t)(*p - '0');
		if (value > UINT32_MAX)
			return false;
	}
	*user = (uint32_t)value;
	return true;
}

/* The value of an upper-case hexadecimal digit; -1 for another character. */
static int digit_value(char c)
{
	const char *const found = c != '\0' ? strchr(hexadecimal, c) : NULL;

	return found != NULL ? (int)(found - hexadecimal) : -1;
}

bool stats_name_program(const char *name, char program[STATS_NAME_LIMIT + 1])
{
	const char *end, *user_end;
	size_t count = 0;

	if (!find_parts(name, &end, &user_end))
		return false;
	for (const char *p = name; p < end; p++) {
		char c = *p;

		if (c == '%') {
			const int high = end - p > 2 ? digit_value(p[1]) : -1;
			const int low = high >= 0 ? digit_value(p[2]) : -1;

			c = (char)(high * 16 + low);
			if (low < 0 || c == '\0' || (is_plain(c) && (p != name || c != '.')))
				return false;
			p += 2;
		} else if (!is_plain(c) || (p == name && c == '.')) {
			return false;
		}
		if (count == STATS_NAME_LIMIT)
			return false;
		program[count++] = c;
	}
	program[count] = '\0';
	return true;
}
