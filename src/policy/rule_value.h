/*
 * The values in a rule: text to what a field of struct rule holds. Cold. As rule.h says of all of
 * it: async-signal-safe, allocates nothing, leaves errno alone. Each function returns 0, or fails
 * with -EINVAL or -ERANGE and *error filled in.
 */
#ifndef POLICY_RULE_VALUE_H
#define POLICY_RULE_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "constants/constants.h"
#include "policy/rule.h"

/* Some bytes of a rule, and the column of the first of them (from 1). */
struct rule_value {
	const char *text;
	size_t length, column;
};

/* Fill in *error; returns code. */
int rule_fail(struct rule_error *error, int code, size_t column, const char *what,
	      const char *expected);

/* A decimal number of low..high; expected says so in the message. */
int rule_value_number(struct rule_value value, uint64_t low, uint64_t high,
		      const char *expected, uint64_t *number, struct rule_error *error);
/* A constant of family by its name or number (0..INT_MAX). */
int rule_value_constant(struct rule_value value, enum constant_family family, const char *what,
			const char *expected, int *number, struct rule_error *error);
/* LOW or LOW..HIGH. */
int rule_value_ports(struct rule_value value, uint16_t *low, uint16_t *high,
		     struct rule_error *error);
/* FIRST[..LAST][+STEP]. */
int rule_value_when(struct rule_value value, struct rule_when *when, struct rule_error *error);
/* A DURATION of at most limit nanoseconds; too_long says so in the message. */
int rule_value_duration(struct rule_value value, int64_t limit, const char *too_long,
			int64_t *nanoseconds, struct rule_error *error);
/* A DURATION that is not `off`, and not over the half of what can be said, so that two of them
 * can be added. */
int rule_value_pause(struct rule_value value, int64_t *nanoseconds, struct rule_error *error);
/* IDLE/INTERVAL/COUNT or off, as far as the kernel goes with it. */
int rule_value_keepalive(struct rule_value value, struct rule_keepalive *keepalive,
			 struct rule_error *error);
/* The name or number of an errno, or the name of an EAI_ value. */
int rule_value_error(struct rule_value value, int *number, struct rule_error *error);
/* 0..1 with at most 9 decimals, in parts of RULE_CERTAIN. */
int rule_value_probability(struct rule_value value, uint32_t *parts, struct rule_error *error);

#endif
