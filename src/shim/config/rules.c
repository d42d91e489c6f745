/*
 * Asks the policy in force, and asks the kernel for the properties that rules name. Owns no state.
 * Cold.
 */
#include "config.h"

#include "base/clock.h"
#include "base/duration.h"
#include "shim/config/configuration.h"
#include "shim/config/hosts.h"
#include "shim/config/rules.h"
#include "shim/fd/channel.h"
#include "shim/fd/fd.h"
#include "shim/system/kernel.h"
#include "shim/system/memory.h"

/* The value of the option, or -1. */
static int option(int fd, int name)
{
	int value;

	return kernel_socket_option(fd, name, &value) == 0 ? value : -1;
}

static int find_type(const struct rules_subject *subject)
{
	if ((subject->state & FD_STREAM) != 0)
		return SOCK_STREAM;
	if ((subject->state & FD_SEQPACKET) != 0)
		return SOCK_SEQPACKET;
	return option(subject->fd, SO_TYPE);
}

/* The address that the call names; else the other side's, or a listener's own. */
static void find_address(struct rules_subject *subject, enum operation operation)
{
	if (subject->address != NULL) {
		if (subject->address_length > sizeof subject->storage ||
		    (subject->unread &&
		     (subject->address_length == 0 ||
		      !memory_readable(subject->address, subject->address_length))))
			return;
		subject->found = subject->address;
		subject->found_length = subject->address_length;
	} else if (kernel_address(subject->fd, operation != OPERATION_ACCEPT, &subject->storage,
				  &subject->found_length) == 0) {
		subject->found = (const struct sockaddr *)&subject->storage;
	}
}

void rules_find_out(struct rules_subject *subject, const struct policy *policy,
		    enum operation operation, unsigned int actions, struct policy_call *call)
{
	unsigned int asked = subject->fd < 0 ? 0 : policy_asks(policy, operation, actions);

	asked &= ~subject->known;
	if ((asked & POLICY_ASKS_FAMILY) != 0)
		subject->family = option(subject->fd, SO_DOMAIN);
	if ((asked & POLICY_ASKS_TYPE) != 0)
		subject->type = find_type(subject);
	if ((asked & POLICY_ASKS_PROTOCOL) != 0)
		subject->protocol = option(subject->fd, SO_PROTOCOL);
	if ((asked & POLICY_ASKS_ADDRESS) != 0)
		find_address(subject, operation);
	if ((asked & POLICY_ASKS_MOVED) != 0)
		subject->moved = fd_moved(subject->fd,
					  operation == OPERATION_SEND ? FD_SEND : FD_RECEIVE);
	subject->known |= asked;
	*call = (struct policy_call){
		.operation = operation,
		.family = (subject->known & POLICY_ASKS_FAMILY) != 0 ? subject->family : -1,
		.type = (subject->known & POLICY_ASKS_TYPE) != 0 ? subject->type : -1,
		.protocol =
			(subject->known & POLICY_ASKS_PROTOCOL) != 0 ? subject->protocol : -1,
		.address = subject->found,
		.address_length = subject->found_length,
		.host = subject->host,
		.moved = subject->moved,
		.age = (policy_asks(policy, operation, actions) & POLICY_ASKS_AGE) != 0
			       ? rules_age(clock_now())
			       : 0,
		.has_name = hosts_match,
	};
}

/* The subject is a program's own channel. */
static bool is_channel(struct rules_subject *subject, enum operation operation)
{
	return subject->fd >= 0 && operation != OPERATION_CONNECT &&
	       operation != OPERATION_ACCEPT && channel_is(subject->fd, &subject->state);
}

/* The timeout that SPEC sets for the operation. */
static struct rules_limit limit_of_spec(struct rules_subject *subject, enum operation operation)
{
	int64_t timeout = config_get()->timeouts.of[operation];

	if (timeout > 0 && is_channel(subject, operation))
		timeout = operation == OPERATION_WAIT ? TIMEOUT_FOLLOWS : DURATION_NONE;
	return (struct rules_limit){.timeout = timeout};
}

/* Ask the policy in force about these actions. False: no rule has one of them. Else
 * rules_release(*slot) follows, when the rules of *answer have been read. */
static bool ask(struct rules_subject *subject, enum operation operation, unsigned int actions,
		enum policy_when when, struct policy_answer *answer, unsigned int *slot)
{
	const struct policy *const policy = rules_any(actions) ? rules_hold(slot) : NULL;
	struct policy_call call;

	if (policy == NULL)
		return false;
	rules_find_out(subject, policy, operation, actions, &call);
	call.channel = is_channel(subject, operation);
	policy_ask(policy, &call, actions, when, answer);
	return true;
}

