/*
 * SPEC, the grammar of timeouts: elements DURATION or OP=DURATION, separated by commas; a later
 * element overrides an earlier one: `5s,connect=2s,accept=off`. Used by the library and the launcher.
 * Cold. Async-signal-safe; allocates nothing.
 */
#ifndef POLICY_SPEC_H
#define POLICY_SPEC_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "policy/operation.h"

/* A timeout for each operation, in nanoseconds; DURATION_NONE: none. */
struct timeouts {
	int64_t of[OPERATION_COUNT];
};

/* The value of of[OPERATION_WAIT] without `wait=`: a readiness wait has the timeout of the operation
 * that it waits for (recv, send or connect). */
#define TIMEOUT_FOLLOWS INT64_C(-1)

struct spec_error {
	size_t column;        /* of the first wrong byte, from 1 */
	const char *what;     /* a static text: the error */
	const char *expected; /* a static text: the valid values */
};

/* Nothing is bounded. */
#define TIMEOUTS_INITIAL                                                                       \
	{                                                                                      \
		.of = { [OPERATION_WAIT] = TIMEOUT_FOLLOWS }                                   \
	}

/*
 * Parse the NUL-terminated spec into *timeouts, beginning with TIMEOUTS_INITIAL. A bare DURATION sets
 * every operation but `idle` and `reply`, which must be named, and `wait`, which becomes TIMEOUT_FOLLOWS. Spaces,
 * an empty spec and an empty element are errors.
 * Returns 0, or -EINVAL or -ERANGE with *error filled in and *timeouts unchanged.
 */
int spec_parse(const char *spec, struct timeouts *timeouts, struct spec_error *error);

/* Put a SPEC that names each operation with its timeout. */
void spec_put(struct text *text, const struct timeouts *timeouts);

/* Put "COLUMN: WHAT, expected EXPECTED", for example `7: no such operation, expected connect, …`. The
 * caller puts SOURCE:LINE: first. */
void spec_put_error(struct text *text, const struct spec_error *error);

#endif
