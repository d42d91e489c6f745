/*
 * Refuses rules that can never match, and rules whose actions would have no effect. Cold; owns no
 * state.
 */
#include "policy/rule/rule_sense.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/duration.h"
#include "policy/rule/place.h"
#include "policy/rule/rule_value.h"

/* The faults of which a rule may have only one. */
#define OUTCOMES                                                                               \
	(RULE_ERROR | RULE_SHORT | RULE_RESET | RULE_BLACKHOLE | RULE_LOSS | RULE_DUPLICATE |  \
	 RULE_SLOW_CLOSE)

/* Criteria of faults alone. */
#define FAULT_CRITERIA (RULE_AFTER | RULE_FROM | RULE_UNTIL)

/* Faults of calls that move bytes. */
#define MOVING (RULE_SHORT | RULE_LOSS | RULE_DUPLICATE | RULE_RATE)

#define SOCKET_CRITERIA (RULE_TO | RULE_PORT | RULE_FAMILY | RULE_TYPE | RULE_PROTOCOL)

/* The number of the lowest set bit; bits is not 0. */
static unsigned int lowest(unsigned int bits)
{
	return (unsigned int)__builtin_ctz(bits);
}

static int fail_at(size_t column, const char *what, const char *expected,
		   struct rule_error *error)
{
	return rule_fail(error, -EINVAL, column, what, expected);
}

static bool is_internet(int family)
{
	return family == AF_INET || family == AF_INET6;
}

static int check_criteria(const struct rule *rule, const struct rule_columns *columns,
			  struct rule_error *error)
{
	const unsigned int given = rule->criteria;
	const size_t port = columns->criterion[lowest(RULE_PORT)];

	if ((given & RULE_OPERATION) != 0 && rule->operation == OPERATION_RESOLVE &&
	    (given & SOCKET_CRITERIA) != 0)
		return fail_at(columns->criterion[lowest(given & SOCKET_CRITERIA)],
			       "op=resolve has no socket",
			       "op, prog, host, user, unit, from, until or when in this rule",
			       error);
	if ((given & RULE_PORT) != 0 && (given & RULE_TO) != 0 && rule->to.family == AF_UNIX)
		return fail_at(port, "AF_UNIX has no ports", "an address with a port", error);
	if ((given & RULE_HOST) != 0 &&
	    (((given & RULE_TO) != 0 && rule->to.family == AF_UNIX) ||
	     ((given & RULE_FAMILY) != 0 && !is_internet(rule->family))))
		return fail_at(columns->criterion[lowest(RULE_HOST)], "the family has no hosts",
			       "AF_INET or AF_INET6 with a host", error);
	if ((given & RULE_UNTIL) != 0 && rule->until <= rule->from)
		return fail_at(columns->criterion[lowest(RULE_UNTIL)],
			       "the end of a time is not after its beginning",
			       "from=EARLIER,until=LATER", error);
	if ((given & RULE_FAMILY) == 0)
		return 0;
	if ((given & RULE_PORT) != 0 && !is_internet(rule->family))
		return fail_at(port, "the family has no ports",
			       "AF_INET or AF_INET6 with a port", error);
	if ((given & RULE_TO) != 0 && !place_can_hold(&rule->to, rule->family))
		return fail_at(columns->criterion[lowest(RULE_FAMILY)],
			       "the family has no such addresses", "the family of `to`", error);
	return 0;
}

/* Check the actions that are made when a connection begins. */
static int check_connection(const struct rule *rule, size_t column, struct rule_error *error)
{
	if ((rule->criteria & RULE_OPERATION) != 0 && rule->operation != OPERATION_CONNECT &&
	    rule->operation != OPERATION_ACCEPT)
		return fail_at(column, "only for connect and accept",
			       "op=connect, op=accept or no op in this rule", error);
	if (((rule->criteria & RULE_TYPE) != 0 && rule->type != SOCK_STREAM) ||
	    ((rule->criteria & RULE_FAMILY) != 0 && !is_internet(rule->family)) ||
	    ((rule->criteria & RULE_TO) != 0 && rule->to.family == AF_UNIX))
		return fail_at(column, "only for TCP", "a stream of AF_INET or AF_INET6",
			       error);
	return 0;
}

