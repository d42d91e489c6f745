/*
 * Connects fault injection to the rooms below. Cold. Bound lazily, because of pthread_atfork(3)
 * (shim/module.mk).
 */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/duration.h"
#include "shim/config/configuration.h"
#include "shim/fault/fault.h"
#include "shim/fault/fault_inside.h"
#include "shim/fault/seed.h"
#include "shim/fd/delayed.h"
#include "shim/log/traced.h"
#include "shim/resolver/lookup.h"
#include "shim/wait/limits.h"
#include "shim/wait/wait.h"

/* A thread that waits already does not see that another thread's call delays a descriptor, or moves only a part of
 * the bytes. So each wait looks again after WAIT_SLICE nanoseconds while a rule has one of LATE_ACTIONS. */
#define WAIT_SLICE   (20 * NANOSECONDS_PER_MILLISECOND)
#define LATE_ACTIONS (RULE_DELAY | RULE_BLACKHOLE | RULE_RATE | RULE_SHORT | RULE_SLOW_CLOSE)

/* Descriptors are hooked for faults. Waits are examined for faults. (No bool: on riscv64 an exchange of one
 * byte needs libatomic.) */
static atomic_int hooked, examined;

/* Some rule may inject a fault into a call of one of the operations first to last. */
static bool concerns(const struct policy *policy, enum operation first, enum operation last)
{
	for (size_t i = 0; policy != NULL && i < policy_count(policy); i++)
		for (enum operation operation = first; operation <= last; operation++)
			if ((rule_actions_for(policy_rule(policy, i), operation) &
			     RULE_CHAOS_ACTIONS) != 0)
				return true;
	return false;
}

/* io_after stays where faults end: another thread may be in a call that io_before has seen. The log sees all
 * calls, and its io_after calls fault_after. A fault of a connect may show in the first call after the
 * connect, of any kind. */
static void hook_calls(const struct policy *policy)
{
	const bool connects = concerns(policy, OPERATION_CONNECT, OPERATION_CONNECT);
	const bool receives = concerns(policy, OPERATION_ACCEPT, OPERATION_RECV);
	const bool sends = concerns(policy, OPERATION_SEND, OPERATION_SEND);
	const bool wanted = connects || receives || sends;

	fault_call_rules();
	if (wanted && !traced_wanted())
		atomic_store(&io_after, fault_after);
	atomic_store(&io_before, wanted ? fault_before : NULL);
	if ((wanted || atomic_load(&hooked)) && !traced_wanted())
		fd_hook_all((connects || receives ? FD_HOOKED_RECEIVE : 0) |
			    (connects || sends ? FD_HOOKED_SEND : 0));
	atomic_store(&hooked, wanted);
}

static void hook_waits(const struct policy *policy, bool delays)
{
	const bool wanted = concerns(policy, OPERATION_WAIT, OPERATION_WAIT);

	fault_wait_rules(wanted ? policy : NULL);
	atomic_store(&wait_fault_member, wanted ? fault_member : NULL);
	atomic_store(&wait_fault, wanted ? fault_wait : NULL);
	if (atomic_exchange(&examined, wanted) != wanted)
		fd_examine(wanted);
	limits_of_calls(delays ? WAIT_SLICE : 0);
}

/* A random seed is logged. */
static void choose_seed(void)
{
	const struct config *const config = config_get();
	char buffer[64];
	struct text message;

	if (!seed_choose(config->has_seed ? &config->seed : NULL))
		return;
	text_begin(&message, buffer, sizeof buffer);
	text_put_string(&message, "the seed of the faults is ");
	text_put_unsigned(&message, seed_get());
	(void)report_notice(buffer);
}

void fault_changed(void)
{
	const struct policy *policy;
	unsigned int slot, actions = 0, asks = 0;

	policy = rules_hold(&slot);
	if (policy != NULL) {
		actions = policy_actions(policy) & RULE_CHAOS_ACTIONS;
		asks = policy_asks(policy, OPERATION_RECV, RULE_CHAOS_ACTIONS) |
		       policy_asks(policy, OPERATION_SEND, RULE_CHAOS_ACTIONS);
	}
	if (actions != 0)
		choose_seed();
	delayed_release_endless();
	atomic_store(&resolver_fault, concerns(policy, OPERATION_RESOLVE, OPERATION_RESOLVE)
					      ? fault_lookup
					      : NULL);
	hook_waits(policy, (actions & LATE_ACTIONS) != 0 || (asks & POLICY_ASKS_MOVED) != 0);
	hook_calls(policy);
	if (policy != NULL)
		rules_release(slot);
}

/* The child has a seed of its own, and its counts of the rules begin at 0. So a rule may concern a descriptor
 * in the child that no rule could concern any more in the parent. */
static void in_child(void)
{
	const struct policy *policy;
	unsigned int slot;

	seed_forked();
	policy = rules_hold(&slot);
	if (policy == NULL)
		return;
	policy_count_anew(policy);
	rules_release(slot);
	fault_changed();
}

void fault_start(void)
{
	/* The children of a process whose rules come later have different seeds, too. */
	if (config_get()->has_seed)
		choose_seed();
	/* Registering takes a lock (nptl/register-atfork.c), so fault_changed cannot do that. */
	(void)pthread_atfork(seed_forking, NULL, in_child);
	fault_changed();
}
