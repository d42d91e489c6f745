/*
 * What is wrong with a duration, in words: for the messages about SPEC and about rules. Constant;
 * cold.
 */
#ifndef POLICY_MISTAKE_H
#define POLICY_MISTAKE_H

#include <stddef.h>

#define EXPECTED_DURATION "a number with us, ms, s, m, h or d, or off"

/* Static texts: what is wrong, and what could stand there. */
struct mistake {
	const char *what, *expected;
};

/*
 * What duration_parse meant that refused the length bytes of text with code at offset *where; that
 * is moved to the byte to be shown.
 */
struct mistake mistake_of_duration(const char *text, size_t length, int code, size_t *where);

#endif
