/*
 * The policy in force: what the rules of SOCKTIMEOUT_RULES and of the file say of a call, and the
 * file read again when it has changed.
 *
 * A policy is read by whoever asks and replaced by whoever notices that the file is another one,
 * without locks: it sits in a slot that counts its readers; a new one goes into a slot that nobody
 * reads and is then made the current one. A count that is left behind (by a handler that jumps out
 * of a look-up with siglongjmp, by a fork in the midst of another thread's) keeps one slot from
 * being used again, and nothing else.
 *
 * Cold: asked where a call is about to wait. Async-signal-safe; leaves errno alone.
 */
#ifndef SHIM_RULES_H
#define SHIM_RULES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "policy/policy.h"
#include "shim/config/sources.h"

/* The file may change: somebody has to look. */
extern atomic_bool rules_watched;
/* All actions that any rule has (RULE_…), and RULES_BY_ADDRESS. */
extern _Atomic unsigned int rules_have;

/* A connect's or a wait's timeout may depend on the address, which the kernel does not show while
 * a connect is in progress. */
#define RULES_BY_ADDRESS 0x80000000u

/* Some rule has one of these actions (RULE_…, RULES_BY_ADDRESS). Hot: one load. */
static inline bool rules_any(unsigned int actions)
{
	return UNLIKELY((atomic_load_explicit(&rules_have, memory_order_relaxed) & actions) !=
			0);
}

/* Read the rules for the first time. Each source that is refused is told of: "SOURCE:LINE:COLUMN: …",
 * without an end; from->rules is NULL then where it was that. *from must stay. */
void rules_start(struct sources *from, void (*complain)(const struct text *what));

/* What rules_refresh does where a file is watched. */
COLD void rules_look(int64_t now);

/* Where a call is about to wait, or has waited: once a second, see whether the file has changed,
 * and take what it says. Else a load. now: the monotonic clock, in nanoseconds. */
static inline void rules_refresh_at(int64_t now)
{
	/* What rules_start has noted of the file comes with it. */
	if (UNLIKELY(atomic_load_explicit(&rules_watched, memory_order_acquire)))
		rules_look(now);
}

/* The same for who has not looked at the clock; where a file is watched, a coarse one is. */
static inline void rules_refresh(void)
{
	if (UNLIKELY(atomic_load_explicit(&rules_watched, memory_order_relaxed)))
		rules_refresh_at(clock_coarse());
}

/* Whom the rules are asked about. Set the first group; the rest is asked of the kernel as far as
 * some rule wants to know it, once. */
struct rules_subject {
	int fd; /* -1: no socket, a lookup */
	uint32_t hint;
	const struct sockaddr
		*address; /* of the other side, where the call names it, or NULL */
	socklen_t address_length;
	bool unread; /* the kernel has not read the address yet: it may be anything */

	unsigned int known; /* POLICY_ASKS_… */
	int family, type, protocol;
	const struct sockaddr *found;
	socklen_t found_length;
	struct sockaddr_storage storage;
};

struct rules_limit {
	int64_t timeout;         /* nanoseconds, DURATION_NONE; of WAIT also TIMEOUT_FOLLOWS */
	bool enforced;           /* also over the program's own bound */
	struct rule_origin rule; /* that says so; none: SPEC does */
};

/* The timeout of operation: of the first rule that is met, or SPEC's. For IDLE see rules_idle. */
struct rules_limit rules_timeout(struct rules_subject *subject, enum operation operation,
				 enum policy_when when);
/* How long a connected socket may be idle, DURATION_NONE: for ever. Nothing enforces it, nor is it
 * counted. */
struct rules_limit rules_idle(struct rules_subject *subject);

/* Room for what rules_put_origin puts. */
#define RULES_ORIGIN_SIZE 840
/* "SOURCE:LINE" of a rule, of a long path its end behind "..."; not of none. */
void rules_put_origin(struct text *text, struct rule_origin origin);

/* user-timeout and keepalive, for CONNECT or ACCEPT; copies. */
struct rules_tcp {
	bool has_user_timeout, has_keepalive;
	int64_t user_timeout; /* nanoseconds, DURATION_NONE: none */
	struct rule_keepalive keepalive;
};
/* What subject gets of it, into *tcp. */
void rules_tcp(struct rules_subject *subject, enum operation operation, struct rules_tcp *tcp);

/* The shortest and the longest timeout that any wait may have by rules or SPEC (0: none), and the
 * shortest idle; whether some rule enforces. Goes through all rules. */
struct rules_range {
	int64_t shortest, longest, idle;
	bool enforced;
};
void rules_range(struct rules_range *range);

/* The current policy, or NULL for none, and its slot to be given back: what it points to is there
 * until then. Not to be held over a wait. */
const struct policy *rules_hold(unsigned int *slot);
void rules_release(unsigned int slot);
/* What the policy wants to know of the subject for operation (policy_asks of these actions). */
void rules_find_out(struct rules_subject *subject, const struct policy *policy,
		    enum operation operation, unsigned int actions, struct policy_call *call);

#endif
