/*
 * Finds the rules that match a call, and the faults that fire. Called on the slow path of calls, and
 * before each call that a fault may concern. Owns the counts in the rules.
 */
#include <string.h>

#include "policy/glob.h"
#include "policy/rule/place.h"
#include "policy/policy.h"
#include "policy/policy_inside.h"

#define ENFORCED (RULE_TIMEOUT | RULE_ENFORCE)

unsigned int policy_actions(const struct policy *policy)
{
	return policy->actions;
}

unsigned int policy_asks(const struct policy *policy, enum operation operation,
			 unsigned int actions)
{
	unsigned int asks = 0;

	/* Bit by bit, from the lowest. */
	for (actions &= policy->actions; actions != 0; actions &= actions - 1)
		asks |= policy->asks[operation][__builtin_ctz(actions)];
	return asks;
}

/* The rule has to=unix:, the empty name. */
static bool names_channels(const struct rule *rule)
{
	return (rule->criteria & RULE_TO) != 0 && rule->to.family == AF_UNIX &&
	       rule->to.glob.length == 0;
}

/* A call and its address, or NULL if the address is unknown. */
struct question {
	const struct policy_call *call;
	const struct place_address *address;
};

/* Read the address of the call, if there is one. */
static struct question question_of(const struct policy_call *call,
				   struct place_address *address)
{
	if (call->address == NULL)
		return (struct question){call, NULL};
	place_read(address, call->address, call->address_length);
	return (struct question){call, address};
}

static bool address_meets(const struct rule *rule, const struct place_address *address)
{
	if ((rule->criteria & RULE_PORT) != 0 &&
	    ((address->family != AF_INET && address->family != AF_INET6) ||
	     address->port < rule->port_low || address->port > rule->port_high))
		return false;
	return (rule->criteria & RULE_TO) == 0 || place_holds(&rule->to, address);
}

/* A socket without a known address may get an address that the rule names. */
static bool address_may_meet(const struct rule *rule, int family)
{
	if (family < 0)
		return true;
	if ((rule->criteria & RULE_PORT) != 0 && family != AF_INET && family != AF_INET6)
		return false;
	return (rule->criteria & RULE_TO) == 0 || place_can_hold(&rule->to, family);
}

/* fact is the one that the rule names; an unknown fact (-1) gives `unknown`. */
static bool fact_meets(int fact, int asked, bool unknown)
{
	return fact < 0 ? unknown : fact == asked;
}

/* A name of the other side matches. */
static bool host_meets(const struct rule *rule, const struct question *question, bool unknown)
{
	const struct policy_call *const call = question->call;
	const struct place_address *const address = question->address;

	if (call->host != NULL)
		return glob_matches(rule->host.start, rule->host.length, call->host,
				    strlen(call->host));
	if (address == NULL)
		return unknown && (call->family < 0 || call->family == AF_INET ||
				   call->family == AF_INET6);
	if (call->has_name == NULL || (address->ipv4 == NULL && address->ipv6 == NULL))
		return false;
	return address->ipv4 != NULL ? call->has_name(rule->host, AF_INET, address->ipv4)
				     : call->has_name(rule->host, AF_INET6, address->ipv6);
}

/* Enough was moved, and the time has come. */
static bool progress_meets(const struct rule *rule, const struct policy_call *call)
{
	const unsigned int criteria = rule->criteria;

	if ((criteria & RULE_AFTER) != 0 && call->moved < rule->after)
		return false;
	if ((criteria & RULE_FROM) != 0 && (call->age == 0 || call->age < rule->from))
		return false;
	return (criteria & RULE_UNTIL) == 0 || (call->age != 0 && call->age < rule->until);
}

