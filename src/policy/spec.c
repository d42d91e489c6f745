/*
 * Parses SPEC in one pass over the elements. The result is stored only if all elements are valid.
 * Cold; owns no state.
 */
#include "policy/spec.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/duration.h"
#include "policy/mistake.h"

#define EXPECTED_ELEMENT "DURATION or OPERATION=DURATION"

static int fail(struct spec_error *error, int code, size_t column, const char *what,
		const char *expected)
{
	*error = (struct spec_error){.column = column, .what = what, .expected = expected};
	return code;
}

/* Set the operations that a bare DURATION sets. */
static void set_default(struct timeouts *timeouts, int64_t nanoseconds)
{
	for (unsigned i = 0; i < OPERATION_COUNT; i++)
		if (i == OPERATION_WAIT)
			timeouts->of[i] = TIMEOUT_FOLLOWS;
		else if (i != OPERATION_IDLE && i != OPERATION_REPLY)
			timeouts->of[i] = nanoseconds;
}

/* Parse one element, which begins at column, into *timeouts. */
static int parse_element(const char *element, size_t length, size_t column,
			 struct timeouts *timeouts, struct spec_error *error)
{
	const char *equals = memchr(element, '=', length);
	size_t name = equals == NULL ? 0 : (size_t)(equals - element);
	size_t skip = equals == NULL ? 0 : name + 1;
	enum operation operation = operation_find(element, equals == NULL ? length : name);
	int64_t nanoseconds;
	size_t where;
	int code;

	if (length == 0)
		return fail(error, -EINVAL, column, "nothing here", EXPECTED_ELEMENT);
	if (equals != NULL && operation == OPERATION_COUNT)
		return fail(error, -EINVAL, column, "no such operation", OPERATION_NAMES);
	if (equals == NULL && operation != OPERATION_COUNT)
		return fail(error, -EINVAL, column + length, "no duration", "=DURATION");
	code = duration_parse(element + skip, length - skip, &nanoseconds, &where);
	if (code < 0) {
		const struct mistake mistake =
			mistake_of_duration(element + skip, length - skip, code, &where);

		return fail(error, code, column + skip + where, mistake.what, mistake.expected);
	}
	if (equals == NULL)
		set_default(timeouts, nanoseconds);
	else
		timeouts->of[operation] = nanoseconds;
	return 0;
}

int spec_parse(const char *spec, struct timeouts *timeouts, struct spec_error *error)
{
	struct timeouts parsed = TIMEOUTS_INITIAL;
	const char *element = spec;

	for (;;) {
		const char *const comma = strchr(element, ',');
		size_t length = comma != NULL ? (size_t)(comma - element) : strlen(element);
		int code = parse_element(element, length, (size_t)(element - spec) + 1, &parsed,
					 error);

		if (code < 0)
			return code;
		if (element[length] == '\0')
			break;
		element += length + 1;
	}
	*timeouts = parsed;
	return 0;
}

void spec_put(struct text *text, const struct timeouts *timeouts)
{
	bool first = true;

	for (enum operation operation = 0; operation < OPERATION_COUNT; operation++) {
		/* SPEC has no word for TIMEOUT_FOLLOWS, which is the default. */
		if (timeouts->of[operation] == TIMEOUT_FOLLOWS)
			continue;
		if (!first)
			text_put_char(text, ',');
		first = false;
		text_put_string(text, operation_name(operation));
		text_put_char(text, '=');
		duration_put(text, timeouts->of[operation]);
	}
}

void spec_put_error(struct text *text, const struct spec_error *error)
{
	text_put_unsigned(text, error->column);
	text_put_string(text, ": ");
	text_put_string(text, error->what);
	text_put_string(text, ", expected ");
	text_put_string(text, error->expected);
}
