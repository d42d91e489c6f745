/*
 * A policy: all rules in order. After policy_build a policy is immutable, apart from the counts of
 * the rules. Building is cold. policy_ask is called on the slow path (less than 1 us for a hundred
 * rules); policy_ask_fault where a rule with faults may match the descriptor. Async-signal-safe;
 * lock-free; allocates nothing; keeps errno. The caller provides the memory.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/text.h"
#include "policy/operation.h"
#include "policy/rule/rule.h"
#include "policy/spec.h"

/* A text of rules: SOCKTIMEOUT_RULES, or the policy file. */
struct policy_source {
	const char *
		name; /* for messages: "SOCKTIMEOUT_RULES" or a path; must outlive the policy */
	const char *
		text; /* `;` and newline separate rules, `#` begins a comment to the line's end */
	size_t length;
};

/* The process: the names of the program, which `prog` is compared with, its user and its control group;
 * each may be NULL. Rules for other programs
 * are left out of the policy. Without a struct policy_program (the launcher, which shows all rules)
 * every rule is kept, and `prog` matches. A glob without a slash is compared with the last component
 * of each name, a glob with a slash with the whole name. */
struct policy_program {
	const char *path;    /* of the real executable: /proc/self/exe */
	const char *invoked; /* the executed path (AT_EXECFN): of a link, or of a script */
	const char *user;    /* the name of uid */
	const char *group;   /* the path of the control group: "/system.slice/nginx.service" */
	uint32_t uid;
	/* Every `prog`, `user` or `unit` matches. */
	bool any, any_user, any_unit;
};

struct policy; /* defined in policy_inside.h */

struct policy_error {
	const char *source;  /* the name of the source */
	size_t line, column; /* from 1 */
	const char *what, *expected;
};

/* The number of bytes that policy_build needs for these sources. */
size_t policy_size(const struct policy_source *sources, unsigned int count);

/*
 * Build a policy from the sources, in memory (policy_size bytes, zeroed, aligned to 16), and store
 * its address in *policy. The texts are not needed afterwards. Returns 0; or -EINVAL or -ERANGE with
 * *error filled in, for the first error in any source.
 */
int policy_build(void *memory, const struct policy_source *sources, unsigned int count,
		 const struct policy_program *program, const struct policy **policy,
		 struct policy_error *error);

/* Put "SOURCE:LINE:COLUMN: WHAT, expected EXPECTED", with unprintable bytes of SOURCE escaped. */
void policy_put_error(struct text *text, const struct policy_error *error);

/* The rules of the policy, in order. */
size_t policy_count(const struct policy *policy);
const struct rule *policy_rule(const struct policy *policy, size_t index);
/* Put "SOURCE:LINE", with unprintable bytes of SOURCE escaped. */
void policy_put_line(struct text *text, const char *source, size_t length, unsigned int line);
/* The same for a rule of the policy. */
void policy_put_place(struct text *text, const struct policy *policy, const struct rule *rule);

/* The properties of a call that rules can name. -1 or NULL: unknown, which matches no criterion. */
struct policy_call {
	enum operation operation;
	int family, type, protocol;
	const struct sockaddr *address; /* of the peer; for accept, of the listener itself */
	socklen_t address_length;
	const char *host; /* the name that a lookup asks for, in lower case, or NULL */
	uint64_t moved; /* bytes on the connection in the direction of operation; 0: unknown */
	int64_t age;    /* nanoseconds since the program began; 0: unknown */
	/* A name for which the program got this address (AF_INET: 4 bytes, AF_INET6: 16) matches the
	 * glob. NULL: no names are known. */
	bool (*has_name)(struct rule_string glob, int family, const unsigned char *octet);
	/* An unknown property stays unknown. For policy_may_fault. */
	bool settled;
	bool channel; /* a program's own channel: only timeouts of rules with to=unix: apply */
};

/* The properties that some rule for the operation names; the caller need not determine others. */
#define POLICY_ASKS_ADDRESS  0x1u
#define POLICY_ASKS_FAMILY   0x2u
#define POLICY_ASKS_TYPE     0x4u
#define POLICY_ASKS_PROTOCOL 0x8u
#define POLICY_ASKS_HOST     0x10u
#define POLICY_ASKS_MOVED    0x20u
#define POLICY_ASKS_AGE      0x40u
/* POLICY_ASKS_… of all rules for operation with one of actions (RULE_… bits). */
unsigned int policy_asks(const struct policy *policy, enum operation operation,
			 unsigned int actions);
/* The actions (RULE_… bits) of all rules. */
unsigned int policy_actions(const struct policy *policy);

/*
 * The rules that apply to a call. Each of {timeout, enforce}, idle, reply, user-timeout and keepalive comes
 * from the first matching rule that has the action; a rule whose `when` does not fire does not match.
 * NULL: no rule matches, SPEC applies.
 */
struct policy_answer {
	const struct rule *timeout; /* with RULE_TIMEOUT, RULE_ENFORCE or both */
	const struct rule *idle;
	const struct rule *reply;
	const struct rule *user_timeout;
	const struct rule *keepalive;
};

/* How a rule with `when` is treated. */
enum policy_when {
	POLICY_COUNTED,  /* the rule counts the call, and fires or not */
	POLICY_MAY_FIRE, /* the rule does not count, and fires: the call is counted elsewhere */
	POLICY_UNCOUNTED /* the rule does not count, and does not match */
};

void policy_ask(const struct policy *policy, const struct policy_call *call,
		unsigned int actions, enum policy_when when, struct policy_answer *answer);

/* The fault to inject into a call. */
struct policy_fault {
	const struct rule *rule; /* NULL: none */
	uint64_t count;          /* of the rule's matches, this one included */
	uint64_t random;         /* from seed, rule and count, for jitter */
};

/*
 * Find the first rule with one of these faults (RULE_CALL_FAULTS, RULE_END_FAULTS) that matches and fires. Counts the call. Reproducible: whether a
 * rule fires depends only on seed, the text of the rule and the count of the rule.
 */
void policy_ask_fault(const struct policy *policy, const struct policy_call *call,
		      unsigned int actions, uint64_t seed, struct policy_fault *fault);

/* The first rule with one of these actions that the call meets; NULL: none. Counts nothing; `when` and
 * `probability` are ignored. */
const struct rule *policy_find(const struct policy *policy, const struct policy_call *call,
			       unsigned int actions);

/* When the next byte of a rule with `shared` may move, for the caller to keep (CLOCK_MONOTONIC,
 * nanoseconds; 0 at first). */
_Atomic int64_t *policy_next(const struct policy *policy, size_t index);

/* How many bytes may move before the call would meet the `after` of another rule; UINT64_MAX: any
 * number. */
uint64_t policy_bytes_left(const struct policy *policy, const struct policy_call *call);

/* The call meets the criteria of the rule, and the rule has one of actions for the call. `when`, `after`,
 * `from`, `until`, and what is of the process (`prog`, `user`, `unit`) are ignored. */
bool policy_meets(const struct rule *rule, const struct policy_call *call,
		  unsigned int actions);

/* Reset the counts of all rules, for a new process. */
void policy_count_anew(const struct policy *policy);

/* A rule with faults could match a later call of the operation on a descriptor with these
 * properties. If not, policy_ask_fault need not be called again. With a known family, address ==
 * NULL means that the descriptor may get any address, unless the call is settled. */
bool policy_may_fault(const struct policy *policy, const struct policy_call *call);

#endif
