/*
 * A policy: all rules in order, immutable once built but for what they count, and what they say
 * about one call. Building is cold; asking is done on the slow path (under 1 us a hundred rules)
 * and, for chaos, where a rule may concern the descriptor. Async-signal-safe, lock-free, allocates
 * nothing; leaves errno alone. Lives in memory that the caller gives.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/text.h"
#include "policy/operation.h"
#include "policy/rule.h"
#include "policy/spec.h"

/* Where rules come from: SOCKTIMEOUT_RULES, the file. In their order. */
struct policy_source {
	const char
		*name; /* for messages: "SOCKTIMEOUT_RULES", a path; must outlive the policy */
	const char *
		text; /* `;` and newline separate rules, `#` begins a comment to the line's end */
	size_t length;
};

/* The program that a policy is for: what `prog` is compared with; each may be NULL. Rules for other
 * programs are left out when it is given, unless it is NULL itself: then all are kept and `prog`
 * is met (the launcher, which shows them). A glob without a slash is compared with the last
 * component of each, one with a slash with the whole. */
struct policy_program {
	const char *path;    /* of the real executable: /proc/self/exe */
	const char *invoked; /* as it was executed (AT_EXECFN): a link's name, a script's */
};

struct policy; /* struct policy in policy.c's own keeping; its size is policy_size's matter */

struct policy_error {
	const char *source;  /* its name */
	size_t line, column; /* from 1 */
	const char *what, *expected;
};

/* The bytes that policy_build needs for these sources, at an alignment of 16. */
size_t policy_size(const struct policy_source *sources, unsigned int count);

/*
 * Build a policy of the sources in memory (policy_size bytes, zeroed, aligned to 16); the texts are
 * not needed afterwards. Stores where it is. Returns 0; or -EINVAL or -ERANGE with *error filled
 * in, for the first error in any source.
 */
int policy_build(void *memory, const struct policy_source *sources, unsigned int count,
		 const struct policy_program *program, const struct policy **policy,
		 struct policy_error *error);

/* "SOURCE:LINE:COLUMN: WHAT, expected EXPECTED"; odd bytes of the source are escaped. */
void policy_put_error(struct text *text, const struct policy_error *error);

/* The rules that were kept, in their order. */
size_t policy_count(const struct policy *policy);
const struct rule *policy_rule(const struct policy *policy, size_t index);
/* "SOURCE:LINE"; odd bytes of the source are escaped. */
void policy_put_line(struct text *text, const char *source, size_t length, unsigned int line);
/* That of a rule of the policy. */
void policy_put_place(struct text *text, const struct policy *policy, const struct rule *rule);

/* What rules may ask about a call; -1, NULL: not known, which meets no criterion. */
struct policy_call {
	enum operation operation;
	int family, type, protocol;
	const struct sockaddr *address; /* of the other side; of an accept the listener's own */
	socklen_t address_length;
};

/* Which of them matter for operation: those that are not need not be found out. */
#define POLICY_ASKS_ADDRESS  0x1u
#define POLICY_ASKS_FAMILY   0x2u
#define POLICY_ASKS_TYPE     0x4u
#define POLICY_ASKS_PROTOCOL 0x8u
/* In `actions` (RULE_… bits): some rule with one of them may concern the operation at all. */
unsigned int policy_asks(const struct policy *policy, enum operation operation,
			 unsigned int actions);
/* All actions that any rule has. */
unsigned int policy_actions(const struct policy *policy);

/*
 * What applies to one call. Each of {timeout, enforce}, idle, user-timeout and keepalive comes from
 * the first rule that is met and has it; a rule whose `when` does not fire is not met. NULL: no
 * rule, SPEC says it.
 */
struct policy_answer {
	const struct rule *timeout; /* with RULE_TIMEOUT, RULE_ENFORCE or both */
	const struct rule *idle;
	const struct rule *user_timeout;
	const struct rule *keepalive;
};

/* What a rule with `when` is to the call that is asked about. */
enum policy_when {
	POLICY_COUNTED,  /* a call of the program's: it is counted, and fires or does not */
	POLICY_MAY_FIRE, /* it is or will be counted elsewhere: taken for one that fires */
	POLICY_UNCOUNTED /* nothing that is counted: not met */
};

void policy_ask(const struct policy *policy, const struct policy_call *call,
		unsigned int actions, enum policy_when when, struct policy_answer *answer);

/* A fault that is to be injected into this call. */
struct policy_fault {
	const struct rule *rule; /* NULL: none */
	uint64_t count;          /* the how manyth time the rule was met */
	uint64_t random;         /* of seed, rule and count: for jitter */
};

/*
 * The first rule with chaos actions that is met and fires. Counts. Reproducible: whether a rule
 * fires depends on seed, the rule's text and the count of that rule alone.
 */
void policy_ask_fault(const struct policy *policy, const struct policy_call *call,
		      uint64_t seed, struct policy_fault *fault);

/* Whether the call meets the rule's criteria and the rule has one of actions for it; `when` and
 * `prog` are not looked at. */
bool policy_meets(const struct rule *rule, const struct policy_call *call,
		  unsigned int actions);

/* All rules count from the beginning, as in a process that begins. */
void policy_count_anew(const struct policy *policy);

/* Whether any rule with chaos actions could ever be met by a call of that operation on a descriptor
 * of these facts: where not, nobody needs to ask again. An address of NULL with the family
 * known may yet become any. */
bool policy_may_fault(const struct policy *policy, const struct policy_call *call);

#endif
