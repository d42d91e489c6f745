/*
 * What a policy is made of: between its builder (policy.c) and those who answer from it (ask.c).
 */
#ifndef POLICY_POLICY_INSIDE_H
#define POLICY_POLICY_INSIDE_H

#include "policy/policy.h"
#include "policy/rule_word.h"

/* Of a rule, the actions that concern each operation: most rules are passed over by a look at it,
 * and sixteen of them are in two cache lines, not in sixty. */
struct sieve {
	uint16_t actions[OPERATION_COUNT];
};

struct policy {
	size_t count;
	unsigned int actions; /* of all rules */
	const char **names;   /* of the sources */
	struct rule *rules;
	struct sieve *sieves;
	uint64_t *hashes; /* of the rules' normalised texts; of those with chaos actions */
	/* POLICY_ASKS_… of the rules that concern an operation, by the number of the action. */
	uint8_t asks[OPERATION_COUNT][RULE_WORD_BITS];
};

#endif
