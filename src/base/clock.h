/*
 * The monotonic clock and absolute deadlines on it. Cold: read only when a call is about to block.
 * Async-signal-safe; clock_gettime(2) is answered by the vDSO, without a system call.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* A deadline that never comes. */
#define DEADLINE_NEVER INT64_MAX

/* Nanoseconds on CLOCK_MONOTONIC. */
int64_t clock_now(void);
/* The same as of the last tick, for less. */
int64_t clock_coarse(void);
/* now + duration, saturating at DEADLINE_NEVER; duration >= 0. */
int64_t clock_deadline(int64_t now, int64_t duration);
/* What is left until deadline in milliseconds for poll(2): rounded up, at least 0, at most INT_MAX
 * (the caller loops); -1 (for ever) for DEADLINE_NEVER. */
int clock_poll_timeout(int64_t deadline, int64_t now);

#endif
