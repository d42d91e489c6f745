/*
 * The values in a rule: text to the contents of a field of struct rule. Cold. As all of rule.h:
 * async-signal-safe, allocates nothing, leaves errno unchanged. Each function returns 0, or fails
 * with -EINVAL or -ERANGE and *error filled in.
 */
#ifndef POLICY_RULE_RULE_VALUE_H
#define POLICY_RULE_RULE_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "constants/constants.h"
#include "policy/rule/rule.h"

/* Bytes of a rule, and the column of the first byte (from 1). */
struct rule_value {
	const char *text;
	size_t length, column;
};

/* Fill in *error and return code. */
int rule_fail(struct rule_error *error, int code, size_t column, const char *what,
	      const char *expected);

/* Parse a decimal number of low..high. expected is the text for the error message. */
int rule_value_number(struct rule_value value, uint64_t low, uint64_t high,
		      const char *expected, uint64_t *number, struct rule_error *error);
/* Parse the name or the number (0..INT_MAX) of a constant of family. */
int rule_value_constant(struct rule_value value, enum constant_family family, const char *what,
			const char *expected, int *number, struct rule_error *error);
/* Parse LOW or LOW..HIGH. */
int rule_value_ports(struct rule_value value, uint16_t *low, uint16_t *high,
		     struct rule_error *error);
/* Parse FIRST[..LAST][+STEP]. */
int rule_value_when(struct rule_value value, struct rule_when *when, struct rule_error *error);
/* Parse a DURATION of at most limit nanoseconds. too_long is the error text for a longer one. */
int rule_value_duration(struct rule_value value, int64_t limit, const char *too_long,
			int64_t *nanoseconds, struct rule_error *error);
/* Parse a DURATION other than `off`, at most half of the maximum, so that the sum of two does not
 * overflow. */
int rule_value_pause(struct rule_value value, int64_t *nanoseconds, struct rule_error *error);
/* Parse a number of bytes of at least 1, with k, M, G (powers of 1000) or Ki, Mi, Gi (of 1024) behind. */
int rule_value_bytes(struct rule_value value, uint64_t *bytes, struct rule_error *error);
/* The same, which /s may follow. */
int rule_value_rate(struct rule_value value, uint64_t *bytes, struct rule_error *error);
/* Put the number with the largest unit that needs no fraction. */
void rule_value_put_bytes(struct text *text, uint64_t bytes);
/* Parse IDLE/INTERVAL/COUNT, within the limits of the kernel, or off. */
int rule_value_keepalive(struct rule_value value, struct rule_keepalive *keepalive,
			 struct rule_error *error);
/* Parse the name or number of an errno, or the name of an EAI_ value. */
int rule_value_error(struct rule_value value, int *number, struct rule_error *error);
/* Parse a number of 0..1 with at most 9 decimals, into 0..RULE_CERTAIN. */
int rule_value_probability(struct rule_value value, uint32_t *parts, struct rule_error *error);

#endif
