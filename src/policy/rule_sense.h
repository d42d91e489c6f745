/*
 * What makes no sense in a rule although each of its words does. Cold.
 */
#ifndef POLICY_RULE_SENSE_H
#define POLICY_RULE_SENSE_H

#include "policy/rule.h"
#include "policy/rule_word.h"

/* Where in a rule its words stand: the column of each, by the numbers of the bits. */
struct rule_columns {
	size_t criterion[RULE_WORD_BITS], action[RULE_WORD_BITS];
};

/* Returns 0, or -EINVAL with *error filled in. */
int rule_check_sense(const struct rule *rule, const struct rule_columns *columns,
		     struct rule_error *error);

#endif
