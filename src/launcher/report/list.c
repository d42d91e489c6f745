/*
 * Prints the constant tables. Cold; owns no state.
 */
#include "launcher/report/list.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "constants/constants.h"

bool list_constants(const char *prefix)
{
	size_t length = prefix == NULL ? 0 : strlen(prefix);
	bool found = false;

	for (unsigned family = 0; family < CONSTANTS_FAMILY_COUNT; family++) {
		size_t count;
		const struct constant *list =
			constants_of((enum constant_family)family, &count);

		for (size_t i = 0; i < count; i++)
			if (length == 0 || strncmp(list[i].name, prefix, length) == 0) {
				printf("%s %" PRId64 "\n", list[i].name, list[i].value);
				found = true;
			}
	}
	return found;
}
