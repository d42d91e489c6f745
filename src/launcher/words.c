/*
 * Compares words by their edit distance (Levenshtein). Cold; owns no state.
 */
#include "launcher/words.h"

#include <string.h>

#include "launcher/program/program.h"
#include "policy/spec.h"

/* No option has a longer name. */
#define LONGEST 32

static size_t least(size_t one, size_t other)
{
	return one < other ? one : other;
}

/* How many characters of `name` are to be changed, added or removed for the first length bytes of word. */
static size_t distance(const char *name, const char *word, size_t length)
{
	size_t row[LONGEST + 1];

	for (size_t i = 0; i <= length; i++)
		row[i] = i;
	for (; *name != '\0'; name++) {
		size_t diagonal = row[0]++;

		for (size_t i = 1; i <= length; i++) {
			const size_t changed = diagonal + (*name != word[i - 1]);

			diagonal = row[i];
			row[i] = least(changed, 1 + least(row[i], row[i - 1]));
		}
	}
	return row[length];
}

const char *words_nearest(const char *word, const struct option *options)
{
	const size_t length = strcspn(word, "=");
	const char *nearest = NULL;
	size_t smallest = 1 + length / 3;

	if (length > LONGEST)
		return NULL;
	for (; options->name != NULL; options++) {
		const size_t found = distance(options->name, word, length);

		if (found <= smallest) {
			smallest = found - (found != 0);
			nearest = options->name;
		}
	}
	return nearest;
}

bool words_is_command(const char *word)
{
	struct spec_error error;
	struct timeouts timeouts;
	struct program program;
	bool found;

	if (spec_parse(word, &timeouts, &error) == 0)
		return false;
	program_find(word, &program);
	found = program.error == 0;
	program_free(&program);
	return found;
}
