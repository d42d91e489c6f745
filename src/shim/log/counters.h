/*
 * The counters of this program and user: one file (stats/layout.h) in the directory of
 * SOCKTIMEOUT_STATS. Owns the mapping of the file. The first count creates or finds the file, and once
 * a second a count looks whether the file was replaced.
 *
 * Cold. Async-signal-safe, lock-free; no descriptor is kept; errno is unchanged. A count that fails is
 * lost. Times are in nanoseconds; now is on CLOCK_MONOTONIC. At most 5 system calls, once a second
 * about 15 more.
 */
#ifndef SHIM_COUNTERS_H
#define SHIM_COUNTERS_H

#include <stdint.h>

#include "policy/operation.h"

/* A wait that took elapsed has ended; port: of the other side, 0: unknown. */
void counters_wait(enum operation operation, uint16_t port, int64_t elapsed, int64_t now);
/* A wait has timed out. */
void counters_timeout(enum operation operation, int64_t now);
/* A fault was injected. */
void counters_fault(enum operation operation, int64_t now);

#endif
