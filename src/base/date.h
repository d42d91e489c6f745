/*
 * The date and time as text. Cold. Async-signal-safe, which gmtime(3) and strftime(3) are not;
 * allocates nothing; keeps errno.
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <time.h>

#include "base/text.h"

/* Put 2026-11-22T19:53:09.123456Z (RFC 3339, UTC). time is of CLOCK_REALTIME, not before 1970;
 * nanoseconds are cut off. */
void date_put(struct text *text, struct timespec time);

#endif
