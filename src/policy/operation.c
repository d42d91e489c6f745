/*
 * Owns the names of the operations. Constant.
 */
#include "policy/operation.h"

#include <string.h>

#define OPERATION_NAME(enumerator, name) [enumerator] = (name),
static const char *const names[OPERATION_COUNT] = {OPERATIONS(OPERATION_NAME)};
#undef OPERATION_NAME

const char *operation_name(enum operation operation)
{
	/* unsigned, because a value that is not an enumerator may be negative. */
	return (unsigned)operation < OPERATION_COUNT ? names[operation] : "?";
}

enum operation operation_find(const char *name, size_t length)
{
	unsigned operation = 0;

	while (operation < OPERATION_COUNT && (strlen(names[operation]) != length ||
					       memcmp(names[operation], name, length) != 0))
		operation++;
	return (enum operation)operation;
}
