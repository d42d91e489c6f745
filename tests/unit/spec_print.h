/*
 * Timeouts as a SPEC, for the tests that read back what was printed (unit and fuzz). Cold.
 */
#ifndef UNIT_SPEC_PRINT_H
#define UNIT_SPEC_PRINT_H

#include "base/duration.h"
#include "policy/spec.h"

/* Room for every operation's name and the longest duration. */
#define SPEC_PRINT_CAPACITY 512

/* Put a SPEC that says every operation's timeout by name. */
static inline void spec_print(struct text *text, const struct timeouts *timeouts)
{
	for (unsigned i = 0; i < OPERATION_COUNT; i++) {
		/* Following cannot be said by name: it is what stands where none is given. */
		if (timeouts->of[i] == TIMEOUT_FOLLOWS)
			continue;
		if (text->length > 0)
			text_put_char(text, ',');
		text_put_string(text, operation_name((enum operation)i));
		text_put_char(text, '=');
		duration_put(text, timeouts->of[i]);
	}
}

#endif
