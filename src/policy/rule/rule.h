/*
 * A rule: criteria, white space, actions (socktimeout.conf(5)). Text to values and back; cold. One
 * parser and one printer for the library and the launcher. Async-signal-safe; allocates nothing;
 * leaves errno alone.
 */
#ifndef POLICY_RULE_RULE_H
#define POLICY_RULE_RULE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "policy/operation.h"

/* The criteria. Each occurs at most once in a rule. */
#define RULE_OPERATION 0x01u /* op=recv */
#define RULE_PROGRAM   0x02u /* prog=psql, prog=/usr/bin/p*: name or path, glob */
#define RULE_TO        0x04u /* to=10.0.0.0/8, to=[2001:db8::]/32, to=/run/x*.sock, to=@abstract* */
#define RULE_PORT      0x08u /* port=5432, port=8000..8999 */
#define RULE_FAMILY    0x10u /* family=AF_INET6 */
#define RULE_TYPE      0x20u /* type=SOCK_DGRAM */
#define RULE_PROTOCOL  0x40u /* protocol=IPPROTO_TCP */
#define RULE_HOST      0x80u /* host=*.example.com: the name that the program looked up, glob */
#define RULE_USER      0x100u  /* user=www-data, user=33 */
#define RULE_UNIT      0x200u  /* unit=nginx.service: a component of the control group, glob */
#define RULE_AFTER     0x400u  /* after=BYTES: so many were moved; faults only */
#define RULE_FROM      0x800u  /* from=DURATION since the program began; faults only */
#define RULE_UNTIL     0x1000u /* until=DURATION; faults only */
#define RULE_WHEN      0x2000u /* when=FIRST[..LAST][+STEP] */

/* The actions. Each occurs at most once in a rule. */
#define RULE_TIMEOUT      0x0001u  /* timeout=DURATION */
#define RULE_ENFORCE      0x0002u  /* enforce */
#define RULE_IDLE         0x0004u  /* idle=DURATION */
#define RULE_REPLY        0x0008u  /* reply=DURATION */
#define RULE_USER_TIMEOUT 0x0010u  /* user-timeout=DURATION */
#define RULE_KEEPALIVE    0x0020u  /* keepalive=IDLE/INTERVAL/COUNT; keepalive=off */
#define RULE_ERROR        0x0040u  /* error=ECONNREFUSED; error=EAI_AGAIN with op=resolve */
#define RULE_DELAY        0x0080u  /* delay=DURATION */
#define RULE_JITTER       0x0100u  /* jitter=DURATION: a random addition to delay */
#define RULE_SHORT        0x0200u  /* short=N, N >= 1 */
#define RULE_RESET        0x0400u  /* reset */
#define RULE_BLACKHOLE    0x0800u  /* blackhole */
#define RULE_RATE         0x1000u  /* rate=BYTES[/s] */
#define RULE_SHARED       0x2000u  /* shared: one rate for all that meet the rule */
#define RULE_LOSS         0x4000u  /* loss: of a datagram */
#define RULE_DUPLICATE    0x8000u  /* duplicate: of a datagram */
#define RULE_SLOW_CLOSE   0x10000u /* slow-close=DURATION: the end of a stream is late */
#define RULE_PROBABILITY  0x20000u /* probability=0.1, with another fault */

#define RULE_POLICY_ACTIONS                                                                    \
	(RULE_TIMEOUT | RULE_ENFORCE | RULE_IDLE | RULE_REPLY | RULE_USER_TIMEOUT |            \
	 RULE_KEEPALIVE)
#define RULE_CHAOS_ACTIONS                                                                     \
	(RULE_ERROR | RULE_DELAY | RULE_JITTER | RULE_SHORT | RULE_RESET | RULE_BLACKHOLE |    \
	 RULE_RATE | RULE_SHARED | RULE_LOSS | RULE_DUPLICATE | RULE_SLOW_CLOSE |              \
	 RULE_PROBABILITY)
/* The faults of a call, and those of the end of a stream, which no call begins. */
#define RULE_CALL_FAULTS                                                                       \
	(RULE_ERROR | RULE_DELAY | RULE_SHORT | RULE_RESET | RULE_BLACKHOLE | RULE_RATE |      \
	 RULE_LOSS | RULE_DUPLICATE)
