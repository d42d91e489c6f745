/*
 * SPEC, the one grammar for timeouts: DURATION or OP=DURATION, comma-separated, later wins:
 * `5s,connect=2s,accept=off`. Text to values (cold); the library and the launcher share it.
 * Async-signal-safe; allocates nothing.
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

/* of[OPERATION_WAIT] where no `wait=` was given: a wait then has the timeout of what it waits
 * for (recv, send or connect). */
#define TIMEOUT_FOLLOWS INT64_C(-1)

struct spec_error {
	size_t column;        /* of the first byte that does not fit, from 1 */
	const char *what;     /* a static text: what is wrong there */
	const char *expected; /* a static text: what could stand there */
};

/* Nothing is bounded. */
#define TIMEOUTS_INITIAL                                                                       \
	{                                                                                      \
		.of = { [OPERATION_WAIT] = TIMEOUT_FOLLOWS }                                   \
	}

/*
 * Parse the NUL-terminated spec into *timeouts, from TIMEOUTS_INITIAL on. A DURATION alone sets
 * every operation but `idle` (off unless set by name) and `wait` (which goes back to following).
 * Spaces are not allowed; an empty spec and an empty element are errors.
 * Returns 0, or -EINVAL or -ERANGE with *error filled in and *timeouts untouched.
 */
int spec_parse(const char *spec, struct timeouts *timeouts, struct spec_error *error);

/* Put a SPEC that says every operation's timeout by its name. */
void spec_put(struct text *text, const struct timeouts *timeouts);

/* "COLUMN: WHAT, expected EXPECTED", e.g. `7: no such operation, expected connect, accept, …`.
 * The caller puts SOURCE:LINE: before it. */
void spec_put_error(struct text *text, const struct spec_error *error);

#endif