static void limit_by_rule(struct rules_limit *limit, const struct rule *rule,
			  enum operation operation)
{
	limit->enforced = (rule->actions & RULE_ENFORCE) != 0;
	limit->rule = rule_origin_of(rule);
	if ((rule->actions & RULE_TIMEOUT) == 0)
		return;
	limit->timeout = rule->timeout;
	/* A rule without `op` limits the awaited operation, as a DURATION alone does in SPEC. */
	if (operation == OPERATION_WAIT && (rule->criteria & RULE_OPERATION) == 0)
		limit->timeout = TIMEOUT_FOLLOWS;
}

struct rules_limit rules_timeout(struct rules_subject *subject, enum operation operation,
				 enum policy_when when)
{
	struct rules_limit limit;
	struct policy_answer answer;
	unsigned int slot;

	rules_refresh();
	limit = limit_of_spec(subject, operation);
	if (!ask(subject, operation, RULE_TIMEOUT | RULE_ENFORCE, when, &answer, &slot))
		return limit;
	if (answer.timeout != NULL)
		limit_by_rule(&limit, answer.timeout, operation);
	rules_release(slot);
	return limit;
}

/* idle or reply. */
static struct rules_limit limit_of_socket(struct rules_subject *subject,
					  enum operation operation)
{
	const bool idle = operation == OPERATION_IDLE;
	struct rules_limit limit = limit_of_spec(subject, operation);
	struct policy_answer answer;
	const struct rule *rule;
	unsigned int slot;

	if (!ask(subject, operation, idle ? RULE_IDLE : RULE_REPLY, POLICY_UNCOUNTED, &answer,
		 &slot))
		return limit;
	rule = idle ? answer.idle : answer.reply;
	if (rule != NULL)
		limit = (struct rules_limit){.timeout = idle ? rule->idle : rule->reply,
					     .rule = rule_origin_of(rule)};
	rules_release(slot);
	return limit;
}

struct rules_limit rules_idle(struct rules_subject *subject)
{
	return limit_of_socket(subject, OPERATION_IDLE);
}

struct rules_limit rules_reply(struct rules_subject *subject)
{
	return limit_of_socket(subject, OPERATION_REPLY);
}

void rules_tcp(struct rules_subject *subject, enum operation operation, struct rules_tcp *tcp)
{
	struct policy_answer answer;
	unsigned int slot;

	*tcp = (struct rules_tcp){0};
	if (!ask(subject, operation, RULE_USER_TIMEOUT | RULE_KEEPALIVE, POLICY_COUNTED,
		 &answer, &slot))
		return;
	if (answer.user_timeout != NULL) {
		tcp->has_user_timeout = true;
		tcp->user_timeout = answer.user_timeout->user_timeout;
	}
	if (answer.keepalive != NULL) {
		tcp->has_keepalive = true;
		tcp->keepalive = answer.keepalive->keepalive;
	}
	rules_release(slot);
}

static void range_shorter(int64_t *shortest, int64_t timeout)
{
	if (timeout != DURATION_NONE && (*shortest == DURATION_NONE || timeout < *shortest))
		*shortest = timeout;
}

static void range_wait(struct rules_range *range, int64_t timeout)
{
	range_shorter(&range->shortest, timeout);
	if (timeout > range->longest)
		range->longest = timeout;
}

/* A readiness wait may have the timeout of this operation. */
static bool concerns_waits(enum operation operation)
{
	return operation == OPERATION_RECV || operation == OPERATION_SEND ||
	       operation == OPERATION_CONNECT || operation == OPERATION_WAIT;
}

static void range_rule(struct rules_range *range, const struct rule *rule)
{
	if ((rule->actions & RULE_ENFORCE) != 0)
		range->enforced = true;
	if ((rule->actions & RULE_IDLE) != 0)
		range_shorter(&range->idle, rule->idle);
	if ((rule->actions & RULE_REPLY) != 0)
		range_shorter(&range->reply, rule->reply);
	if ((rule->actions & RULE_TIMEOUT) != 0 &&
	    ((rule->criteria & RULE_OPERATION) == 0 || concerns_waits(rule->operation)))
		range_wait(range, rule->timeout);
}

void rules_range(struct rules_range *range)
{
	const struct timeouts *const spec = &config_get()->timeouts;
	const struct policy *policy;
	unsigned int slot;

	*range = (struct rules_range){.idle = spec->of[OPERATION_IDLE],
				      .reply = spec->of[OPERATION_REPLY]};
	for (enum operation operation = 0; operation < OPERATION_COUNT; operation++)
		if (concerns_waits(operation) && spec->of[operation] != TIMEOUT_FOLLOWS &&
		    (operation == OPERATION_WAIT ||
		     spec->of[OPERATION_WAIT] == TIMEOUT_FOLLOWS))
			range_wait(range, spec->of[operation]);
	policy = rules_hold(&slot);
	if (policy == NULL)
		return;
	for (size_t i = 0; i < policy_count(policy); i++)
		range_rule(range, policy_rule(policy, i));
	rules_release(slot);
}
