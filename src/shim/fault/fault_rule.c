/*
 * Owns the table of kinds. Cold.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "shim/config/configuration.h"
#include "shim/fault/fault_inside.h"
#include "shim/fault/seed.h"
#include "shim/io/batch.h"
#include "shim/log/stats.h"

/* A delay is over before anything else happens to the call. */
const struct fault_kind *const fault_kinds[] = {
	&fault_delay, &fault_blackhole, &fault_loss,  &fault_duplicate,  &fault_rate,
	&fault_reset, &fault_error,     &fault_short, &fault_slow_close, NULL,
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

/* When the rule ends, for a call at that age of the program. */
static int64_t end_of(const struct rule *rule, int64_t age)
{
	return (rule->criteria & RULE_UNTIL) != 0
		       ? clock_deadline(clock_now(), rule->until - age)
		       : DEADLINE_NEVER;
}

static void copy_rule(const struct policy *policy, const struct policy_call *call,
		      const struct policy_fault *found, uint64_t seed, struct fault *fault)
{
	const struct rule *const rule = found->rule;

	*fault = (struct fault){
		.actions = rule->actions & RULE_CHAOS_ACTIONS & ~RULE_DELAY,
		.error = rule->error,
		.limit = rule->limit,
		.rate = rule->rate,
		.shared = (rule->actions & RULE_SHARED) != 0,
		.slow_close = rule->slow_close,
		.ends = end_of(rule, call->age),
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

bool fault_ask(struct rules_subject *subject, enum operation operation, unsigned int actions,
	       struct fault *fault)
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
	policy_ask_fault(policy, &call, actions, seed, &found);
	if (found.rule != NULL)
		copy_rule(policy, &call, &found, seed, fault);
	rules_release(slot);
	return found.rule != NULL;
}

bool fault_ask_rate(struct rules_subject *subject, enum operation operation,
		    struct fault *fault)
{
	unsigned int slot;
	const struct policy *const policy = rules_any(RULE_RATE) ? rules_hold(&slot) : NULL;
	struct policy_fault found = {0};
	struct policy_call call;

	if (policy == NULL)
		return false;
	rules_find_out(subject, policy, operation, RULE_CHAOS_ACTIONS, &call);
	found.rule = policy_find(policy, &call, RULE_RATE);
	if (found.rule != NULL) {
		copy_rule(policy, &call, &found, 0, fault);
		fault->actions = RULE_RATE;
		fault->delay = 0;
	}
	rules_release(slot);
	return found.rule != NULL;
}

void fault_watch_bytes(struct io *io, struct rules_subject *subject)
{
	const struct policy *policy;
	struct policy_call call;
	unsigned int slot;
	uint64_t left;

	if ((io->operation != OPERATION_RECV && io->operation != OPERATION_SEND) ||
	    (io->operation == OPERATION_RECV && (io->flags & MSG_PEEK) != 0))
		return;
	policy = rules_hold(&slot);
	if (policy == NULL)
		return;
	io->fault.counted = (policy_asks(policy, io->operation, RULE_CHAOS_ACTIONS) &
			     POLICY_ASKS_MOVED) != 0;
	if (io->fault.counted) {
		rules_find_out(subject, policy, io->operation, RULE_CHAOS_ACTIONS, &call);
		left = policy_bytes_left(policy, &call);
		if (left != UINT64_MAX && !config_get()->dry_run &&
		    fd_is_stream(io->fd, io->state))
			fault_limit(io, left);
	}
	rules_release(slot);
}

uint64_t fault_bytes(struct io *io, ssize_t result)
{
	const struct io_batch *const batch = (const struct io_batch *)io;
	uint64_t bytes = 0;

	if (result <= 0)
		return 0;
	if (io->call != CALL_recvmmsg && io->call != CALL_sendmmsg)
		return (uint64_t)result;
	for (ssize_t i = 0; i < result; i++)
		bytes += batch->messages[i].msg_len;
	return bytes;
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
		if (kind->action == RULE_RATE && fault->shared)
			text_put_string(text, ",shared");
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
