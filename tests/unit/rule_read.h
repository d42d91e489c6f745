/*
 * One rule of a text, for the tests of rules. Cold.
 */
#ifndef UNIT_RULE_READ_H
#define UNIT_RULE_READ_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/rule/rule.h"
#include "run.h"

static inline int parse(const char *text, struct rule *rule, char *strings,
			struct rule_error *error)
{
	char *end = strings;
	const size_t length = strlen(text);
	char *exact = malloc(length + 1); /* of that size, for ASan */
	int code;

	memcpy(exact, text, length);
	errno = 4711;
	code = rule_parse(exact, length, &end, rule, error);
	ck_assert_int_eq(errno, 4711);
	ck_assert(end >= strings && (size_t)(end - strings) <= length);
	free(exact);
	return code;
}

#endif
