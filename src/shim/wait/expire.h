/*
 * The end of a time without events. A wait calls these functions when its real call has found nothing,
 * and when sockets have pending errors.
 *
 * Cold. Async-signal-safe. Times: CLOCK_MONOTONIC, nanoseconds. The functions that return an int return
 * the result of the wait, with errno where that is negative; 0: the wait goes on.
 */
#ifndef SHIM_WAIT_EXPIRE_H
#define SHIM_WAIT_EXPIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/wait/wait.h"

/* With a timeout of `idle` or `reply`: when this thread looks at each socket. */
extern _Thread_local __attribute__((tls_model("initial-exec"))) int64_t expire_single_due;

static inline bool expire_single_is_due(int64_t now)
{
	return now >= expire_single_due && limits_single() != DURATION_NONE;
}

/* The real call has just found nothing: the quiet period of the wait goes on, or begins. Sets
 * wait->quiet. errno may change. */
void expire_continue(struct wait *wait, int64_t now);

/* The wait has found nothing for its own timeout, and wait->quiet is set (or NULL). */
void expire_ran_out(const struct wait *wait);

/* wait->quiet is due: examine all descriptors, and fail the sockets whose timeout is over. */
int expire_quiet(struct wait *wait, int64_t now);

/* Fail the sockets that are idle, or that owe an answer, whatever else is ready. */
int expire_single(struct wait *wait, int64_t now);

/* Report the ready descriptors, and the sockets with pending errors. */
int expire_report(struct wait *wait);

#endif
