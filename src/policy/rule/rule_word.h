/*
 * THE list of the words of rules: the names of criteria and actions. Constant; cold.
 */
#ifndef POLICY_RULE_RULE_WORD_H
#define POLICY_RULE_RULE_WORD_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/rule/rule.h"

/* WORD(bit, name), in the order of the bits. */
#define RULE_CRITERIA(WORD)                                                                    \
	WORD(RULE_OPERATION, "op")                                                             \
	WORD(RULE_PROGRAM, "prog")                                                             \
	WORD(RULE_TO, "to")                                                                    \
	WORD(RULE_PORT, "port")                                                                \
	WORD(RULE_FAMILY, "family")                                                            \
	WORD(RULE_TYPE, "type")                                                                \
	WORD(RULE_PROTOCOL, "protocol")                                                        \
	WORD(RULE_HOST, "host")                                                                \
	WORD(RULE_USER, "user")                                                                \
	WORD(RULE_UNIT, "unit")                                                                \
	WORD(RULE_AFTER, "after")                                                              \
	WORD(RULE_FROM, "from")                                                                \
	WORD(RULE_UNTIL, "until")                                                              \
	WORD(RULE_WHEN, "when")

#define RULE_ACTIONS(WORD)                                                                     \
	WORD(RULE_TIMEOUT, "timeout")                                                          \
	WORD(RULE_ENFORCE, "enforce")                                                          \
	WORD(RULE_IDLE, "idle")                                                                \
	WORD(RULE_REPLY, "reply")                                                              \
	WORD(RULE_USER_TIMEOUT, "user-timeout")                                                \
	WORD(RULE_KEEPALIVE, "keepalive")                                                      \
	WORD(RULE_ERROR, "error")                                                              \
	WORD(RULE_DELAY, "delay")                                                              \
	WORD(RULE_JITTER, "jitter")                                                            \
	WORD(RULE_SHORT, "short")                                                              \
	WORD(RULE_RESET, "reset")                                                              \
	WORD(RULE_BLACKHOLE, "blackhole")                                                      \
	WORD(RULE_RATE, "rate")                                                                \
	WORD(RULE_SHARED, "shared")                                                            \
	WORD(RULE_LOSS, "loss")                                                                \
	WORD(RULE_DUPLICATE, "duplicate")                                                      \
	WORD(RULE_SLOW_CLOSE, "slow-close")                                                    \
	WORD(RULE_PROBABILITY, "probability")

/* "op, prog, …", for error messages. */
#define RULE_WORD_IN_LIST(bit, name) ", " name
#define RULE_CRITERIA_NAMES          (&(RULE_CRITERIA(RULE_WORD_IN_LIST))[2])
#define RULE_ACTIONS_NAMES           (&(RULE_ACTIONS(RULE_WORD_IN_LIST))[2])

/* The largest number of words in one of the lists. */
#define RULE_WORD_BITS 18

/* The actions without a value. */
#define RULE_BARE_ACTIONS                                                                      \
	(RULE_ENFORCE | RULE_RESET | RULE_BLACKHOLE | RULE_SHARED | RULE_LOSS | RULE_DUPLICATE)

/* The bit number of the criterion (or action) with this name of length bytes; -1: there is none. */
int rule_word_find(bool action, const char *name, size_t length);
/* The name of the word with this bit number; NULL: there is none. */
const char *rule_word_name(bool action, unsigned int number);

#endif
