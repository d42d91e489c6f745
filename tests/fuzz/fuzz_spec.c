/*
 * libFuzzer's target for spec_parse: whatever the text, an error has a place inside of it, and
 * what is accepted reads back from what it is printed as. Cold.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/spec.h"

/* libFuzzer reports an abort with the input that led to it. */
#define REQUIRE(condition)                                                                     \
	do                                                                                     \
		if (!(condition))                                                              \
			abort();                                                               \
	while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require_same(const char *spec, const struct timeouts *timeouts)
{
	struct timeouts again;
	struct spec_error error;

	REQUIRE(spec_parse(spec, &again, &error) == 0);
	REQUIRE(memcmp(&again, timeouts, sizeof(again)) == 0);
}

static void check_accepted(const char *spec, const struct timeouts *timeouts)
{
	size_t length = strlen(spec);
	char buffer[512];
	struct text text;
	char *twice = malloc(2 * length + 2);

	for (int i = 0; i < OPERATION_COUNT; i++)
		REQUIRE(timeouts->of[i] >= 0 ||
			(i == OPERATION_WAIT && timeouts->of[i] == TIMEOUT_FOLLOWS));
	text_begin(&text, buffer, sizeof(buffer));
	spec_put(&text, timeouts);
	REQUIRE(!text.truncated);
	require_same(buffer, timeouts);

	/* Later wins: the same once more changes nothing. */
	REQUIRE(twice != NULL);
	memcpy(twice, spec, length);
	twice[length] = ',';
	strcpy(twice + length + 1, spec);
	require_same(twice, timeouts);
	free(twice);
}

static void check_refused(const char *spec, int code, const struct spec_error *error)
{
	char buffer[256];
	struct text text;

	REQUIRE(code == -EINVAL || code == -ERANGE);
	REQUIRE(error->column >= 1 && error->column <= strlen(spec) + 1);
	text_begin(&text, buffer, sizeof(buffer));
	spec_put_error(&text, error);
	REQUIRE(!text.truncated && strstr(buffer, ", expected ") != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct timeouts untouched = {
		.of = {4711, 4712, 4713, 4714, 4715, 4716, 4717}};
	struct timeouts timeouts = untouched;
	struct spec_error error = {0, NULL, NULL};
	char *spec = malloc(size + 1); /* of exactly that size, for ASan */
	int code;

	REQUIRE(spec != NULL);
	if (size > 0)
		memcpy(spec, data, size);
	spec[size] = '\0';
	errno = 4711;
	code = spec_parse(spec, &timeouts, &error);
	REQUIRE(errno == 4711);
	if (code == 0) {
		check_accepted(spec, &timeouts);
	} else {
		REQUIRE(memcmp(&timeouts, &untouched, sizeof(timeouts)) == 0);
		check_refused(spec, code, &error);
	}
	free(spec);
	return 0;
}
