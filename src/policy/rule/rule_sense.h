/*
 * Checks the combination of words in a rule. Cold.
 */
#ifndef POLICY_RULE_RULE_SENSE_H
#define POLICY_RULE_RULE_SENSE_H

#include "policy/rule/rule.h"
#include "policy/rule/rule_word.h"

/* The column of each word of a rule, by the bit number of the word. */
struct rule_columns {
	size_t criterion[RULE_WORD_BITS], action[RULE_WORD_BITS];
};

/* Check the rule. Returns 0, or -EINVAL with *error filled in. */
int rule_check_sense(const struct rule *rule, const struct rule_columns *columns,
		     struct rule_error *error);

#endif
