/*
 * Owns the error messages about durations. Cold.
 */
#include "policy/mistake.h"

#include <errno.h>
#include <stdbool.h>

struct mistake mistake_of_duration(const char *text, size_t length, int code, size_t *where)
{
	const bool number = length > 0 && text[0] >= '0' && text[0] <= '9';

	if (code == -ERANGE) {
		*where = 0;
		return (struct mistake){"too long a duration", "at most 106751d (292 years)"};
	}
	if (length == 0)
		return (struct mistake){"no duration", EXPECTED_DURATION};
	if (*where == length)
		return (struct mistake){"unfinished duration", EXPECTED_DURATION};
	if (number && text[*where] != '.')
		return (struct mistake){"no such unit", "us, ms, s, m, h or d"};
	return (struct mistake){"not a duration", EXPECTED_DURATION};
}
