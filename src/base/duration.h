/*
 * Durations: the number with a unit that sleep(1) and timeout(1) take, in nanoseconds. Cold,
 * async-signal-safe, independent of the locale (strtod is neither).
 */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define NANOSECONDS_PER_MICROSECOND INT64_C(1000)
#define NANOSECONDS_PER_MILLISECOND INT64_C(1000000)
#define NANOSECONDS_PER_SECOND      INT64_C(1000000000)

/* No timeout: what `0`, `off` and `infinity` say (as timeout(1) and SO_RCVTIMEO have it). */
#define DURATION_NONE INT64_C(0)

/*
 * Parse exactly length bytes of text: a decimal number (digits, at most one point, at least one
 * digit; no sign, exponent, hex or space) with one of the units us ms s m h d, seconds without
 * one; or `off` or `infinity`. What is finer than a nanosecond is rounded up, so that no positive
 * duration becomes 0.
 * Stores nanoseconds (0 .. INT64_MAX) and returns 0; or returns -EINVAL (not a duration) or
 * -ERANGE (over INT64_MAX nanoseconds, some 292 years) and, with where not NULL, stores the offset
 * of the first byte that does not fit; *nanoseconds is then untouched.
 */
int duration_parse(const char *text, size_t length, int64_t *nanoseconds, size_t *where);

/* Seconds with three decimals and the unit, as in a log line, rounded half up: "5.000 s".
 * nanoseconds >= 0. */
void duration_put_seconds(struct text *text, int64_t nanoseconds);
/* The shortest exact form with a number of at least 1, where there is one, which duration_parse
 * reads back to the same value: 5s, 500ms, 1.5s, 0.5us; off for DURATION_NONE. Of two as short,
 * the one in the longer unit. */
void duration_put(struct text *text, int64_t nanoseconds);

#endif
