/*
 * The log level `call`: every wrapped call is logged as strace(1) would print the call. A wrapper
 * notes the call before and logs the call after:
 *
 *     const struct traced traced = TRACED(listen, ARGUMENT(fd), ARGUMENT(backlog));
 *     const int result = REAL(listen)(fd, backlog);
 *
 *     traced_end(&traced, result);
 *     return result;
 *
 * Without that log level, the cost is one load before and one after. Async-signal-safe.
 */
#ifndef SHIM_LOG_TRACED_H
#define SHIM_LOG_TRACED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "calls/calls.h"
#include "policy/operation.h"

/* The most parameters that a wrapped call has. */
#define TRACED_ARGUMENTS 8

/* One call that is being made. */
struct traced {
	enum call call;
	enum operation operation; /* OPERATION_COUNT: none is logged */
	int fd;                   /* -1: none is logged */
	unsigned int count;       /* of arguments */
	int64_t started; /* CLOCK_MONOTONIC, nanoseconds; 0 without the log level `call` */
	uintptr_t arguments[TRACED_ARGUMENTS];
};

/* The log level is `call`. Set once, at the start. */
extern atomic_bool traced_calls;

/* Calls are logged. One load. */
static inline bool traced_wanted(void)
{
	return UNLIKELY(atomic_load_explicit(&traced_calls, memory_order_relaxed));
}

#define ARGUMENT(value) ((uintptr_t)(value))
#define ARGUMENTS(...)  ((const uintptr_t[]){__VA_ARGS__})

/* The initializer of a struct traced: the function's name, then each argument as an ARGUMENT. */
#define TRACED(function, ...)                                                                  \
	{                                                                                      \
		.call = CALL_##function, .operation = OPERATION_COUNT, .fd = -1,               \
		.count = COUNT_OF(ARGUMENTS(__VA_ARGS__)),                                     \
		.started = traced_wanted() ? clock_now() : 0, .arguments = {                   \
			__VA_ARGS__                                                            \
		}                                                                              \
	}

/* Log the call with its result and the current errno. errno is unchanged. */
COLD void traced_report(const struct traced *traced, intptr_t result);

/* Log a call that does not come back to its wrapper: without a result. errno is unchanged. */
COLD void traced_report_begin(const struct traced *traced);

/* After the call: log the call where calls are logged. errno is unchanged. */
static inline void traced_end(const struct traced *traced, intptr_t result)
{
	if (traced_wanted())
		traced_report(traced, result);
}

#endif
