/*
 * The counters' file of this program and user (stats/layout.h): found in the directory that
 * SOCKTIMEOUT_STATS names, made where it is missing, mapped at the first count, and looked for
 * again now and then. Cold. Async-signal-safe, lock-free, holds no descriptor, leaves errno alone.
 * What cannot be counted is not counted.
 */
#ifndef SHIM_COUNTERS_H
#define SHIM_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/operation.h"

/* A wait of so many nanoseconds is over. */
void counters_wait(enum operation operation, int64_t elapsed, int64_t now);
/* now is on the monotonic clock. */
void counters_timeout(enum operation operation, int64_t now);
void counters_fault(enum operation operation, int64_t now);

#endif
