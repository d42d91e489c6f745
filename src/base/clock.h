/*
 * The monotonic clock and absolute deadlines on it. Cold: called only when a call is about to block.
 * Async-signal-safe. clock_gettime(2) runs in the vDSO, without a system call.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* A deadline that never comes. */
#define DEADLINE_NEVER INT64_MAX

/* Nanoseconds on CLOCK_MONOTONIC. */
int64_t clock_now(void);
/* The time of the last tick (CLOCK_MONOTONIC_COARSE), which is cheaper. */
int64_t clock_coarse(void);
/* now + duration, saturating at DEADLINE_NEVER; duration >= 0. */
int64_t clock_deadline(int64_t now, int64_t duration);
/* The time until deadline in milliseconds, for poll(2): rounded up, at least 0, at most INT_MAX (the
 * caller loops); -1 (no timeout) for DEADLINE_NEVER. */
int clock_poll_timeout(int64_t deadline, int64_t now);

#endif
