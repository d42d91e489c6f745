/*
 * The time of day as text, which gmtime(3) and strftime(3) give to programs that may use locks and
 * locales. Cold. Async-signal-safe; allocates nothing; leaves errno alone.
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <time.h>

#include "base/text.h"

/* 2026-11-22T19:53:09.123456Z (RFC 3339, UTC): a time of CLOCK_REALTIME from 1970 on; what is finer
 * than a microsecond is cut off. */
void date_put(struct text *text, struct timespec time);

#endif
