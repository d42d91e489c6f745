/*
 * Durations: a number with a unit, as for sleep(1) and timeout(1), in nanoseconds. Cold.
 * Async-signal-safe and independent of the locale, which strtod(3) is not.
 */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define NANOSECONDS_PER_MICROSECOND INT64_C(1000)
#define NANOSECONDS_PER_MILLISECOND INT64_C(1000000)
#define NANOSECONDS_PER_SECOND      INT64_C(1000000000)

/* No timeout: the value of `0`, `off` and `infinity`, as for timeout(1) and SO_RCVTIMEO. */
#define DURATION_NONE INT64_C(0)

/*
 * Parse exactly length bytes of text: a decimal number (at least one digit, at most one point; no
 * sign, exponent, hexadecimal digits or space) with one of the units us ms s m h d, in seconds
 * without a unit; or `off` or `infinity`. The result is rounded up to nanoseconds, so no positive
 * duration becomes 0.
 * Stores nanoseconds (0 .. INT64_MAX) and returns 0. Or returns -EINVAL (not a duration) or -ERANGE
 * (over INT64_MAX nanoseconds, some 292 years), leaves *nanoseconds unchanged, and stores the offset
 * of the first wrong byte in *where, if where is not NULL.
 */
int duration_parse(const char *text, size_t length, int64_t *nanoseconds, size_t *where);

/* Put seconds with three decimals and the unit, rounded half up: "5.000 s". nanoseconds >= 0. */
void duration_put_seconds(struct text *text, int64_t nanoseconds);
/* Put the shortest text that duration_parse reads back to the same value: 5s, 500ms, 1.5s; off for
 * DURATION_NONE. The number is at least 1, unless the value is below 1 us (0.5us). Of two texts of
 * the same length, the one with the longer unit is put. */
void duration_put(struct text *text, int64_t nanoseconds);

#endif
