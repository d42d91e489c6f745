/*
 * The globs in rules as they are written, with what would end them escaped, and as they are
 * kept. Cold. As rule.h says of all of it: async-signal-safe, allocates nothing, leaves errno alone.
 *
 * Written, `\` before a character that is no letter and no digit stands for it, \xHH for any byte;
 * kept, only what is special in a glob (GLOB_SPECIAL) and means itself has its backslash.
 */
#ifndef POLICY_RULE_STRING_H
#define POLICY_RULE_STRING_H

#include "base/text.h"
#include "policy/rule_value.h"

/* Read a glob into *strings, which is moved behind it, at most value.length bytes on. Its brackets
 * are closed, and it is not empty. */
int rule_string_read(struct rule_value value, char **strings, struct rule_string *string,
		     struct rule_error *error);
/* Put it so that it reads back to the same. */
void rule_string_put(struct text *text, struct rule_string string);

#endif
