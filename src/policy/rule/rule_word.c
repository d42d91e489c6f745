/*
 * Looks up the words of rules. Owns constant tables: arrays of bytes, because arrays of pointers
 * would need relocations in the library.
 */
#include "policy/rule/rule_word.h"

#include <string.h>

typedef char word[sizeof "user-timeout"];

#define NAME(bit, name) name,
static const word criteria[] = {RULE_CRITERIA(NAME)};
static const word actions[] = {RULE_ACTIONS(NAME)};
#undef NAME

_Static_assert(sizeof actions / sizeof *actions == RULE_WORD_BITS &&
		       sizeof criteria / sizeof *criteria < RULE_WORD_BITS,
	       "a place for each word");
_Static_assert(RULE_WHEN == 1u << (sizeof criteria / sizeof *criteria - 1) &&
		       RULE_PROBABILITY == 1u << (RULE_WORD_BITS - 1),
	       "the words stand in the order of their bits");

const char *rule_word_name(bool action, unsigned int number)
{
	if (action)
		return number < sizeof actions / sizeof *actions ? actions[number] : NULL;
	return number < sizeof criteria / sizeof *criteria ? criteria[number] : NULL;
}

int rule_word_find(bool action, const char *name, size_t length)
{
	const char *known;

	for (unsigned int number = 0; (known = rule_word_name(action, number)) != NULL;
	     number++)
		if (strlen(known) == length && memcmp(known, name, length) == 0)
			return (int)number;
	return -1;
}
