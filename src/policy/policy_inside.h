/*
 * The definition of struct policy, for policy.c, which builds policies, and ask.c, which reads them.
 */
#ifndef POLICY_POLICY_INSIDE_H
#define POLICY_POLICY_INSIDE_H

#include "policy/policy.h"
#include "policy/rule/rule_word.h"

/* The actions of a rule for each operation. The check of this small struct skips most rules: sixteen
 * of them take eight cache lines, sixteen rules take ninety. */
struct sieve {
	uint32_t actions[OPERATION_COUNT];
};

struct policy {
	size_t count;
	unsigned int actions; /* of all rules */
	const char **names;   /* of the sources */
	struct rule *rules;
	struct sieve *sieves;
	uint64_t *hashes; /* of the normalised texts, for rules with faults */
	/* POLICY_ASKS_… of the rules for an operation, by the bit number of the action. */
	uint8_t asks[OPERATION_COUNT][RULE_WORD_BITS];
};

#endif
