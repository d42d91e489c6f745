/*
 * A rule: criteria, white space, actions (socktimeout.conf(5)). Text to values and back; cold. One
 * parser and one printer for the library and the launcher. Async-signal-safe; allocates nothing;
 * leaves errno alone.
 */
#ifndef POLICY_RULE_H
#define POLICY_RULE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "policy/operation.h"

/* What a rule asks for. Each may stand once in a rule. */
#define RULE_OPERATION 0x01u /* op=recv */
#define RULE_PROGRAM   0x02u /* prog=psql, prog=/usr/bin/p*: name or path, glob */
#define RULE_TO        0x04u /* to=10.0.0.0/8, to=[2001:db8::]/32, to=/run/x*.sock, to=@abstract* */
#define RULE_PORT      0x08u /* port=5432, port=8000..8999 */
#define RULE_FAMILY    0x10u /* family=AF_INET6 */
#define RULE_TYPE      0x20u /* type=SOCK_DGRAM */
#define RULE_PROTOCOL  0x40u /* protocol=IPPROTO_TCP */
#define RULE_WHEN      0x80u /* when=FIRST[..LAST][+STEP] */

/* What it does. */
#define RULE_TIMEOUT      0x0001u /* timeout=DURATION */
#define RULE_ENFORCE      0x0002u /* enforce */
#define RULE_IDLE         0x0004u /* idle=DURATION */
#define RULE_USER_TIMEOUT 0x0008u /* user-timeout=DURATION */
#define RULE_KEEPALIVE    0x0010u /* keepalive=IDLE/INTERVAL/COUNT; keepalive=off */
#define RULE_ERROR        0x0020u /* error=ECONNREFUSED; error=EAI_AGAIN with op=resolve */
#define RULE_DELAY        0x0040u /* delay=DURATION */
#define RULE_JITTER       0x0080u /* jitter=DURATION, with delay: up to so much more */
#define RULE_SHORT        0x0100u /* short=N, N >= 1 */
#define RULE_RESET        0x0200u /* reset */
#define RULE_BLACKHOLE    0x0400u /* blackhole */
#define RULE_PROBABILITY  0x0800u /* probability=0.1, with another of chaos */

#define RULE_POLICY_ACTIONS                                                                    \
	(RULE_TIMEOUT | RULE_ENFORCE | RULE_IDLE | RULE_USER_TIMEOUT | RULE_KEEPALIVE)
#define RULE_CHAOS_ACTIONS                                                                     \
	(RULE_ERROR | RULE_DELAY | RULE_JITTER | RULE_SHORT | RULE_RESET | RULE_BLACKHOLE |    \
	 RULE_PROBABILITY)

/* Bytes, not NUL-terminated, in the memory that the rule's owner keeps; escapes resolved, so a
 * glob's own characters that are meant literally still carry their backslash. */
struct rule_string {
	const char *start;
	size_t length;
};

/* `to`: a block of addresses, or a glob of AF_UNIX paths. */
struct rule_place {
	int family;              /* AF_INET, AF_INET6 or AF_UNIX */
	unsigned char octet[16]; /* network byte order, 0 behind the prefix */
	unsigned int prefix;     /* bits */
	struct rule_string glob; /* AF_UNIX; an abstract name begins with @ */
};

/* `when`: the matches first, first + step, … up to last. */
struct rule_when {
	uint64_t first; /* >= 1 */
	uint64_t last;  /* UINT64_MAX: none */
	uint64_t step; /* 0: every one of first..last where a last was given, else only first */
};

struct rule_keepalive {
	unsigned int idle, interval, count; /* seconds, seconds, probes; all 0: off */
};

/* probability is in so many parts. */
#define RULE_CERTAIN 1000000000u

struct rule {
	unsigned int criteria, actions; /* RULE_… */
	unsigned int source;            /* which of the policy's sources */
	unsigned int line;              /* of it, from 1 */
	enum operation operation;
	struct rule_string program;
	struct rule_place to;
	uint16_t port_low, port_high;
	int family, type, protocol;
	struct rule_when when;
	int64_t timeout, idle, user_timeout; /* nanoseconds, DURATION_NONE: none */
	struct rule_keepalive keepalive;
	int64_t delay, jitter; /* nanoseconds */
	int error;             /* an errno, or an EAI_ value with OPERATION_RESOLVE */
	uint64_t limit;        /* of `short`, bytes */
	uint32_t probability;  /* 0 .. RULE_CERTAIN; RULE_CERTAIN where not given */
	/* How often all criteria but `when` and `probability` were met in this process. */
	_Atomic uint64_t met;
};

/* Which rule it was: what is left of one whose policy may be gone. A line of 0: none. */
struct rule_origin {
	uint32_t source : 4; /* which of the policy's sources */
	uint32_t line : 28;  /* of it, from 1; a file of rules has fewer bytes */
};

/* Where the rule stands. */
static inline struct rule_origin rule_origin_of(const struct rule *rule)
{
	return (struct rule_origin){.source = rule->source & 0xfu,
				    .line = rule->line & 0xfffffffu};
}

struct rule_error {
	size_t column;    /* of the first byte that does not fit, from 1 in the rule's text */
	const char *what; /* a static text: what is wrong there */
	const char *expected; /* a static text: what could stand there */
};

/* The bytes from text on that are of one rule: up to an unescaped `;` or `#`, or a newline. */
size_t rule_extent(const char *text, size_t length);

/*
 * Parse exactly length bytes of one rule (no comment, no separator, white space around it is
 * allowed) into *rule; strings go to *strings, which is moved on, and need at most length bytes.
 * Sets neither source nor line. Returns 0; or -EINVAL or -ERANGE with *error filled in.
 */
int rule_parse(const char *text, size_t length, char **strings, struct rule *rule,
	       struct rule_error *error);

/* Put the rule normalised, in the grammar that reads it back to the same: criteria and actions in
 * the order above, names of constants where they have one, the shortest durations. */
void rule_put(struct text *text, const struct rule *rule);

/* Put the value of one of the rule's actions (a RULE_… bit) that have one. */
void rule_put_value(struct text *text, const struct rule *rule, unsigned int action);

/* The rule's actions (RULE_…) that a call of that operation can have anything to do with; idle is
 * the socket's, and so any operation's. */
unsigned int rule_actions_for(const struct rule *rule, enum operation operation);

#endif