/* The call meets the criteria of the rule; `unknown` is the answer for an unknown property. */
static bool facts_meet(const struct rule *rule, const struct question *question, bool unknown)
{
	const struct policy_call *call = question->call;
	const unsigned int criteria = rule->criteria;

	if ((criteria & RULE_FAMILY) != 0 && !fact_meets(call->family, rule->family, unknown))
		return false;
	if ((criteria & RULE_TYPE) != 0 && !fact_meets(call->type, rule->type, unknown))
		return false;
	if ((criteria & RULE_PROTOCOL) != 0 &&
	    !fact_meets(call->protocol, rule->protocol, unknown))
		return false;
	if ((criteria & RULE_HOST) != 0 && !host_meets(rule, question, unknown))
		return false;
	if ((criteria & (RULE_TO | RULE_PORT)) == 0)
		return true;
	if (question->address == NULL)
		return unknown && address_may_meet(rule, call->family);
	return address_meets(rule, question->address);
}

bool policy_meets(const struct rule *rule, const struct policy_call *call, unsigned int actions)
{
	struct place_address address;
	const struct question question = question_of(call, &address);

	if (call->channel && (actions & RULE_POLICY_ACTIONS) != 0 && !names_channels(rule))
		return false;
	return (rule_actions_for(rule, call->operation) & actions) != 0 &&
	       facts_meet(rule, &question, false);
}

static uint64_t count_met(struct rule *rule)
{
	return atomic_fetch_add_explicit(&rule->met, 1, memory_order_relaxed) + 1;
}

static bool when_fires(const struct rule_when *when, uint64_t count)
{
	if (count < when->first || count > when->last)
		return false;
	if (when->step == 0)
		return when->last != UINT64_MAX || count == when->first;
	return (count - when->first) % when->step == 0;
}

static bool when_meets(struct rule *rule, enum policy_when when)
{
	return when == POLICY_COUNTED ? when_fires(&rule->when, count_met(rule))
				      : when == POLICY_MAY_FIRE;
}

/* Set the answers for the actions in `concerned` to the rule; returns the actions that are answered. */
static unsigned int answer_with(const struct rule *rule, unsigned int concerned,
				struct policy_answer *answer)
{
	if ((concerned & ENFORCED) != 0)
		answer->timeout = rule;
	if ((concerned & RULE_IDLE) != 0)
		answer->idle = rule;
	if ((concerned & RULE_REPLY) != 0)
		answer->reply = rule;
	if ((concerned & RULE_USER_TIMEOUT) != 0)
		answer->user_timeout = rule;
	if ((concerned & RULE_KEEPALIVE) != 0)
		answer->keepalive = rule;
	return (concerned & ENFORCED) != 0 ? concerned | ENFORCED : concerned;
}

void policy_ask(const struct policy *policy, const struct policy_call *call,
		unsigned int actions, enum policy_when when, struct policy_answer *answer)
{
	const bool counts = when == POLICY_COUNTED;
	struct place_address address;
	struct question question;
	unsigned int asked;

	*answer = (struct policy_answer){0};
	actions &= RULE_POLICY_ACTIONS;
	if ((actions & ENFORCED) != 0)
		actions |= ENFORCED; /* one answer for both */
	actions &= policy->actions;
	if (actions == 0)
		return;
	question = question_of(call, &address);
	asked = actions;
	for (size_t i = 0; i < policy->count && (actions != 0 || counts); i++) {
		struct rule *rule = &policy->rules[i];
		const bool counted = counts && (rule->criteria & RULE_WHEN) != 0;
		/* A rule with `when` counts also where an earlier rule has answered. */
		const unsigned int concerned = policy->sieves[i].actions[call->operation] &
					       (counted ? asked : actions);

		if (concerned == 0 || (call->channel && !names_channels(rule)) ||
		    !facts_meet(rule, &question, false))
			continue;
		if ((rule->criteria & RULE_WHEN) != 0 && !when_meets(rule, when))
			continue;
		actions &= ~answer_with(rule, concerned & actions, answer);
	}
}

/* The finaliser of splitmix64 (Steele, Lea and Flood 2014): each bit of the result depends on each
 * bit of value. */