/* The action that belongs to the operation alone, or 0. */
static unsigned int own_action(enum operation operation)
{
	return operation == OPERATION_IDLE    ? RULE_IDLE
	       : operation == OPERATION_REPLY ? RULE_REPLY
					      : 0;
}

static int check_timeouts(const struct rule *rule, const struct rule_columns *columns,
			  struct rule_error *error)
{
	const unsigned int connection = rule->actions & (RULE_USER_TIMEOUT | RULE_KEEPALIVE);
	const unsigned int enforced = RULE_TIMEOUT | RULE_ENFORCE;

	if ((rule->actions & enforced) == enforced && rule->timeout == DURATION_NONE)
		return fail_at(columns->action[lowest(RULE_ENFORCE)],
			       "enforce without a timeout", "a timeout in this rule", error);
	if ((rule->criteria & RULE_OPERATION) != 0) {
		const unsigned int own = own_action(rule->operation);
		const unsigned int alien = rule->actions & (RULE_IDLE | RULE_REPLY) & ~own;
		const unsigned int others = rule->actions & ~own;

		if (own == 0 && alien != 0)
			return fail_at(columns->action[lowest(alien)],
				       "idle and reply apply to sockets, not to one operation",
				       "op=idle, op=reply or no op in this rule", error);
		if (own != 0 && others != 0)
			return fail_at(columns->action[lowest(others)],
				       own == RULE_IDLE
					       ? "the action has no effect with op=idle"
					       : "the action has no effect with op=reply",
				       own == RULE_IDLE ? "idle=DURATION alone"
							: "reply=DURATION alone",
				       error);
	}
	return connection == 0
		       ? 0
		       : check_connection(rule, columns->action[lowest(connection)], error);
}

static int check_outcome(const struct rule *rule, const struct rule_columns *columns,
			 struct rule_error *error)
{
	const unsigned int outcomes = rule->actions & OUTCOMES;
	const enum operation operation = rule->operation;
	const bool any = (rule->criteria & RULE_OPERATION) == 0;

	if ((outcomes & (outcomes - 1)) != 0)
		return fail_at(
			columns->action[lowest(outcomes & (outcomes - 1))],
			"a second fault in one rule",
			"one of error, short, reset, blackhole, loss, duplicate and slow-close",
			error);
	if ((rule->actions & MOVING) != 0 && !any && operation != OPERATION_RECV &&
	    operation != OPERATION_SEND)
		return fail_at(columns->action[lowest(rule->actions & MOVING)],
			       "an operation that moves no bytes",
			       "op=recv, op=send or no op in this rule", error);
	if (outcomes == RULE_SLOW_CLOSE && !any && operation != OPERATION_RECV)
		return fail_at(columns->action[lowest(RULE_SLOW_CLOSE)],
			       "slow-close is only for op=recv",
			       "op=recv or no op in this rule", error);
	if (outcomes == RULE_RESET && operation == OPERATION_WAIT)
		return fail_at(columns->action[lowest(RULE_RESET)],
			       "a wait has no connection of its own",
			       "another operation, or no op in this rule", error);
	if (outcomes == RULE_RESET && operation == OPERATION_RESOLVE)
		return fail_at(columns->action[lowest(RULE_RESET)], "op=resolve has no socket",
			       "error, delay or blackhole", error);
	if (outcomes == RULE_ERROR && rule->error < 0 && operation != OPERATION_RESOLVE)
		return fail_at(columns->action[lowest(RULE_ERROR)],
			       "an EAI_ error is only for op=resolve",
			       "an errno, or op=resolve in this rule", error);
	if (outcomes == RULE_BLACKHOLE && (rule->actions & RULE_DELAY) != 0)
		return fail_at(columns->action[lowest(RULE_DELAY)],
			       "a delay has no effect with blackhole", "delay or blackhole",
			       error);
	if (outcomes == RULE_SLOW_CLOSE && (rule->actions & (RULE_DELAY | RULE_RATE)) != 0)
		return fail_at(columns->action[lowest(RULE_SLOW_CLOSE)],
			       "slow-close applies to the end of a stream, not to calls",
			       "two rules", error);
	return 0;
}

