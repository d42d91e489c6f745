/*
 * Questions to the policy in force: the timeouts that the rules and SPEC give a call. Asks the kernel
 * for the properties of a socket that some rule names. The policy itself: shim/config/rules_slots.h.
 *
 * Cold: asked when a call is about to wait. Async-signal-safe; errno is unchanged.
 */
#ifndef SHIM_RULES_H
#define SHIM_RULES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "policy/policy.h"
#include "shim/config/rules_slots.h"

/* The socket or lookup that the rules are asked about. The caller sets the first group; the other
 * begins as zeros, and is filled in when a rule wants to know a fact, once. */
struct rules_subject {
	int fd;         /* -1: a lookup */
	uint64_t state; /* of fd (fd/fd.h) */
	const struct sockaddr
		*address; /* of the other side, where the call names it, or NULL */
	socklen_t address_length;
	bool unread; /* the kernel has not read address yet: address may be a bad pointer */
	const char *host; /* the name that a lookup asks for, in lower case, or NULL */

	unsigned int known; /* POLICY_ASKS_… */
	int family, type, protocol;
	uint64_t moved;
	const struct sockaddr *found;
	socklen_t found_length;
	struct sockaddr_storage storage;
};

struct rules_limit {
	int64_t timeout; /* nanoseconds, or DURATION_NONE; of WAIT also TIMEOUT_FOLLOWS */
	bool enforced;   /* shortens the program's own bound, too */
	struct rule_origin rule; /* the rule that sets timeout; line 0: SPEC does */
};

/* The timeout of operation: of the first rule that matches, or SPEC's. Not for IDLE. Looks at a watched
 * policy file first. */
struct rules_limit rules_timeout(struct rules_subject *subject, enum operation operation,
				 enum policy_when when);
/* The longest time that a connected socket may be idle; DURATION_NONE: any time. Counts no rule.
 * enforced is false. */
struct rules_limit rules_idle(struct rules_subject *subject);
/* The same of `reply`: how long an answer may be owed. */
struct rules_limit rules_reply(struct rules_subject *subject);

/* user-timeout and keepalive of a CONNECT or an ACCEPT. */
struct rules_tcp {
	bool has_user_timeout, has_keepalive;
	int64_t user_timeout; /* nanoseconds, DURATION_NONE: none */
	struct rule_keepalive keepalive;
};
void rules_tcp(struct rules_subject *subject, enum operation operation, struct rules_tcp *tcp);

/* The shortest and the longest timeout that any wait may have by rules or SPEC, the shortest idle and the
 * shortest reply (nanoseconds; DURATION_NONE: none); whether some rule enforces. Goes through all rules. */
struct rules_range {
	int64_t shortest, longest, idle, reply;
	bool enforced;
};
void rules_range(struct rules_range *range);

/* Fill in *call, for policy_ask and policy_ask_fault: the facts of the subject that rules with these
 * actions want to know for operation. At most 4 system calls, and 1 a page of an unread address. */
void rules_find_out(struct rules_subject *subject, const struct policy *policy,
		    enum operation operation, unsigned int actions, struct policy_call *call);

#endif
