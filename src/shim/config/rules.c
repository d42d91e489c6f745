/*
 * Asks the policy in force, and the kernel for what rules want to know. Cold.
 */
#include "config.h"

#include <string.h>

#include "base/duration.h"
#include "shim/config/configuration.h"
#include "shim/fd/hint.h"
#include "shim/system/kernel.h"
#include "shim/system/memory.h"
#include "shim/config/rules.h"

static void find_type(struct rules_subject *subject)
{
	if ((subject->hint & HINT_STREAM) != 0)
		subject->type = SOCK_STREAM;
	else if ((subject->hint & HINT_SEQUENCED) != 0)
		subject->type = SOCK_SEQPACKET;
	else if (kernel_socket_option(subject->fd, SO_TYPE, &subject->type) != 0)
		subject->type = -1;
}

/* The address that the call names; else that of the other side, a listener's own. */
static void find_address(struct rules_subject *subject, enum operation operation)
{
	if (subject->address != NULL) {
		/* The program may have given anything for an address. */
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
	if ((asked & POLICY_ASKS_FAMILY) != 0 &&
	    kernel_socket_option(subject->fd, SO_DOMAIN, &subject->family) != 0)
		subject->family = -1;
	if ((asked & POLICY_ASKS_TYPE) != 0)
		find_type(subject);
	if ((asked & POLICY_ASKS_PROTOCOL) != 0 &&
	    kernel_socket_option(subject->fd, SO_PROTOCOL, &subject->protocol) != 0)
		subject->protocol = -1;
	if ((asked & POLICY_ASKS_ADDRESS) != 0)
		find_address(subject, operation);
	subject->known |= asked;
	*call = (struct policy_call){
		.operation = operation,
		.family = (subject->known & POLICY_ASKS_FAMILY) != 0 ? subject->family : -1,
		.type = (subject->known & POLICY_ASKS_TYPE) != 0 ? subject->type : -1,
		.protocol =
			(subject->known & POLICY_ASKS_PROTOCOL) != 0 ? subject->protocol : -1,
		.address = subject->found,
		.address_length = subject->found_length,
	};
}

/* What rules say of the timeout, into *limit, which SPEC has filled in. */
static void ask_timeout(const struct policy *policy, struct rules_subject *subject,
			enum operation operation, enum policy_when when,
			struct rules_limit *limit)
{
	const unsigned int actions = RULE_TIMEOUT | RULE_ENFORCE;
	struct policy_answer answer;
	struct policy_call call;

	rules_find_out(subject, policy, operation, actions, &call);
	policy_ask(policy, &call, actions, when, &answer);
	if (answer.timeout == NULL)
		return;
	limit->enforced = (answer.timeout->actions & RULE_ENFORCE) != 0;
	limit->rule = rule_origin_of(answer.timeout);
	if ((answer.timeout->actions & RULE_TIMEOUT) == 0)
		return;
	limit->timeout = answer.timeout->timeout;
	/* A rule without `op` is one for what is waited for, as a DURATION alone is in SPEC. */
	if (operation == OPERATION_WAIT && (answer.timeout->criteria & RULE_OPERATION) == 0)
		limit->timeout = TIMEOUT_FOLLOWS;
}

struct rules_limit rules_timeout(struct rules_subject *subject, enum operation operation,
				 enum policy_when when)
{
	struct rules_limit limit = {.timeout = config_get()->timeouts.of[operation]};
	const struct policy *policy;
	unsigned int slot;

	rules_refresh();
	if (!rules_any(RULE_TIMEOUT | RULE_ENFORCE))
		return limit;
	policy = rules_hold(&slot);
	if (policy != NULL) {
		ask_timeout(policy, subject, operation, when, &limit);
		rules_release(slot);
	}
	return limit;
}

struct rules_limit rules_idle(struct rules_subject *subject)
{
	struct rules_limit limit = {.timeout = config_get()->timeouts.of[OPERATION_IDLE]};
	struct policy_answer answer;
	const struct policy *policy;
	struct policy_call call;
	unsigned int slot;

	if (!rules_any(RULE_IDLE))
		return limit;
	policy = rules_hold(&slot);
	if (policy != NULL) {
		rules_find_out(subject, policy, OPERATION_IDLE, RULE_IDLE, &call);
		policy_ask(policy, &call, RULE_IDLE, POLICY_UNCOUNTED, &answer);
		if (answer.idle != NULL)
			limit = (struct rules_limit){.timeout = answer.idle->idle,
						     .rule = rule_origin_of(answer.idle)};
		rules_release(slot);
	}
	return limit;
}

void rules_tcp(struct rules_subject *subject, enum operation operation, struct rules_tcp *tcp)
{
	const unsigned int actions = RULE_USER_TIMEOUT | RULE_KEEPALIVE;
	struct policy_answer answer;
	const struct policy *policy;
	struct policy_call call;
	unsigned int slot;

	*tcp = (struct rules_tcp){0};
	policy = rules_hold(&slot);
	if (policy == NULL)
		return;
	rules_find_out(subject, policy, operation, actions, &call);
	policy_ask(policy, &call, actions, POLICY_COUNTED, &answer);
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

static bool waits(enum operation operation)
{
	return operation == OPERATION_RECV || operation == OPERATION_SEND ||
	       operation == OPERATION_CONNECT || operation == OPERATION_WAIT;
}

static void range_rule(struct rules_range *range, const struct rule *rule)
{
	const bool any = (rule->criteria & RULE_OPERATION) == 0;

	if ((rule->actions & RULE_ENFORCE) != 0)
		range->enforced = true;
	if ((rule->actions & RULE_IDLE) != 0)
		range_shorter(&range->idle, rule->idle);
	if ((rule->actions & RULE_TIMEOUT) == 0)
		return;
	if (any || waits(rule->operation))
		range_wait(range, rule->timeout);
}

void rules_range(struct rules_range *range)
{
	const struct timeouts *const spec = &config_get()->timeouts;
	const struct policy *policy;
	unsigned int slot;

	*range = (struct rules_range){.idle = spec->of[OPERATION_IDLE]};
	for (enum operation operation = 0; operation < OPERATION_COUNT; operation++)
		if (waits(operation) && spec->of[operation] != TIMEOUT_FOLLOWS &&
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