static uint64_t mixed(uint64_t value)
{
	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

/* The rule fires at this count, by `when` and by `probability`. */
static bool fires(const struct rule *rule, uint64_t count, uint64_t random)
{
	if ((rule->criteria & RULE_WHEN) != 0 && !when_fires(&rule->when, count))
		return false;
	/* Scale the upper half of random to 0 .. RULE_CERTAIN - 1. */
	return ((random >> 32) * RULE_CERTAIN) >> 32 < rule->probability;
}

void policy_ask_fault(const struct policy *policy, const struct policy_call *call,
		      unsigned int actions, uint64_t seed, struct policy_fault *fault)
{
	const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);
	const uint64_t begun = mixed(seed + golden);
	struct place_address address;
	struct question question;

	*fault = (struct policy_fault){0};
	if ((policy->actions & actions) == 0)
		return;
	question = question_of(call, &address);
	for (size_t i = 0; i < policy->count; i++) {
		struct rule *rule = &policy->rules[i];
		uint64_t count, random;

		if ((policy->sieves[i].actions[call->operation] & actions) == 0 ||
		    !progress_meets(rule, call) || !facts_meet(rule, &question, false))
			continue;
		count = count_met(rule);
		/* Each rule counts the call, whether or not an earlier one has fired. */
		if (fault->rule != NULL)
			continue;
		random = mixed(mixed(begun ^ policy->hashes[i]) + count * golden);
		if (fires(rule, count, random))
			*fault = (struct policy_fault){rule, count, mixed(random + golden)};
	}
}

const struct rule *policy_find(const struct policy *policy, const struct policy_call *call,
			       unsigned int actions)
{
	struct place_address address;
	const struct question question = question_of(call, &address);

	for (size_t i = 0; i < policy->count; i++) {
		const struct rule *rule = &policy->rules[i];

		if ((policy->sieves[i].actions[call->operation] & actions) != 0 &&
		    progress_meets(rule, call) && facts_meet(rule, &question, false))
			return rule;
	}
	return NULL;
}

_Atomic int64_t *policy_next(const struct policy *policy, size_t index)
{
	return &policy->rules[index].next;
}

uint64_t policy_bytes_left(const struct policy *policy, const struct policy_call *call)
{
	struct place_address address;
	const struct question question = question_of(call, &address);
	uint64_t left = UINT64_MAX;

	for (size_t i = 0; i < policy->count; i++) {
		const struct rule *rule = &policy->rules[i];

		if ((rule->criteria & RULE_AFTER) != 0 && rule->after > call->moved &&
		    rule->after - call->moved < left &&
		    (policy->sieves[i].actions[call->operation] & RULE_CALL_FAULTS) != 0 &&
		    facts_meet(rule, &question, false))
			left = rule->after - call->moved;
	}
	return left;
}

void policy_count_anew(const struct policy *policy)
{
	for (size_t i = 0; i < policy->count; i++)
		atomic_store_explicit(&policy->rules[i].met, 0, memory_order_relaxed);
}

/* The rule can still fire: the last match of `when` is not reached. */
static bool can_fire(const struct rule *rule, int64_t age)
{
	const uint64_t met = atomic_load_explicit(&rule->met, memory_order_relaxed);
	const struct rule_when *when = &rule->when;
	const bool once = when->step == 0 && when->last == UINT64_MAX;

	if (rule->probability == 0 ||
	    ((rule->criteria & RULE_UNTIL) != 0 && age >= rule->until))
		return false;
	return (rule->criteria & RULE_WHEN) == 0 || met < (once ? when->first : when->last);
}

bool policy_may_fault(const struct policy *policy, const struct policy_call *call)
{
	struct place_address address;
	struct question question;

	if ((policy->actions & RULE_CHAOS_ACTIONS) == 0)
		return false;
	question = question_of(call, &address);
	for (size_t i = 0; i < policy->count; i++) {
		const struct rule *rule = &policy->rules[i];

		if ((policy->sieves[i].actions[call->operation] & RULE_CHAOS_ACTIONS) != 0 &&
		    can_fire(rule, call->age) && facts_meet(rule, &question, !call->settled))
			return true;
	}
	return false;
}