#define RULE_END_FAULTS RULE_SLOW_CLOSE

/* A glob without a NUL, in memory of the rule's owner. Escapes of the rule syntax are resolved;
 * special characters that are meant literally keep their backslash. */
struct rule_string {
	const char *start;
	size_t length;
};

/* `to`: a block of addresses, or a glob of AF_UNIX paths. */
struct rule_place {
	int family;              /* AF_INET, AF_INET6 or AF_UNIX */
	unsigned char octet[16]; /* network byte order, 0 after the prefix */
	unsigned int prefix;     /* bits */
	struct rule_string glob; /* AF_UNIX; an abstract name begins with @ */
};

/* `when`: the matches first, first + step, … up to last. */
struct rule_when {
	uint64_t first; /* >= 1 */
	uint64_t last;  /* UINT64_MAX: none */
	uint64_t step;  /* 0: with `last` every match of first..last, else only first */
};

struct rule_keepalive {
	unsigned int idle, interval, count; /* seconds, seconds, probes; all 0: off */
};

/* probability=1. */
#define RULE_CERTAIN 1000000000u

struct rule {
	unsigned int criteria, actions; /* RULE_… */
	unsigned int source;            /* the index in the policy's sources */
	unsigned int line;              /* in the source, from 1 */
	enum operation operation;
	struct rule_string program;
	struct rule_place to;
	uint16_t port_low, port_high;
	int family, type, protocol;
	struct rule_string host; /* in lower case */
	struct rule_string user, unit;
	uint64_t after;      /* bytes, >= 1 */
	int64_t from, until; /* nanoseconds; INT64_MAX: no end */
	struct rule_when when;
	int64_t timeout, idle, reply, user_timeout; /* nanoseconds, DURATION_NONE: none */
	struct rule_keepalive keepalive;
	int64_t delay, jitter; /* nanoseconds */
	int error;             /* an errno, or an EAI_ value with OPERATION_RESOLVE */
	uint64_t limit;        /* of `short`, bytes */
	uint64_t rate;         /* bytes a second */
	int64_t slow_close;    /* nanoseconds */
	uint32_t probability;  /* 0 .. RULE_CERTAIN, the default */
	/* The number of calls of this process that met all criteria but `when`. */
	_Atomic uint64_t met;
	/* `shared`: when the next byte may move (CLOCK_MONOTONIC, nanoseconds). */
	_Atomic int64_t next;
};

/* Identifies a rule after its policy has been replaced. line is 0 for no rule. */
struct rule_origin {
	uint32_t source : 4; /* the index in the policy's sources */
	uint32_t line : 28;  /* from 1; the size of a policy file is limited to fewer bytes */
};

static inline struct rule_origin rule_origin_of(const struct rule *rule)
{
	return (struct rule_origin){.source = rule->source & 0xfu,
				    .line = rule->line & 0xfffffffu};
}

struct rule_error {
	size_t column;        /* of the first wrong byte, from 1 in the rule's text */
	const char *what;     /* a static text: the error */
	const char *expected; /* a static text: the valid values */
};

/* The length of the rule at the start of text: up to an unescaped `;` or `#`, or a newline. */
size_t rule_extent(const char *text, size_t length);

/*
 * Parse one rule of exactly length bytes into *rule: without comment and separator, with optional
 * white space around. Strings are stored at *strings, which is moved behind them; they need at most
 * length bytes. source and line are not set. Returns 0; or -EINVAL or -ERANGE with *error filled in.
 */
int rule_parse(const char *text, size_t length, char **strings, struct rule *rule,
	       struct rule_error *error);

/* Put the normalised text of the rule, which rule_parse reads back to the same rule: criteria and
 * actions in the order above, names instead of numbers, the shortest durations. */
void rule_put(struct text *text, const struct rule *rule);

/* Put the value of an action of the rule (a RULE_… bit) that has a value. */
void rule_put_value(struct text *text, const struct rule *rule, unsigned int action);

/* The actions of the rule (RULE_…) that can apply to a call of operation. idle and reply belong to the
 * socket, so they apply to every operation. */
unsigned int rule_actions_for(const struct rule *rule, enum operation operation);

#endif
