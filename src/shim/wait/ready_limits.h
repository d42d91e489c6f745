/*
 * What the engine of the readiness waits knows of how long they may be, beside what their wrappers
 * know (shim/wait/ready.h). Cold; in nanoseconds.
 */
#ifndef SHIM_READY_LIMITS_H
#define SHIM_READY_LIMITS_H

#include <stdint.h>

/* The shortest timeout that a silence may end by; 0: none. */
int64_t ready_least(void);
/* The shortest idle that there may be; DURATION_NONE: none. */
int64_t ready_idle(void);
/* The longest real call; 0: as the timeouts have it. */
int64_t ready_sliced(void);

#endif