/* Check `rate`, and what is of streams or of datagrams alone. */
static int check_moving(const struct rule *rule, const struct rule_columns *columns,
			struct rule_error *error)
{
	const unsigned int still = RULE_ERROR | RULE_RESET | RULE_BLACKHOLE;
	const unsigned int datagrams = rule->actions & (RULE_LOSS | RULE_DUPLICATE);
	const unsigned int streams = rule->actions & RULE_SLOW_CLOSE;

	if ((rule->actions & RULE_SHARED) != 0 && (rule->actions & RULE_RATE) == 0)
		return fail_at(columns->action[lowest(RULE_SHARED)], "shared without a rate",
			       "rate=BYTES in this rule", error);
	if ((rule->actions & RULE_RATE) != 0 && (rule->actions & still) != 0)
		return fail_at(columns->action[lowest(RULE_RATE)],
			       "a rate has no effect with this fault", "two rules", error);
	if ((rule->criteria & RULE_TYPE) == 0)
		return 0;
	if (datagrams != 0 && rule->type == SOCK_STREAM)
		return fail_at(columns->action[lowest(datagrams)], "a stream has no datagrams",
			       "type=SOCK_DGRAM or no type in this rule", error);
	if (streams != 0 && rule->type != SOCK_STREAM)
		return fail_at(columns->action[lowest(streams)], "datagrams have no end",
			       "type=SOCK_STREAM or no type in this rule", error);
	return 0;
}

static int check_fault_criteria(const struct rule *rule, const struct rule_columns *columns,
				unsigned int faults, struct rule_error *error)
{
	const unsigned int given = rule->criteria & FAULT_CRITERIA;

	if (given == 0)
		return 0;
	if (faults == 0 || (rule->actions & RULE_POLICY_ACTIONS) != 0)
		return fail_at(columns->criterion[lowest(given)],
			       "after, from and until are for faults",
			       "a fault, and no timeout", error);
	if ((given & RULE_AFTER) != 0 && (rule->criteria & RULE_OPERATION) != 0 &&
	    rule->operation != OPERATION_RECV && rule->operation != OPERATION_SEND)
		return fail_at(columns->criterion[lowest(RULE_AFTER)],
			       "an operation that moves no bytes",
			       "op=recv, op=send or no op in this rule", error);
	return 0;
}

static int check_chaos(const struct rule *rule, const struct rule_columns *columns,
		       struct rule_error *error)
{
	const unsigned int faults =
		rule->actions & RULE_CHAOS_ACTIONS & ~(RULE_PROBABILITY | RULE_JITTER);
	int code;

	if ((rule->actions & RULE_JITTER) != 0 && (rule->actions & RULE_DELAY) == 0)
		return fail_at(columns->action[lowest(RULE_JITTER)], "jitter without a delay",
			       "delay=DURATION in this rule", error);
	if ((rule->actions & RULE_PROBABILITY) != 0 && faults == 0)
		return fail_at(columns->action[lowest(RULE_PROBABILITY)],
			       "probability without a fault", "a fault in this rule", error);
	/* `when` counts calls, and timeouts and faults are looked up for different calls. */
	if ((rule->criteria & RULE_WHEN) != 0 && faults != 0 &&
	    (rule->actions & RULE_POLICY_ACTIONS) != 0)
		return fail_at(columns->criterion[lowest(RULE_WHEN)],
			       "when counts for a fault or for a timeout, not for both",
			       "two rules", error);
	code = check_fault_criteria(rule, columns, faults, error);
	if (code == 0)
		code = check_moving(rule, columns, error);
	return code == 0 ? check_outcome(rule, columns, error) : code;
}

int rule_check_sense(const struct rule *rule, const struct rule_columns *columns,
		     struct rule_error *error)
{
	int code = check_criteria(rule, columns, error);

	if (code == 0)
		code = check_timeouts(rule, columns, error);
	return code == 0 ? check_chaos(rule, columns, error) : code;
}
