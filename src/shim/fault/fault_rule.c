/*
 * Owns the table of kinds. Cold.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "shim/config/configuration.h"
#include "shim/fault/fault_inside.h"
#include "shim/fault/seed.h"
#include "shim/log/stats.h"

/* A delay is over before anything else happens to the call. */
const struct fault_kind *const fault_kinds[] = {
	&fault_delay, &fault_blackhole, &fault_reset, &fault_error, &fault_short, NULL,
};

/* The delay of the rule, and a random part of its jitter. */
static int64_t delay_of(const struct rule *rule, uint64_t random)
{
	const uint64_t jitter = (rule->actions & RULE_JITTER) != 0 ? (uint64_t)rule->jitter : 0;
	/* jitter * share / 2^32, without overflow. */
	const uint64_t share = random >> 32;
	const uint64_t more = (jitter >> 32) * share + ((jitter & UINT32_MAX) * share >> 32);

	return clock_deadline(rule->delay, (int64_t)more);
}

static void copy_rule(const struct policy *policy, const struct policy_fault *found,
		      uint64_t seed, struct fault *fault)
{
	const struct rule *const rule = found->rule;

	*fault = (struct fault){
		.actions = rule->actions & RULE_CHAOS_ACTIONS & ~RULE_DELAY,
		.error = rule->error,
		.limit = rule->limit,
		.rule = (size_t)(rule - policy_rule(policy, 0)),
		.origin = rule_origin_of(rule),
		.count = found->count,
		.seed = seed,
	};
	if ((rule->actions & RULE_DELAY) != 0)
		fault->delay = delay_of(rule, found->random);
	if (fault->delay != 0)
		fault->actions |= RULE_DELAY;
}

bool fault_ask(struct rules_subject *subject, enum operation operation, struct fault *fault)
{
	const uint64_t seed = seed_get();
	const struct policy *policy;
	struct policy_fault found;
	struct policy_call call;
	unsigned int slot;

	policy = rules_hold(&slot);
	if (policy == NULL)
		return false;
	rules_find_out(subject, policy, operation, RULE_CHAOS_ACTIONS, &call);
	policy_ask_fault(policy, &call, seed, &found);
	if (found.rule != NULL)
		copy_rule(policy, &found, seed, fault);
	rules_release(slot);
	return found.rule != NULL;
}

/* Put the fault in the grammar of rules; the delay includes the jitter. */
static void put_fault(struct text *text, const struct fault *fault)
{
	for (size_t i = 0; fault_kinds[i] != NULL; i++) {
		const struct fault_kind *const kind = fault_kinds[i];

		if ((fault->actions & kind->action) == 0)
			continue;
		if (text->length != 0)
			text_put_char(text, ',');
		text_put_string(text, kind->name);
		if (kind->put_value == NULL)
			continue;
		text_put_char(text, '=');
		kind->put_value(text, fault);
	}
}

bool fault_report(const struct fault *fault, const struct report_call *on, const char *subject)
{
	const bool dry_run = config_get()->dry_run, lookup = on->operation == OPERATION_RESOLVE;
	char actions[128];
	struct text action, name;
	struct report_fault report = {.on = lookup ? NULL : on,
				      .call = on->call,
				      .action = actions,
				      .rule = fault->origin,
				      .count = fault->count,
				      .seed = fault->seed,
				      .dry_run = dry_run};

	text_begin(&action, actions, sizeof actions);
	put_fault(&action, fault);
	if (lookup && subject != NULL && *subject != '\0') {
		name = (struct text){.start = (char *)(uintptr_t)subject,
				     .length = strlen(subject),
				     .capacity = strlen(subject) + 1};
		report.subject = &name;
	}
	report_fault(&report);
	if (!dry_run)
		stats_fault(on->fd, on->operation, (unsigned int)fault->rule, fault->count);
	return !dry_run;
}
