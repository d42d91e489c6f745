/*
 * Error messages about durations, in SPEC and in rules. Constant; cold.
 */
#ifndef POLICY_MISTAKE_H
#define POLICY_MISTAKE_H

#include <stddef.h>

#define EXPECTED_DURATION "a number with us, ms, s, m, h or d, or off"

/* Static texts: the error, and the valid values. */
struct mistake {
	const char *what, *expected;
};

/*
 * The message for the error code that duration_parse returned for the length bytes of text. *where
 * is the offset that duration_parse stored; it is moved to the byte that the message points at.
 */
struct mistake mistake_of_duration(const char *text, size_t length, int code, size_t *where);

#endif
