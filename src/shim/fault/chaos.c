/*
 * Asks the rules for faults, and tells of them. Cold.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "constants/constants.h"
#include "shim/io/attention.h"
#include "shim/fault/chaos.h"
#include "shim/config/configuration.h"
#include "shim/io/gate.h"
#include "shim/fd/failure.h"
#include "shim/fd/hold.h"
#include "shim/wait/ready.h"
#include "shim/log/report.h"
#include "shim/config/rules.h"
#include "shim/fault/seed.h"
#include "shim/log/stats.h"

/* What a thread that waits may miss: the end of a hold that another thread has begun meanwhile. So
 * waits come back that often while there are rules that hold. */
#define SLICE (20 * NANOSECONDS_PER_MILLISECOND)

atomic_bool chaos_resolves, chaos_waits;

static bool concerns(const struct policy *policy, enum operation operation)
{
	for (size_t i = 0; i < policy_count(policy); i++)
		if ((rule_actions_for(policy_rule(policy, i), operation) &
		     RULE_CHAOS_ACTIONS) != 0)
			return true;
	return false;
}

static void renew(const struct policy *policy)
{
	const unsigned int actions =
		policy != NULL ? policy_actions(policy) & RULE_CHAOS_ACTIONS : 0;
	const bool waits = actions != 0 && concerns(policy, OPERATION_WAIT);
	bool any = false;

	if (actions != 0)
		seed_need();
	for (enum operation operation = 0; operation <= OPERATION_SEND; operation++)
		any = any || (actions != 0 && concerns(policy, operation));
	hold_release_endless();
	atomic_store(&chaos_resolves, actions != 0 && concerns(policy, OPERATION_RESOLVE));
	if (atomic_exchange(&chaos_waits, waits) != waits)
		failure_watch(waits);
	ready_slice((actions & (RULE_DELAY | RULE_BLACKHOLE)) != 0 ? SLICE : 0);
	attention_want(ATTENTION_CHAOS, any);
}

void chaos_renew(void)
{
	const struct policy *policy;
	unsigned int slot;

	policy = rules_hold(&slot);
	renew(policy);
	if (policy != NULL)
		rules_release(slot);
}

void chaos_count_anew(void)
{
	const struct policy *policy;
	unsigned int slot;

	policy = rules_hold(&slot);
	if (policy == NULL)
		return;
	policy_count_anew(policy);
	rules_release(slot);
	/* What the parent was done with may concern the child again. */
	chaos_renew();
}

/* delay, and up to jitter more. */
static int64_t delay_of(const struct rule *rule, uint64_t random)
{
	const uint64_t jitter = (rule->actions & RULE_JITTER) != 0 ? (uint64_t)rule->jitter : 0;
	/* jitter times a random share, without overflow. */
	const uint64_t share = random >> 32;
	const uint64_t more = (jitter >> 32) * share + ((jitter & UINT32_MAX) * share >> 32);

	return (rule->actions & RULE_DELAY) != 0 ? clock_deadline(rule->delay, (int64_t)more)
						 : 0;
}

static void take_over(const struct policy *policy, const struct policy_fault *found,
		      uint64_t seed, struct chaos_fault *fault)
{
	const struct rule *const rule = found->rule;

	*fault = (struct chaos_fault){
		.actions = rule->actions & RULE_CHAOS_ACTIONS,
		.error = rule->error,
		.delay = delay_of(rule, found->random),
		.limit = rule->limit,
		.rule = (size_t)(rule - policy_rule(policy, 0)),
		.origin = rule_origin_of(rule),
		.count = found->count,
		.seed = seed,
	};
}

bool chaos_ask(struct rules_subject *subject, enum operation operation,
	       struct chaos_fault *fault)
{
	const uint64_t seed = seed_get();
	const struct policy *policy;
	struct policy_fault found;
	struct policy_call call;
	unsigned int slot;
	bool fires = false;

	policy = rules_hold(&slot);
	if (policy == NULL)
		return false;
	rules_find_out(subject, policy, operation, RULE_CHAOS_ACTIONS, &call);
	policy_ask_fault(policy, &call, seed, &found);
	if (found.rule != NULL) {
		take_over(policy, &found, seed, fault);
		fires = true;
	}
	rules_release(slot);
	return fires;
}

static void put_error(struct text *text, int error)
{
	text_put_string(text, "error=");
	constants_put(text, error < 0 ? CONSTANTS_EAI : CONSTANTS_ERRNO, error);
}

/* What happens, in the grammar of rules; the delay with its jitter. */
static void put_actions(struct text *text, const struct chaos_fault *fault)
{
	if (fault->delay != 0) {
		text_put_string(text, "delay=");
		duration_put(text, fault->delay);
		if ((fault->actions & (RULE_ERROR | RULE_SHORT | RULE_RESET)) != 0)
			text_put_char(text, ',');
	}
	if ((fault->actions & RULE_ERROR) != 0)
		put_error(text, fault->error);
	if ((fault->actions & RULE_SHORT) != 0) {
		text_put_string(text, "short=");
		text_put_unsigned(text, fault->limit);
	}
	if ((fault->actions & RULE_RESET) != 0)
		text_put_string(text, "reset");
	if ((fault->actions & RULE_BLACKHOLE) != 0)
		text_put_string(text, "blackhole");
}

bool chaos_report(const struct chaos_fault *fault, const struct gate *gate, enum call call,
		  const char *subject)
{
	const bool dry_run = config_get()->dry_run;
	char actions[128];
	struct text action, name;
	struct report_fault report = {.gate = gate,
				      .call = call,
				      .action = actions,
				      .rule = fault->origin,
				      .count = fault->count,
				      .seed = fault->seed,
				      .dry_run = dry_run};

	text_begin(&action, actions, sizeof actions);
	put_actions(&action, fault);
	if (subject != NULL) {
		name = (struct text){.start = (char *)(uintptr_t)subject,
				     .length = strlen(subject),
				     .capacity = strlen(subject) + 1};
		report.subject = &name;
	}
	report_fault(&report);
	if (!dry_run)
		stats_fault(gate != NULL ? gate->fd : -1,
			    gate != NULL ? gate->operation : OPERATION_RESOLVE,
			    (unsigned int)fault->rule, fault->count);
	return !dry_run;
}
