/*
 * Reads and prints the globs in rules. Cold. Async-signal-safe; allocates nothing; keeps errno.
 *
 * In the text of a rule, `\` and a character that is neither letter nor digit stand for that
 * character, and \xHH stands for any byte. In memory, only special characters of globs
 * (GLOB_SPECIAL) that are meant literally have a backslash.
 */
#ifndef POLICY_RULE_RULE_STRING_H
#define POLICY_RULE_RULE_STRING_H

#include "base/text.h"
#include "policy/rule/rule_value.h"

/* Read a glob to *strings, and move *strings behind the glob, by at most value.length bytes. An empty
 * glob and an unclosed bracket are errors. Returns 0, or -EINVAL with *error filled in. */
int rule_string_read(struct rule_value value, char **strings, struct rule_string *string,
		     struct rule_error *error);
/* Put the glob in the form that rule_string_read reads back to the same glob. */
void rule_string_put(struct text *text, struct rule_string string);

#endif
